//! What a retraction would do.

use super::PathAnswer;
use crate::dataset_path::DatasetPath;
use crate::pipeline::RetractionProspect;
use crate::publish::KnownSource;
use crate::text_id::TextId;
use crate::time::{self, Extent, Instant};
use schemars::JsonSchema;
use serde::Serialize;

/// What a retraction would do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RetractionAnswer {
    /// When it was found out.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// The last version.
    pub version: u64,
    /// The reports that would leave the dataset, a text with several of them once.
    pub leaving: Vec<LeavingReport>,
    /// The UTC months that would be made again without them.
    pub months: Vec<Instant>,
    /// How many other reports would be read for that.
    pub read_again: usize,
    /// The parts of those months, which would be replaced where they come out in another way.
    pub parts: Vec<DatasetPath>,
    /// The rows of these.
    pub rows: u64,
}

/// A text whose reports would leave.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LeavingReport {
    /// Its file.
    #[serde(flatten)]
    pub path: PathAnswer,
    /// The name of its text in the file, where that names its texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What it is known by.
    pub digest: TextId,
    /// The version that took it.
    pub taken_by: u64,
    /// From its first to its last accepted row.
    pub time_range: Option<Extent>,
}

impl RetractionAnswer {
    /// Says what a retraction at the site would do.
    #[must_use]
    pub(crate) fn new(site: &str, prospect: &RetractionProspect) -> Self {
        let parts = &prospect.parts;
        Self {
            time: time::now(),
            site_id: site.to_owned(),
            version: prospect.version,
            leaving: (prospect.leaving.iter())
                .map(|(digest, source)| LeavingReport::new(*digest, source))
                .collect(),
            months: prospect.months.iter().map(|month| month.start()).collect(),
            read_again: prospect.read_again,
            parts: parts.iter().map(|part| part.path.clone()).collect(),
            rows: parts.iter().map(|part| part.rows).sum(),
        }
    }
}

impl LeavingReport {
    fn new(digest: TextId, source: &KnownSource) -> Self {
        let ranges = source.reports.iter();
        Self {
            path: source.path.as_path().into(),
            member: source.member.clone(),
            digest,
            taken_by: source.version,
            time_range: Extent::around(ranges.filter_map(|report| report.time_range)),
        }
    }
}
