//! A version, or a whole dataset → proof that it is what its manifests say, or findings.

use super::read_back;
use crate::config::Span;
use crate::contract::{ContractRules, DatasetSchema, FUTURE_TOLERANCE};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::publish::manifest::{Manifest, PartEntry};
use crate::publish::{Dirs, History};
use crate::store::{self, What};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was looked at, and what was found.
#[derive(Debug, Default, Serialize)]
pub struct Verification {
    /// Versions.
    pub versions: usize,
    /// Parts.
    pub parts: usize,
    /// Rows in them.
    pub rows: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// Verifies every version of a site and the parts that make up its dataset: checksums, sizes, schema, rows, order, flags, and
/// that no two parts overlap in time.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the log cannot be read. Whatever else is wrong is a finding.
pub fn verify_site(dirs: &Dirs, site: &str) -> Result<Verification> {
    let history = History::read(dirs, site)?;
    let mut verification = Verification {
        versions: history.versions().len(),
        ..Verification::default()
    };
    if let Some(damage) = history.damage() {
        verification.find(
            damage.path().unwrap_or(&dirs.log(site)),
            "a whole record",
            damage.message(),
        );
    }
    let live = history.live_parts();
    let paths: BTreeSet<&str> = live.iter().map(|part| part.path.as_str()).collect();
    for manifest in history.versions() {
        let live = manifest
            .files
            .iter()
            .filter(|part| paths.contains(part.path.as_str()));
        verification.parts_of(manifest, live, &dirs.processed)?;
        verification.public_copy(dirs, manifest)?;
    }
    for pair in live
        .windows(2)
        .filter(|pair| pair[0].time_range[1] >= pair[1].time_range[0])
    {
        let expected = format!(
            "rows after {}, where {} ends",
            pair[0].time_range[1], pair[0].path
        );
        verification.find(
            &dirs.processed.join(&pair[1].path),
            &expected,
            &pair[1].time_range[0],
        );
    }
    Ok(verification)
}

/// Verifies one manifest and its parts. The manifest stands in `manifests/` (or in the log), the parts in `processed/` beside
/// it.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where the manifest itself is; [`Storage`](crate::ErrorKind::Storage) where it cannot be
/// read.
pub fn verify_manifest(path: &Path) -> Result<Verification> {
    let manifest = Manifest::load(path)?;
    let mut verification = Verification {
        versions: 1,
        ..Verification::default()
    };
    let processed = processed_of(path)?;
    verification.parts_of(&manifest, manifest.files.iter(), &processed)?;
    Ok(verification)
}

/// The parts of the manifest at `path`, as paths that open.
///
/// # Errors
/// As [`verify_manifest`].
pub fn manifest_parts(path: &Path) -> Result<Vec<PathBuf>> {
    let processed = processed_of(path)?;
    let manifest = Manifest::load(path)?;
    Ok(manifest
        .output_files
        .iter()
        .map(|part| processed.join(part))
        .collect())
}

/// The `processed/` folder that a manifest's paths are relative to.
fn processed_of(manifest: &Path) -> Result<PathBuf> {
    let canonical = store::canonical(manifest)?;
    for folder in canonical.ancestors().skip(1) {
        let processed = folder.join("processed");
        if store::what_is(&processed)? == Some(What::Folder) {
            return Ok(processed);
        }
    }
    Err(
        Error::input("no folder processed/ beside the manifest or above it")
            .at(manifest)
            .hint("verify a manifest where it stands: in manifests/ of the dataset"),
    )
}

impl Verification {
    fn find(&mut self, file: &Path, expected: &str, found: &str) {
        self.findings.push(Finding {
            file: file.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        });
    }

    fn parts_of<'a>(
        &mut self,
        manifest: &Manifest,
        parts: impl Iterator<Item = &'a PartEntry>,
        processed: &Path,
    ) -> Result<()> {
        for entry in parts {
            self.parts += 1;
            self.rows += entry.rows;
            self.bytes += entry.bytes;
            let path = processed.join(&entry.path);
            self.part(manifest, entry, &path)?;
        }
        Ok(())
    }

    /// One finding a part at most: the first says enough.
    fn part(&mut self, manifest: &Manifest, entry: &PartEntry, path: &Path) -> Result<()> {
        if store::what_is(path)? != Some(What::File) {
            self.find(path, "the part of the manifest", "no file");
            return Ok(());
        }
        let digest = match crate::acquire::digest(path) {
            Ok(digest) => digest,
            Err(error) => {
                self.find(path, "a file that can be read", error.message());
                return Ok(());
            }
        };
        if digest != entry.sha256 {
            self.find(path, &entry.sha256.to_string(), &digest.to_string());
            return Ok(());
        }
        if let Err(error) = contract(manifest, entry, path) {
            self.find(path, "what the manifest says", error.message());
        }
        Ok(())
    }

    fn public_copy(&mut self, dirs: &Dirs, manifest: &Manifest) -> Result<()> {
        let record = dirs.record(&manifest.site_id, manifest.version);
        let prefix = format!("manifest-{}-", manifest.batch_id);
        for path in store::list_dir(&dirs.manifests)? {
            let ours = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
            if ours && Digest::of(&store::read(&path)?) != Digest::of(&store::read(&record)?) {
                self.find(&path, "the bytes of the record in the log", "other bytes");
            }
        }
        Ok(())
    }
}

fn contract(manifest: &Manifest, entry: &PartEntry, path: &Path) -> Result<()> {
    let span = |text: &str| {
        text.parse::<Span>()
            .map(Span::nanos)
            .map_err(Error::damaged)
    };
    let rules = ContractRules {
        interval: Some(span(&manifest.resample_interval)?),
        max_gap: span(&manifest.max_gap)?,
        not_after: crate::clock::parse_rfc3339(&manifest.time_baseline)
            .ok_or_else(|| Error::damaged(format!("{:?} is no time", manifest.time_baseline)))?
            .saturating_add(FUTURE_TOLERANCE),
    };
    let schema = schema_of(path)?;
    let hash = schema.hash()?;
    if hash != manifest.schema_hash {
        return Err(Error::damaged(format!(
            "schema {hash}, where the manifest says {}",
            manifest.schema_hash
        )));
    }
    read_back(path, &entry.to_part(path.to_owned())?, &schema, rules)
}

fn schema_of(path: &Path) -> Result<DatasetSchema> {
    DatasetSchema::from_arrow(super::parquet_file::open(path)?.schema())
}
