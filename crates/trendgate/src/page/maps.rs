//! Maps of points and days: a picture with one pixel for each point and day.
//!
//! Enters: counts of bins by point and day. Leaves: a [`DayMap`]: rows of levels, and the PNG of them, its colours a matter of transparency
//! alone, so that they stand on light and dark paper. Pure. A level is the share of the day's rows in percent, rounded up, so that one
//! bin is seen; a day without rows has a level of its own.

use super::findings::DayCounts;
use crate::error::{Error, Result};
use crate::model::Flag;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The level of a day on which the dataset has no rows.
pub(crate) const NO_ROWS: u8 = 101;
/// The most rows of a map: more than anyone looks at.
const MOST_ROWS: usize = 400;
/// How opaque the least share is that is not nothing, of 255.
const FAINTEST: u32 = 70;

/// What a map is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MapSubject {
    /// The bins that have a value.
    Coverage,
    /// The bins that have a flag.
    Flagged(Flag),
}

impl MapSubject {
    /// Its name.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Flagged(flag) => flag.name(),
        }
    }

    /// The colour of a full day.
    const fn colour(self) -> [u8; 3] {
        // Blue and vermilion of Okabe and Ito's palette, which colour-blind people tell apart.
        match self {
            Self::Coverage => [0, 114, 178],
            Self::Flagged(_) => [213, 94, 0],
        }
    }
}

/// A map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DayMap {
    /// What it is of.
    pub(crate) subject: MapSubject,
    /// Its rows, from the top: the places of the points; `None` is that of whole rows.
    pub(crate) rows: Vec<Option<usize>>,
    /// How many days it has.
    pub(crate) width: usize,
    /// The levels, row by row: 0 to 100 percent, or [`NO_ROWS`].
    pub(crate) levels: Vec<u8>,
    /// How many points it leaves out because there are more than it may have.
    pub(crate) left_out: usize,
}

impl DayMap {
    /// The maps of `counts`: of coverage, without the points that never have a value, and of each flag that any row has, with the points that have
    /// it.
    #[must_use]
    pub(crate) fn all(counts: &DayCounts) -> Vec<Self> {
        let alive = counts.values.iter().enumerate();
        let alive = alive.filter(|(_, days)| days.iter().any(|bins| *bins > 0));
        let alive = alive.map(|(point, days)| (Some(point), days));
        let coverage = Self::of(MapSubject::Coverage, counts, alive);
        let flagged = counts.flagged.iter().map(|(flag, points)| {
            let points = points.iter().map(|(point, days)| (*point, days));
            Self::of(MapSubject::Flagged(*flag), counts, points)
        });
        let all = std::iter::once(coverage).chain(flagged);
        // Where no point has a value, there is nothing to see.
        all.filter(|map| !map.rows.is_empty()).collect()
    }

    fn of<'c>(
        subject: MapSubject,
        counts: &DayCounts,
        points: impl Iterator<Item = (Option<usize>, &'c Vec<u32>)>,
    ) -> Self {
        let mut map = Self {
            subject,
            rows: Vec::new(),
            width: counts.rows.len(),
            levels: Vec::new(),
            left_out: 0,
        };
        for (point, days) in points {
            if map.rows.len() == MOST_ROWS {
                map.left_out += 1;
                continue;
            }
            map.rows.push(point);
            let cells = days.iter().zip(&counts.rows);
            map.levels
                .extend(cells.map(|(bins, rows)| level(*bins, *rows)));
        }
        map
    }

    /// The picture, as the address of an image within the page.
    ///
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug) where the encoder refuses it.
    pub(crate) fn address(&self) -> Result<String> {
        let png = self
            .png()
            .map_err(|error| Error::bug(format!("cannot encode a map: {error}")))?;
        Ok(format!(
            "data:image/png;base64,{}",
            BASE64_STANDARD.encode(png)
        ))
    }

    fn png(&self) -> std::result::Result<Vec<u8>, png::EncodingError> {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width), side(self.rows.len()));
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let shares = (0..NO_ROWS).map(|_| self.subject.colour());
        let colours = shares.chain([[128; 3]]).flatten();
        encoder.set_palette(colours.collect::<Vec<u8>>());
        encoder.set_trns((0..=NO_ROWS).map(opacity).collect::<Vec<u8>>());
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.levels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// The share of `bins` in the rows of a day, in percent, rounded up.
fn level(bins: u32, rows: u32) -> u8 {
    if rows == 0 {
        return NO_ROWS;
    }
    let percent = (u64::from(bins) * 100).div_ceil(u64::from(rows));
    u8::try_from(percent.min(100)).unwrap_or(100)
}

/// How opaque a level is: nothing is clear, and a whole day is the colour itself.
pub(super) fn opacity(level: u8) -> u8 {
    let opaque = match level {
        0 => 0,
        NO_ROWS => 60,
        share => FAINTEST + (255 - FAINTEST) * u32::from(share) / 100,
    };
    u8::try_from(opaque).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::clock::Days;
    use std::collections::BTreeMap;

    fn counts() -> DayCounts {
        DayCounts {
            days: Days::default(),
            rows: vec![96, 96, 0, 92],
            values: vec![vec![96, 1, 0, 46], vec![0; 4], vec![95, 96, 0, 92]],
            flagged: BTreeMap::from([(
                Flag::Frozen,
                BTreeMap::from([(None, vec![0, 2, 0, 0]), (Some(2), vec![0, 96, 0, 1])]),
            )]),
            by_rule: BTreeMap::new(),
        }
    }

    #[test]
    fn a_pixel_is_the_share_of_the_days_rows_and_one_bin_is_seen() {
        let maps = DayMap::all(&counts());
        let [coverage, frozen] = maps.as_slice() else {
            panic!("{maps:?}")
        };
        assert_eq!(
            coverage.rows,
            [Some(0), Some(2)],
            "a point without any value is left out"
        );
        assert_eq!(
            coverage.levels,
            [100, 2, NO_ROWS, 50, 99, 100, NO_ROWS, 100]
        );
        assert_eq!(frozen.subject, MapSubject::Flagged(Flag::Frozen));
        assert_eq!(frozen.rows, [None, Some(2)]);
        assert_eq!(frozen.levels, [0, 3, NO_ROWS, 0, 0, 100, NO_ROWS, 2]);
        assert!(opacity(0) == 0 && opacity(1) > 60 && opacity(100) == 255);
    }

    #[test]
    fn the_picture_has_the_levels_pixel_by_pixel() {
        let map = &DayMap::all(&counts())[0];
        let png = map.png().unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&png));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (4, 2));
        assert_eq!(pixels, map.levels);
        assert!(
            map.address()
                .unwrap()
                .starts_with("data:image/png;base64,iVBOR")
        );
    }

    #[test]
    fn a_map_of_very_many_points_says_how_many_it_leaves_out() {
        let mut counts = counts();
        counts.values = vec![vec![1; 4]; MOST_ROWS + 7];
        let map = &DayMap::all(&counts)[0];
        assert_eq!((map.rows.len(), map.left_out), (MOST_ROWS, 7));
    }
}
