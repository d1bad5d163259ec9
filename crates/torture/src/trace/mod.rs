//! What strace wrote → calls, and of those the ones that matter on disk.
//!
//! Enters: the text of `strace -f -y`. Leaves: [`Call`]s in order, with the paths that they name, and the [`Event`]s of a
//! model of the disk. A line that cannot be understood is an error, never passed over: what is not seen is not tested.

mod event;
mod line;
#[cfg(test)]
mod tests;

pub(super) use event::{Event, events};

use crate::Result;
use std::collections::BTreeMap;

/// One system call as it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) process: u32,
    pub(super) name: String,
    /// The arguments as strace writes them.
    pub(super) arguments: Vec<String>,
    /// What it returned; none where the process did not live to see it.
    pub(super) result: Option<i64>,
    /// Whether the result was made up by strace.
    pub(super) injected: bool,
    /// The path of the file descriptor that it returned.
    pub(super) returned: Option<String>,
}

impl Call {
    /// The paths that it names: those of file descriptors, and those spelt out, put together where one is relative to the
    /// other.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        let mut base: Option<String> = None;
        for argument in &self.arguments {
            if let Some(text) = line::quoted(argument) {
                let full = match base.take() {
                    Some(base) if !text.starts_with('/') => format!("{base}/{text}"),
                    _ => text,
                };
                paths.push(full);
            } else if let Some(path) = line::descriptor(argument) {
                paths.extend(base.replace(path));
            }
        }
        paths.extend(base);
        paths
    }

    /// Whether it succeeded.
    pub(super) fn succeeded(&self) -> bool {
        self.result.is_some_and(|result| result >= 0)
    }
}

/// The calls of a trace.
///
/// # Errors
/// The first line that cannot be understood.
pub(super) fn calls(text: &str) -> Result<Vec<Call>> {
    let mut open: BTreeMap<u32, String> = BTreeMap::new();
    let mut calls = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let name = |error: String| format!("line {} of the trace: {error}: {line}", number + 1);
        let (process, rest) = line::process(line).map_err(name)?;
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(head) = rest.strip_suffix(" <unfinished ...>") {
            open.insert(process, head.to_owned());
            continue;
        }
        let whole = match line::resumed(rest) {
            None => rest.to_owned(),
            Some(tail) => {
                let head = open
                    .remove(&process)
                    .ok_or_else(|| name("it ends a call that never began".to_owned()))?;
                format!("{head}{tail}")
            }
        };
        calls.push(line::call(process, &whole).map_err(name)?);
    }
    Ok(calls)
}
