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
    // What recovery and collection have done before a failure stays done; and on a disk that is gone nothing can be undone.
    let is_run = matches!(ready.scenario.step, Step::Run(_));
    let is_gone = matches!(fault, Fault::ErrorFromThen(_));
    let left = match is_run && !is_gone && !REMOVALS.contains(&point.call.as_str()) {
        _ if point.is_result() => Leftovers::Version,
        true => Leftovers::None,
        false => Leftovers::Some,
    };
    judge::at_once(data, ready, &outcome, left)?;
    judge::at_rest(data, ready, program)
}
