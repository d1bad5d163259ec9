//! From months in staging to a committed version, by the same code whatever the rows are made of.
//!
//! ```text
//! months in staging ─ changes against the committed ─ circuit breaker ─ manifest ─ commit ─▶ CommitEnd
//!          accounts ───────────────────────────────────────┴────────────────┘
//! ```
//!
//! Enters: [`Made`], what a batch of reports or of frames made, and a [`Maker`], which says what only it can know. Leaves: a version, or
//! nothing. Refuses: rules that flag more than they may, where `cleaner.on_trip` says so. What went wrong in a run that ends here or before
//! is kept in the error log.

mod accounting;
mod changes;
mod circuit;
mod error_log;
mod manifest;

pub(super) use accounting::{Accounts, Counts, PointAccount, unequal};
pub(super) use changes::{
    ChangedMonths, Changes, MadeFiles, Stretches, VersionContext, committed_months,
};
pub(super) use circuit::{of_points as warning_of_points, of_site as warning_of_site};
pub(super) use error_log::keep as keep_errors;
pub(super) use manifest::{VersionFiles, VersionIdentity, draft};

pub(crate) use circuit::OnTrip;
pub use error_log::error_log_path;

use super::public_copy;
use super::survey::FailedInput;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::plan::Months;
use crate::progress::{Stage, Watch};
use crate::publish::{
    Attempt, Committed, Listing, Manifest, Outcome, StandingCondition, Statistics, Trip,
};
use crate::store;
use crate::warning::Warning;
use std::path::Path;

/// What a batch made: months in staging, and what became of every cell.
pub(super) struct Made<'a> {
    pub(super) context: VersionContext<'a>,
    pub(super) attempt: Attempt,
    pub(super) identity: VersionIdentity,
    pub(super) months: &'a Months,
    pub(super) files: MadeFiles,
    pub(super) accounts: &'a Accounts,
    /// The inputs that could not be used.
    pub(super) failed: &'a [FailedInput],
}

/// What only the maker of the rows can say of a version.
pub(super) trait Maker {
    /// What a person should know of it and was not told yet.
    ///
    /// # Errors
    /// Those of looking inputs up.
    fn findings(&self, changes: &Changes, trips: &[Trip]) -> Result<BatchFindings>;

    /// The manifest with all that hangs on where the rows come from, and its inputs. It is asked last before the commit.
    ///
    /// # Errors
    /// Those of looking inputs up, and whatever forbids the commit.
    fn complete(&self, manifest: Manifest) -> Result<(Manifest, Listing<'_>)>;
}

/// What is found when everything was read.
#[derive(Default)]
pub(super) struct BatchFindings {
    pub(super) warnings: Vec<Warning>,
    /// What lasts.
    pub(super) standing: Vec<StandingCondition>,
}

/// How a commit ended, if it did not fail.
pub(super) enum CommitEnd {
    /// The version is there.
    Committed(Box<Committed>),
    /// Someone else committed it in the meantime: it is as committed as one of ours.
    Already(Box<Committed>),
    /// Another run took this version; nothing is left of ours.
    Overtaken(u64),
}

/// Commits what a batch made.
///
/// # Errors
/// [`Contract`](crate::ErrorKind::Contract) where a rule flags more than it may, [`Stopped`](crate::ErrorKind::Stopped) where the watch said
/// so in time, those of `maker`, and those of [`Attempt::commit`].
pub(super) fn commit(made: Made<'_>, maker: &impl Maker, watch: Watch<'_>) -> Result<CommitEnd> {
    let Made {
        context,
        attempt,
        identity,
        months,
        accounts,
        ..
    } = made;
    let settings = context.settings;
    watch.begin(Stage::Checking);
    let changes = changes::find(context, months, made.files);
    tracing::info!(
        name: "compared",
        months = changes.written.count(),
        parts = changes.parts.len(),
        replaces = changes.replaces.len(),
        "what was made is compared with what is committed"
    );
    let trips = circuit::trips(settings.trip_share, accounts, &changes.written);
    let found = maker.findings(&changes, &trips)?;
    circuit::refuse(&trips, settings.on_trip)?;
    for warning in &found.warnings {
        watch.warn(warning);
    }
    let files = VersionFiles::of(&changes);
    let draft = draft(settings, context.schema, files, identity)?;
    let (manifest, inputs) = maker.complete(Manifest {
        statistics: Statistics {
            points: accounts.statistics(context.schema, &changes.written),
            ..draft.statistics
        },
        failed_files: made.failed.iter().map(Into::into).collect(),
        gaps: changes.gaps.clone(),
        trips,
        warnings: found.warnings.iter().map(Warning::entry).collect(),
        standing: found.standing,
        conflicts: accounts.conflicts(),
        cells: accounts.total(),
        changed_range: changes.changed,
        ..draft
    })?;
    let (parts, evidence) = (&changes.parts, &changes.evidence);
    let copy = public_copy(settings);
    commit_unless_stopped(watch, || {
        attempt.commit_listing(manifest, inputs, parts, evidence, copy)
    })
}

/// The last step: `commit`, unless the run is to stop. Once it begins, it is not asked any more.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped), and those of `commit`.
pub(super) fn commit_unless_stopped(
    watch: Watch<'_>,
    commit: impl FnOnce() -> Result<Outcome>,
) -> Result<CommitEnd> {
    watch.go_on("before the commit")?;
    watch.begin(Stage::Committing);
    Ok(match commit()? {
        Outcome::Committed(committed) => CommitEnd::Committed(committed),
        Outcome::AlreadyCommitted(committed) => CommitEnd::Already(committed),
        Outcome::Overtaken { version } => CommitEnd::Overtaken(version),
    })
}

/// Shows that a committed file is what its manifest states, before what it says goes into another version.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where it is not, [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(super) fn is_as_stated(path: &Path, stated: Digest) -> Result<()> {
    let (_, found) = store::digest(path)?;
    if found == stated {
        return Ok(());
    }
    Err(Error::damaged(format!("expected {stated}, found {found}"))
        .at(path)
        .hint("restore the file; `trendgate verify` says what else is damaged"))
}
