//! Contents that versions of earlier programs know by other digests → what they are known by today.
//!
//! Enters: files that were met, with all digests by which they may be known. Leaves: the list of a manifest. Only contents of the dataset
//! are taken, and of those that several digests name only what has the verdict of the first.

use crate::parallel::locked;
use crate::publish::{ContentVerdict, History, Redigested};
use crate::text_id::{FileId, TextId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// The contents that versions of earlier programs know by other digests, as far as files that have them were met.
#[derive(Debug, Default)]
pub(super) struct EarlierMet {
    /// By that digest.
    files: Mutex<BTreeMap<TextId, FileId>>,
    /// Those that are known by the packed bytes of a file, by what their text is known by today: a file that has it unpacked is known, too.
    packed: Mutex<BTreeMap<TextId, TextId>>,
    /// The sizes of those texts.
    sizes: Mutex<BTreeSet<u64>>,
}

impl EarlierMet {
    /// Takes a file that may be known by `ids`, the first of which decides what becomes of it.
    pub(super) fn note(&self, file: FileId, ids: impl Iterator<Item = TextId>, history: &History) {
        if file.earlier.is_none() {
            return;
        }
        let known = ids.filter_map(|id| Some((id, history.known(&id)?.verdict)));
        let known: Vec<(TextId, ContentVerdict)> = known.collect();
        let Some((first, verdict)) = known.first().copied() else {
            return;
        };
        let same = known.iter().filter(|(_, other)| *other == verdict);
        // One that is known by the digest of today already is not known anew.
        let is_earlier = |id: &TextId| id.is_earlier() && history.current_id(*id) == *id;
        for id in same.map(|(id, _)| *id).filter(is_earlier) {
            locked(&self.files).entry(id).or_insert(file);
        }
        let packed = file.earlier.and_then(|ids| ids.packed);
        if let (Some(bytes), true) = (file.text_bytes, packed == Some(first)) {
            locked(&self.packed).insert(file.text, first);
            locked(&self.sizes).insert(bytes);
        }
    }

    /// By which packed bytes a text is known.
    pub(super) fn packed(&self, text: TextId) -> Option<TextId> {
        locked(&self.packed).get(&text).copied()
    }

    pub(super) fn has_size(&self, bytes: u64) -> bool {
        locked(&self.sizes).contains(&bytes)
    }

    pub(super) fn into_files(self) -> BTreeMap<TextId, FileId> {
        let files = self.files.into_inner();
        files.unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many contents that were met and not read get their digest of today in one version; the others do in later ones.
const MOST_REDIGESTED: usize = 100_000;

/// Adds to those contents that were read again those whose files were met.
pub(super) fn with_met(
    mut read: Vec<Redigested>,
    files: &BTreeMap<TextId, FileId>,
) -> Vec<Redigested> {
    let known: BTreeSet<TextId> = read.iter().map(|content| content.earlier).collect();
    let met = files
        .iter()
        .filter(|(earlier, _)| !known.contains(*earlier));
    read.extend(met.take(MOST_REDIGESTED).map(|(earlier, file)| {
        let packed = file.earlier.and_then(|ids| ids.packed);
        Redigested {
            earlier: *earlier,
            digest: file.text,
            text_bytes: file.text_bytes.filter(|_| packed == Some(*earlier)),
        }
    }));
    read
}
