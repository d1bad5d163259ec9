//! What was missing at the first look → a finding, unless a run or a collection was at work meanwhile.
//!
//! A verification takes no lock. While it reads, a run can commit versions after those that it knows, and a collection can mark a
//! version as expired, or as being without its details or without kept sources, and remove what it refers to. So what is missing is held against the log as it is *after* it was missed: a mark
//! is durable before the first file goes, and a record is there before its public name.

use super::{Finding, Verified};
use crate::error::Result;
use crate::publish::{self, Dirs, History, Version, is_being_committed};
use std::collections::BTreeSet;

/// Which of the files of a version it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    Part,
    Evidence,
    Details,
    Source,
}

/// What one verification missed.
#[derive(Debug, Default)]
pub(super) struct Missed {
    files: Vec<MissedFile>,
    names: Vec<Version>,
    strangers: Vec<(u64, Finding)>,
}

#[derive(Debug)]
struct MissedFile {
    kind: File,
    path: String,
    version: u64,
    findings: Vec<Finding>,
}

impl Missed {
    /// What was found of a file of a version that was not there, or not any more while it was read; nothing of one that was.
    pub(super) fn file(&mut self, kind: File, path: &str, version: u64, findings: Vec<Finding>) {
        if findings.is_empty() {
            return;
        }
        self.files.push(MissedFile {
            kind,
            path: path.to_owned(),
            version,
            findings,
        });
    }

    /// A version without its public name.
    pub(super) fn name(&mut self, version: &Version) {
        self.names.push(version.clone());
    }

    /// A public manifest of a version that the log did not have.
    pub(super) fn unlogged_name(&mut self, version: u64, finding: Finding) {
        self.strangers.push((version, finding));
    }

    /// Looks at the log again, and adds what is missing all the same to the findings.
    pub(super) fn judge(self, verified: &mut Verified, dirs: &Dirs, site: &str) -> Result<()> {
        for version in &self.names {
            let at_work = is_being_committed(dirs, site, version.number)?;
            // In this order: an attempt that was at work before and is gone now has made the name.
            if !verified.public_name(dirs, version)? && !at_work {
                let expected = format!("the public name of version {}", version.number);
                let public = publish::public_path(dirs, &version.manifest);
                verified.finding(&public, expected, "no file");
            }
        }
        if self.files.is_empty() && self.strangers.is_empty() {
            return Ok(());
        }
        let (now, _) = History::salvage(dirs, site)?;
        let parts: BTreeSet<&str> = now
            .live_parts()
            .iter()
            .map(|part| part.entry.path.as_str())
            .collect();
        let evidence = now.live_evidence();
        let evidence: BTreeSet<&str> = evidence
            .iter()
            .map(|file| file.entry.path.as_str())
            .collect();
        for missed in self.files {
            let expired =
                || publish::expired_since(dirs, site, missed.version).map(|at| at.is_some());
            let marked = match missed.kind {
                File::Part => !parts.contains(&*missed.path) && expired()?,
                File::Evidence => !evidence.contains(&*missed.path) && expired()?,
                File::Details => publish::is_pruned(dirs, site, missed.version)?,
                File::Source => publish::is_unkept(dirs, site, missed.version)?,
            };
            if !marked {
                verified.findings.extend(missed.findings);
            }
        }
        let strangers = self.strangers.into_iter();
        let beyond = strangers.filter(|(version, _)| *version > now.version());
        verified.findings.extend(beyond.map(|(_, finding)| finding));
        Ok(())
    }
}
