//! Going through inputs, one after another.
//!
//! Enters: which of them, in ascending order. Leaves: of each its [`Next`], which is in memory or a page of a spill file, and from that the whole
//! [`Input`], which is read from disk. Refuses: an input beyond the last.

use super::super::slots::{PAGE, Slot, SlotPlace, beyond};
use super::{Input, Inputs, Standing};
use crate::error::Result;
use crate::model::{FormId, InputId};
use crate::time::{Extent, Instant};

impl Inputs {
    /// One of them.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where what was spilled cannot be read.
    pub(crate) fn get(&self, input: InputId) -> Result<Input> {
        let mut one = self.each(std::iter::once(input));
        let next = one.next().ok_or_else(beyond)??;
        self.of(&next)
    }

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<Input>> {
        let all = self.each(self.ids());
        all.map(|next| self.of(&next?))
    }

    /// What is in memory of these, which ascend.
    pub(crate) fn each<'a>(
        &'a self,
        inputs: impl Iterator<Item = InputId> + 'a,
    ) -> impl Iterator<Item = Result<Next>> + 'a {
        let (mut number, mut page) = (usize::MAX, Vec::new());
        inputs.map(move |input| {
            let place = input.index();
            let slot = match &self.spilled {
                None => self.slots.get(place),
                Some(pages) => {
                    if number != place / PAGE {
                        number = place / PAGE;
                        page = pages.get(number)?;
                    }
                    page.get(place % PAGE)
                }
            };
            let slot = *slot.ok_or_else(beyond)?;
            Ok(Next { input, slot })
        })
    }

    /// All that is known of an input that [`each`](Self::each) gave.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn of(&self, next: &Next) -> Result<Input> {
        self.fetch(next.slot)
    }
}

/// An input as it is met when they are gone through: its place and what a plan needs of it, without its record.
#[derive(Clone, Copy)]
pub(crate) struct Next {
    /// Its place.
    pub(crate) input: InputId,
    slot: Slot,
}

impl Next {
    /// The first time of its report.
    pub(crate) fn first(&self) -> Instant {
        self.slot.first()
    }

    /// From when to when its report may have rows.
    pub(crate) fn extent(&self) -> Extent {
        self.slot.range
    }

    /// The form of its report.
    pub(crate) fn form(&self) -> FormId {
        let place = self.slot.place;
        place.form()
    }

    /// Whether its file is listed with its texts: they have names, or several reports.
    pub(crate) fn is_listed(&self) -> bool {
        let place = self.slot.place;
        place.is(SlotPlace::LISTED)
    }

    /// What it is to the batch.
    pub(crate) fn standing(&self) -> Standing {
        let place = self.slot.place;
        place.standing()
    }
}
