//! The order of precedence: which of two reports that have one cell is first.

use super::{Input, Inputs};
use crate::error::Result;
use std::collections::BTreeSet;

impl Inputs {
    /// Puts them into the order of precedence: by first timestamp, then by digest, then by their order in the text; of two that are the
    /// same the known one and the lower path first. Those that begin at the same time are shown to `tied`, which learns the digests that the order hangs on and
    /// takes away what cannot be read; and then, in their order, to `same`, which takes away what is there twice.
    ///
    /// # Errors
    /// As [`get`](Self::get); whatever `tied` fails with.
    pub(crate) fn settle(
        &mut self,
        mut tied: impl FnMut(&mut Vec<Input>) -> Result<()>,
        mut same: impl FnMut(&mut Vec<Input>),
    ) -> Result<()> {
        let mut slots = std::mem::take(&mut self.slots);
        slots.sort_unstable_by_key(|slot| slot.first());
        // No input is added, so those that are kept fit into the places of those that were passed.
        let (mut kept, mut from) = (0, 0);
        while let Some(first) = slots.get(from).map(|slot| slot.first()) {
            let ties = slots[from..]
                .iter()
                .take_while(|slot| slot.first() == first);
            let to = from + ties.count();
            let group = from..to;
            from = to;
            if group.len() == 1 {
                slots.swap(kept, group.start);
                kept += 1;
                continue;
            }
            let inputs = slots[group].iter().map(|slot| self.fetch(*slot));
            let mut inputs = inputs.collect::<Result<Vec<Input>>>()?;
            tied(&mut inputs)?;
            inputs.sort_unstable_by(|a, b| {
                let key = |input: &Input| (input.digest, input.report.ordinal, input.standing);
                let place =
                    |input: &Input| input.report.text.member.as_ref().map(|member| member.order);
                (key(a), &a.report.path, place(a)).cmp(&(key(b), &b.report.path, place(b)))
            });
            same(&mut inputs);
            for input in inputs {
                slots[kept] = self.slot_of(input)?;
                kept += 1;
            }
        }
        slots.truncate(kept);
        self.slots = slots;
        Ok(())
    }
}

/// Those of inputs that begin at the same time whose order of precedence that leaves open although they share points, and which may
/// even be the same report twice: their digests must be known before planning.
#[must_use]
pub(crate) fn ties(group: &[Input]) -> Vec<usize> {
    let mut lists = BTreeSet::new();
    // One list twice is all that has to be known; and only lists that differ need to be looked into.
    let mut lists_once = group.iter().map(|input| input.report.points.as_ptr());
    let mut seen = BTreeSet::new();
    let mut points = group.iter().flat_map(|input| input.report.points.iter());
    let shared = !lists_once.all(|list| lists.insert(list)) || !points.all(|p| seen.insert(&p.id));
    if shared {
        (0..group.len()).collect()
    } else {
        Vec::new()
    }
}
