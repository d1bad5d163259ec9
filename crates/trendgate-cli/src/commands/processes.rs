//! Tasks of a run that are done by processes of their own: the program itself, which gets a task on standard input and gives its outcome on standard
//! output.
//!
//! ```text
//! run --processes ─ length, task ─▶ task run - --owned ─ outcome ─▶ run --processes
//!                 ─ closed ───────▶ (stopped)
//! ```
//!
//! Standard input stays open for as long as the outcome is wanted. A process whose input is closed before stops, however whoever started it ended.

use super::task::MOST_TASK;
use std::io::{self, Read as _, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use trendgate::{Cancel, Error, ErrorKind, Result};

/// How often it is looked whether the run is to stop.
const LOOK: Duration = Duration::from_millis(20);

/// Has a task done by another process; its outcome. The process is told to stop where `cancel` says so.
///
/// # Errors
/// [`Storage`](ErrorKind::Storage) where the process cannot be started or ends before it has given the outcome.
pub(super) fn carry(task: &[u8], cancel: &Cancel) -> Result<Vec<u8>> {
    let program = std::env::current_exe();
    let program = program.map_err(|e| Error::storage("cannot find", Path::new("trendgate"), e))?;
    let failed = |e| Error::storage("cannot have a task done by", &program, e);
    let mut process = Command::new(&program)
        .args(["task", "run", "-", "--owned"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut to = process.stdin.take();
    // A process that ends without reading is told of by how it ends.
    let written = to.as_mut().map(|to| send(to, task));
    let outcome = outcome_of(&mut process, to, cancel);
    let ended = process.wait().map_err(failed)?;
    if !ended.success() {
        return Err(without_outcome(ended));
    }
    written.transpose().map_err(failed)?;
    outcome.map_err(failed)
}

fn send(to: &mut ChildStdin, task: &[u8]) -> io::Result<()> {
    to.write_all(&(task.len() as u64).to_le_bytes())?;
    to.write_all(task)
}

/// What the process says until it ends; its input is closed when it has, or when it is to stop.
fn outcome_of(process: &mut Child, to: Option<ChildStdin>, cancel: &Cancel) -> io::Result<Vec<u8>> {
    let (mut to, from) = (to, process.stdout.take());
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut outcome = Vec::new();
            let read = from.map(|mut from| from.read_to_end(&mut outcome));
            // Whoever waits for it is there until it comes.
            let _ = tell.send(read.transpose().map(|_| outcome));
        });
        loop {
            match told.recv_timeout(LOOK) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => drop(to.take()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
            }
        }
    })
}

fn without_outcome(ended: ExitStatus) -> Error {
    Error::new(
        ErrorKind::Storage,
        format!("a process that did a task ended with {ended}, without an outcome"),
    )
    .hint("nothing was committed; run again, with fewer processes where memory was short")
}

/// The task on standard input, from whoever owns this process: `stop` is set when the input is closed.
///
/// # Errors
/// Where the input ends within the task.
pub(super) fn owned_task(stop: Arc<AtomicBool>) -> io::Result<Vec<u8>> {
    let mut input = io::stdin();
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut task = Vec::new();
    (&mut input)
        .take(length.min(MOST_TASK))
        .read_to_end(&mut task)?;
    if task.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    thread::spawn(move || {
        // Nothing more is sent.
        let _ = io::copy(&mut input, &mut io::sink());
        stop.store(true, Ordering::SeqCst);
    });
    Ok(task)
}
