//! The reports of files that hold several → one entry of the manifest a file. Pure.
//!
//! Enters: the reports of texts that have several, in any order. Leaves: an entry for each file of which all reports came. They are held
//! until the last one did; files that are one report never come here.

use super::survey::Locations;
use crate::acquire::TextSection;
use crate::publish::{InputEntry, InputReport, InputStatus, InputText};
use crate::workers::{Input, Read};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Files of several reports, by path.
#[derive(Debug, Default)]
pub(super) struct FileEntries(BTreeMap<PathBuf, SectionedFile>);

/// A file of several reports.
#[derive(Debug)]
struct SectionedFile {
    /// What is said of it, without its reports.
    entry: InputEntry,
    text: InputText,
    /// Those that came, by their places in the text.
    reports: BTreeMap<u32, InputReport>,
    /// How many there are.
    count: u32,
}

impl FileEntries {
    /// Adds a report that was read: `stated` is what is said of it.
    pub(super) fn add(
        &mut self,
        input: &Input,
        read: &Read,
        mut stated: InputReport,
        locations: &mut Locations,
    ) {
        let report = &input.report;
        let Some(section) = &report.section else {
            return;
        };
        stated.line = section.lines.start;
        let file = self.0.entry(report.path.clone()).or_insert_with(|| {
            let place = locations.of(&report.path);
            SectionedFile::new(
                input,
                read,
                section,
                (place != report.path).then_some(place),
            )
        });
        file.reports.insert(report.ordinal, stated);
    }

    /// The entries of the files of which all reports came.
    pub(super) fn finish(self) -> impl ExactSizeIterator<Item = InputEntry> {
        let mut files: Vec<SectionedFile> = self.0.into_values().collect();
        files.retain(|file| file.reports.len() as u64 == u64::from(file.count));
        files.into_iter().map(SectionedFile::entry)
    }
}

impl SectionedFile {
    fn new(input: &Input, read: &Read, section: &TextSection, location: Option<PathBuf>) -> Self {
        let report = &input.report;
        let bytes = report.stamp.bytes;
        let entry = InputEntry::new(&report.path, section.file, bytes, InputStatus::Accepted);
        Self {
            entry: InputEntry {
                text_bytes: read.text_bytes,
                reading: report.stated.id().map(|_| report.stated),
                ..entry.located(location.as_deref())
            },
            text: InputText {
                member: report.text.member.clone(),
                digest: read.digest,
                bytes: read.text_bytes.unwrap_or(bytes),
                status: InputStatus::Accepted,
                reports: Vec::new(),
            },
            reports: BTreeMap::new(),
            count: section.reports,
        }
    }

    fn entry(self) -> InputEntry {
        let Self {
            mut entry,
            mut text,
            reports,
            ..
        } = self;
        text.reports = reports.into_values().collect();
        text.reports.iter().for_each(|report| entry.add(report));
        let first = text.reports.first();
        let interval = first.and_then(|report| report.interval.clone());
        // That of all, where they have one.
        entry.interval = interval.filter(|one| {
            text.reports
                .iter()
                .all(|other| other.interval.as_ref() == Some(one))
        });
        entry.complete = text.reports.iter().all(|report| report.complete);
        entry.texts = vec![text];
        entry
    }
}
