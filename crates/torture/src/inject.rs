//! Every call of a step × a fault: killed there, or told that it failed.

use super::judge::{self, Leftovers};
use super::points::Point;
use super::program::{Program, SITE, Step};
use super::scenario::Ready;
use super::strace::{self, Fault};
use super::tree;
use crate::Result;
use std::path::Path;

/// Calls after whose failure something may be left until the next run.
const REMOVALS: [&str; 3] = ["unlink", "unlinkat", "rmdir"];

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
    tree::restore(&ready.start, data)?;
    let words = program.words(ready.scenario.step, SITE, data);
    let (outcome, reached) = strace::disturb(&words, data, point, fault)?;
    if !reached {
        return Err(format!(
            "not reached; it ended with {:?}: {}",
            outcome.ending, outcome.said
        ));
    }
    let is_gone = matches!(fault, Fault::ErrorFromThen(_));
    let is_undone = !is_gone && !REMOVALS.contains(&point.call.as_str());
    let left = match ready.scenario.step {
        _ if point.is_result() => Leftovers::Version,
        Step::Run(_) if is_undone => Leftovers::None,
        // On a disk that is gone nothing can be undone.
        Step::Run(_) => Leftovers::Some,
        // A run goes on after it has committed the change of unit.
        Step::InMicros => Leftovers::Either,
        // What recovery and collection have done before a failure stays done.
        Step::Verify | Step::Recover | Step::Collect | Step::Compact => Leftovers::Some,
    };
    judge::at_once(data, ready, &outcome, left)?;
    judge::at_rest(data, ready, program)
}
