//! The manifest: what a version consists of and where it comes from. Bytes in, bytes out; only [`Manifest::load`] opens a file.
//!
//! `checksum` is the SHA-256 of the manifest's own bytes with its 64 hex digits written as zeros; since the manifest names the
//! digests of all parts, a changed byte anywhere shows.

use crate::clock::{parse_rfc3339, rfc3339};
use crate::contract::Gap;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::flags::Flag;
use crate::partition::{Month, Part};
use crate::store;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The version of the manifest's format.
pub const MANIFEST_VERSION: &str = "1.0";

/// One committed version of a site's dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The version of this format; readers accept any `1.x`.
    pub manifest_version: String,
    /// The batch's UUID: derived from the site, the configuration and the contents of the inputs.
    pub batch_id: String,
    /// The site.
    pub site_id: String,
    /// The site's commit number, from 1.
    pub version: u64,
    /// When the manifest was written (RFC 3339, UTC).
    pub created_at: String,
    /// The batch's one clock reading, against which "future" was judged (RFC 3339, UTC).
    pub time_baseline: String,
    /// The program's version.
    pub trendgate_version: String,
    /// Digest of the configuration fields that change results, and of the version of the cleaning rules.
    pub config_digest: Digest,
    /// The IANA zone of the reports' clock.
    pub timezone: String,
    /// The length of a bin, such as `15m`.
    pub resample_interval: String,
    /// The longest stretch without rows that is filled, such as `7d`.
    pub max_gap: String,
    /// How many input files were accepted.
    pub input_files_count: u64,
    /// The parts that this version adds, relative to `processed/`.
    pub output_files: Vec<String>,
    /// Sums over the parts of this version.
    pub statistics: Statistics,
    /// Every cell of the inputs, by what became of it: `input` is the sum of the others.
    pub cells: Cells,
    /// Digest of the sorted (name, type, unit, physical type) of the columns.
    pub schema_hash: Digest,
    /// The columns, sorted by name but for the first two.
    pub schema: Vec<ColumnEntry>,
    /// The parts that this version adds.
    pub files: Vec<PartEntry>,
    /// The files that were read.
    pub inputs: Vec<InputEntry>,
    /// The files that could not be used.
    pub failed_files: Vec<FailedFile>,
    /// Files that say of each flagged cell why.
    pub evidence_files: Vec<PartEntry>,
    /// Stretches without rows that are longer than `max_gap`.
    pub gaps: Vec<GapEntry>,
    /// Cells that several rows gave.
    pub conflicts: Conflicts,
    /// Parts of earlier versions that this one replaces, relative to `processed/`.
    pub replaces: Vec<String>,
    /// First and last row that this version adds or changes; absent without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_range: Option<[String; 2]>,
    /// Inputs of earlier versions that were read again for this one.
    pub rebuilt_from: Vec<SourceEntry>,
    /// SHA-256 of these bytes with its 64 hex digits written as zeros.
    pub checksum: Digest,
}

/// Sums over the parts of a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// Rows.
    pub total_rows: u64,
    /// First and last row (RFC 3339, UTC); absent without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_range: Option<[String; 2]>,
    /// For each flag the rows that carry it.
    pub quality_flags_distribution: BTreeMap<String, u64>,
    /// For each column what became of its point's cells.
    pub points: BTreeMap<String, PointEntry>,
}

/// What became of a point's cells in accepted rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PointEntry {
    /// The point's name in the reports.
    pub point: String,
    /// Bins that have a value.
    pub values: u64,
    /// Cells that were numbers or states.
    pub numbers: u64,
    /// Missing tokens, by kind.
    pub missing: BTreeMap<String, u64>,
    /// Texts that are neither.
    pub unrecognised: u64,
    /// The first few of those texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrecognised_examples: Vec<String>,
    /// Numbers with a unit that does not fit.
    pub unit_mismatch: u64,
    /// Numbers that are not finite or at least 1e20 in size.
    pub not_finite: u64,
    /// Whether there was no number at all.
    pub dead: bool,
}

/// Cells, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cells {
    /// All cells of the inputs: the sum of everything below.
    pub input: u64,
    /// Numbers that went into a bin.
    pub used: u64,
    /// Numbers equal to one that was there already.
    pub equal_duplicates: u64,
    /// Numbers different from one that was there already.
    pub conflict_losers: u64,
    /// Missing tokens.
    pub missing: u64,
    /// Texts that are neither numbers, states nor missing tokens.
    pub unrecognised: u64,
    /// Numbers with a unit that does not fit.
    pub unit_mismatch: u64,
    /// Numbers that are not finite or at least 1e20 in size.
    pub not_finite: u64,
    /// Cells of rejected rows.
    pub rejected: u64,
}

