//! The reports of a batch: of each, the fields that plans are made of are in memory; the rest is in a spill file.
//!
//! Enters: reports that were looked at, in any order. Leaves: the same in the order of precedence. With a hundred thousand reports,
//! whatever is kept of each in memory is most of the memory that a run takes: here it is 28 bytes while a plan is made, and none from then
//! on, when whoever goes through them takes one after the other. Refuses: nothing but what the disk refuses.

mod precedence;
mod read;
mod record;
mod saved;

pub(crate) use precedence::ties;
pub(crate) use read::Next;
pub(crate) use saved::SavedInputs;

use super::dataset_points::Shape;
use super::slots::{Pages, Slot, SlotPlace};
use crate::acquire::{DialectId, Report, ReportPoint, RowOrder};
use crate::error::Result;
use crate::model::{FormId, InputId};
use crate::scratch::SpillFile;
use crate::text_id::{Digests, TextId};
use crate::time::{Extent, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A report to be read, with the identity of its text where that had to be known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The report; what it says of itself for people is not kept.
    pub report: Report,
    /// What its text is known by, if it was read before; the reading has to confirm it.
    pub digest: Option<TextId>,
    /// What the dataset knows its text by, if it has it: maybe a digest of an earlier program.
    pub known_by: Option<TextId>,
    /// What it is to the batch.
    pub standing: Standing,
}

/// What a report that is read is to its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The dataset has it; its months are made again.
    Committed,
    /// The dataset does not have it yet.
    New,
}

/// The inputs of a batch.
#[derive(Default)]
pub struct Inputs {
    slots: Vec<Slot>,
    /// The slots, where they are spilled.
    spilled: Option<Pages>,
    forms: Vec<ReportForm>,
    form_of: BTreeMap<ReportForm, FormId>,
    /// The records of the inputs.
    records: SpillFile,
    /// The entries of those that were sorted when they were looked at.
    entries: Arc<SpillFile>,
    /// The most bytes of text that the inputs have whose rows are not in order.
    disordered: u64,
    /// Whether the encoding of one is assumed.
    assume_encodings: bool,
}

/// The points of a report, its stated interval, its dialect, and the entry that describes it: most reports of a site share theirs with others.
type ReportForm = (
    Arc<[ReportPoint]>,
    Option<Span>,
    DialectId,
    Option<Box<str>>,
);

impl Input {
    /// A report that the dataset does not have, of whose text this is known.
    #[must_use]
    pub(crate) fn new(report: Report, digest: Option<TextId>) -> Self {
        // Who divided a text has read it.
        let section = report.section.as_ref();
        let known = section.map(|section| section.text.text).or(digest);
        Self {
            digest: known.map(|text| text.read_as(report.reading())),
            report,
            known_by: None,
            standing: Standing::New,
        }
    }

    /// Which digests of its text have to be taken to tell whether it is the one that the dataset has.
    #[must_use]
    pub(crate) fn digests(&self) -> Digests {
        match (self.digest, self.known_by) {
            (None, Some(known)) if known.is_earlier() => Digests::AndEarlier,
            _ => Digests::Today,
        }
    }
}

impl Inputs {
    /// An empty list. What is not kept in memory of inputs goes to a file in `folder`; without one, it stays in memory all the same.
    #[must_use]
    pub fn new(folder: Option<&Path>) -> Self {
        Self {
            records: SpillFile::new(folder),
            entries: Arc::new(SpillFile::new(folder)),
            ..Self::default()
        }
    }

