//! Every call of a step × a fault: killed there, or told that it failed.

use super::judge::{self, Leftovers, paths_of};
use super::points::Point;
use super::program::{Program, SITE, Step};
use super::scenario::Ready;
use super::strace::{self, Fault};
use crate::Result;
use std::path::Path;

/// Calls after whose failure something may be left until the next run.
const REMOVALS: [&str; 3] = ["unlink", "unlinkat", "rmdir"];

/// What a failure begins with that says nothing of the program but that it makes other calls.
pub(super) const NOT_REACHED: &str = "not reached";

/// Disturbs one call, starting from the start state in the folder `data`.
///
/// # Errors
/// The promise that was broken.
pub(super) fn once(
    program: &Program,
    ready: &Ready,
    data: &Path,
    point: &Point,
    fault: Fault,
) -> Result {
    ready.start.put(data)?;
    let before = paths_of(data)?;
    let words = program.words(ready.scenario.step, SITE, data);
    let (outcome, reached) = strace::disturb(&words, data, point, fault)?;
    if !reached {
        return Err(format!(
            "{NOT_REACHED}; it ended with {:?}: {}",
            outcome.ending, outcome.said
        ));
    }
    let recovered = (ready.scenario.step == Step::Recover).then(|| before.clone());
    let is_gone = matches!(fault, Fault::ErrorFromThen(_));
    let is_undone = !is_gone
        && !REMOVALS.contains(&point.call.as_str())
        && !ready.scenario.begins_with_recovery();
    let left = match ready.scenario.step {
        _ if point.is_result() => Leftovers::Version,
        // What cannot write cannot tell its result, also where what it writes behind the commit was the first to fail; of two attempts the
        // other one may be committed by then.
        Step::Run(_) | Step::Commit(_) if is_gone && point.call == "write" => Leftovers::Either,
        step @ (Step::Run(_) | Step::Plan(..) | Step::Task(_) | Step::Commit(_)) if is_undone => {
            Leftovers::of_failed(step, before)
        }
        // On a disk that is gone nothing can be undone; what recovery and collection have done before a failure stays done.
        step => Leftovers::of_abandoned(step),
    };
    judge::at_once(data, ready, &outcome, &left)?;
    if let Some(before) = recovered {
        judge::all_or_nothing(data, &before)?;
    }
    judge::at_rest(data, ready, program)
}

/// Does the step without disturbance: what it should keep from happening is in the start state.
///
/// # Errors
/// The promise that was broken.
pub(super) fn undisturbed(program: &Program, ready: &Ready, data: &Path) -> Result {
    ready.start.put(data)?;
    let outcome = program.go(ready.scenario.step, data)?;
    judge::at_once(data, ready, &outcome, &Leftovers::Some)?;
    judge::at_rest(data, ready, program)
}
