//! A small site on disk, with real parts, for tests.

use super::*;
use crate::contract::{Contract, ContractRules};
use crate::digest::Digest;
use crate::error::Result;
use crate::model::{Column, DatasetSchema, Flag, FlagSet, Term, flag_lists};
use crate::partition::{Part, PartRules, Partitioner};
use crate::store;
use crate::text_id::TextId;
use crate::time::{DAY, Extent, Instant, MINUTE, Span};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const SITE: &str = "S-1";
/// 2026-01-31T22:00:00Z: eight bins of 15 minutes before the end of a month.
const START: Instant = Instant::from_nanos(1_769_896_800_000_000_000);
/// From there to the ends of January, March, May and August.
const DAYS: [i64; 4] = [0, 59, 120, 212];
const BIN: Span = MINUTE.times(15);
/// Rows of a batch, half of them in each of two months.
pub(crate) const ROWS: u64 = 16;

pub(crate) struct SiteFixture {
    pub(crate) dirs: Dirs,
    _folder: tempfile::TempDir,
}

impl SiteFixture {
    pub(crate) fn new() -> Self {
        let folder = crate::store::test_folder();
        Self {
            dirs: Dirs::under(&folder.path().join("data")),
            _folder: folder,
        }
    }

    pub(crate) fn history(&self) -> History {
        History::read(&self.dirs, SITE).unwrap()
    }

    pub(crate) fn begin(&self) -> Attempt {
        Attempt::begin(&self.dirs, SITE, self.history().version()).unwrap()
    }

    /// Commits the `nth` batch on top of what is there, as a run would.
    pub(crate) fn commit(&self, nth: u8) -> Committed {
        let _lock = SiteLock::take(&self.dirs, SITE).unwrap();
        match try_commit(self.begin(), nth).unwrap() {
            Outcome::Committed(done) => *done,
            other => panic!("expected a commit, found {other:?}"),
        }
    }

    /// Every file below the root but the lock and `trendgate.json`, relative to the root, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(&self.dirs.root, &mut |path| {
            files.push(
                path.strip_prefix(&self.dirs.root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
            );
        });
        files.retain(|file| !file.ends_with("/lock") && file != "trendgate.json");
        files
    }
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for path in list(folder).unwrap() {
        match store::what_is(&path).unwrap() {
            Some(store::What::Folder) => walk(&path, each),
            _ => each(&path),
        }
    }
}

pub(crate) fn try_commit(attempt: Attempt, nth: u8) -> Result<Outcome> {
    let parts = parts(&attempt, nth);
    attempt.commit(manifest(nth, &parts), &parts, &[], PublicCopy::Write)
}

pub(crate) fn schema() -> DatasetSchema {
    let mut chst = Column::gauge("chst", "CH5.CHST");
    chst.unit = Some(Term::of("°C"));
    DatasetSchema::new(vec![chst]).unwrap()
}

/// The `nth` batch, 0 to 3: 16 rows over the end of a month, in two parts.
pub(crate) fn parts(attempt: &Attempt, nth: u8) -> Vec<Part> {
    let start = START + DAYS[usize::from(nth)] * DAY;
    let times = (0..16).map(|bin| (start + bin * BIN).nanos());
    let mut flags = vec![FlagSet::CLEAN; 16];
    flags[3].insert(Flag::InsufficientData);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC")),
        flag_lists(&flags),
        Arc::new(Float64Array::from_iter_values((0..16).map(f64::from))),
    ];
    let batch = RecordBatch::try_new(schema().arrow(), columns).unwrap();
    let rules = ContractRules {
        interval: Some(BIN),
        max_gap: DAY,
        not_after: Instant::MAX,
    };
    let mut contract = Contract::new(schema(), rules).unwrap();
    let folder = attempt.dir().to_owned();
    let mut partitioner =
        Partitioner::new(folder, SITE, attempt.id(), &schema(), PartRules::default()).unwrap();
    for conforming in contract.admit(&batch).unwrap() {
        partitioner.push(conforming).unwrap();
    }
    partitioner.finish().unwrap()
}

