//! Months of a dataset of frames, made again from what is kept of its frames.
//!
//! Enters: a history, and which frames are to leave it; or all that is said of a dataset by a configuration that may be another one. Leaves:
//! a version in which the months of these frames, or all months, are what the other frames make in the order of adding. What is refused: a
//! dataset of reports, and months with a frame of which nothing is kept.

use super::form::FrameForm;
use super::frame::FrameSummary;
use super::kept::{KeptFrame, not_a_frame};
use super::{Batch, FrameConflicts, OnConflict, Refusal, Roster, same_dataset};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::TIMESTAMP;
use crate::pipeline::retract::{Retraction, RetractionProspect};
use crate::pipeline::{Run, Settings, reencode, turn, upkeep};
use crate::progress::Watch;
use crate::publish::{
    History, KnownSource, LivePart, SiteLock, SourceRef, rebuild_id, retraction_id,
};
use crate::text_id::TextId;
use crate::time::{self, Extent, Instant, Month};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::TimestampNanosecondType;
use std::collections::BTreeSet;
use std::path::Path;
use uuid::Uuid;

/// What is made again, and from what.
#[derive(Debug, Default)]
pub(super) struct MadeAgain {
    what: Option<Remake>,
    /// The months that are made from frames alone.
    pub(super) months: BTreeSet<Month>,
    /// The frames that are read for that.
    pub(super) read: Vec<SourceRef>,
    /// The frames that leave.
    pub(super) retracted: Vec<SourceRef>,
}

#[derive(Debug, Clone, Copy)]
enum Remake {
    Retraction,
    Rebuild,
}

impl MadeAgain {
    pub(super) fn is_nothing(&self) -> bool {
        self.what.is_none()
    }

    /// What the version is known by.
    pub(super) fn identity(&self, site: &str, config: Digest, history: &History) -> Uuid {
        match self.what {
            Some(Remake::Retraction) => {
                let contents = self.retracted.iter().map(|source| source.digest);
                retraction_id(site, config, contents)
            }
            Some(Remake::Rebuild) | None => rebuild_id(site, config, history.version()),
        }
    }
}

/// Takes frames out of the dataset.
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) where `what` is no frame of the dataset, or where nothing is kept of another one with rows in its months;
/// otherwise as [`Batch::commit`].
pub(in crate::pipeline) fn retract(
    settings: &Settings,
    what: &Retraction,
    watch: Watch<'_>,
) -> Result<Run> {
    let baseline = time::now();
    let lock = turn::take(settings, watch)?;
    let history = History::read(&settings.dirs, settings.site.as_str())?;
    same_dataset::require(settings, &history)?;
    // What is refused is refused before anything is written.
    let contents = what.of(&history, watch.cancel)?;
    FrameLayout::of(&history, &contents, Remake::Retraction)?;
    let (history, _) = reencode::in_the_unit(settings, history, baseline, watch)?;
    make(
        settings,
        history,
        (&contents, Remake::Retraction),
        (lock, baseline),
        watch,
    )
}

/// Makes all months again from what is kept of the frames, by these settings.
///
/// # Errors
/// As [`retract`].
pub(in crate::pipeline) fn rebuild(settings: &Settings, watch: Watch<'_>) -> Result<Run> {
    let baseline = time::now();
    let lock = turn::take(settings, watch)?;
    let history = History::read(&settings.dirs, settings.site.as_str())?;
    same_dataset::require_frames(settings, &history)?;
    if history.head().is_none() {
        return Err(
            Error::usage(format!("{} has no version yet", settings.site))
                .hint("add frames to it first"),
        );
    }
    make(
        settings,
        history,
        (&BTreeSet::new(), Remake::Rebuild),
        (lock, baseline),
        watch,
    )
}

/// What [`retract`] would do.
///
/// # Errors
/// As [`retract`], but for what concerns writing.
pub(in crate::pipeline) fn prospect(
    history: &History,
    retracted: &BTreeSet<TextId>,
) -> Result<RetractionProspect> {
    let layout = FrameLayout::of(history, retracted, Remake::Retraction)?;
    let of_them = |part: &LivePart<'_>| {
        layout
            .months
            .contains(&Month::of(part.entry.time_range.first))
    };
    let parts = history.live_parts().into_iter().filter(of_them);
    let leaving = retracted.iter();
    Ok(RetractionProspect {
        version: history.version(),
        leaving: leaving
            .filter_map(|id| Some((*id, history.source(id)?.clone())))
            .collect(),
        read_again: layout.frames.len(),
        parts: parts.map(|part| part.entry.clone()).collect(),
        months: layout.months.into_iter().collect(),
    })
}

/// Which months are made from which frames.
struct FrameLayout {
    months: BTreeSet<Month>,
    /// In the order of adding.
    frames: Vec<(TextId, KnownSource)>,
}

