//! What a frame is to a batch: new, known, or withdrawn. Pure.
//!
//! Enters: what a frame was found to be. Leaves: its [`Status`], and what it is known by. A frame that completes is known by what it says.
//! One that replaces is known by that and by its place among all frames: the same content replaces once more what took its place.

use super::{Added, Batch, FrameSummary, OnConflict, Status};
use crate::model::Column;
use crate::publish::{KnownSource, Redigested};
use crate::text_id::{ReadingId, TextId};
use crate::time::Extent;
use arrow::datatypes::SchemaRef;
use std::sync::Arc;

impl Batch {
    pub(super) fn status(&self, facts: &mut FrameSummary) -> Status {
        facts.ordinal = self.history.last_ordinal() + self.frames.len() as u64 + 1;
        let content = facts.id.text;
        match facts.on_conflict {
            OnConflict::Replace => {
                let same = |frame: &&FrameSummary| {
                    is_replacement(frame) && frame.id.text.read_as(None) == content
                };
                let in_batch = self.frames.iter().rfind(same);
                let in_batch = in_batch.map(|frame| (Status::Duplicate, frame.ordinal));
                let committed = self
                    .replacements()
                    .filter(|(id, _)| id.read_as(None) == content);
                let committed = committed.filter_map(|(_, source)| source.ordinal).max();
                let committed = committed.map(|ordinal| (Status::Known, ordinal));
                facts.id.earlier = None;
                match in_batch.or(committed) {
                    Some((status, ordinal)) if !self.is_replaced(facts.range, ordinal) => {
                        facts.id.text = replacement_id(content, ordinal);
                        status
                    }
                    _ => {
                        facts.id.text = replacement_id(content, facts.ordinal);
                        Status::Accepted
                    }
                }
            }
            OnConflict::Raise | OnConflict::Keep => {
                let mut frames = self.frames.iter();
                let is_known = facts.id.each().any(|id| self.history.is_accepted(&id))
                    || self.history.accepted_readings(content).next().is_some();
                match is_known {
                    true => Status::Known,
                    _ if frames.any(|frame| frame.id.text.read_as(None) == content) => {
                        Status::Duplicate
                    }
                    _ if self.history.was_retracted(content) => Status::Withdrawn,
                    _ => Status::Accepted,
                }
            }
        }
    }

    fn replacements(&self) -> impl Iterator<Item = (TextId, &KnownSource)> {
        self.history.sources().filter(|(_, source)| source.replaces)
    }

    /// Whether a frame after the one of this ordinal replaces something in this range.
    fn is_replaced(&self, range: Option<Extent>, ordinal: u64) -> bool {
        let touches = |other: Option<Extent>| {
            let both = range.zip(other);
            both.is_some_and(|(one, other)| one.touches(other))
        };
        let mut committed = self.replacements();
        let mut frames = self.frames.iter();
        committed.any(|(_, source)| source.ordinal > Some(ordinal) && touches(source.time_range()))
            || frames.any(|frame| {
                is_replacement(frame) && frame.ordinal > ordinal && touches(frame.range)
            })
    }

    /// A known frame that an earlier program knew by another digest.
    fn redigested(&self, facts: &FrameSummary) -> Option<(TextId, Redigested)> {
        let earlier = facts.id.earlier?.text;
        let is_news =
            self.history.is_accepted(&earlier) && self.history.current_id(earlier) == earlier;
        is_news.then_some((
            earlier,
            Redigested {
                earlier,
                digest: facts.id.text,
                text_bytes: None,
            },
        ))
    }

    /// Puts an admitted frame where it belongs.
    pub(super) fn file(&mut self, mut facts: FrameSummary, columns: Vec<Column>, added: &Added) {
        match added.status {
            Status::Known => {
                self.known += 1;
                self.redigested.extend(self.redigested(&facts));
            }
            Status::Withdrawn => self.withdrawn += 1,
            Status::Duplicate => self.duplicates.push(facts),
            Status::Accepted => {
                self.roster.add(columns);
                facts.stated = self.shared(facts.stated);
                self.frames.push(facts);
                self.lost.push(added.conflicts);
            }
        }
    }

    /// The same columns, once for all frames that have them.
    pub(super) fn shared(&mut self, stated: SchemaRef) -> SchemaRef {
        match self.stated.iter().find(|known| **known == stated) {
            Some(known) => Arc::clone(known),
            None => {
                self.stated.push(Arc::clone(&stated));
                stated
            }
        }
    }
}

fn is_replacement(frame: &FrameSummary) -> bool {
    frame.on_conflict == OnConflict::Replace
}

/// What a frame of this content is known by that replaces as the frame of this ordinal.
fn replacement_id(content: TextId, ordinal: u64) -> TextId {
    let place = format!("trendgate replacement {ordinal}");
    content.read_as(Some(ReadingId::of(place.as_bytes())))
}
