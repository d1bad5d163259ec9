//! What was looked at and found: one function a thing that is held against what was committed.

use super::second_look::{File, Missed};
use super::{PartCheck, WHEN};
use crate::error::{Error, Result};
use crate::kept_source::{self, SourceId};
use crate::path_bytes::as_text;
use crate::progress::Watch;
use crate::publish::{
    self, Dirs, FileEntry, History, KeptSource, Manifest, PartEntry, Version, public_path,
    read_manifest, read_record,
};
use crate::store::{self, Named, What};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was looked at, and what is not as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Verified {
    /// Manifests read, records of the log and public names among them.
    pub manifests: u64,
    /// Parts read.
    pub parts: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their rows, as the manifests state them.
    pub rows: u64,
    /// Files of which what is kept was unpacked and read.
    pub sources: u64,
    /// What is not as it was.
    pub findings: Vec<Finding>,
}

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Finding {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
}

fn is_there(path: &Path) -> bool {
    matches!(store::named(path), Ok(Some(_)))
}

impl Verified {
    pub(super) fn finding(
        &mut self,
        file: &Path,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.findings.push(Finding {
            file: file.to_owned(),
            expected: expected.into(),
            got: got.into(),
        });
    }

    pub(super) fn error(&mut self, file: &Path, expected: &str, error: &Error) {
        self.finding(error.path().unwrap_or(file), expected, error.message());
    }

    /// The checksum holds already: reading has seen to that.
    pub(super) fn manifest(&mut self, file: &Path, manifest: &Manifest) {
        self.manifests += 1;
        if let Err(error) = manifest.consistent() {
            self.error(file, "a manifest that does not contradict itself", &error);
        }
    }

    /// Looks at a file that has to be there, or is. What is found of one that is not there, or not any more, comes back: before that is
    /// damage, it takes another look at the log.
    pub(super) fn look_at(
        &mut self,
        path: &Path,
        must: bool,
        look: impl FnOnce(&mut Self),
    ) -> Vec<Finding> {
        if !must && !is_there(path) {
            return Vec::new();
        }
        let before = self.findings.len();
        look(self);
        match is_there(path) {
            true => Vec::new(),
            false => self.findings.split_off(before),
        }
    }

    pub(super) fn part(&mut self, path: &Path, entry: &PartEntry, check: PartCheck<'_>) {
        self.parts += 1;
        self.rows += entry.rows;
        let file = FileEntry {
            path: entry.path.clone(),
            sha256: entry.sha256,
            bytes: entry.bytes,
            rows: entry.rows,
        };
        if !self.file(path, &file) {
            return;
        }
        if let Err(error) = check(path, entry) {
            self.error(path, "a part as its manifest states it", &error);
        }
    }

    /// Looks at what is kept of a file: it has to unpack to the bytes that its name says.
    pub(super) fn source(&mut self, path: &Path, kept: KeptSource) {
        self.sources += 1;
        let expected = format!("the bytes of {}, compressed", kept.digest);
        match (store::what_is(path), kept_source::prove(path, kept.digest)) {
            (Ok(None), _) => self.finding(path, expected, "no file"),
            (Err(error), _) | (_, Err(error)) => self.error(path, &expected, &error),
            (_, Ok(_)) => self.bytes += kept.bytes,
        }
    }

    /// Looks at what is kept of files, once whatever versions name it. It has to be there if one of them has not lost any.
    pub(super) fn kept_sources(
        &mut self,
        dirs: &Dirs,
        history: &History,
        missed: &mut Missed,
        watch: Watch<'_>,
    ) -> Result<()> {
        let site = history.site();
        // With a version that names each: one that has not lost any, if there is such.
        let mut named: BTreeMap<SourceId, (KeptSource, u64, bool)> = BTreeMap::new();
        for version in history.versions() {
            let is_whole = !publish::is_unkept(dirs, site, version.number)?;
            let inputs = version.manifest.inputs.iter();
            for kept in inputs.filter_map(|input| input.kept) {
                let known = named.entry(kept.digest);
                let (_, number, must) = known.or_insert((kept, version.number, is_whole));
                if is_whole && !*must {
                    (*number, *must) = (version.number, true);
                }
            }
        }
        if let Some(base) = history.base() {
            let is_whole = !publish::is_unkept(dirs, site, base.number())?;
            for kept in base.kept_sources() {
                let known = named.entry(kept.digest);
                let (_, number, must) = known.or_insert((kept, base.number(), is_whole));
                if is_whole && !*must {
                    (*number, *must) = (base.number(), true);
                }
            }
        }
        for (id, (kept, version, must)) in named {
            watch.go_on(WHEN)?;
            let path = dirs.source(site, id);
            let found = self.look_at(&path, must, |all| all.source(&path, kept));
            missed.file(File::Source, &id.to_string(), version, found);
        }
        Ok(())
    }

