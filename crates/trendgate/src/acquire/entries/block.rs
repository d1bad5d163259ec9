//! Entries in columns, as they are sorted.

use super::grid::PlainEntry;
use crate::scratch::{RowPlace, SortBlock};
use crate::time::{Instant, SECOND};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;
use std::ops::Range;

/// Consecutive entries of one report, in the order of the file or of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::acquire) struct Entries {
    pub(super) times: Vec<Instant>,
    /// Of each its point, in the order of the report's.
    pub(super) columns: Vec<u32>,
    /// NaN where there is none.
    pub(super) values: Vec<f64>,
    pub(super) notes: Vec<EntryNote>,
}

/// What there is to know of an entry beside its number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct EntryNote {
    /// Whether its number is to be removed for its size.
    pub(super) is_extreme: bool,
    /// Whether its local time never happens.
    pub(super) is_moved: bool,
    /// Whether its point was not logged until then.
    pub(super) restarts: bool,
}

/// So many entries take about as much memory as so many cells, with their places in an order.
pub(in crate::acquire) fn entries_of(cells: usize) -> usize {
    const CELLS: usize = 6;
    (cells / CELLS).max(1)
}

impl Entries {
    /// None yet, with room for so many.
    pub(super) fn with_room(entries: usize) -> Self {
        Self {
            times: Vec::with_capacity(entries),
            columns: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
            notes: Vec::with_capacity(entries),
        }
    }

    pub(in crate::acquire) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn push(&mut self, time: Instant, column: u32, value: f64, note: EntryNote) {
        self.times.push(time);
        self.columns.push(column);
        self.values.push(value);
        self.notes.push(note);
    }
}

impl<'a> FromIterator<&'a PlainEntry> for Entries {
    fn from_iter<I: IntoIterator<Item = &'a PlainEntry>>(plain: I) -> Self {
        let mut entries = Self::default();
        for PlainEntry {
            time,
            column,
            value,
        } in plain
        {
            entries.push(*time, *column, *value, EntryNote::default());
        }
        entries
    }
}

impl EntryNote {
    fn to_byte(self) -> u8 {
        let bits = [self.is_extreme, self.is_moved, self.restarts];
        bits.into_iter()
            .rev()
            .fold(0, |byte, bit| byte << 1 | u8::from(bit))
    }

    fn of_byte(byte: u8) -> Self {
        Self {
            is_extreme: byte & 1 != 0,
            is_moved: byte & 2 != 0,
            restarts: byte & 4 != 0,
        }
    }
}

/// Column after column as bytes, since there are many of them: times by their steps of a second where all are at full seconds, points by two bytes where
/// there are no more, notes where there are any.
impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = SpilledForm::of(self);
        let mut bytes = Vec::with_capacity(SpilledForm::HEAD + self.len() * form.entry_bytes());
        bytes.push(form.to_byte());
        bytes.extend(form.base.to_le_bytes());
        let times = self.times.iter().map(|time| time.nanos());
        match form.has_seconds {
            true => bytes.extend(times.flat_map(|time| seconds(form.base, time).to_le_bytes())),
            false => bytes.extend(times.flat_map(i64::to_le_bytes)),
        }
        let columns = self.columns.iter();
        match form.has_short_columns {
            true => bytes.extend(columns.flat_map(|column| short(*column).to_le_bytes())),
            false => bytes.extend(columns.flat_map(|column| column.to_le_bytes())),
        }
        bytes.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
        if form.has_notes {
            bytes.extend(self.notes.iter().map(|note| note.to_byte()));
        }
        serializer.serialize_bytes(&bytes)
    }
}

/// How a block is spilled.
#[derive(Clone, Copy)]
struct SpilledForm {
    has_seconds: bool,
    has_short_columns: bool,
    has_notes: bool,
    /// The first of its times.
    base: i64,
}