/// A column of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnEntry {
    /// Its name.
    pub name: String,
    /// Its type: `timestamp[ns, UTC]`, `list<string>` or `float64`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// The point's name in the reports; absent for the first two columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    /// The unit of its values, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it measures, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_type: Option<String>,
    /// How the samples of a bin became one value; absent for the first two columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation: Option<crate::point::Aggregation>,
}

/// A Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartEntry {
    /// Relative to `processed/`.
    pub path: String,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// Its first and last row (RFC 3339, UTC).
    pub time_range: [String; 2],
    /// For each flag that occurs the rows that carry it.
    pub quality_flags: BTreeMap<String, u64>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputEntry {
    /// As it was found.
    pub path: PathBuf,
    /// Digest of the bytes that were decoded.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Whether its rows are in the dataset, or are those of another input.
    pub status: InputStatus,
    /// The input that it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<PathBuf>,
    /// Rows accepted.
    pub rows: u64,
    /// First and last accepted row (RFC 3339, UTC); absent without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_range: Option<[String; 2]>,
    /// The stated time interval, such as `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Points.
    pub points: u64,
    /// Whether the trailer was there; a report without one was cut short.
    pub complete: bool,
    /// Cells met, those of rejected rows included.
    pub cells: u64,
    /// Missing tokens, by kind.
    pub missing: BTreeMap<String, u64>,
    /// Texts that are neither numbers, states nor missing tokens.
    pub unrecognised: u64,
    /// Numbers with a unit that does not fit.
    pub unit_mismatch: u64,
    /// Numbers that are not finite or at least 1e20 in size.
    pub not_finite: u64,
    /// Rows rejected because they are ragged or have no readable time.
    pub rejected_rows: u64,
    /// Cells in them.
    pub rejected_cells: u64,
    /// The first few of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_examples: Vec<RejectedEntry>,
    /// Rows whose local time happens twice, told apart by the order of the rows.
    pub ambiguous_by_order: u64,
    /// Rows whose local time happens twice, decided by the rule.
    pub ambiguous_by_rule: u64,
    /// Rows whose local time never happens, moved by the rule.
    pub nonexistent: u64,
    /// Whether once, between two days, day and month seem to have changed places.
    pub swapped_dates: bool,
}

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InputStatus {
    /// Its rows are in the dataset.
    Accepted,
    /// It is byte for byte another input.
    Duplicate,
}

/// A rejected row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RejectedEntry {
    /// Its line, from 1.
    pub line: u64,
    /// Why it was rejected.
    pub reason: String,
}

/// A file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailedFile {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub error: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Digest of its bytes, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Its size, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether the same content is tried again by later runs: it could not be read, changed, or reached into the future.
    pub retry: bool,
}

/// A stretch without rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GapEntry {
    /// The first bin without a row.
    pub from: String,
    /// The first bin that has one again.
    pub to: String,
    /// Bins without a row.
    pub bins: u64,
}

/// Cells that several rows gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conflicts {
    /// Numbers that lost against a different one.
    pub cells: u64,
    /// Numbers equal to the one that stands.
    pub equal_duplicates: u64,
    /// The first few conflicts.
    pub examples: Vec<ConflictEntry>,
}

/// Two numbers for one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictEntry {
    /// When.
    pub time: String,
    /// The column.
    pub column: String,
    /// The number that stands.
    pub kept: f64,
    /// The number that lost.
    pub lost: f64,
}

