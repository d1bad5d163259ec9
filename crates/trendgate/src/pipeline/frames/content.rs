//! What a frame is known by: the digest of what it says.
//!
//! Enters: its rows, batch by batch. Leaves: one digest that does not depend on how they were cut, on the order of the columns, or on
//! which of Arrow's types held the flags.

use crate::contract::Conforming;
use crate::digest::Digest;
use crate::model::{Column, QUALITY_FLAGS, TIMESTAMP};
use crate::text_id::{Digests, EarlierIds, FileId, TextHasher, TextId};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use serde_json::{Value, json};

/// How many values are handed to a hasher at a time.
const BLOCK: usize = 1024;

/// What the columns say so far: one digest each, since rows come in batches of any size.
pub(super) struct FrameContent {
    times: TextHasher,
    flags: TextHasher,
    points: Vec<TextHasher>,
    rows: usize,
}

impl FrameContent {
    pub(super) fn new(points: usize, digests: Digests) -> Self {
        Self {
            times: TextHasher::new(digests),
            flags: TextHasher::new(digests),
            points: (0..points).map(|_| TextHasher::new(digests)).collect(),
            rows: 0,
        }
    }

    /// Whether it has taken no row yet.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) fn take(&mut self, rows: &Conforming) {
        self.rows += rows.rows();
        feed(
            &mut self.times,
            rows.times().iter().map(|time| time.nanos().to_le_bytes()),
        );
        feed(&mut self.flags, rows.flags().iter().map(|set| [set.bits()]));
        let points = self.points.iter_mut().zip(&rows.batch().columns()[2..]);
        for (hasher, column) in points {
            let column = column.as_primitive::<Float64Type>();
            let value = |row| {
                let there = column.is_valid(row);
                if there { column.value(row) } else { f64::NAN }
            };
            feed(
                hasher,
                (0..column.len()).map(|row| value(row).to_bits().to_le_bytes()),
            );
        }
    }

    /// The BLAKE3 of the JSON array, without blanks, of `"trendgate frame 1"` and one `[name, digest]` a column: `timestamp` as
    /// nanoseconds (signed, 8 bytes), `quality_flags` as one byte a row with one bit a flag, points as doubles (8 bytes, NaN for null),
    /// all little-endian. Of a frame with evidence it begins with `"trendgate frame 2"`, and ends with the digest of that. Earlier programs took
    /// SHA-256 for all of them, and knew no evidence.
    pub(super) fn finish(self, columns: &[Column], evidence: Option<TextId>) -> FileId {
        let names = [TIMESTAMP, QUALITY_FLAGS].into_iter();
        let names = names.chain(columns.iter().map(|column| column.name.as_str()));
        let hashers = [self.times, self.flags].into_iter().chain(self.points);
        let digests: Vec<(TextId, Option<TextId>)> = hashers.map(TextHasher::finish).collect();
        let says = |digests: Vec<TextId>| {
            let entries = names.clone().zip(digests);
            let entries: Vec<Value> = entries.map(|entry| json!(entry)).collect();
            match evidence {
                None => json!(["trendgate frame 1", entries]),
                Some(evidence) => json!(["trendgate frame 2", entries, evidence]),
            }
            .to_string()
        };
        let earlier = digests.iter().map(|(_, earlier)| *earlier);
        let earlier: Option<Vec<TextId>> = match evidence {
            None => earlier.collect(),
            Some(_) => None,
        };
        let today = digests.iter().map(|(today, _)| *today).collect();
        FileId {
            text: TextId::of(says(today).as_bytes()),
            text_bytes: None,
            earlier: earlier.map(|digests| EarlierIds {
                text: Digest::of(says(digests).as_bytes()).into(),
                packed: None,
            }),
        }
    }
}

fn feed<const N: usize>(hasher: &mut TextHasher, values: impl Iterator<Item = [u8; N]>) {
    let mut block = Vec::with_capacity(BLOCK * N);
    for value in values {
        block.extend_from_slice(&value);
        if block.len() == BLOCK * N {
            hasher.update(&block);
            block.clear();
        }
    }
    hasher.update(&block);
}
