//! Points of one name in several files of dialects that write one point a file → entries that put the name of the folder, or of the file, before it.
//!
//! A run takes equal names for one point. Where the files are in folders of different equipment, or are of the same times, that is seldom so: each gets
//! a name of its own, and a person is asked.

use super::tables::{ProposedSource, folder, stem, undated};
use super::yaml::{commented, quoted};
use crate::acquire::Report;
use crate::model::PointId;
use crate::time::Extent;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files of points that stand alone in theirs.
#[derive(Debug, Default)]
pub(super) struct SameNames(BTreeMap<PointId, Vec<(PathBuf, Extent)>>);

impl SameNames {
    /// Notes a report.
    pub(super) fn add(&mut self, report: &Report) {
        let is_whole = report.text.member_name().is_none() && report.stated.table.is_none();
        if let [point] = &*report.points
            && is_whole
            && report.dialect.has_entries()
        {
            let files = self.0.entry(point.id.clone()).or_default();
            files.push((report.path.clone(), report.range));
        }
    }

    /// Entries that tell equal names apart.
    pub(super) fn entries(&self) -> Vec<ProposedSource> {
        let folders: BTreeSet<String> = self
            .0
            .values()
            .flat_map(|files| in_folders(files))
            .collect();
        if !folders.is_empty() {
            let of = |path: &Path| folders.contains(&folder(path)).then(|| folder(path));
            return folders
                .iter()
                .map(|folder| {
                    let why = "files of several folders have points of one name: those of each are taken for its own; where they are the same points, take the entries out";
                    self.entry(why, (&format!("{folder}/*"), &format!("{folder}/")), |path| of(path).as_ref() == Some(folder))
                })
                .collect();
        }
        let files = self.0.values().filter(|files| are_of_several(files));
        let names: BTreeSet<String> = files
            .flatten()
            .map(|(path, _)| {
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let entry = |name: &String| {
            let why = "another file has a point of this name at the same times: they are taken for two; where they are one point, take the entries out";
            let is_it = |path: &Path| {
                path.file_name()
                    .is_some_and(|own| own.to_string_lossy() == **name)
            };
            self.entry(why, (name, "{stem}/"), is_it)
        };
        names.iter().map(entry).collect()
    }

    fn entry(
        &self,
        why: &str,
        (pattern, prefix): (&str, &str),
        is_of: impl Fn(&Path) -> bool,
    ) -> ProposedSource {
        let files = self.0.values().flatten().map(|(path, _)| path.clone());
        let lines = vec![
            commented("    ", &format!("CHECK: {why}")),
            format!("    - match: {}", quoted(pattern)),
            format!("      prefix: {}", quoted(prefix)),
        ];
        ProposedSource::new(lines, files.filter(|path| is_of(path)).collect())
    }
}

/// The folders of the files of a point, where they are of more than one and are not named for times.
fn in_folders(files: &[(PathBuf, Extent)]) -> BTreeSet<String> {
    let folders: BTreeSet<String> = files.iter().map(|(path, _)| folder(path)).collect();
    let names: BTreeSet<String> = folders.iter().map(|folder| undated(folder)).collect();
    match names.len() > 1 && !names.contains("") {
        true => folders,
        false => BTreeSet::new(),
    }
}

/// Whether files of a point have names of several sources, and are of the same times.
fn are_of_several(files: &[(PathBuf, Extent)]) -> bool {
    let names: BTreeSet<String> = files.iter().map(|(path, _)| undated(&stem(path))).collect();
    let mut spans: Vec<&Extent> = files.iter().map(|(_, span)| span).collect();
    spans.sort_unstable_by_key(|span| span.first);
    names.len() > 1
        && !names.contains("")
        && spans.windows(2).any(|pair| pair[1].first < pair[0].last)
}
