//! A plan → files from which another process has the same plan.
//!
//! Enters: a plan. Leaves: a value, beside files of its lists in one folder: what is known of each report, what was sorted of texts, and texts that
//! were unpacked. Refuses: what the disk refuses.

use super::inputs::{Inputs, SavedInputs};
use super::{Kept, Plan, Task};
use crate::acquire::UnpackedText;
use crate::clean::Kind;
use crate::error::Result;
use crate::model::{
    Column, ColumnId, DatasetSchema, Equipment, InputId, KindId, PointSpec, TimestampUnit,
};
use crate::scratch::{SavedText, TextScratch};
use crate::text_id::FileId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A plan as a value, beside the files of its inputs.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedPlan {
    inputs: SavedInputs,
    places: Vec<Option<(KindId, Vec<ColumnId>)>>,
    kinds: Vec<Kind>,
    roster: Vec<PointSpec>,
    equipment: Equipment,
    unit: TimestampUnit,
    tasks: Vec<Task>,
    kept: Vec<Kept>,
    unpacked: Vec<(InputId, (SavedText, FileId))>,
}

/// What the lists of a plan are called in the folder that it is saved in.
const RECORDS: &str = "records";
const ENTRIES: &str = "entries";
const TEXTS: &str = "texts";

impl Plan {
    /// The plan as a value; what its inputs have in scratch goes to files in `folder`.
    ///
    /// # Errors
    /// As [`Inputs::save`].
    pub(crate) fn save(&self, folder: &Path) -> Result<SavedPlan> {
        let unpacked = self.unpacked.iter();
        // All of them stand in one file.
        if let Some((_, text)) = unpacked.clone().next() {
            text.file().save(&folder.join(TEXTS))?;
        }
        Ok(SavedPlan {
            unpacked: unpacked
                .map(|(input, text)| (*input, text.value()))
                .collect(),
            inputs: self
                .inputs
                .save(&folder.join(RECORDS), &folder.join(ENTRIES))?,
            places: self.places.clone(),
            kinds: self.kinds.clone(),
            roster: self.roster.clone(),
            equipment: self.equipment.clone(),
            unit: self.schema.unit(),
            tasks: self.tasks.clone(),
            kept: self.kept.clone(),
        })
    }

    /// What was [saved](Self::save) in `folder`.
    ///
    /// # Errors
    /// As [`Inputs::saved`].
    pub(crate) fn saved(saved: SavedPlan, folder: &Path) -> Result<Self> {
        let columns = saved.roster.iter().map(Column::of).collect();
        let mut unpacked = BTreeMap::new();
        if !saved.unpacked.is_empty() {
            let texts = Arc::new(TextScratch::saved(&folder.join(TEXTS))?);
            let all = saved.unpacked.into_iter();
            unpacked = all
                .map(|(input, text)| (input, UnpackedText::of_value(text, &texts)))
                .collect();
        }
        Ok(Self {
            unpacked,
            inputs: Inputs::saved(saved.inputs, &folder.join(RECORDS), &folder.join(ENTRIES))?,
            places: saved.places,
            kinds: saved.kinds,
            schema: DatasetSchema::new(columns)?.counting(saved.unit),
            roster: saved.roster,
            equipment: saved.equipment,
            tasks: saved.tasks,
            kept: saved.kept,
        })
    }
}
