//! The points of a text, each once, by what its lines call them.

use super::EntryPoint;
use crate::acquire::short_texts::is_same;
use std::collections::{BTreeMap, HashMap};

/// The points met so far.
#[derive(Default)]
pub(in crate::acquire) struct EntryPoints {
    points: Vec<EntryPoint>,
    /// For each its name as it is written, and which one stood behind it last.
    names: Vec<(Vec<u8>, usize)>,
    places: HashMap<Vec<u8>, usize>,
    /// Some of the names that were looked up, each at a place that its last bytes tell.
    met: Vec<usize>,
    known: BTreeMap<EntryPoint, usize>,
    last: usize,
    /// The first name that has bytes which are no characters: others may read alike.
    undecoded: Option<Vec<u8>>,
}

/// So many of the names that were looked up are remembered.
const MET: usize = 1 << 10;

/// The place of a name among them.
fn place_of(name: &[u8]) -> usize {
    let last = name.last_chunk::<8>().map_or_else(
        || name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        |last| u64::from_le_bytes(*last),
    );
    // The digits of numbered points are spread over all places.
    let spread = last.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    usize::try_from(spread).unwrap_or(0) % MET
}

impl EntryPoints {
    /// All points, in the order in which they were met.
    pub(in crate::acquire) fn all(&self) -> &[EntryPoint] {
        &self.points
    }

    /// A name with bytes that are no characters, if one was met.
    pub(in crate::acquire) fn undecoded(&self) -> Option<&[u8]> {
        self.undecoded.as_deref()
    }

    /// Looks at what a name is read from, for bytes that are no characters.
    pub(in crate::acquire) fn look_at(&mut self, name: &[u8]) {
        if self.undecoded.is_none() && std::str::from_utf8(name).is_err() {
            self.undecoded = Some(name.to_vec());
        }
    }

    /// Whether a point that is written as `name` was met.
    pub(in crate::acquire) fn knows(&self, name: &[u8]) -> bool {
        self.places.contains_key(name)
    }

    /// The point that is written as `name`; `make` makes one that was not met before.
    pub(in crate::acquire) fn named(
        &mut self,
        name: &[u8],
        make: impl FnOnce() -> EntryPoint,
    ) -> usize {
        // Nearly always the lines go by time, through the points in one order, or stay with one of them.
        let guess = self.names.get(self.last).map_or(0, |(_, next)| *next);
        let place = match self.names.get(guess) {
            Some((known, _)) if is_same(known, name) => guess,
            _ => self.looked_up(name, make),
        };
        if let Some((_, next)) = self.names.get_mut(self.last) {
            *next = place;
        }
        self.last = place;
        place
    }

    fn looked_up(&mut self, name: &[u8], make: impl FnOnce() -> EntryPoint) -> usize {
        let at = place_of(name);
        if let Some(met) = self.met.get(at)
            && let Some((known, _)) = self.names.get(*met)
            && is_same(known, name)
        {
            return *met;
        }
        if let Some(place) = self.places.get(name) {
            self.met.resize(MET, usize::MAX);
            self.met[at] = *place;
            return *place;
        }
        self.look_at(name);
        let point = make();
        // Two spellings of a name are one point.
        let next = self.points.len();
        let place = *self.known.entry(point.clone()).or_insert(next);
        if place == next {
            self.points.push(point);
            self.names.push((name.to_vec(), place));
        }
        self.places.insert(name.to_vec(), place);
        place
    }
}
