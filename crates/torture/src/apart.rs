//! Scenarios of runs whose tasks are done apart: an attempt waits in staging, and no process has to live.

use super::driver::{self, TASKS};
use super::program::{Step, Waits};
use super::scenario::{Before, Scenario};
use crate::{Result, at};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What the names of these scenarios begin with; `--scenario` takes it for all of them.
pub(super) const GROUP: &str = "apart";

const FIRST: Step = Step::Run("first");
const ALL: Step = Step::Run("all");
/// A task for each of the two months.
const PLAN: Step = Step::Plan("first", 2);
/// Where its calls are disturbed it is done on one thread: strace counts those of each by themselves.
const PLAN_ALONE: Step = Step::Plan("first", 1);
const DRIVE: Step = Step::Drive("first");
const COMMIT: Step = Step::Commit(Waits::Still);

/// An attempt whose tasks are all done.
const DONE: [Before; 3] = [
    Before::Done(PLAN),
    Before::Done(Step::Tasks),
    Before::OneThread,
];
/// What brings a site to rest where a driver may have died anywhere.
const AGAIN: &[Step] = &[PLAN_ALONE, DRIVE, Step::Recover];

/// One hour less, and one more, than an attempt waits at most.
const WITHIN: u32 = 7 * 24 - 1;
const BEYOND: u32 = 7 * 24 + 1;

/// Every scenario.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "apart-plan",
        before: &[],
        step: PLAN_ALONE,
        after: AGAIN,
    },
    Scenario {
        name: "apart-task",
        before: &[Before::Done(PLAN)],
        step: Step::Task(0),
        after: AGAIN,
    },
    Scenario {
        name: "apart-commit",
        before: &DONE,
        step: COMMIT,
        after: AGAIN,
    },
    Scenario {
        name: "apart-growth",
        before: &[
            Before::Done(FIRST),
            Before::Done(Step::Plan("all", 2)),
            Before::Done(Step::Tasks),
            Before::OneThread,
        ],
        step: COMMIT,
        after: &[Step::Plan("all", 1), Step::Drive("all"), Step::Recover],
    },
    // Another run commits what the attempt was planned without.
    Scenario {
        name: "apart-late",
        before: &[DONE[0], DONE[1], DONE[2], Before::Done(ALL)],
        step: Step::Commit(Waits::NoMore),
        after: &[Step::Plan("all", 1), Step::Drive("all"), Step::Recover],
    },
    // Another run commits the same.
    Scenario {
        name: "apart-same",
        before: &[DONE[0], DONE[1], DONE[2], Before::Done(FIRST)],
        step: COMMIT,
        after: AGAIN,
    },
    // The driver died behind the commit, and in front of it.
    Scenario {
        name: "apart-finish",
        before: &[DONE[0], DONE[1], DONE[2], Before::KilledAfterCommit(COMMIT)],
        step: COMMIT,
        after: AGAIN,
    },
    Scenario {
        name: "apart-undo",
        before: &[
            DONE[0],
            DONE[1],
            DONE[2],
            Before::KilledBeforeCommit(COMMIT),
        ],
        step: Step::Commit(Waits::NoMore),
        after: AGAIN,
    },
    // An attempt that nobody commits is undone after its time, and not before.
    Scenario {
        name: "apart-spared",
        before: &[DONE[0], DONE[1], DONE[2], Before::Aged(WITHIN)],
        step: Step::Recover,
        after: &[Step::Recover, COMMIT, DRIVE],
    },
    Scenario {
        name: "apart-overdue",
        before: &[DONE[0], DONE[1], DONE[2], Before::Aged(BEYOND)],
        step: Step::Recover,
        after: &[Step::Recover, Step::Commit(Waits::NoMore), DRIVE],
    },
    // The same, and a driver that comes to commit it while it is being undone.
    Scenario {
        name: "apart-fence",
        before: &[DONE[0], DONE[1], DONE[2], Before::Aged(BEYOND)],
        step: Step::Recover,
        after: AGAIN,
    },
    // What must not be committed.
    Scenario {
        name: "apart-claimed",
        before: &[DONE[0], DONE[1], DONE[2], Before::Claimed],
        step: Step::Commit(Waits::NoMore),
        after: AGAIN,
    },
    Scenario {
        name: "apart-altered",
        before: &[DONE[0], DONE[1], DONE[2], Before::Altered],
        step: Step::Commit(Waits::NoMore),
        after: AGAIN,
    },
    Scenario {
        name: "apart-foreign",
        before: &[
            DONE[0],
            DONE[1],
            DONE[2],
            Before::SetAside,
            DONE[0],
            DONE[1],
            DONE[2],
            Before::Mixed,
        ],
        step: COMMIT,
        after: AGAIN,
    },
];

