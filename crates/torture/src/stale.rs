//! A report that is other than what the list of stamps says: what is committed under its old digest has to stay as it is.
//!
//! The list spares a run the reading of known files and is never the authority. Here one of them is written to, and the list is
//! forged to say that it is as it was; then a new report comes, whose month the changed one has rows in.

use super::program::{Program, SITE, Step};
use super::reader::{self, Dataset};
use super::tree;
use crate::{Result, at};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// After which a file counts as settled for the program.
const SETTLED: Duration = Duration::from_millis(2_100);

const RUN: Step = Step::Run("first");
const CHANGED: &str = "first/chillers-1.csv";
const NEW: &str = "chillers-2.csv";

/// The state before the run that matters, and what that run should come to.
pub(super) struct Stale {
    start: PathBuf,
    reports: PathBuf,
    expected: Dataset,
}

impl Stale {
    /// Makes it ready in a folder of its own.
    ///
    /// # Errors
    /// Where a run fails; and where nobody could see a difference.
    pub(super) fn new(program: &Program, folder: &Path) -> Result<Self> {
        let (start, reports) = (folder.join("start"), folder.join("reports"));
        tree::restore(&program.reports, &reports)?;
        std::thread::sleep(SETTLED);
        let program = Program {
            reports: reports.clone(),
            ..program.clone()
        };
        // The second run remembers the stamps.
        super::scenario::steps(&program, &[RUN, RUN], &start)?;
        let report = reports.join(CHANGED);
        let text = fs::read_to_string(&report).map_err(at(&report))?;
        let other = text.replacen("\"No Data\"", "\"12.3456\"", 1);
        fs::write(&report, &other).map_err(at(&report))?;
        forge(&start, &report)?;
        let new = reports.join("all").join(NEW);
        fs::copy(&new, reports.join("first").join(NEW)).map_err(at(&new))?;
        let mut stale = Self {
            start,
            reports,
            expected: Dataset::default(),
        };
        stale.expected = stale.after(&program, &folder.join("data"))?;
        match other == text {
            true => Err(format!("{CHANGED} has no cell to change")),
            false => Ok(stale),
        }
    }

    /// What the program makes of it that should not be, if anything.
    ///
    /// # Errors
    /// Where it fails.
    pub(super) fn once(&self, program: &Program, data: &Path) -> Result<Option<String>> {
        let found = self.after(program, data)?;
        Ok(self
            .expected
            .difference(&found)
            .map(|differs| format!("{CHANGED} changed behind its stamp: {differs}")))
    }

    fn after(&self, program: &Program, data: &Path) -> Result<Dataset> {
        tree::restore(&self.start, data)?;
        let program = Program {
            reports: self.reports.clone(),
            ..program.clone()
        };
        super::scenario::steps(&program, &[RUN], data)?;
        Ok(reader::read(data, SITE)?.dataset)
    }
}

/// Makes the list of stamps say that the report is as it was.
fn forge(data: &Path, report: &Path) -> Result {
    let list = data.join("manifests/.log").join(SITE).join("stamps.json");
    let text = fs::read_to_string(&list).map_err(at(&list))?;
    let (_, json) = text.split_once('\n').ok_or("stamps.json: no line")?;
    let mut entries: Vec<(Value, Value)> =
        serde_json::from_str(json).map_err(|error| format!("stamps.json: {error}"))?;
    let meta = fs::metadata(report).map_err(at(report))?;
    let nanos = |seconds: i64, nanos: i64| seconds * 1_000_000_000 + nanos;
    let entry = entries
        .iter_mut()
        .find(|(stamp, _)| stamp["ino"] == meta.ino());
    let (stamp, _) = entry.ok_or("stamps.json does not know the report")?;
    *stamp = json!({
        "dev": meta.dev(),
        "ino": meta.ino(),
        "bytes": meta.len(),
        "mtime": nanos(meta.mtime(), meta.mtime_nsec()),
        "ctime": nanos(meta.ctime(), meta.ctime_nsec()),
    });
    let json = serde_json::to_string(&entries).map_err(|error| error.to_string())?;
    let digest = Sha256::digest(json.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(&list, format!("sha256:{hex}\n{json}")).map_err(at(&list))
}