    /// Looks at what is kept of the files that the manifest at `path` lists, as far as that can be read: that it cannot is found elsewhere. It has
    /// to be there, unless a collection removed some of it.
    pub(super) fn sources_of(&mut self, dirs: &Dirs, path: &Path, watch: Watch<'_>) -> Result<()> {
        let Ok(manifest) = read_manifest(path) else {
            return Ok(());
        };
        let site = &manifest.site_id;
        let is_whole = || publish::is_unkept(dirs, site, manifest.version).map(|is| !is);
        let must = is_whole()?;
        let mut missed = Vec::new();
        for kept in manifest.inputs.iter().filter_map(|input| input.kept) {
            watch.go_on(WHEN)?;
            let path = dirs.source(site, kept.digest);
            missed.extend(self.look_at(&path, must, |all| all.source(&path, kept)));
        }
        if is_whole()? {
            self.findings.extend(missed);
        }
        Ok(())
    }

    /// Whether the file has the size and the digest that are stated.
    pub(super) fn file(&mut self, path: &Path, stated: &FileEntry) -> bool {
        match (store::what_is(path), store::digest(path)) {
            (Ok(Some(What::File)), Ok(found))
                if found == (stated.bytes, stated.sha256) || store::skipped("digest:part") =>
            {
                self.bytes += found.0;
                return true;
            }
            (Ok(Some(What::File)), Ok((bytes, digest))) => {
                let describe = |bytes, digest| format!("{bytes} bytes, {digest}");
                self.finding(
                    path,
                    describe(stated.bytes, stated.sha256),
                    describe(bytes, digest),
                );
            }
            (Ok(Some(What::File)), Err(error)) | (Err(error), _) => {
                self.error(path, "a file that can be read", &error)
            }
            (Ok(None), _) => {
                self.finding(path, format!("a file of {} bytes", stated.bytes), "no file")
            }
            (Ok(Some(What::Folder)), _) => self.finding(path, "a file", "a folder"),
        }
        false
    }

    /// Whether a version has its public name; one that stands for other bytes is a finding.
    pub(super) fn public_name(&mut self, dirs: &Dirs, version: &Version) -> Result<bool> {
        let public = public_path(dirs, &version.manifest);
        if store::what_is(&public)? != Some(What::File) {
            return Ok(false);
        }
        self.manifests += 1;
        if store::digest(&public)? != store::digest(&version.record)? {
            let expected = format!("the bytes of {}", version.record.display());
            self.finding(&public, expected, "other bytes");
        }
        Ok(true)
    }

    /// Names the record; and the public name that is the same file, because that is damaged with it.
    pub(super) fn damaged_record(&mut self, dirs: &Dirs, damage: &Error) -> Result<()> {
        self.error(
            &dirs.manifests,
            "a record that is what was committed",
            damage,
        );
        let Some(Named::File(record)) = damage.path().map_or(Ok(None), store::named)? else {
            return Ok(());
        };
        for path in publish::list(&dirs.manifests)? {
            match store::named(&path)? {
                Some(Named::File(stamp)) if (stamp.dev, stamp.ino) == (record.dev, record.ino) => {
                    let expected = "a whole manifest to restore the record from";
                    self.finding(
                        &path,
                        expected,
                        "the same file as the record, damaged with it",
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The records after the first damage are no part of the dataset any more; each is verified all the same, with those of its
    /// parts that are there.
    pub(super) fn beyond_damage(
        &mut self,
        dirs: &Dirs,
        history: &History,
        check: PartCheck<'_>,
        watch: Watch<'_>,
    ) -> Result<()> {
        let records = publish::records(dirs, history.site())?;
        let known = |path: &Path, verified: &Self| verified.findings.iter().any(|f| f.file == path);
        for (number, path) in records {
            if number <= history.version() || known(&path, self) {
                continue;
            }
            match read_record(&path) {
                Ok(manifest) => {
                    self.manifest(&path, &manifest);
                    for part in &manifest.files {
                        watch.go_on(WHEN)?;
                        let path = dirs.processed.join(&part.path);
                        self.look_at(&path, false, |all| all.part(&path, part, check));
                    }
                }
                Err(error) => self.error(&path, "a record that is what was committed", &error),
            }
        }
        Ok(())
    }

    pub(super) fn no_overlap(&mut self, dirs: &Dirs, history: &History) {
        for pair in history.live_parts().windows(2) {
            let [before, after] = [pair[0].entry, pair[1].entry];
            if before.time_range.last >= after.time_range.first {
                let expected = format!(
                    "rows after {}, where {} ends",
                    before.time_range.last, before.path
                );
                let got = format!("rows from {} on", after.time_range.first);
                self.finding(&dirs.processed.join(&after.path), expected, got);
            }
        }
    }

    /// A public manifest beyond the end of the log: the log has lost its last records, which it cannot notice by itself.
    pub(super) fn no_unlogged_name(
        &self,
        dirs: &Dirs,
        history: &History,
        missed: &mut Missed,
    ) -> Result<()> {
        for path in publish::list(&dirs.manifests)? {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if !name.starts_with("manifest-") || !name.ends_with(".json") {
                continue;
            }
            // A damaged one is found as the public name of its version, if it has one.
            let Ok(manifest) = read_record(&path) else {
                continue;
            };
            if manifest.site_id == history.site() && manifest.version > history.version() {
                let finding = Finding {
                    file: path,
                    expected: format!("a log that goes to version {} at least", manifest.version),
                    got: format!("a log that can be read to version {}", history.version()),
                };
                missed.unlogged_name(manifest.version, finding);
            }
        }
        Ok(())
    }
}
