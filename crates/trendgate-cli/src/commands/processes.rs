//! Tasks of a run that are done by processes of their own: the program itself, which gets a task on standard input and gives its outcome on standard
//! output.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use trendgate::{Error, ErrorKind, Result};

/// Has a task done by another process; its outcome.
///
/// # Errors
/// [`Storage`](ErrorKind::Storage) where the process cannot be started or ends before it has given the outcome.
pub(super) fn carry(task: &[u8]) -> Result<Vec<u8>> {
    let program = std::env::current_exe();
    let program = program.map_err(|e| Error::storage("cannot find", Path::new("trendgate"), e))?;
    let failed = |e| Error::storage("cannot have a task done by", &program, e);
    let mut process = Command::new(&program)
        .args(["task", "run", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // A process that ends without reading is told of by how it ends.
    let written = process.stdin.take().map(|mut to| to.write_all(task));
    let mut outcome = Vec::new();
    let read = process
        .stdout
        .take()
        .map(|mut from| from.read_to_end(&mut outcome));
    let ended = process.wait().map_err(failed)?;
    if !ended.success() {
        return Err(Error::new(
            ErrorKind::Storage,
            format!("a process that did a task ended with {ended}, without an outcome"),
        )
        .hint("nothing was committed; run again, with fewer processes where memory was short"));
    }
    written.transpose().map_err(failed)?;
    read.transpose().map_err(failed)?;
    Ok(outcome)
}