impl FrameLayout {
    fn of(history: &History, retracted: &BTreeSet<TextId>, what: Remake) -> Result<Self> {
        let leaving = retracted
            .iter()
            .filter_map(|id| history.source(id)?.time_range());
        let leaving: Vec<Extent> = leaving.collect();
        let live = history.live_parts();
        let live = live
            .iter()
            .map(|part| Month::of(part.entry.time_range.first));
        let is_made = |month: &Month| match what {
            Remake::Rebuild => true,
            Remake::Retraction => leaving.iter().any(|range| has_rows(*range, *month)),
        };
        let months: BTreeSet<Month> = live.filter(is_made).collect();
        let is_read = |(id, source): &(TextId, &KnownSource)| {
            let mut months = months.iter();
            let range = source.time_range();
            !retracted.contains(id)
                && range.is_some_and(|range| months.any(|month| has_rows(range, *month)))
        };
        let frames = history.sources().filter(is_read);
        let mut frames: Vec<_> = frames.map(|(id, source)| (id, source.clone())).collect();
        frames.sort_by_key(|(_, source)| source.ordinal);
        let lost = frames
            .iter()
            .find(|(_, source)| source.ordinal.is_none() || source.kept.is_none());
        if let Some((_, source)) = lost {
            return Err(not_kept(source));
        }
        Ok(Self { months, frames })
    }
}

fn not_kept(source: &KnownSource) -> Error {
    let why = match source.ordinal {
        None => "an earlier program committed it, which kept no frames",
        Some(_) => "keep_sources is, or was, none",
    };
    let (source, version) = (source.shown(), source.version);
    Error::usage(format!(
        "nothing is kept of the frame {} of version {version} ({why}), and its months cannot be made again without it",
        source.display()
    ))
    .hint("replace what is wrong by a frame that is right; or commit all frames anew in another data_dir")
}

/// Whether a range reaches into a month.
fn has_rows(range: Extent, month: Month) -> bool {
    range.first < month.end() && month.start() <= range.last
}

fn make(
    settings: &Settings,
    history: History,
    (retracted, what): (&BTreeSet<TextId>, Remake),
    (lock, baseline): (SiteLock, Instant),
    watch: Watch<'_>,
) -> Result<Run> {
    let FrameLayout { months, frames } = FrameLayout::of(&history, retracted, what)?;
    let columns = history.columns_beside(&months);
    let roster = Roster::of(settings, columns.iter())?;
    let reference = |id: &TextId, source: &KnownSource| SourceRef::new(&source.path, *id);
    let leaving = retracted.iter();
    let again = MadeAgain {
        what: Some(what),
        months,
        read: frames
            .iter()
            .map(|(id, source)| reference(id, source))
            .collect(),
        retracted: leaving
            .filter_map(|id| Some(reference(id, history.source(id)?)))
            .collect(),
    };
    let mut batch = Batch::on(settings.clone(), history, roster, (lock, baseline))?;
    batch.again = again;
    let lock = std::sync::Arc::clone(&batch.lock);
    let read = frames
        .iter()
        .try_for_each(|(_, source)| batch.read_again(source, watch));
    let run = read.and_then(|()| batch.publish(&mut FrameConflicts::default(), watch));
    upkeep::after_run(settings, &lock, &run, watch);
    run
}

impl Batch {
    /// Reads what is kept of a frame into the pieces, as far as it has rows in the months that are made again.
    fn read_again(&mut self, source: &KnownSource, watch: Watch<'_>) -> Result<()> {
        let kept = source.kept.ok_or_else(|| not_kept(source))?;
        let path = self
            .settings
            .dirs
            .source(self.settings.site.as_str(), kept.digest);
        let frame = KeptFrame::open(&path, kept)?;
        let months = self.again.months.clone();
        let evidence = frame
            .evidence
            .iter()
            .map(|rows| within(rows, &months, &path));
        let evidence = evidence.collect::<Result<Vec<_>>>()?;
        let schema = frame.rows.schema();
        let rows = frame.rows.map(|rows| {
            let rows = rows.map_err(|error| not_a_frame(&path, &error))?;
            within(&rows, &months, &path)
        });
        let on_conflict = match source.replaces {
            true => OnConflict::Replace,
            false => OnConflict::Keep,
        };
        let form = FrameForm {
            of_rules: &evidence,
            ..FrameForm::default()
        };
        let name = source.path.to_string_lossy().into_owned();
        let read = self.read(&name, &schema, rows, (on_conflict, &[], form), watch);
        let (facts, columns) = read.map_err(|refusal| match refusal {
            Refusal::Contract(violations) => Error::new(
                ErrorKind::Config,
                format!(
                    "what is kept of the frame {name} does not fit the configuration: {violations}"
                ),
            )
            .hint("rebuild by a configuration that the frames fit"),
            refusal => refusal.into(),
        })?;
        let bin = self.settings.resample_interval;
        let range = source.time_range();
        self.roster.add(columns);
        self.lost.push(0);
        let stated = self.shared(facts.stated);
        self.frames.push(FrameSummary {
            stated,
            known_at: range.map_or(Instant::MAX, |range| range.last + bin),
            ordinal: source.ordinal.unwrap_or_default(),
            ..facts
        });
        Ok(())
    }
}

/// The rows of these months.
fn within(rows: &RecordBatch, months: &BTreeSet<Month>, path: &Path) -> Result<RecordBatch> {
    let times = rows.column_by_name(TIMESTAMP);
    let times = times.and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>());
    let times = times.ok_or_else(|| Error::damaged("expected a frame with timestamps").at(path))?;
    let is_in = |nanos: &i64| Some(months.contains(&Month::of(Instant::from_nanos(*nanos))));
    let wanted: BooleanArray = times.values().iter().map(is_in).collect();
    filter_record_batch(rows, &wanted).map_err(|error| not_a_frame(path, &error))
}