/// The manifest of the `nth` batch, with one input of 20 cells and one that failed.
pub(crate) fn manifest(nth: u8, parts: &[Part]) -> Manifest {
    let content = TextId::of(&[nth]);
    let range = Extent::around(parts.iter().map(|part| part.range));
    let mut input = InputEntry::new(
        format!("reports/{nth}.csv"),
        content,
        700 + u64::from(nth),
        InputStatus::Accepted,
    );
    (input.rows, input.points, input.cells, input.complete) = (16, 1, 20, true);
    input.missing.insert("no data".into(), 4);
    let cells = Cells {
        input: 20,
        used: 16,
        missing: 4,
        ..Cells::default()
    };
    let config = Digest::of(b"config");
    Manifest {
        manifest_version: MANIFEST_VERSION.into(),
        batch_id: batch_id(SITE, config, [content]),
        site_id: SITE.into(),
        created_at: Instant::from_nanos(1_795_500_000_123_456_789),
        input_files_count: 1,
        output_files: parts.iter().map(|part| part.relative.clone()).collect(),
        statistics: Statistics {
            total_rows: parts.iter().map(|part| part.rows).sum(),
            time_range: range,
            quality_flags_distribution: BTreeMap::from([(Flag::InsufficientData, 1)]),
            points: BTreeMap::from([(
                "chst".into(),
                PointStatistics {
                    point: "CH5.CHST".into(),
                    cells: 20,
                    numbers: 16,
                    ..PointStatistics::default()
                },
            )]),
        },
        schema_hash: schema().hash().unwrap(),
        checksum: Digest([0; 32]),
        files: parts.iter().map(PartEntry::from).collect(),
        inputs: vec![input],
        inputs_file: None,
        details_file: None,
        kinds: Vec::new(),
        failed_files: vec![FailedFile {
            member: None,
            file: "reports/noise.csv".into(),
            file_bytes: None,
            error: "expected a report, found noise".into(),
            line: Some(1),
            hint: None,
            digest: Some(TextId::of(b"noise")),
            bytes: Some(5),
            retry: Retry::WhenChanged,
        }],
        evidence_files: Vec::new(),
        gaps: Vec::new(),
        trips: Vec::new(),
        standing: Vec::new(),
        warnings: Vec::new(),
        equipment: Vec::new(),
        equipment_off: Vec::new(),
        conflicts: Conflicts::default(),
        cells,
        config_digest: config,
        config: serde_json::Value::Null,
        time_baseline: Instant::from_nanos(1_795_499_000_000_000_000),
        trendgate_version: env!("CARGO_PKG_VERSION").into(),
        version: 0,
        replaces: Vec::new(),
        replaces_evidence: Vec::new(),
        changed_range: range,
        rebuilt_from: Vec::new(),
        superseded: Vec::new(),
        retracted: Vec::new(),
        redigested: Vec::new(),
        known_after: BTreeMap::new(),
        approximate_bins: 0,
        timezone: "Asia/Taipei".into(),
        resample_interval: "15m".into(),
        schema: schema().listed(),
        origin: crate::publish::Origin::Reports,
        public_copy: crate::publish::PublicCopy::Write,
        keep_sources: KeepSources::Auto,
    }
}

/// The bytes of a manifest that says `value`, under a right checksum: anyone can make one.
pub(crate) fn sealed(mut value: serde_json::Value) -> Vec<u8> {
    let blank = "0".repeat(64);
    value["checksum"] = format!("sha256:{blank}").into();
    let text = serde_json::to_string_pretty(&value).unwrap();
    let digest = Digest::of(text.as_bytes()).hex();
    text.replacen(&blank, &digest, 1).into_bytes()
}

/// Replaces the bytes of a file, as no part of the program would.
pub(crate) fn overwrite(path: &Path, bytes: &[u8]) {
    store::remove_file(path).unwrap();
    store::write_all_synced(path, bytes).unwrap();
}

pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    store::read(path, u64::MAX).unwrap()
}

/// Every folder of the dataset's root, so that a test can tell that none was left.
pub(crate) fn folders(site: &SiteFixture) -> Vec<PathBuf> {
    list(&site.dirs.root).unwrap()
}
