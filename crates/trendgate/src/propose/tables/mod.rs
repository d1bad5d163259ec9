//! Texts that no dialect knows → entries of `sources` that describe them: one for all texts of one form.
//!
//! ```text
//! paths ─ found tables ─ groups (one form each) ─┬─ naming (names that are only in paths) ─┬─ entry ─▶ lines, stated readings
//!                                                 ├─ matching (patterns of their paths)    ─┤
//!                                                 └─ zones (words for zones)               ─┘
//! ```
//!
//! The entries are text, and are read back as a run reads them: what is written is what is tried. What is refused: nothing; a text that is no
//! table that can be described has no entry, and is left out with its refusal.

mod entry;
mod groups;
mod matching;
mod naming;
#[cfg(test)]
mod tests;
mod totals;
mod undated;
mod zones;

pub(super) use naming::{folder, stem};
pub(super) use undated::undated;

use super::yaml::commented;
use crate::acquire::{Encoding, StatedReadings, StatedTexts as _, TextName, TimeRule, find_tables};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::progress::Cancel;
use groups::{TableTexts, grouped};
use jiff::tz::TimeZone;
pub(super) use matching::pattern;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Files that no dialect knows, each with its refusal, and all others that are there.
pub(super) struct OpenFiles<'a> {
    pub(super) open: Vec<(PathBuf, Error)>,
    pub(super) others: &'a [PathBuf],
    /// Where all were found.
    pub(super) given: &'a [PathBuf],
}

/// Entries of `sources`, and what they describe.
#[derive(Debug, Default)]
pub(super) struct ProposedSources {
    /// The entries, in their order.
    pub(super) entries: Vec<ProposedSource>,
    /// The files that are described.
    pub(super) files: Vec<PathBuf>,
    /// The words of points whose cells are a few words.
    pub(super) words: BTreeMap<String, BTreeSet<String>>,
}

/// An entry of `sources`.
#[derive(Debug, Clone)]
pub(super) struct ProposedSource {
    /// Its lines, comments among them, as they stand below `sources:`.
    pub(super) lines: Vec<String>,
    /// The files that it is for.
    pub(super) files: Vec<PathBuf>,
    /// Whether real dates of a spreadsheet seem to have day and month exchanged.
    pub(super) is_exchanged: bool,
    /// What their names are most likely encoded in, where they are beyond ASCII and not in UTF-8.
    pub(super) encoding: Option<Encoding>,
    /// Those of the files that a run refuses by it.
    refused: Vec<PathBuf>,
}

impl ProposedSource {
    /// An entry with these lines that describes no table.
    pub(super) fn new(lines: Vec<String>, files: Vec<PathBuf>) -> Self {
        Self {
            lines,
            files,
            is_exchanged: false,
            encoding: None,
            refused: Vec::new(),
        }
    }

    /// Whether it is more than a comment.
    pub(super) fn is_written(&self) -> bool {
        self.lines.iter().any(|line| !is_comment(line))
    }

