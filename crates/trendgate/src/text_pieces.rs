//! The bytes of a text, some of them here and some of them there → what the text is known by.
//!
//! BLAKE3 digests a text as a tree whose leaves are chunks of 1 KiB. So a piece of whole chunks is digested without what stands before and
//! behind it, and the digests of all pieces tell that of the text.
//!
//! Enters: bytes, from one bound to the next. Leaves: a [`TextPiece`] for each two bounds; and of all pieces, the identity of their text.
//! Refuses: pieces that do not agree, and such that are not all of one text.

use crate::error::{Error, Result};
use crate::text_id::TextId;
use blake3::CHUNK_LEN;
use blake3::hazmat::{
    HasherExt as _, Mode, left_subtree_len, max_subtree_len, merge_subtrees_non_root,
    merge_subtrees_root,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Pieces begin and end at multiples of this, or with the text.
pub(crate) const CHUNK: u64 = CHUNK_LEN as u64;

/// The digest of a piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextPiece {
    /// Its first byte, and the one behind its last.
    pub bytes: Range<u64>,
    /// The digests of the largest subtrees of the text's tree that are wholly in it, in their order.
    subtrees: Vec<[u8; 32]>,
}

/// Digests pieces of a text that follow each other, as their bytes pass.
#[derive(Debug, Clone)]
pub(crate) struct PieceHasher {
    /// Where pieces begin, and where the last one ends.
    bounds: Vec<u64>,
    text_bytes: u64,
    at: u64,
    /// The subtree that is not at its end yet.
    subtree: Subtree,
    subtrees: Vec<[u8; 32]>,
    pieces: Vec<TextPiece>,
}

#[derive(Debug, Clone)]
struct Subtree {
    end: u64,
    hasher: blake3::Hasher,
}

impl Subtree {
    /// The largest one that begins at `at` and ends before `end`, or there.
    fn at(at: u64, end: u64, text_bytes: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(at);
        Self {
            end: subtree_end(at, end, text_bytes),
            hasher,
        }
    }
}

/// Where the largest subtree ends that begins at `at` and ends before `end`, or there.
fn subtree_end(at: u64, end: u64, text_bytes: u64) -> u64 {
    let most = max_subtree_len(at).unwrap_or(u64::MAX);
    let left = end.saturating_sub(at);
    // The last subtree of a text is as long as the text.
    if end == text_bytes && left <= most {
        return end;
    }
    let largest = left.checked_ilog2().map_or(0, |log| 1 << log);
    at + largest.min(most)
}

impl PieceHasher {
    /// For a text of so many bytes, of pieces with these bounds, which ascend.
    pub(crate) fn new(bounds: Vec<u64>, text_bytes: u64) -> Self {
        let at = bounds.first().copied().unwrap_or_default();
        let end = bounds.get(1).copied().unwrap_or(at);
        Self {
            subtree: Subtree::at(at, end, text_bytes),
            bounds,
            text_bytes,
            at,
            subtrees: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// Takes the next bytes; those behind the last bound are of no piece.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.pieces.len() + 1 < self.bounds.len() {
            let left = usize::try_from(self.subtree.end - self.at).unwrap_or(usize::MAX);
            let (own, rest) = bytes.split_at(left.min(bytes.len()));
            self.subtree.hasher.update(own);
            self.at += own.len() as u64;
            bytes = rest;
            if self.at == self.subtree.end {
                self.end_subtree();
            }
        }
    }

    fn end_subtree(&mut self) {
        self.subtrees.push(self.subtree.hasher.finalize_non_root());
        let mut bounds = self.bounds[self.pieces.len()..].iter().copied();
        let (start, end) = (bounds.next(), bounds.next());
        let (start, mut end) = (start.unwrap_or(self.at), end.unwrap_or(self.at));
        if self.at == end {
            self.pieces.push(TextPiece {
                bytes: start..end,
                subtrees: std::mem::take(&mut self.subtrees),
            });
            end = bounds.next().unwrap_or(self.at);
        }
        if end > self.at {
            self.subtree = Subtree::at(self.at, end, self.text_bytes);
        }
    }

    /// The pieces; `None` where the bytes came to their end before the last bound.
    pub(crate) fn finish(self) -> Option<Vec<TextPiece>> {
        let count = self.bounds.len().saturating_sub(1);
        (self.pieces.len() == count).then_some(self.pieces)
    }
}

