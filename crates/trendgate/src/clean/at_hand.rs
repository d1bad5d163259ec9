//! Chunks that are in memory already, as a source to merge.

use super::merge::{Source, Stop};
use crate::acquire::Chunk;
use crate::model::{ColumnId, KindId};
use crate::time::Instant;
use std::collections::VecDeque;

/// A source of chunks that are in memory already, for tests and for callers that have their rows there.
#[derive(Debug)]
pub(crate) struct Chunks {
    /// The kind.
    pub kind: KindId,
    /// For each column of the chunks, the column of the roster.
    pub columns: Vec<ColumnId>,
    /// The chunks.
    pub chunks: VecDeque<Chunk>,
}

impl Source for Chunks {
    fn starts(&self) -> Instant {
        let first = self.chunks.iter().find_map(|chunk| chunk.times.first());
        first.copied().unwrap_or(Instant::MAX)
    }

    fn kind(&self) -> KindId {
        self.kind
    }

    fn columns(&self) -> &[ColumnId] {
        &self.columns
    }

    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop> {
        Ok(self.chunks.pop_front())
    }
}
