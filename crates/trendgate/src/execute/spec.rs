//! Tasks and their outcomes as values: what goes to another process, and what comes back.
//!
//! Both are bytes with a head that says what they are and which program wrote them: a worker of another version refuses a task, and a driver of
//! another version an outcome, because neither could promise the same rows. A task of ten reports and one of a hundred thousand have about the
//! same size: lists stand in the attempt's folder (see [`Workload`](super::Workload)).

use super::task::TaskEnd;
use crate::clean::RULES_VERSION;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::model::SiteId;
use crate::publish::{Attempt, Dirs};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

/// The version of this program, which tasks and outcomes carry.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// The first line of a task; the number changes with the form of what follows.
const TASK: &[u8] = b"trendgate task 1\n";
/// The first line of an outcome.
const OUTCOME: &[u8] = b"trendgate outcome 1\n";

/// One task: the place of it in the plan of an attempt, and where that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskSpec {
    /// The site.
    pub(crate) site: SiteId,
    /// The attempt.
    pub(crate) attempt: String,
    /// The directories of its dataset.
    pub(crate) dirs: Dirs,
    /// What the workload of the attempt is known by; nothing where that stands in no file.
    pub(crate) workload: Option<Digest>,
    /// Its place among the tasks of the attempt.
    pub(crate) number: usize,
    /// How many these are.
    pub(crate) count: usize,
}

/// How one execution of a task ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TaskReturn {
    /// The site.
    pub(crate) site: SiteId,
    /// The directories of its dataset.
    pub(crate) dirs: Dirs,
    /// The attempt.
    pub(crate) attempt: String,
    /// The task's place among those of the attempt.
    pub(crate) number: usize,
    /// How many these are.
    pub(crate) count: usize,
    /// What it left, or why there is nothing.
    pub(crate) ended: TaskEnd,
}

/// What stands before every value.
#[derive(Serialize, Deserialize)]
struct Head {
    program: String,
    rules: u32,
}

impl TaskSpec {
    /// The attempt's folder in staging.
    pub(crate) fn folder(&self) -> PathBuf {
        Attempt::folder_of(&self.dirs, self.site.as_str(), &self.attempt)
    }

    /// The name of one execution of it, which no other execution has: files are called by it, so that a retry or a second copy at the same time
    /// never meets the other. The attempt's own name stands in it.
    pub(crate) fn execution(&self) -> String {
        let random = match crate::store::skipped("check:execution") {
            true => "0".repeat(12),
            false => Uuid::new_v4().simple().to_string(),
        };
        format!("{}{}", self.attempt, &random[..12])
    }
}

/// What is sent to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sent {
    /// A task.
    Task(Box<TaskSpec>),
    /// A site at which there is nothing to do, and what is to be said of it, in JSON: so that each site of a run is answered for.
    Over {
        /// The site.
        site: String,
        /// What is to be said.
        answer: String,
    },
}

/// What comes back from a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Returned {
    /// How a task ended.
    Task(Box<TaskReturn>),
    /// What was sent of a site at which there is nothing to do.
    Over {
        /// The site.
        site: String,
        /// What is to be said.
        answer: String,
    },
}

impl Sent {
    /// It as bytes.
    ///
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug) where it cannot be encoded.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(TASK, self)
    }

    /// What `bytes` are.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where they are no task, or one of another version of the program.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        decode(TASK, "a task", bytes)
    }
}

impl Returned {
    /// It as bytes.
    ///
    /// # Errors
    /// As [`Sent::to_bytes`].
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(OUTCOME, self)
    }

    /// What `bytes` are.
    ///
    /// # Errors
    /// As [`Sent::from_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        decode(OUTCOME, "the outcome of a task", bytes)
    }
}

impl TaskReturn {
    /// It as bytes, for the attempt's folder.
    ///
    /// # Errors
    /// As [`Sent::to_bytes`].
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(OUTCOME, self)
    }

    /// What was kept in the attempt's folder.
    ///
    /// # Errors
    /// As [`Sent::from_bytes`].
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        decode(OUTCOME, "the outcome of a task", bytes)
    }
}

fn encode(first: &[u8], value: &impl Serialize) -> Result<Vec<u8>> {
    let head = Head {
        program: PROGRAM.to_owned(),
        rules: RULES_VERSION,
    };
    let bytes = postcard::to_extend(&head, first.to_vec())
        .and_then(|bytes| postcard::to_extend(value, bytes));
    bytes.map_err(|e| Error::bug(format!("cannot encode a task or its outcome: {e}")))
}

fn decode<T: DeserializeOwned>(first: &[u8], what: &str, bytes: &[u8]) -> Result<T> {
    let no_such = || {
        Error::usage(format!(
            "expected {what}, as this program writes it, found {} other bytes",
            bytes.len()
        ))
        .hint("give it what `trendgate task plan` or `trendgate task run` wrote, whole")
    };
    let rest = bytes.strip_prefix(first).ok_or_else(no_such)?;
    let (head, rest): (Head, _) = postcard::take_from_bytes(rest).map_err(|_| no_such())?;
    if (&*head.program, head.rules) != (PROGRAM, RULES_VERSION) {
        return Err(Error::usage(format!(
            "{what} is of trendgate {} (rules {}), and this is {PROGRAM} (rules {RULES_VERSION})",
            head.program, head.rules
        ))
        .hint("install the same version on the driver and on every worker, and plan again"));
    }
    postcard::from_bytes(rest).map_err(|_| no_such())
}