    /// The field as a comment, with the reason over it.
    fn left_out(&self, reason: &str) -> Vec<String> {
        let lines = self.lines.iter().map(|line| match is_comment(line) {
            true => line.clone(),
            false => format!("    # {}", line.strip_prefix("    ").unwrap_or(line)),
        });
        std::iter::once(commented("    ", reason))
            .chain(lines)
            .collect()
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

impl ProposedSources {
    /// Describes what of the open files is a table; the others are given back.
    ///
    /// # Errors
    /// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so.
    pub(super) fn of(
        files: OpenFiles<'_>,
        rule: &TimeRule,
        zone: Option<&TimeZone>,
        cancel: &Cancel,
    ) -> Result<(Self, Vec<(PathBuf, Error)>)> {
        let (mut left, mut described) = (Vec::new(), Vec::new());
        let mut texts = TableTexts::default();
        for (path, error) in files.open {
            cancel.check("while looking at the files")?;
            let found = find_tables(&path, rule, zone, cancel).unwrap_or_default();
            let are_tables: Vec<bool> = (found.into_iter())
                .map(|text| texts.take(&path, text))
                .collect();
            match are_tables.contains(&true) {
                true => described.push(path),
                false => left.push((path, error)),
            }
        }
        let texts = texts.texts;
        let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for text in &texts {
            for (point, own) in &text.table.words {
                words
                    .entry(point.clone())
                    .or_default()
                    .extend(own.iter().cloned());
            }
        }
        let groups = grouped(texts);
        let patterns = matching::patterns(&groups, files.others, files.given);
        let mut entries = Vec::with_capacity(groups.len());
        for (group, pattern) in groups.iter().zip(patterns) {
            let mut entry = ProposedSource {
                lines: entry::lines(group, (&pattern, matching::members(group, &groups)), zone),
                files: group.files(),
                is_exchanged: group.first().table.time.exchanged.is_some(),
                encoding: group.first().table.encoding.as_ref().map(|said| said.what),
                refused: Vec::new(),
            };
            // What no run takes is not written.
            match stated(&entry.lines) {
                Ok(_) => {
                    if let Some(reason) = totals::reason(group, &groups) {
                        entry.lines = entry.left_out(&reason);
                    }
                    entries.push(entry);
                }
                Err(error) => {
                    described.retain(|path| !entry.files.contains(path));
                    let refusal =
                        || Error::input(format!("its description is refused: {}", error.message()));
                    left.extend(
                        entry
                            .files
                            .into_iter()
                            .map(|path| (path.clone(), refusal().at(path))),
                    );
                }
            }
        }
        Ok((
            Self {
                entries,
                files: described,
                words,
            },
            left,
        ))
    }

    /// How a run reads the files.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an entry that no run takes.
    pub(super) fn stated(&self) -> Result<StatedReadings> {
        stated(self.entries.iter().flat_map(|entry| &entry.lines))
    }

    /// Adds a comment to the entry that describes the file at `path`.
    pub(super) fn note(&mut self, path: &PathBuf, comment: &str) {
        let line = commented("      ", comment);
        let entry = self
            .entries
            .iter_mut()
            .find(|entry| entry.files.contains(path));
        if let Some(entry) = entry
            && !entry.lines.contains(&line)
        {
            entry.lines.push(line);
        }
    }

    /// Notes that a run refuses the file at `path`, one of those at `paths`, and why. An entry all of whose files are refused becomes a comment, unless
    /// another one would describe them then; whether it did.
    pub(super) fn refuse(&mut self, path: &PathBuf, why: &str, paths: &[PathBuf]) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let said = format!("CHECK: a run refuses {name}: {why}");
        let is_own = |entry: &&mut ProposedSource| entry.files.contains(path);
        let mut own = self.entries.iter_mut().filter(is_own);
        let (Some(entry), None) = (own.next(), own.next()) else {
            self.note(path, &said);
            return false;
        };
        entry.refused.push(path.clone());
        if entry.refused.len() < entry.files.len() {
            self.note(path, &said);
            return false;
        }
        let (files, lines) = (
            entry.files.clone(),
            entry.left_out(&format!(
                "Not written, as a run would refuse all that it describes: {why}"
            )),
        );
        let written = std::mem::replace(&mut entry.lines, lines);
        let is_taken = |stated: &StatedReadings, path: &PathBuf| {
            let stated = stated.file(path, paths);
            stated.of_text(TextName::Whole).table.is_some()
        };
        let is_free = self
            .stated()
            .is_ok_and(|stated| !files.iter().any(|path| is_taken(&stated, path)));
        if !is_free {
            let entry = self.entries.iter_mut().find(|entry| entry.files == files);
            if let Some(entry) = entry {
                entry.lines = written;
            }
            self.note(path, &said);
        }
        is_free
    }

    /// Whether real dates in the file at `path` seem to have day and month exchanged.
    pub(super) fn may_be_exchanged(&self, path: &PathBuf) -> bool {
        let mut own = self
            .entries
            .iter()
            .filter(|entry| entry.files.contains(path));
        own.any(|entry| entry.is_exchanged)
    }

    /// What the texts of the file at `path` are most likely encoded in.
    pub(super) fn likely_encoding(&self, path: &PathBuf) -> Option<Encoding> {
        self.entries
            .iter()
            .find(|entry| entry.files.contains(path))
            .and_then(|entry| entry.encoding)
    }
}

/// What entries with these lines state.
pub(super) fn stated<'l>(lines: impl IntoIterator<Item = &'l String>) -> Result<StatedReadings> {
    let text: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
    match text.lines().all(is_comment) {
        true => Ok(StatedReadings::default()),
        false => Config::parse(&format!("cleaner:\n  sources:\n{text}"))?
            .cleaner
            .stated(),
    }
}
