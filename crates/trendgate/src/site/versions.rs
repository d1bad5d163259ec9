//! What makes versions of a site, and what would.
//!
//! Enters: settings, and reports or frames. Leaves: how it ended. Refused: what is refused of the settings, and what the pipeline refuses.

use super::Site;
use crate::answer::{PlanAnswer, RetractionAnswer, RunAnswer};
use crate::clean::Cleaner;
use crate::error::{Error, Result};
use crate::execute::Carry;
use crate::pipeline::frames::Batch;
use crate::pipeline::{self, FailedInput, Retraction, Run, RunOptions, Settings};
use crate::progress::Watch;
use crate::time::Stopwatch;
use std::path::PathBuf;

/// What a run would do.
#[derive(Debug)]
#[non_exhaustive]
pub struct PlannedRun {
    /// What it would read, merge and write.
    pub answer: PlanAnswer,
    /// The files that cannot be used, and why.
    pub failed: Vec<FailedInput>,
}

impl Site {
    /// Finds out what [`Site::run`] would do, and writes nothing.
    ///
    /// # Errors
    /// As [`Site::run`], but for what concerns writing.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// let plan = site.plan(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert_eq!((plan.answer.inputs.len(), plan.answer.columns.len()), (1, 1));
    /// assert!(site.dataset().sites()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn plan(
        &self,
        settings: &Settings,
        paths: &[PathBuf],
        options: RunOptions,
        watch: Watch<'_>,
    ) -> Result<PlannedRun> {
        self.own(settings)?;
        let prospect = pipeline::prospect(settings, paths, options, watch)?;
        Ok(PlannedRun {
            answer: PlanAnswer::new(self.id(), &prospect)?,
            failed: prospect.survey.failed,
        })
    }

    /// Reads what is new at `paths`, cleans it by our own cleaner and commits it as one version. Months that it reaches are made again
    /// from the reports of both, so that the dataset is what one run over all of them would make.
    ///
    /// # Errors
    /// By [`ErrorKind`](crate::ErrorKind): `Usage` and `Config` before anything is read; `Input` where no report can be used; `Storage`,
    /// `Locked` and `Damaged` as they say. Nothing is committed then. `Stopped` where the watch said so in time. `Unsettled` after the commit
    /// point: something may be committed, and nothing is deleted.
    ///
    /// ```
    /// use trendgate::{Run, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// let run = || site.run(&settings, &[reports.clone()], RunOptions::default(), Watch::unwatched());
    /// assert!(matches!(run()?, Run::Committed(summary) if summary.committed.version == 1));
    /// // What is known already is not read again.
    /// assert!(matches!(run()?, Run::NothingNew(nothing) if nothing.known == 1));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn run(
        &self,
        settings: &Settings,
        paths: &[PathBuf],
        options: RunOptions,
        watch: Watch<'_>,
    ) -> Result<Run> {
        let cleaner = pipeline::own_cleaner(settings);
        self.run_with(settings, paths, options, &cleaner, watch)
    }

    /// As [`Site::run`], by a cleaner of the caller's.
    ///
    /// # Errors
    /// As [`Site::run`]; [`Contract`](crate::ErrorKind::Contract) where the rows of the cleaner break it.
    ///
    /// ```no_run
    /// use trendgate::cleaner::Cleaner;
    /// use trendgate::{Result, Run, RunOptions, Settings, Site, Watch};
    ///
    /// fn nightly(settings: &Settings, cleaner: &dyn Cleaner) -> Result<Run> {
    ///     let (paths, options) = (["exports".into()], RunOptions::default());
    ///     Site::of(settings).run_with(settings, &paths, options, cleaner, Watch::unwatched())
    /// }
    /// ```
    pub fn run_with(
        &self,
        settings: &Settings,
        paths: &[PathBuf],
        options: RunOptions,
        cleaner: &dyn Cleaner,
        watch: Watch<'_>,
    ) -> Result<Run> {
        self.own(settings)?;
        pipeline::run_with(settings, paths, options, cleaner, watch)
    }

    /// As [`Site::run`], with every task carried as bytes to wherever it is done: so many at a time.
    ///
    /// # Errors
    /// As [`Site::run`]; whatever the carrier's error is.
    ///
    /// ```no_run
    /// use trendgate::{Result, Run, RunOptions, Settings, Site, Watch, tasks};
    ///
    /// fn one_by_one(settings: &Settings) -> Result<Run> {
    ///     let carry = |task: &[u8]| tasks::execute(task, Watch::unwatched());
    ///     let (paths, options) = (["exports".into()], RunOptions::default());
    ///     Site::of(settings).run_carried(settings, &paths, options, (1, &carry), Watch::unwatched())
    /// }
    /// ```
    pub fn run_carried(
        &self,
        settings: &Settings,
        paths: &[PathBuf],
        options: RunOptions,
        carried: (usize, Carry<'_>),
        watch: Watch<'_>,
    ) -> Result<Run> {
        self.own(settings)?;
        pipeline::run_carried(settings, paths, options, carried, watch)
    }

    /// Finds out what [`Site::retract`] would do, and writes nothing.
    ///
    /// # Errors
    /// As [`Site::retract`], but for what concerns writing.
    ///
    /// ```
    /// use trendgate::{Retraction, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// # Site::of(&settings).run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let (site, what) = (Site::of(&settings), Retraction::Version(1));
    /// let plan = site.plan_retraction(&settings, &what, RunOptions::default(), Watch::unwatched())?;
    /// assert_eq!((plan.leaving.len(), plan.rows), (1, 4));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn plan_retraction(
        &self,
        settings: &Settings,
        what: &Retraction,
        options: RunOptions,
        watch: Watch<'_>,
    ) -> Result<RetractionAnswer> {
        self.own(settings)?;
        let prospect = pipeline::prospect_retraction(settings, what, options, watch)?;
        Ok(RetractionAnswer::new(self.id(), &prospect))
    }

    /// Takes reports, or frames, out of the dataset: a version in which their months are made again without them. Their contents are
    /// remembered, and later runs and batches pass them over.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where `what` is no report of the dataset, or shares months with one that is gone (unless
    /// [`Gone::Accept`](crate::details::Gone) says otherwise), or with a frame of which nothing is kept; otherwise as [`Site::run`].
    ///
    /// ```
    /// use trendgate::{AsOf, Retraction, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// # Site::of(&settings).run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let (site, what) = (Site::of(&settings), Retraction::Version(1));
    /// site.retract(&settings, &what, RunOptions::default(), Watch::unwatched())?;
    /// assert_eq!(site.snapshot(AsOf::Latest)?.rows(), 0);
    /// assert_eq!(site.snapshot(AsOf::Version(1))?.rows(), 4);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn retract(
        &self,
        settings: &Settings,
        what: &Retraction,
        options: RunOptions,
        watch: Watch<'_>,
    ) -> Result<Run> {
        self.own(settings)?;
        let cleaner = pipeline::own_cleaner(settings);
        pipeline::retract(settings, what, options, &cleaner, watch)
    }

    /// Begins a batch of frames that the caller has cleaned; it holds the site until it is committed or dropped.
    ///
    /// # Errors
    /// As [`Batch::begin`].
    ///
    /// ```
    /// use trendgate::{Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, _) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// let batch = site.frames(settings, Watch::unwatched())?;
    /// drop(batch);
    /// assert!(site.dataset().sites()?.is_empty());
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn frames(&self, settings: Settings, watch: Watch<'_>) -> Result<Batch> {
        self.own(&settings)?;
        Batch::begin(settings, watch)
    }

    /// Makes all months of a dataset of frames again from what is kept of its frames, by settings that may differ from those of the dataset.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where the dataset is made of reports (a run makes these again), where there is none, or where
    /// nothing is kept of one of its frames; [`Config`](crate::ErrorKind::Config) where a frame does not fit the settings; otherwise as
    /// [`Site::run`].
    ///
    /// ```
    /// use trendgate::{ErrorKind, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, _) = trendgate::internals::example(folder.path());
    /// let nothing = Site::of(&settings).rebuild_frames(&settings, Watch::unwatched());
    /// assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Usage);
    /// ```
    pub fn rebuild_frames(&self, settings: &Settings, watch: Watch<'_>) -> Result<Run> {
        self.own(settings)?;
        pipeline::rebuild_frames(settings, watch)
    }

    /// How a run of the site ended, after so many seconds, as `--json` prints it.
    ///
    /// ```
    /// use trendgate::answers::RunAnswer;
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// let run = site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// assert!(matches!(site.answer(&run, 0.5), RunAnswer::Committed(answer) if answer.rows == 4));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn answer(&self, run: &Run, seconds: f64) -> RunAnswer {
        RunAnswer::new(self.dirs(), self.id(), run, seconds)
    }

    /// Keeps in the error log of a known site that a run was refused before it began; `since` is when it was asked for.
    ///
    /// ```
    /// use trendgate::time::Stopwatch;
    /// use trendgate::{Error, Site};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, _) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.keep_refusal(&Error::config("no such zone"), Stopwatch::start());
    /// // Nothing is known of the site yet: its id may be mistyped.
    /// assert_eq!(site.last_run()?, None);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn keep_refusal(&self, error: &Error, since: Stopwatch) {
        pipeline::keep_refusal(self.dirs(), self.id(), error, since);
    }
}
