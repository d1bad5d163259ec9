//! What of a survey a version and the end of a run tell. Pure.

use super::{Duplicate, FailedInput, Survey};
use crate::text_id::{FileId, TextId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was found at the paths of a run, beside the new reports.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::pipeline) struct SurveySummary {
    /// Files that cannot be used.
    pub(in crate::pipeline) failed: Vec<FailedInput>,
    /// Files that have the same text as another new one.
    pub(in crate::pipeline) duplicates: Vec<Duplicate>,
    /// Contents that versions of earlier programs know by another digest.
    pub(in crate::pipeline) redigested: BTreeMap<TextId, FileId>,
    /// How many files are committed already.
    pub(in crate::pipeline) known: usize,
    /// How many were rejected before.
    pub(in crate::pipeline) known_rejects: usize,
    /// How many were superseded or retracted.
    pub(in crate::pipeline) withdrawn: usize,
    /// How many the configuration passes over.
    pub(in crate::pipeline) ignored: usize,
}

impl From<Survey> for SurveySummary {
    fn from(survey: Survey) -> Self {
        Self {
            failed: survey.failed,
            duplicates: survey.duplicates,
            redigested: survey.redigested,
            known: survey.known.len(),
            known_rejects: survey.known_rejects.len(),
            withdrawn: survey.withdrawn.len(),
            ignored: survey.ignored,
        }
    }
}
