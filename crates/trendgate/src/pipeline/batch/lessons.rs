//! What tasks that were done elsewhere found out of reports → what the next plan has to know before it makes tasks.
//!
//! Enters: the trouble that tasks of an attempt had. Leaves: `{site}.lessons.json` in staging, which the next plan of the site reads. A run that
//! does its own tasks keeps this in memory: it plans again by itself. Nothing depends on the file: without it, the tasks have the same trouble
//! once more. What is learnt of a report holds as long as its file has the same stamp, and all of it for one version, configuration and program.

use crate::acquire::Report;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::InputId;
use crate::plan::Inputs;
use crate::publish::{Dirs, History};
use crate::store::{self, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What was learnt at a site.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lessons {
    program: String,
    config: Digest,
    /// The version that the attempts built on.
    version: u64,
    /// How many attempts had trouble with the order of rows.
    pub(super) stops: u32,
    /// The required columns that have no number.
    pub(super) dead: Option<BTreeSet<String>>,
    /// The files of reports of which a part did not tell what is to be known of them.
    pub(super) read_whole: Vec<WholeFile>,
    reports: Vec<ReportLesson>,
    tried: Vec<TriedFile>,
}

/// A file that changed while it was read, or could not be read, and how often.
#[derive(Debug, Serialize, Deserialize)]
struct TriedFile {
    #[serde(with = "crate::path_bytes::as_json")]
    file: PathBuf,
    times: u32,
}

/// A file that no task reads in ranges.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WholeFile {
    #[serde(with = "crate::path_bytes::as_json")]
    pub(super) file: PathBuf,
}

/// What was learnt of one report.
#[derive(Debug, Serialize, Deserialize)]
struct ReportLesson {
    #[serde(with = "crate::path_bytes::as_json")]
    path: PathBuf,
    stamp: Stamp,
    member: Option<String>,
    ordinal: u32,
    lesson: Lesson,
}

/// What a report is like that gave trouble.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Lesson {
    /// It has to be read whole, for its times.
    Order,
    /// It has to be read whole, for its numbers.
    Numbers,
    /// It cannot be used.
    Bad(Error),
}

/// The lessons about the inputs of a plan.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) order: BTreeSet<InputId>,
    pub(super) numbers: BTreeSet<InputId>,
    pub(super) bad: Option<(InputId, Error)>,
}

/// No such file is larger.
const MOST_BYTES: u64 = 256 << 20;

impl Lessons {
    /// Those of attempts on top of the last version of `history`, by the configuration of this digest.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where it cannot be told whether there are any.
    pub(super) fn read(dirs: &Dirs, site: &str, history: &History, config: Digest) -> Result<Self> {
        let none = Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            config,
            version: history.version(),
            stops: 0,
            dead: None,
            read_whole: Vec::new(),
            reports: Vec::new(),
            tried: Vec::new(),
        };
        let path = path(dirs, site);
        if store::named(&path)?.is_none() {
            return Ok(none);
        }
        let bytes = store::read(&path, MOST_BYTES)?;
        let found = serde_json::from_slice(&bytes).ok();
        let holds = |found: &Self| {
            (&found.program, found.config, found.version) == (&none.program, config, none.version)
        };
        Ok(found.filter(holds).unwrap_or(none))
    }

    /// Keeps them for the next plan.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub(super) fn keep(&self, dirs: &Dirs, site: &str) -> Result<()> {
        let bytes = serde_json::to_vec(self)
            .map_err(|e| Error::bug(format!("cannot write what was learnt as JSON: {e}")))?;
        store::replace(&path(dirs, site), &bytes)
    }

    /// Forgets what was kept.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub(super) fn forget(dirs: &Dirs, site: &str) -> Result<()> {
        store::remove_file(&path(dirs, site))
    }

    /// Adds what was learnt of a report. That it changed, or could not be read, says nothing of the next time, unless that was so more than
    /// `most` times.
    pub(super) fn add(&mut self, report: &Report, lesson: Lesson, most: u32) {
        if let Lesson::Bad(error) = &lesson
            && !matches!(error.kind(), ErrorKind::Input | ErrorKind::Future)
        {
            let known = self
                .tried
                .iter()
                .position(|tried| tried.file == report.path);
            let place = known.unwrap_or_else(|| {
                let file = report.path.clone();
                self.tried.push(TriedFile { file, times: 0 });
                self.tried.len() - 1
            });
            self.tried[place].times += 1;
            if self.tried[place].times <= most {
                return;
            }
        }
        self.reports.push(ReportLesson {
            path: report.path.clone(),
            stamp: report.stamp,
            member: report.text.member_name().map(str::to_owned),
            ordinal: report.ordinal,
            lesson,
        });
    }

    /// The files of reports that no task reads in ranges.
    pub(super) fn whole(&self) -> BTreeSet<PathBuf> {
        self.read_whole
            .iter()
            .map(|whole| whole.file.clone())
            .collect()
    }

    /// Takes those that are about these inputs; of reports that cannot be used, the first.
    ///
    /// # Errors
    /// As [`Inputs::get`].
    pub(super) fn take(&mut self, inputs: &Inputs) -> Result<Learnt> {
        let mut learnt = Learnt::default();
        if self.reports.is_empty() {
            return Ok(learnt);
        }
        for (id, input) in inputs.ids().zip(inputs.iter()) {
            let report = input?.report;
            let is_of = |known: &ReportLesson| {
                (&known.path, known.ordinal) == (&report.path, report.ordinal)
                    && report.stamp.is_still(&known.stamp)
                    && known.member.as_deref() == report.text.member_name()
            };
            let Some(place) = self.reports.iter().position(is_of) else {
                continue;
            };
            if matches!(self.reports[place].lesson, Lesson::Bad(_)) && learnt.bad.is_some() {
                continue;
            }
            match self.reports.swap_remove(place).lesson {
                Lesson::Order => {
                    learnt.order.insert(id);
                }
                Lesson::Numbers => {
                    learnt.numbers.insert(id);
                }
                Lesson::Bad(error) => learnt.bad = Some((id, error)),
            }
        }
        Ok(learnt)
    }
}

fn path(dirs: &Dirs, site: &str) -> PathBuf {
    dirs.staging.join(format!("{site}.lessons.json"))
}
