//! The reports of files that are listed with their texts → one entry of the manifest a file. Pure.
//!
//! Enters: the reports of texts that have several, or a name, in any order. Leaves: an entry for each file, with the texts of which all reports
//! came. They are held until the last one did; files that are one report never come here.

use super::survey::{Duplicate, Locations};
use crate::acquire::StatedReading;
use crate::error::Result;
use crate::execute::Read;
use crate::plan::Input;
use crate::publish::{InputEntry, InputReport, InputStatus, InputText, KeptSource};
use crate::text_id::TextId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files that are listed with their texts.
#[derive(Debug, Default)]
pub(super) struct FileEntries(BTreeMap<FileKey, ListedFile>);

/// Which file it is: its path, and, of one that is read from what is kept of it, where that is. Several contents that one path had are several
/// files.
type FileKey = (PathBuf, Option<Box<Path>>);

/// One of them.
#[derive(Debug)]
struct ListedFile {
    /// What is said of it, without its texts.
    entry: InputEntry,
    /// Its texts, in their order.
    texts: BTreeMap<u32, ListedText>,
    /// Its texts that others have, too.
    duplicates: Vec<InputText>,
}

/// One of its texts.
#[derive(Debug)]
struct ListedText {
    /// What is said of it, without its reports.
    text: InputText,
    /// Those that came, by their places in the text.
    reports: BTreeMap<u32, InputReport>,
    /// How many there are.
    count: u32,
}

impl FileEntries {
    /// Adds a report that was read: `stated` is what is said of it.
    ///
    /// # Errors
    /// [`Bug`](crate::ErrorKind::Bug) where it is not known what its text is known by.
    pub(super) fn add(
        &mut self,
        input: &Input,
        read: &Read,
        mut stated: InputReport,
        locations: &mut Locations,
    ) -> Result<()> {
        let report = &input.report;
        let digest = read.digest()?;
        stated.line = report.first_line();
        let key = (report.path.clone(), report.kept.clone());
        let file = self.0.entry(key).or_insert_with(|| {
            let place = locations.of(&report.path);
            ListedFile::new(input, (place != report.path).then_some(place))
        });
        let order = report.text.member.as_ref().map_or(0, |member| member.order);
        let text = file
            .texts
            .entry(order)
            .or_insert_with(|| ListedText::new(input, read, digest));
        text.reports.insert(report.ordinal, stated);
        Ok(())
    }

    /// Whether a report of the file at `path` was added.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.0.contains_key(&(path.to_owned(), None))
    }

    /// Adds a text of a file that has others.
    pub(super) fn add_duplicate(&mut self, duplicate: &Duplicate) {
        if let Some(file) = self.0.get_mut(&(duplicate.path.clone(), None)) {
            file.duplicates.push(duplicate.text());
        }
    }

    /// The entries of the files, with the texts of which all reports came, and with what is kept of each.
    pub(super) fn finish(
        mut self,
        kept: impl Fn(&Path) -> Option<KeptSource>,
    ) -> impl ExactSizeIterator<Item = InputEntry> {
        self.0.retain(|_, file| {
            file.texts
                .retain(|_, text| text.reports.len() as u64 == u64::from(text.count));
            !file.texts.is_empty()
        });
        self.0
            .into_iter()
            .map(move |((path, from), file)| InputEntry {
                kept: from.is_none().then(|| kept(&path)).flatten(),
                ..file.entry()
            })
    }
}

impl ListedFile {
    fn new(input: &Input, location: Option<PathBuf>) -> Self {
        let report = &input.report;
        let section = report.section.as_ref();
        // Of one whose texts have names, that follows from them.
        let digest = section.map_or(TextId::of(&[]), |section| section.file);
        let entry = InputEntry::new(
            &report.path,
            digest,
            report.stamp.bytes,
            InputStatus::Accepted,
        );
        Self {
            entry: entry.located(location.as_deref()),
            texts: BTreeMap::new(),
            duplicates: Vec::new(),
        }
    }

    fn entry(self) -> InputEntry {
        let mut entry = self.entry;
        let is_packed = self
            .texts
            .values()
            .any(|text| text.text.bytes != entry.bytes);
        let texts = self.texts.into_values().map(ListedText::finish);
        entry.texts = texts.collect();
        entry.reading = take_common_reading(&mut entry.texts);
        entry.texts.extend(self.duplicates);
        let reports: Vec<InputReport> = entry
            .texts
            .iter()
            .flat_map(|text| &text.reports)
            .cloned()
            .collect();
        reports.iter().for_each(|report| entry.add(report));
        let interval = reports.first().and_then(|report| report.interval.clone());
        // That of all, where they have one.
        entry.interval = interval.filter(|one| {
            reports
                .iter()
                .all(|other| other.interval.as_ref() == Some(one))
        });
        entry.complete = reports.iter().all(|report| report.complete);
        let sizes = entry.texts.iter().map(|text| text.bytes);
        entry.text_bytes = is_packed.then(|| sizes.sum());
        if entry.texts.iter().any(|text| text.member.is_some()) {
            entry.digest = digest(&entry.texts);
        }
        entry
    }
}

/// What is stated of how each of these texts is read, taken from them where it is the same.
fn take_common_reading(texts: &mut [InputText]) -> Option<StatedReading> {
    let first = texts.first()?.reading.clone();
    let is_common = texts.iter().all(|text| text.reading == first);
    if !is_common {
        return None;
    }
    texts.iter_mut().for_each(|text| text.reading = None);
    first
}

/// What a file is known by whose texts have names.
fn digest(texts: &[InputText]) -> TextId {
    let line = |text: &InputText| {
        let name = text.member.as_deref().unwrap_or_default();
        format!("{name}\t{}\n", text.digest)
    };
    TextId::of(texts.iter().map(line).collect::<String>().as_bytes())
}

impl ListedText {
    fn new(input: &Input, read: &Read, digest: TextId) -> Self {
        let report = &input.report;
        Self {
            text: InputText {
                member: report.text.member_name().map(ToOwned::to_owned),
                digest,
                reading: report.stated.recorded(),
                bytes: read.text_bytes().unwrap_or(report.stamp.bytes),
                status: InputStatus::Accepted,
                reports: Vec::new(),
            },
            reports: BTreeMap::new(),
            count: (report.section.as_ref()).map_or(1, |section| section.reports),
        }
    }

    fn finish(self) -> InputText {
        InputText {
            reports: self.reports.into_values().collect(),
            ..self.text
        }
    }
}

impl Duplicate {
    /// Its text, as a manifest has it.
    pub(super) fn text(&self) -> InputText {
        InputText {
            member: self.member.clone(),
            digest: self.digest,
            reading: None,
            bytes: self.bytes,
            status: InputStatus::Duplicate,
            reports: Vec::new(),
        }
    }
}
