//! Frames that are not in the shape of the dataset → frames that are, added to a batch.
//!
//! Enters: frames in other types, and raw ones. Leaves: what became of each. What is refused is refused where they are coerced or cleaned;
//! the batch stands as it stood before, then.

use super::coerce::{CoercedFrame, Coercion};
use super::evidence::StatedFrame;
use super::form::FrameForm;
use super::kept::row_batch;
use super::pieces::{PieceRows, Pieces};
use super::raw::{CleanedRows, RawFrame, RawGround, cleaned_rows, evidence_batches};
use super::{Added, Batch, FrameOptions, Refusal, Status};
use crate::contract::{Conforming, FUTURE_TOLERANCE};
use crate::error::{Error, Result};
use crate::model::{Evidence, Flag, FlagSet, Rule};
use crate::progress::Watch;
use crate::time::Instant;
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Batch {
    /// As [`add_with`](Self::add_with), of a frame whose columns may be changed into what the contract wants: its times into nanoseconds in UTC,
    /// its numbers into float64, its rows into the order of time, its names into those of columns. [`Added::coerced`] says what was. The times
    /// of its evidence are changed as its own, and may name columns as the frame does.
    ///
    /// # Errors
    /// As [`add_with`](Self::add_with); [`Refusal::Contract`], too, for what would lose a bit.
    pub fn add_coerced(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        coercion: &Coercion,
        options: &FrameOptions,
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.attempt.require_own_process()?;
        let coerced = CoercedFrame::take(schema, rows, coercion, Some(self.settings.points()));
        if let Err(Refusal::Contract(violations)) = &coerced {
            self.refuse(source, violations);
        }
        let coerced = coerced?;
        let form = FrameForm {
            coerced: Some(&coerced),
            coercion: Some(coercion),
            renamed: true,
            ..FrameForm::default()
        };
        let (schema, rows) = (coerced.schema(), coerced.rows());
        let added = self.add_form(source, schema, rows, (options, form), watch)?;
        Ok(Added {
            coerced: coerced.counts().0.clone(),
            ..added
        })
    }

    /// Adds what our cleaner makes of a raw frame, with its evidence: as [`clean_frame`](super::clean_frame) does it. The frame is cleaned by
    /// itself: its rules see nothing of what is committed, nor of other frames. Bins without a sample are left to the dataset, which fills
    /// them unless another frame has them.
    ///
    /// # Errors
    /// As [`clean_frame`](super::clean_frame), and as [`add_with`](Self::add_with).
    pub fn add_raw(
        &mut self,
        source: &str,
        schema: &Schema,
        rows: impl IntoIterator<Item = Result<RecordBatch>>,
        raw: &RawFrame,
        options: &FrameOptions,
        watch: Watch<'_>,
    ) -> std::result::Result<Added, Refusal> {
        self.attempt.require_own_process()?;
        let ground = RawGround {
            settings: &self.settings,
            source,
            not_after: self.baseline + FUTURE_TOLERANCE,
            watch,
        };
        let mut pieces = Pieces::new(self.attempt.dir(), self.settings.memory_limit);
        let mut columns = None;
        let bin = self.settings.resample_interval;
        let cleaned = cleaned_rows(ground, schema, rows, raw, &mut |rows| {
            let columns = columns.get_or_insert_with(|| columns_of(&rows));
            let mut nothing = StatedFrame::of_nothing(bin);
            pieces.take(0, Arc::clone(columns), rows, &mut nothing)
        });
        if let Err(Refusal::Contract(violations)) = &cleaned {
            self.refuse(source, violations);
        }
        let cleaned = cleaned?;
        for warning in &cleaned.warnings {
            watch.warn(warning);
        }
        let empty = empty_bins(&cleaned, &pieces)?;
        let says = |row: &&Evidence| !empty.contains(&row.time);
        let evidence: Vec<Evidence> = cleaned.evidence.iter().filter(says).cloned().collect();
        let names = cleaned.schema.columns().iter();
        let names: Vec<String> = names.map(|column| column.name.clone()).collect();
        let form = FrameForm {
            coercion: raw.coercion.as_ref(),
            renamed: true,
            of_rules: &evidence_batches(&evidence, &names)?,
            ..FrameForm::default()
        };
        let schema = cleaned.schema.arrow();
        let rows = (0..pieces.all().len()).map(|piece| {
            let rows = pieces.read(piece)?;
            let sampled = rows.times.iter().map(|time| Some(!empty.contains(time)));
            let sampled: BooleanArray = sampled.collect();
            let rows = row_batch(rows, &schema);
            let kept = rows.and_then(|rows| filter_record_batch(&rows, &sampled));
            kept.map_err(|error| Error::bug(format!("a cleaned frame has another shape: {error}")))
        });
        let added = self.add_form(source, &schema, rows, (options, form), watch)?;
        if added.status == Status::Accepted {
            self.warnings.extend(cleaned.warnings);
            for (rule, span) in cleaned.known_after {
                let longest = self.known_after.entry(rule).or_default();
                *longest = span.max(*longest);
            }
        }
        Ok(Added {
            coerced: cleaned.coerced,
            ..added
        })
    }
}

/// The points of some rows.
fn columns_of(rows: &Conforming) -> Arc<[String]> {
    let schema = rows.batch().schema();
    let points = schema.fields().iter().skip(2);
    points.map(|field| field.name().clone()).collect()
}

/// The bins of which nothing is said but that no sample covers them.
fn empty_bins(cleaned: &CleanedRows, pieces: &Pieces) -> Result<BTreeSet<Instant>> {
    let unsampled = cleaned.evidence.iter();
    let unsampled = unsampled.filter(|row| row.rule == Rule::NoSample);
    let mut empty: BTreeSet<Instant> = unsampled.map(|row| row.time).collect();
    let insufficient: FlagSet = [Flag::InsufficientData].into_iter().collect();
    for piece in 0..pieces.all().len() {
        let PieceRows {
            times,
            flags,
            points,
            ..
        } = pieces.read(piece)?;
        for (row, time) in times.iter().enumerate() {
            if flags[row] != insufficient || points.iter().any(|cells| !cells[row].is_nan()) {
                empty.remove(time);
            }
        }
    }
    Ok(empty)
}
