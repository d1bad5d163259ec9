//! How a run begins at a site: it takes the lock, recovers what an earlier run left, and probes the file systems.
//!
//! Recovery comes before the probe: it has to work on a full disk, and makes room there.

use super::public_copy;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Settings;
use crate::plan::{Plan, Task};
use crate::progress::Watch;
use crate::publish::{Act, AttemptNames, KeepSources, Others, Recovery, SiteLock};
use crate::store::{self, Room};
use crate::time::{Span, Stopwatch};
use crate::warning::Warning;

/// Takes the site's lock, waiting where that is wanted, and recovers the site.
///
/// # Errors
/// [`Locked`](ErrorKind::Locked), [`Stopped`](ErrorKind::Stopped) while waiting, [`Storage`](ErrorKind::Storage) and
/// [`Damaged`](ErrorKind::Damaged) as [`Recovery::run`] and [`SiteLock::probe`] say.
pub(super) fn take(settings: &Settings, watch: Watch<'_>) -> Result<SiteLock> {
    take_for(settings, None, watch)
}

/// As [`take`], to go on with an attempt that waits.
///
/// # Errors
/// As [`take`].
pub(super) fn take_for(
    settings: &Settings,
    attempt: Option<&str>,
    watch: Watch<'_>,
) -> Result<SiteLock> {
    let since = Stopwatch::start();
    let dirs = &settings.dirs;
    let lock = SiteLock::queue(dirs, settings.site.as_str(), settings.when_locked, watch)?;
    recover(settings, &lock, attempt, watch)?;
    lock.probe(dirs)?;
    tracing::debug!(
        name: "site_taken",
        seconds = since.elapsed().as_secs_f64(),
        "the site is locked and recovered"
    );
    Ok(lock)
}

/// Recovers the site whose lock this is, but for an attempt that is about to be gone on with.
///
/// # Errors
/// As [`Recovery::run`] says.
pub(super) fn recover(
    settings: &Settings,
    lock: &SiteLock,
    except: Option<&str>,
    watch: Watch<'_>,
) -> Result<()> {
    let recovery = Recovery {
        copy: public_copy(settings),
        names: AttemptNames::Last,
        others: Others::Spare,
    };
    let deeds = recovery
        .run_except(&settings.dirs, lock, except)?
        .into_iter();
    for deed in deeds.filter(|deed| deed.act != Act::Wait) {
        watch.warn(&Warning::Recovered {
            deed: deed.to_string(),
        });
    }
    Ok(())
}

/// Finds out before anything is written whether there is room for twice what a plan will write at most.
///
/// # Errors
/// [`Storage`](ErrorKind::Storage) naming the folder, what is needed and what is left.
pub(super) fn has_room(settings: &Settings, plan: &Plan) -> Result<()> {
    let (kept, kept_files) = match settings.keep_sources {
        KeepSources::None => (0, 0),
        KeepSources::Auto | KeepSources::All => (plan.inputs.most_kept(), plan.inputs.len() as u64),
    };
    let need = Room {
        bytes: 2 * most_bytes(settings, plan) + kept,
        files: Some(2 * most_files(settings, plan) + kept_files),
    };
    // Rows that are sorted on disk, and texts that are unpacked there, are gone before the parts leave staging, but not before they are there.
    let staging = Room {
        bytes: need.bytes + plan.inputs.most_scratch() + plan.most_unpacked()?,
        ..need
    };
    let dirs = &settings.dirs;
    for (need, folder) in [(staging, &dirs.staging), (need, &dirs.processed)] {
        // The first run of another site may have taken it away, because it left nothing in it.
        store::create_dir_all(folder)?;
        enough(need, store::room(folder)?).map_err(|error| error.at(folder))?;
    }
    Ok(())
}

/// Finds out whether there is room for so many bytes and files, which are twice what will be written.
///
/// # Errors
/// As [`has_room`].
pub(super) fn has_room_for(settings: &Settings, bytes: u64, files: u64) -> Result<()> {
    let need = Room {
        bytes,
        files: Some(files),
    };
    for folder in [&settings.dirs.staging, &settings.dirs.processed] {
        enough(need, store::room(folder)?).map_err(|error| error.at(folder))?;
    }
    Ok(())
}

fn enough(need: Room, left: Room) -> Result<()> {
    let short = |what: &str, need: u64, left: u64| {
        let message = format!(
            "expected room for {need} {what}, twice what the batch may write, found {left}"
        );
        Error::new(ErrorKind::Storage, message)
            .hint("make room (`trendgate gc` removes what no version refers to), or put the dataset on a larger disk")
    };
    if left.bytes < need.bytes {
        return Err(short("bytes", need.bytes, left.bytes));
    }
    match (need.files, left.files) {
        (Some(need), Some(left)) if left < need => Err(short("files", need, left)),
        _ => Ok(()),
    }
}

/// A cell that does not compress is a little more than eight bytes; and the numbers came as text, which is no shorter.
fn most_bytes(settings: &Settings, plan: &Plan) -> u64 {
    let interval = settings.resample_interval;
    let bins: u64 = plan
        .tasks
        .iter()
        .map(|task| (stretch(plan, task) / interval).unsigned_abs() + 1)
        .sum();
    let cells = bins * (9 * plan.roster.len() as u64 + 24);
    cells.min(plan.inputs.most_text() + 24 * bins)
}

/// A part and an evidence file a month, more parts where they are closed earlier, and their folders.
fn most_files(settings: &Settings, plan: &Plan) -> u64 {
    let parts = most_bytes(settings, plan) / settings.parts.target_bytes.max(1);
    8 * plan.tasks.len() as u64 + 2 * plan.months().len() as u64 + parts + 16
}

/// The length of what a task writes, as far as its reports reach.
fn stretch(plan: &Plan, task: &Task) -> Span {
    let own = task.window.own;
    let around = plan.around(task);
    around.map_or(Span::ZERO, |around| {
        let length = around.last.min(own.end) - around.first.max(own.start);
        length.max(Span::ZERO)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_short_of_bytes_or_of_files_is_refused_and_one_that_counts_no_files_is_not() {
        let room = |bytes, files| Room { bytes, files };
        let need = room(2000, Some(40));
        enough(need, room(2000, Some(40))).unwrap();
        enough(need, room(2000, None)).unwrap();
        let said = |left| enough(need, left).unwrap_err().message().to_owned();
        assert_eq!(
            said(room(1999, Some(40))),
            "expected room for 2000 bytes, twice what the batch may write, found 1999"
        );
        assert_eq!(
            said(room(2000, Some(39))),
            "expected room for 40 files, twice what the batch may write, found 39"
        );
    }
}