    /// The folder of what is spilled.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.records.folder()
    }

    /// Where the entries of those stand that were sorted when they were looked at.
    pub(crate) fn entries(&self) -> &Arc<SpillFile> {
        &self.entries
    }

    /// Adds one, at the end.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) at the folder where it cannot be spilled.
    pub fn push(&mut self, input: Input) -> Result<()> {
        let report = &input.report;
        let disordered = report.order == RowOrder::Unordered && report.layout.sorted.is_none();
        self.assume_encodings |= input.report.assumed_encoding().is_some();
        let slot = self.slot_of(input)?;
        self.disordered += if disordered { most_text(&slot) } else { 0 };
        self.slots.push(slot);
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.spilled
            .as_ref()
            .map_or(self.slots.len(), |pages| pages.count)
    }

    /// Whether there are none.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them by their places, in their order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = InputId> + Clone + use<> {
        (0..self.len()).map(InputId::new)
    }

    /// The first and the last time of one's report.
    ///
    /// # Panics
    /// As indexing does, where there are not so many, and while the list is spilled; so do the next three.
    #[must_use]
    pub(crate) fn extent(&self, input: InputId) -> Extent {
        let slot = &self.slots[input];
        slot.range
    }

    /// The size of one's file, or of its section of a text; of one larger than 2 GiB, up to 4 KiB more.
    #[must_use]
    pub(crate) fn bytes(&self, input: InputId) -> u64 {
        self.slots[input].size.bytes()
    }

    /// What one is to the batch.
    #[must_use]
    pub(crate) fn standing(&self, input: InputId) -> Standing {
        self.slots[input].place.standing()
    }

    /// The form of one's report, among [`forms`](Self::forms).
    #[must_use]
    pub(crate) fn form(&self, input: InputId) -> FormId {
        self.slots[input].place.form()
    }

    /// The bytes of text that all may have; compressed files have ten times their own, as a rule at most.
    #[must_use]
    pub(crate) fn most_text(&self) -> u64 {
        self.slots.iter().map(most_text).sum()
    }

    /// The bytes that rows may take which are sorted on disk: twice their text, and as much again where sorted runs become one.
    #[must_use]
    pub(crate) fn most_scratch(&self) -> u64 {
        4 * self.disordered
    }

    /// The bytes that may be kept of the files of the new ones: all of those that are packed, and a third of text, of which less stays as a rule.
    #[must_use]
    pub(crate) fn most_kept(&self) -> u64 {
        let new = |slot: &&Slot| slot.place.standing() == Standing::New;
        let kept = |slot: &Slot| match slot.place.is(SlotPlace::PACKED) {
            true => slot.size.bytes(),
            false => slot.size.bytes() / 3,
        };
        self.slots.iter().filter(new).map(kept).sum()
    }

    /// The spans of all.
    pub(crate) fn extents(&self) -> impl Iterator<Item = Extent> + Clone {
        self.slots.iter().map(|slot| slot.range)
    }

    /// The shapes that reports have or had, by their form.
    pub(crate) fn forms(&self) -> impl Iterator<Item = Shape<'_>> {
        self.forms.iter().map(shape)
    }

    /// The shapes of all, each once, in the order in which they come first.
    #[must_use]
    pub(crate) fn shapes(&self) -> Vec<Shape<'_>> {
        let mut met = vec![false; self.forms.len()];
        let forms = self.slots.iter().map(|slot| slot.place.form());
        forms
            .filter(|form| !std::mem::replace(&mut met[*form], true))
            .map(|form| shape(&self.forms[form]))
            .collect()
    }

    /// Whether the encoding of any of them is assumed.
    #[must_use]
    pub(crate) fn assume_encodings(&self) -> bool {
        self.assume_encodings
    }

    /// The new ones that were cut short: of the others it was said when they came.
    pub(crate) fn cut_short(&self) -> impl Iterator<Item = Result<Input>> {
        let slots = self.slots.iter().filter(|slot| {
            slot.place.is(SlotPlace::CUT_SHORT) && slot.place.standing() == Standing::New
        });
        slots.map(|slot| self.fetch(*slot))
    }

    /// Removes one from the list, and gives it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn take(&mut self, input: InputId) -> Result<Input> {
        let slot = self.slots.remove(input.index());
        self.fetch(slot)
    }

    /// Takes out what else there is of the text of `report`, which was taken.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn take_text(&mut self, report: &Report) -> Result<()> {
        if report.section.is_none() {
            return Ok(());
        }
        for slot in std::mem::take(&mut self.slots) {
            if slot.place.is(SlotPlace::LISTED) {
                let other = self.fetch(slot)?.report;
                if other.path == report.path && other.text == report.text {
                    continue;
                }
            }
            self.slots.push(slot);
        }
        Ok(())
    }

    /// Puts others in the place of one, whose places stay what they are.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub(crate) fn replace(
        &mut self,
        place: InputId,
        others: impl IntoIterator<Item = Input>,
    ) -> Result<()> {
        for other in others {
            self.push(other)?;
        }
        self.slots.swap_remove(place.index());
        Ok(())
    }

    /// The new ones that no one has read whole.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn not_read_whole(&self) -> Result<BTreeSet<InputId>> {
        let mut found = BTreeSet::new();
        for (id, input) in self.ids().zip(self.iter()) {
            let Input {
                report, standing, ..
            } = input?;
            let is_read = report.section.is_some() || report.layout.clock_faults.is_some();
            if standing == Standing::New && !is_read {
                found.insert(id);
            }
        }
        Ok(found)
    }

    /// Removes these from the list.
    pub(crate) fn remove(&mut self, inputs: &BTreeSet<InputId>) {
        let mut places = (0..).map(InputId::new);
        self.slots.retain(|_| {
            let place = places.next();
            !place.is_some_and(|place| inputs.contains(&place))
        });
    }

    /// Without those that are known: they are found anew for every plan.
    #[must_use]
    pub(crate) fn only_new(mut self) -> Self {
        self.slots
            .retain(|slot| slot.place.standing() == Standing::New);
        self
    }

    /// Spills the list itself: from now on they are to be had one after the other, and not to be changed.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) at the folder where it cannot be spilled.
    pub(crate) fn spill(&mut self) -> Result<()> {
        let slots = std::mem::take(&mut self.slots);
        self.spilled = Some(Pages::of(&slots, self.folder())?);
        Ok(())
    }

    /// Reads the list back into memory.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn unspill(&mut self) -> Result<()> {
        if let Some(pages) = self.spilled.take() {
            self.slots = pages.all()?;
        }
        Ok(())
    }
}

fn most_text(slot: &Slot) -> u64 {
    slot.size.bytes()
        * if slot.place.is(SlotPlace::PACKED) {
            10
        } else {
            1
        }
}

fn shape((points, interval, dialect, entry): &ReportForm) -> Shape<'_> {
    Shape {
        points,
        interval: *interval,
        dialect: *dialect,
        entry: entry.as_deref(),
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inputs", self.len())
    }
}
