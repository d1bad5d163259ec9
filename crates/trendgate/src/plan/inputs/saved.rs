//! Inputs → a value from which another process has the same inputs.
//!
//! Enters: inputs. Leaves: what is in memory of them as a value, their records and their sorted entries in two files. Refuses: what the disk
//! refuses.

use super::super::slots::{Pages, Slot, SlotFields};
use super::Inputs;
use crate::acquire::{DialectId, ReportPoint};
use crate::error::Result;
use crate::scratch::SpillFile;
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// A [`ReportForm`] as a value.
type SavedForm = (Vec<ReportPoint>, Option<Span>, DialectId, Option<Box<str>>);

/// All that is known of inputs but their records and sorted entries, which stand in files beside it.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedInputs {
    slots: SlotFields,
    forms: Vec<SavedForm>,
    disordered: u64,
    assume_encodings: bool,
}

impl Inputs {
    /// The list as a value; its records go to the file `records`, its entries to `entries`.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where what was spilled cannot be read, or these cannot be written.
    pub(crate) fn save(&self, records: &Path, entries: &Path) -> Result<SavedInputs> {
        self.records.save(records)?;
        self.entries.save(entries)?;
        let spilled = self.spilled.as_ref().map(Pages::all).transpose()?;
        let slots = spilled.as_deref().unwrap_or(&self.slots);
        let forms = self.forms.iter().cloned();
        Ok(SavedInputs {
            slots: slots.iter().map(|slot| slot.fields()).collect(),
            forms: forms
                .map(|(points, interval, dialect, entry)| {
                    (points.to_vec(), interval, dialect, entry)
                })
                .collect(),
            disordered: self.disordered,
            assume_encodings: self.assume_encodings,
        })
    }

    /// The list that was [saved](Self::save).
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where one of the files cannot be opened.
    pub(crate) fn saved(saved: SavedInputs, records: &Path, entries: &Path) -> Result<Self> {
        let forms = saved.forms.into_iter();
        Ok(Self {
            slots: saved.slots.into_iter().map(Slot::of_fields).collect(),
            forms: forms
                .map(|(points, interval, dialect, entry)| (points.into(), interval, dialect, entry))
                .collect(),
            records: SpillFile::saved(records)?,
            entries: Arc::new(SpillFile::saved(entries)?),
            disordered: saved.disordered,
            assume_encodings: saved.assume_encodings,
            ..Self::default()
        })
    }
}