/// An input of an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceEntry {
    /// The file.
    pub path: PathBuf,
    /// Digest of its bytes.
    pub sha256: Digest,
}

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Manifest {
    /// Sets the checksum and gives the manifest's bytes.
    ///
    /// # Errors
    /// None in practice; [`Bug`](crate::ErrorKind::Bug) where JSON cannot be written.
    pub fn seal(&mut self) -> Result<Vec<u8>> {
        self.checksum = Digest([0; 32]);
        let mut text = serde_json::to_string_pretty(self).map_err(|error| {
            Error::bug(format!("the manifest cannot be written as JSON: {error}"))
        })?;
        text.push('\n');
        self.checksum = Digest::of(text.as_bytes());
        // The checksum is the last field.
        let at = text
            .rfind(ZEROS)
            .ok_or_else(|| Error::bug("the manifest has no checksum to fill in"))?;
        text.replace_range(at..at + ZEROS.len(), &self.checksum.hex());
        Ok(text.into_bytes())
    }

    /// The manifest that `bytes` are, after its checksum has been verified. Fields that this program does not know are passed
    /// over.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) for bytes that are cut, altered, or no manifest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::damaged("the manifest is empty"));
        }
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::damaged(format!("not a whole manifest: {error}")))?;
        if !manifest.manifest_version.starts_with("1.") {
            return Err(Error::damaged(format!(
                "the manifest's version is {:?}; this program reads 1.x",
                manifest.manifest_version
            ))
            .hint("use a newer Trendgate"));
        }
        let found = checksum(bytes, &manifest.checksum);
        if found != Some(manifest.checksum) {
            return Err(Error::damaged(format!(
                "the manifest was altered: its checksum is {}, its bytes have {}",
                manifest.checksum,
                found.map_or_else(|| "none".to_owned(), |digest| digest.to_string())
            ))
            .hint("restore the file"));
        }
        Ok(manifest)
    }

    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read; as [`from_bytes`](Self::from_bytes) otherwise.
    pub fn load(path: &Path) -> Result<Self> {
        Self::from_bytes(&store::read(path)?).map_err(|error| error.at(path))
    }

    /// The JSON Schema of a manifest.
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// The digest of `bytes` with the last place of `checksum`'s digits written as zeros.
fn checksum(bytes: &[u8], checksum: &Digest) -> Option<Digest> {
    let hex = checksum.hex();
    let at = memchr::memmem::rfind(bytes, hex.as_bytes())?;
    let mut hasher = Hasher::default();
    hasher.update(&bytes[..at]);
    hasher.update(ZEROS.as_bytes());
    hasher.update(&bytes[at + ZEROS.len()..]);
    Some(hasher.finish())
}

/// The id of the batch that these inputs make with this configuration: the first bytes of a SHA-256 over the site, the
/// configuration's digest and the sorted digests of the inputs, as a UUID of version 8.
#[must_use]
pub fn batch_id(site: &str, config: Digest, inputs: impl Iterator<Item = Digest>) -> Uuid {
    let mut digests: Vec<Digest> = inputs.collect();
    digests.sort_unstable();
    let mut hasher = Hasher::default();
    hasher.update(site.as_bytes());
    hasher.update(&[0]);
    hasher.update(&config.0);
    for digest in digests {
        hasher.update(&digest.0);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finish().0[..16]);
    Uuid::new_v8(bytes)
}

/// A range of nanoseconds as the manifest writes it.
#[must_use]
pub fn time_range((first, last): (i64, i64)) -> [String; 2] {
    [rfc3339(first), rfc3339(last)]
}

impl From<&Part> for PartEntry {
    fn from(part: &Part) -> Self {
        Self {
            path: part.relative.clone(),
            sha256: part.sha256,
            bytes: part.bytes,
            rows: part.rows,
            time_range: time_range((part.first, part.last)),
            quality_flags: part
                .flags
                .iter()
                .map(|(flag, rows)| (flag.name().to_owned(), *rows))
                .collect(),
        }
    }
}

impl PartEntry {
    /// The part that this entry describes, standing at `path`.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) for times and flags that are none.
    pub fn to_part(&self, path: PathBuf) -> Result<Part> {
        let time = |text: &String| {
            parse_rfc3339(text)
                .ok_or_else(|| Error::damaged(format!("{}: {text:?} is no time", self.path)))
        };
        let flag = |(name, rows): (&String, &u64)| {
            let flag = Flag::from_name(name);
            flag.map(|flag| (flag, *rows))
                .ok_or_else(|| Error::damaged(format!("{}: {name:?} is no flag", self.path)))
        };
        let first = time(&self.time_range[0])?;
        let month = Month::of(first);
        Ok(Part {
            staged: path,
            relative: self.path.clone(),
            sha256: self.sha256,
            bytes: self.bytes,
            rows: self.rows,
            first,
            last: time(&self.time_range[1])?,
            flags: self.quality_flags.iter().map(flag).collect::<Result<_>>()?,
            year: month.year(),
            month: month.month(),
        })
    }
}

impl GapEntry {
    /// The entry of a gap on an axis of this interval.
    #[must_use]
    pub fn of(gap: Gap, interval: i64) -> Self {
        Self {
            from: rfc3339(gap.from),
            to: rfc3339(gap.to),
            bins: u64::try_from(gap.length() / interval.max(1)).unwrap_or(0),
        }
    }
}
