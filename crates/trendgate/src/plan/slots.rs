//! What is in memory of each input: packed while a plan is made, in pages of a spill file from then on.
//!
//! Enters: the times, the size and the place of a report. Leaves: 28 bytes, and the same again. Refuses: more reports than the bits of
//! a place can number.

use super::inputs::Standing;
use crate::error::{Error, Result};
use crate::model::FormId;
use crate::scratch::SpillFile;
use crate::time::{Extent, Instant};
use std::path::Path;

/// What is in memory of an input.
#[derive(Clone, Copy)]
#[repr(C, packed(4))]
pub(super) struct Slot {
    pub(super) range: Extent,
    pub(super) place: SlotPlace,
    pub(super) size: Size,
}

impl Slot {
    /// The slot as it is spilled.
    pub(super) fn fields(self) -> (Extent, u64, u32) {
        (self.range, self.place.0, self.size.0)
    }

    /// A slot that was spilled.
    pub(super) fn of_fields((range, place, size): (Extent, u64, u32)) -> Self {
        Self {
            range,
            place: SlotPlace(place),
            size: Size(size),
        }
    }

    /// The first instant of its report.
    pub(super) fn first(self) -> Instant {
        let range = self.range;
        range.first
    }
}

/// The size of a file: exact below 2 GiB, and above that in blocks, rounded up.
#[derive(Clone, Copy)]
pub(super) struct Size(u32);

/// Where the rest of an input stands, which form its report has, and, a bit each, whether its file is listed with its texts, whether the file is
/// compressed, whether the dataset has it, and whether the report was cut short.
#[derive(Clone, Copy)]
pub(super) struct SlotPlace(u64);

impl SlotPlace {
    const AT_BITS: u32 = 39;
    const FORM_BITS: u32 = 21;
    pub(super) const LISTED: u64 = 1 << 60;
    pub(super) const PACKED: u64 = 1 << 61;
    pub(super) const KNOWN: u64 = 1 << 62;
    pub(super) const CUT_SHORT: u64 = 1 << 63;

    pub(super) fn new(at: u64, form: FormId, bits: [(bool, u64); 4]) -> Result<Self> {
        let form = form.index() as u64;
        if at >> Self::AT_BITS > 0 || form >> Self::FORM_BITS > 0 {
            let message = format!("{form} forms of report, and {at} bytes to spill");
            return Err(Error::bug(message));
        }
        let bits = bits.iter().filter(|(set, _)| *set).map(|(_, bit)| bit);
        Ok(Self(at | form << Self::AT_BITS | bits.sum::<u64>()))
    }

    pub(super) fn at(self) -> u64 {
        self.0 & ((1 << Self::AT_BITS) - 1)
    }

    pub(super) fn form(self) -> FormId {
        let form = self.0 >> Self::AT_BITS & ((1 << Self::FORM_BITS) - 1);
        FormId::new(usize::try_from(form).unwrap_or(usize::MAX))
    }

    pub(super) fn is(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    pub(super) fn standing(self) -> Standing {
        match self.is(Self::KNOWN) {
            true => Standing::Committed,
            false => Standing::New,
        }
    }
}

impl Size {
    const IN_BLOCKS: u32 = 1 << 31;
    const BLOCK: u64 = 4096;

    pub(super) fn of(bytes: u64) -> Self {
        match u32::try_from(bytes) {
            Ok(bytes) if bytes < Self::IN_BLOCKS => Self(bytes),
            _ => {
                let blocks = u32::try_from(bytes.div_ceil(Self::BLOCK)).unwrap_or(u32::MAX);
                Self(blocks | Self::IN_BLOCKS)
            }
        }
    }

    pub(super) fn bytes(self) -> u64 {
        match self.0 & Self::IN_BLOCKS {
            0 => u64::from(self.0),
            _ => u64::from(self.0 & !Self::IN_BLOCKS) * Self::BLOCK,
        }
    }
}

/// So many slots are spilled together.
pub(super) const PAGE: usize = 256;

/// Slots as they are spilled.
pub(super) type SlotFields = Vec<(Extent, u64, u32)>;

/// Slots that are spilled.
#[derive(Debug)]
pub(super) struct Pages {
    file: SpillFile,
    at: Vec<u64>,
    /// How many slots there are.
    pub(super) count: usize,
}

impl Pages {
    pub(super) fn of(slots: &[Slot], folder: Option<&Path>) -> Result<Self> {
        let file = SpillFile::new(folder);
        let page = |page: &[Slot]| {
            let fields = page.iter().map(|slot| slot.fields());
            file.put(&fields.collect::<SlotFields>())
        };
        let at = slots.chunks(PAGE).map(page).collect::<Result<_>>()?;
        Ok(Self {
            file,
            at,
            count: slots.len(),
        })
    }

    pub(super) fn get(&self, number: usize) -> Result<Vec<Slot>> {
        let at = self.at.get(number).copied().ok_or_else(beyond)?;
        let slots = self.file.get::<SlotFields>(at)?.into_iter();
        Ok(slots.map(Slot::of_fields).collect())
    }

    /// All slots again.
    pub(super) fn all(&self) -> Result<Vec<Slot>> {
        let pages = (0..self.at.len()).map(|number| self.get(number));
        Ok(pages.collect::<Result<Vec<_>>>()?.concat())
    }
}

pub(super) fn beyond() -> Error {
    Error::bug("an input beyond the last was asked for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_went_in() {
        for bytes in [0, 1, (1 << 31) - 1, 1 << 31, 5 << 40] {
            assert_eq!(Size::of(bytes).bytes(), bytes);
        }
        assert_eq!(Size::of((1 << 31) + 1).bytes(), (1 << 31) + 4096);
        let bits = [
            (false, SlotPlace::LISTED),
            (true, SlotPlace::PACKED),
            (false, SlotPlace::KNOWN),
            (true, SlotPlace::CUT_SHORT),
        ];
        let place = SlotPlace::new((1 << 39) - 1, FormId::new(77), bits).unwrap();
        assert_eq!((place.at(), place.form().index()), ((1 << 39) - 1, 77));
        assert!(place.is(SlotPlace::PACKED) && place.is(SlotPlace::CUT_SHORT));
        assert!(!place.is(SlotPlace::LISTED));
        assert_eq!(place.standing(), Standing::New);
        assert!(SlotPlace::new(1 << 39, FormId::new(0), bits).is_err());
        assert!(SlotPlace::new(0, FormId::new(1 << 21), bits).is_err());
    }
}
