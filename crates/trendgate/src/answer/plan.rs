//! What a run would do.

use super::{FailedFileAnswer, PathAnswer};
use crate::acquire::text_path;
use crate::clean::Kind;
use crate::error::Result;
use crate::model::{Aggregation, InputId};
use crate::pipeline::Prospect;
use crate::plan::{Input, Plan, Standing, Task};
use crate::time::{self, Extent, Instant};
use schemars::JsonSchema;
use serde::Serialize;

/// What a run would read, merge and write.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlanAnswer {
    /// When it was found out.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// The reports to read. Others refer to them by their place.
    pub inputs: Vec<PlannedInput>,
    /// The files that are known already.
    pub known: Vec<String>,
    /// The files that are known to be rejected.
    pub known_rejects: Vec<String>,
    /// The files whose content was superseded or retracted.
    pub withdrawn: Vec<String>,
    /// How many files the configuration passes over.
    pub ignored: usize,
    /// What is no report and has not the name of one: files, and members of files.
    pub passed_over: Vec<String>,
    /// The files whose text another file has, too.
    pub duplicates: Vec<Twice>,
    /// The files that cannot be used.
    pub failed_files: Vec<FailedFileAnswer>,
    /// The kinds of report. Reports refer to them by their place.
    pub kinds: Vec<PlannedKind>,
    /// The pairs of reports that share points and time.
    pub overlaps: Vec<PlannedOverlap>,
    /// The columns of the points.
    pub columns: Vec<PlannedColumn>,
    /// The UTC months that would be made.
    pub months: Vec<Instant>,
    /// The stretches of time that would be made one by one.
    pub tasks: Vec<PlannedTask>,
    /// Bytes that would be read; of a report in several tasks, several times.
    pub bytes_to_read: u64,
}

/// A report that would be read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlannedInput {
    /// Its file.
    #[serde(flatten)]
    pub path: PathAnswer,
    /// The name of its text in the file, where that names its texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The line of its head, where its text holds several reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Its size; of one of several in a file, that of its text or of its lines.
    pub bytes: u64,
    /// The place of its kind.
    pub kind: usize,
    /// How many points it has.
    pub points: usize,
    /// From its first to its last row.
    pub time_range: Extent,
    /// Whether its trailer is there.
    pub complete: bool,
    /// Whether its rows are in the dataset already.
    pub known: bool,
}

/// A file whose text another file has, too.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Twice {
    /// The file that is passed over.
    pub path: String,
    /// The file that is read.
    pub of: String,
}

/// A kind of report: the same points at the same interval.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlannedKind {
    /// The interval that its reports state, such as `15m`.
    pub interval: Option<String>,
    /// The columns of its points.
    pub columns: Vec<String>,
}

/// Two reports that share points and time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlannedOverlap {
    /// The places of the two.
    pub inputs: [usize; 2],
    /// What they share.
    pub time_range: Extent,
}

/// A column of the dataset.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlannedColumn {
    /// Its name.
    pub column: String,
    /// Its point, as the reports name it.
    pub point: String,
    /// How the samples of a bin become one value.
    pub aggregation: Aggregation,
    /// Whether the configuration describes the point.
    pub mapped: bool,
}

/// A stretch of time that would be made in one go.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlannedTask {
    /// Its first instant, as far as there are rows.
    pub from: Instant,
    /// The first instant after it.
    pub to: Instant,
    /// The places of its reports.
    pub inputs: Vec<usize>,
}

impl PlanAnswer {
    /// Says what a run over the site would do.
    ///
    /// # Errors
    /// None in practice: a prospect holds all that it says in memory.
    pub(crate) fn new(site: &str, prospect: &Prospect) -> Result<Self> {
        let (plan, survey) = (&prospect.plan, &prospect.survey);
        let shown = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let inputs = plan.inputs.ids().zip(plan.inputs.iter());
        let inputs = inputs.map(|(id, input)| Ok(PlannedInput::new(plan, id, input?)));
        let kinds = plan.kinds.iter().map(|kind| PlannedKind::new(plan, kind));
        let tasks = plan.tasks.iter();
        let tasks = tasks.map(|task| PlannedTask::new(prospect, task));
        let overlaps = plan.overlaps().into_iter().map(|overlap| PlannedOverlap {
            inputs: [overlap.first, overlap.second].map(InputId::index),
            time_range: overlap.range,
        });
        let columns = plan.roster.iter().map(|point| PlannedColumn {
            column: point.column.clone(),
            point: point.id.to_string(),
            aggregation: point.aggregation,
            mapped: point.mapped,
        });
        let duplicates = survey.duplicates.iter().map(|twice| Twice {
            path: shown(&text_path(&twice.path, twice.member.as_deref())),
            of: shown(&twice.of),
        });
        Ok(Self {
            time: time::now(),
            site_id: site.to_owned(),
            inputs: inputs.collect::<Result<_>>()?,
            known: survey.known.iter().map(|path| shown(path)).collect(),
            known_rejects: (survey.known_rejects.iter())
                .map(|path| shown(path))
                .collect(),
            withdrawn: survey.withdrawn.iter().map(|path| shown(path)).collect(),
            ignored: survey.ignored,
            passed_over: survey.passed_over.iter().map(|path| shown(path)).collect(),
            duplicates: duplicates.collect(),
            failed_files: survey.failed.iter().map(Into::into).collect(),
            kinds: kinds.collect(),
            overlaps: overlaps.collect(),
            columns: columns.collect(),
            months: plan.months().iter().map(|month| month.start()).collect(),
            tasks: tasks.collect(),
            bytes_to_read: plan.bytes_to_read(),
        })
    }
}

impl PlannedInput {
    fn new(plan: &Plan, id: InputId, input: Input) -> Self {
        let Input {
            report, standing, ..
        } = input;
        Self {
            path: report.path.as_path().into(),
            member: report.text.member_name().map(ToOwned::to_owned),
            line: (report.section.as_ref()).map(|section| section.lines.start),
            bytes: report.bytes(),
            kind: plan.kind_of(id).index(),
            points: report.points.len(),
            time_range: report.range,
            complete: report.complete,
            known: standing == Standing::Committed,
        }
    }
}

impl PlannedKind {
    fn new(plan: &Plan, kind: &Kind) -> Self {
        Self {
            interval: kind.interval.map(|interval| interval.to_string()),
            columns: (kind.columns.iter())
                .map(|column| plan.roster[*column].column.clone())
                .collect(),
        }
    }
}

impl PlannedTask {
    fn new(prospect: &Prospect, task: &Task) -> Self {
        let Extent { first, last } = prospect.stretch(task);
        Self {
            from: first,
            to: last,
            inputs: task.inputs.iter().map(InputId::index).collect(),
        }
    }
}