/// The seconds from `base` to `time`, which are full and fit.
#[inline]
fn seconds(base: i64, time: i64) -> u32 {
    let seconds = time.wrapping_sub(base).cast_unsigned() / SECOND.nanos().cast_unsigned();
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[inline]
fn short(column: u32) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

impl SpilledForm {
    /// What stands before the columns.
    const HEAD: usize = 1 + 8;

    fn of(entries: &Entries) -> Self {
        let base = entries.times.first().map_or(0, |time| time.nanos());
        let is_second = |time: &Instant| {
            let nanos = time.nanos();
            nanos >= base
                && base.wrapping_add(i64::from(seconds(base, nanos)) * SECOND.nanos()) == nanos
        };
        Self {
            has_seconds: entries.times.iter().all(is_second),
            has_short_columns: entries
                .columns
                .iter()
                .all(|column| *column <= u32::from(u16::MAX)),
            has_notes: entries
                .notes
                .iter()
                .any(|note| *note != EntryNote::default()),
            base,
        }
    }

    fn to_byte(self) -> u8 {
        u8::from(self.has_seconds)
            | u8::from(self.has_short_columns) << 1
            | u8::from(self.has_notes) << 2
    }

    fn of_bytes(byte: u8, base: [u8; 8]) -> Self {
        Self {
            has_seconds: byte & 1 != 0,
            has_short_columns: byte & 2 != 0,
            has_notes: byte & 4 != 0,
            base: i64::from_le_bytes(base),
        }
    }

    fn time_bytes(self) -> usize {
        if self.has_seconds { 4 } else { 8 }
    }

    fn column_bytes(self) -> usize {
        if self.has_short_columns { 2 } else { 4 }
    }

    fn entry_bytes(self) -> usize {
        self.time_bytes() + self.column_bytes() + 8 + usize::from(self.has_notes)
    }

    fn read(self, columns: &[u8]) -> Option<Entries> {
        let count = columns.len() / self.entry_bytes();
        let (times, rest) = columns.split_at(self.time_bytes() * count);
        let (columns, rest) = rest.split_at(self.column_bytes() * count);
        let (values, notes) = rest.split_at(8 * count);
        let expected = if self.has_notes { count } else { 0 };
        (notes.len() == expected).then_some(())?;
        let of_second = |second: &[u8; 4]| {
            let since = i64::from(u32::from_le_bytes(*second)) * SECOND.nanos();
            Instant::from_nanos(self.base.wrapping_add(since))
        };
        let of_nanos = |time: &[u8; 8]| Instant::from_nanos(i64::from_le_bytes(*time));
        let values = values.as_chunks().0.iter();
        Some(Entries {
            times: match self.has_seconds {
                true => times.as_chunks().0.iter().map(of_second).collect(),
                false => times.as_chunks().0.iter().map(of_nanos).collect(),
            },
            columns: match self.has_short_columns {
                true => {
                    let columns = columns.as_chunks().0.iter();
                    columns
                        .map(|column| u16::from_le_bytes(*column).into())
                        .collect()
                }
                false => {
                    let columns = columns.as_chunks().0.iter();
                    columns.map(|column| u32::from_le_bytes(*column)).collect()
                }
            },
            values: values.map(|value| f64::from_le_bytes(*value)).collect(),
            notes: match self.has_notes {
                true => notes.iter().map(|note| EntryNote::of_byte(*note)).collect(),
                false => vec![EntryNote::default(); count],
            },
        })
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteBuf::deserialize(deserializer)?;
        let read = || {
            let (form, rest) = bytes.split_first()?;
            let (base, columns) = rest.split_first_chunk()?;
            SpilledForm::of_bytes(*form, *base).read(columns)
        };
        let unlike = || D::Error::invalid_value(Unexpected::Bytes(&bytes), &"columns of entries");
        read().ok_or_else(unlike)
    }
}

impl SortBlock for Entries {
    type Key = Instant;

    fn rows(&self) -> usize {
        self.len()
    }

    fn key(&self, row: usize) -> Instant {
        self.times[row]
    }

    fn gather(blocks: &[Self], places: &[RowPlace<Instant>]) -> Self {
        let of = places.iter();
        let of = of.map(|(_, block, row)| (&blocks[*block as usize], *row as usize));
        Self {
            times: places.iter().map(|(time, ..)| *time).collect(),
            columns: of.clone().map(|(block, row)| block.columns[row]).collect(),
            values: of.clone().map(|(block, row)| block.values[row]).collect(),
            notes: of.map(|(block, row)| block.notes[row]).collect(),
        }
    }

    fn append(&mut self, from: &Self, rows: Range<usize>) {
        // Of shuffled entries few stand together.
        if rows.len() == 1 {
            let row = rows.start;
            return self.push(
                from.times[row],
                from.columns[row],
                from.values[row],
                from.notes[row],
            );
        }
        self.times.extend_from_slice(&from.times[rows.clone()]);
        self.columns.extend_from_slice(&from.columns[rows.clone()]);
        self.values.extend_from_slice(&from.values[rows.clone()]);
        self.notes.extend_from_slice(&from.notes[rows]);
    }

    fn set_continues(&mut self, _: bool) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_are_read_back_as_they_were_spilled(
            entries in prop::collection::vec((any::<i64>(), any::<u32>(), any::<u64>(), 0..8_u8), 0..40),
            few in any::<[bool; 4]>(),
        ) {
            let [in_seconds, in_order, few_columns, no_notes] = few;
            let mut entries = entries;
            if in_order {
                entries.sort_by_key(|(time, ..)| *time);
            }
            let mut block = Entries::default();
            for (time, column, value, note) in entries {
                let time = if in_seconds { time % (1 << 33) * SECOND.nanos() } else { time };
                let column = if few_columns { column % (1 << 16) } else { column };
                let note = EntryNote::of_byte(if no_notes { 0 } else { note });
                block.push(Instant::from_nanos(time), column, f64::from_bits(value), note);
            }
            let bytes = postcard::to_allocvec(&block).unwrap();
            let back: Entries = postcard::from_bytes(&bytes).unwrap();
            let bits = |block: &Entries| block.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&back), bits(&block));
            prop_assert_eq!((back.times, back.columns, back.notes), (block.times, block.columns, block.notes));
        }
    }
}