/// Where the tasks of an earlier plan are.
const ASIDE: &str = "tasks-before";

/// Changes the one attempt that waits, or its tasks.
///
/// # Errors
/// Where there is none, or the file system refuses.
pub(super) fn change(before: Before, data: &Path) -> Result {
    match before {
        Before::OneThread => edited(data, "planned.json", |planned| {
            planned["settings"]["overrides"]["threads"] = 1.into();
            Ok(())
        }),
        Before::Aged(hours) => aged(data, hours),
        Before::Claimed => {
            let claimed = driver::attempt(data)?.join("claimed");
            fs::create_dir(&claimed).map_err(at(&claimed))
        }
        Before::Altered => altered(data),
        Before::SetAside => moved(&data.join(TASKS), &data.join(ASIDE)),
        Before::Mixed => mixed(data),
        _ => Ok(()),
    }
}

fn moved(from: &Path, to: &Path) -> Result {
    fs::rename(from, to).map_err(at(from))
}

/// A file of the attempt says something else.
fn edited(data: &Path, name: &str, edit: impl Fn(&mut Value) -> Result) -> Result {
    let path = driver::attempt(data)?.join(name);
    let text = fs::read(&path).map_err(at(&path))?;
    let named = |error: String| format!("{}: {error}", path.display());
    let mut value = serde_json::from_slice(&text).map_err(|error| named(error.to_string()))?;
    edit(&mut value).map_err(named)?;
    fs::write(&path, value.to_string()).map_err(at(&path))
}

/// The attempt was planned so many hours before it was.
fn aged(data: &Path, hours: u32) -> Result {
    let said = |error: jiff::Error| error.to_string();
    edited(data, "attempt.json", |record| {
        let started = record["started"].as_str().unwrap_or_default();
        let started: jiff::Timestamp = started.parse().map_err(said)?;
        let earlier = jiff::SignedDuration::from_hours(hours.into());
        let started = started.checked_sub(earlier).map_err(said)?;
        record["started"] = started.to_string().into();
        Ok(())
    })
}

/// One byte of a part is another than the task wrote.
fn altered(data: &Path) -> Result {
    let files = driver::entries(&driver::attempt(data)?)?;
    let part = files.iter().find(|path| driver::is_part(path));
    let part = part.ok_or("no part in staging")?;
    let mut bytes = fs::read(part).map_err(at(part))?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(part, bytes).map_err(at(part))
}

/// The first task has the outcome that the same task of the earlier plan had.
fn mixed(data: &Path) -> Result {
    let first = |folder: &str| -> Result<std::path::PathBuf> {
        let files = driver::entries(&data.join(folder))?;
        let is_first =
            |path: &&std::path::PathBuf| path.to_string_lossy().ends_with(".00000.outcome");
        let found = files.iter().find(is_first).cloned();
        found.ok_or_else(|| format!("no outcome in {folder}"))
    };
    let (from, to) = (first(ASIDE)?, first(TASKS)?);
    fs::copy(&from, &to).map_err(at(&from))?;
    let aside = data.join(ASIDE);
    fs::remove_dir_all(&aside).map_err(at(&aside))
}
