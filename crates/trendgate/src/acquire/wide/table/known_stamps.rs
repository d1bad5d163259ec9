//! Stamps that were read → what later ones of the same text, or of the same day, say.

use super::stamp_clock::{ClockReading, StampClock, at};
use crate::acquire::short_texts::is_same;
use crate::time::Span;
use jiff::civil;

/// The last text that was read, and what it says: of rows that go by time many have one.
#[derive(Default)]
pub(super) struct LastStamp {
    text: Vec<u8>,
    read: Option<ClockReading>,
    /// Texts since it was the same again.
    others: u8,
}

impl LastStamp {
    /// After so many others the rows do not go by time.
    const MOST_OTHERS: u8 = 8;

    #[inline]
    pub(super) fn read_of(&mut self, text: &[u8]) -> Option<ClockReading> {
        if self.others == Self::MOST_OTHERS {
            return None;
        }
        if !is_same(&self.text, text) {
            self.others += 1;
            return None;
        }
        self.others = 0;
        self.read
    }

    #[inline]
    pub(super) fn keep(&mut self, text: &[u8], read: ClockReading) {
        if self.others < Self::MOST_OTHERS {
            self.text.clear();
            self.text.extend_from_slice(text);
            self.read = Some(read);
        }
    }
}

/// Days that were met, by how they are written, each at a place that this tells, or beside it: rows that go by point come back to them.
#[derive(Default)]
pub(super) struct KnownDays(Vec<Option<KnownDay>>);

struct KnownDay {
    written: [u64; 2],
    length: usize,
    date: civil::Date,
    /// Its midnight, since 1970-01-01T00:00 on the same clock, and its offset to UTC.
    midnight: Span,
    offset: Span,
}

impl KnownDays {
    /// A month finds a place for nearly each of its days.
    const PLACES: usize = 64;

    /// What a day is written as, of at most 16 bytes, as numbers, and its place.
    #[inline]
    fn place(written: &[u8]) -> Option<([u64; 2], usize)> {
        let ends = [*written.first_chunk()?, *written.last_chunk()?];
        let [first, last] = ends.map(u64::from_le_bytes);
        let mixed = (first.rotate_left(32) ^ last).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // What differs in the last letters shows in the highest bits alone.
        let place = usize::try_from(mixed >> (u64::BITS - Self::PLACES.ilog2())).ok()?;
        (written.len() <= 16).then_some(([first, last], place))
    }

    /// The time of day of a day that was met.
    #[inline]
    pub(super) fn read_of(&self, (written, time): (&[u8], Span)) -> Option<ClockReading> {
        let (ends, place) = Self::place(written)?;
        let at_place = |place: usize| {
            let day = self.0.get(place)?.as_ref()?;
            (day.written == ends && day.length == written.len()).then(|| {
                let at = at(day.midnight + time, day.offset);
                (at, Some((day.date, time)))
            })
        };
        at_place(place).or_else(|| at_place(place ^ 1))
    }

    /// Keeps a day on which all times are what they are written as.
    pub(super) fn keep(&mut self, written: &[u8], date: civil::Date, clock: &mut StampClock) {
        let Some((ends, place)) = Self::place(written) else {
            return;
        };
        if let Some((midnight, offset)) = clock.plain_day(date) {
            self.0.resize_with(Self::PLACES, || None);
            // The place beside it is for a second day of that place.
            let is_free = |place: &usize| self.0[*place].is_none();
            let place = [place, place ^ 1]
                .into_iter()
                .find(is_free)
                .unwrap_or(place);
            self.0[place] = Some(KnownDay {
                written: ends,
                length: written.len(),
                date,
                midnight,
                offset,
            });
        }
    }
}