/// What the text of so many bytes is known by whose pieces these are, in any order; several readings may have come by the same one. `None`
/// where these differ: the text changed in between.
///
/// # Errors
/// [`Bug`](crate::ErrorKind::Bug) where they are not all of a text.
pub(crate) fn joined(mut pieces: Vec<TextPiece>, text_bytes: u64) -> Result<Option<TextId>> {
    pieces.sort_by_key(|piece| (piece.bytes.start, piece.bytes.end));
    pieces.dedup();
    let mut end = 0;
    for piece in &pieces {
        if piece.bytes.start < end {
            return Ok(None);
        }
        if piece.bytes.start > end {
            return Err(incomplete());
        }
        end = piece.bytes.end;
    }
    if end != text_bytes {
        return Err(incomplete());
    }
    let mut subtrees = pieces.iter().flat_map(|piece| {
        let mut at = piece.bytes.start;
        piece.subtrees.iter().map(move |subtree| {
            let end = subtree_end(at, piece.bytes.end, text_bytes);
            (std::mem::replace(&mut at, end)..end, *subtree)
        })
    });
    let mut next = subtrees.next();
    let mut take = |bytes: &Range<u64>| match &next {
        Some((found, digest)) if found == bytes => {
            let digest = *digest;
            next = subtrees.next();
            Some(digest)
        }
        _ => None,
    };
    let middle = left_subtree(&(0..end)).ok_or_else(incomplete)?;
    let left = subtree(0..middle, &mut take).ok_or_else(incomplete)?;
    let right = subtree(middle..end, &mut take).ok_or_else(incomplete)?;
    let root = merge_subtrees_root(&left, &right, Mode::Hash);
    Ok(Some(TextId::blake3(root.into())))
}

/// Where the left one of the two subtrees ends that these bytes are made of; `None` where they are one chunk.
fn left_subtree(bytes: &Range<u64>) -> Option<u64> {
    let length = bytes.end - bytes.start;
    (length > CHUNK).then(|| bytes.start + left_subtree_len(length))
}

/// The digest of the subtree of these bytes; `take` gives those that are known, in their order.
fn subtree(
    bytes: Range<u64>,
    take: &mut impl FnMut(&Range<u64>) -> Option<[u8; 32]>,
) -> Option<[u8; 32]> {
    if let Some(known) = take(&bytes) {
        return Some(known);
    }
    let middle = left_subtree(&bytes)?;
    let left = subtree(bytes.start..middle, take)?;
    let right = subtree(middle..bytes.end, take)?;
    Some(merge_subtrees_non_root(&left, &right, Mode::Hash))
}

fn incomplete() -> Error {
    Error::bug("the pieces that were read of a report are not all of it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(size: usize) -> Vec<u8> {
        let bytes = (0..size).map(|at| (at * 7 + at / 251) % 256);
        bytes.map(|byte| u8::try_from(byte).unwrap()).collect()
    }

    fn pieces(text: &[u8], bounds: &[u64], block: usize) -> Vec<TextPiece> {
        let mut hasher = PieceHasher::new(bounds.to_vec(), text.len() as u64);
        let (from, to) = (bounds[0], bounds[bounds.len() - 1]);
        let own = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
        text[own]
            .chunks(block)
            .for_each(|bytes| hasher.update(bytes));
        hasher.finish().unwrap()
    }

    proptest! {
        #[test]
        fn pieces_tell_what_their_text_is_known_by_wherever_they_are_cut(
            size in 2049_usize..300_000,
            cuts in prop::collection::btree_set(1_u64..300, 1..6),
            overlap in 0_usize..3,
            block in 1_usize..70_000,
        ) {
            let text = text(size);
            let size = size as u64;
            let mut bounds: Vec<u64> = vec![0];
            bounds.extend(cuts.iter().map(|cut| cut * CHUNK).filter(|cut| *cut < size));
            bounds.push(size);
            prop_assume!(bounds.len() > 2);
            let middle = bounds.len() / 2;
            let mut all = pieces(&text, &bounds[middle.saturating_sub(overlap)..], block);
            all.extend(pieces(&text, &bounds[..=middle], block));
            prop_assert_eq!(joined(all.clone(), size).unwrap(), Some(TextId::of(&text)));
            for place in 0..all.len() {
                let mut others = all.clone();
                others[place].subtrees[0][3] ^= 1;
                prop_assert_ne!(joined(others, size).unwrap(), Some(TextId::of(&text)));
            }
        }
    }

    #[test]
    fn pieces_that_are_not_all_of_a_text_and_bytes_that_end_too_early_are_noticed() {
        let text = text(9000);
        let all = pieces(&text, &[0, 2048, 5120, 9000], 100);
        assert_eq!(joined(all.clone(), 9000).unwrap(), Some(TextId::of(&text)));
        for lost in 0..3 {
            let mut some = all.clone();
            some.remove(lost);
            let error = joined(some, 9000).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Bug);
        }
        let mut hasher = PieceHasher::new(vec![2048, 5120], 9000);
        hasher.update(&text[2048..5119]);
        assert_eq!(hasher.clone().finish(), None);
        hasher.update(&text[5119..]);
        assert_eq!(hasher.finish(), Some(all[1..2].to_vec()));
    }
}
