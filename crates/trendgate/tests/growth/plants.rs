//! Made-up plants: reports of several kinds over some weeks, with holes, duplicates and edits; and datasets as read.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use testkit::Report;
use testkit::scheduler::Point;
use trendgate::internals::partition::{evidence_rows, read_part};
use trendgate::internals::pipeline;
use trendgate::manifest::GapEntry;
use trendgate::time::Instant;
use trendgate::vocabulary::Rule;
use trendgate::{AsOf, Config, Overrides, Run, Settings, Site, Snapshot, Watch};

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct File {
    /// Its kind: other points than those of other kinds, but for `SHARED`.
    pub(crate) kind: usize,
    /// How often its first point says that it is logged.
    pub(crate) trend: &'static str,
    /// Minutes after the start, and two cells.
    pub(crate) rows: Vec<(i64, String, String)>,
    /// Whose name it takes.
    pub(crate) slot: usize,
}

impl File {
    /// A report of `kind` with a row every quarter of an hour, that moves.
    pub(crate) fn plain(kind: usize, first_day: i64, last_day: i64) -> Self {
        let rows = (first_day * 96..last_day * 96).map(|row| {
            (
                row * 15,
                format!("{}.{}", 5 + row % 7, row % 10),
                format!("{}", 1000 + row),
            )
        });
        Self {
            kind,
            trend: "5 minutes",
            rows: rows.collect(),
            slot: 0,
        }
    }

    /// As a file.
    pub(crate) fn text(&self) -> String {
        let (kind, trend) = (self.kind, self.trend);
        // Every other kind has the counter of the kind before it: cells that two kinds give.
        let counter = kind / 2;
        // Of a kind without a grid the first point logs its changes where its trend says so, and its values hold.
        let interval = match kind {
            2 => "30 Minutes",
            4 => "",
            _ => "15 Minutes",
        };
        let points = [
            Point::new(format!("K{kind}.A"), trend),
            Point::new(format!("K{counter}.KWH"), "5 minutes"),
        ];
        let start = jiff::civil::date(2016, 11, 20).at(0, 0, 0, 0);
        let rows = self.rows.iter().map(|(minutes, a, b)| {
            let at = start + jiff::SignedDuration::from_mins(*minutes);
            (at, [a, b])
        });
        Report::of(points).interval(interval).rows(rows).text()
    }

    /// As a file in which a row stands behind the trailer: it is rejected.
    pub(crate) fn with_row_behind(&self) -> String {
        self.text() + "\"2016/11/20\",\"00:00:00\",\"1\",\"2\"\r\n"
    }

    /// Whether it has the time and the points of the other one.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let ends = |file: &Self| (file.rows[0].0, file.rows[file.rows.len() - 1].0);
        let ((first, last), (from, to)) = (ends(self), ends(other));
        self.kind == other.kind && first <= from && to <= last
    }
}

/// Reports of a plant.
#[derive(Debug, Clone)]
pub(crate) struct Plant {
    /// In no order.
    pub(crate) files: Vec<File>,
}

impl Plant {
    /// Any plant: one to five kinds over weeks, cut into stretches that may overlap, some of them edited.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let stretch = (
            0..5_usize,
            // Often over the ends of November and December.
            prop_oneof![2 => 0..80 * 96_i64, 1 => 960..1120_i64, 1 => 3940..4100_i64],
            1..160_usize,
            prop::sample::select(vec!["5 minutes", "5 minutes", "5 minutes", "1 hour", "COV"]),
            0..6_usize,
            any::<u64>(),
            prop::bool::weighted(0.15),
        );
        prop::collection::vec(stretch, 1..14).prop_map(|stretches| {
            let mut files: Vec<File> = Vec::new();
            for (kind, start, count, trend, slot, seed, dead) in stretches {
                let mut file = File {
                    kind,
                    trend,
                    rows: rows(start, count, seed, dead),
                    slot,
                };
                // A file that is exported again: the stretch before it, and its own rows, edited.
                if let Some(old) = files.last().filter(|_| seed % 4 == 0) {
                    let mut rows = old.rows.clone();
                    rows[0].1 = "9.9".to_owned();
                    let last = rows[rows.len() - 1].0 / 15;
                    rows.extend(self::rows(last + 1, count / 4 + 1, seed, dead));
                    file = File {
                        kind: old.kind,
                        slot: old.slot,
                        trend,
                        rows,
                    };
                }
                if files.iter().all(|other| other.text() != file.text()) {
                    files.push(file);
                }
            }
            Self { files }
        })
    }
}

/// Rows from a quarter of an hour on, with holes, stretches that stand still, and cells that are none.
fn rows(start: i64, count: usize, mut seed: u64, dead: bool) -> Vec<(i64, String, String)> {
    let mut next = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let (mut at, mut still) = (start, "7.1".to_owned());
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        at += match next(40) {
            0 => 3 + next(20).cast_signed(),
            1 => 90 + next(60).cast_signed(),
            _ => 1,
        };
        if next(9) == 0 {
            still = format!("{}.{}", next(30), next(10));
        }
        let a = match next(24) {
            _ if dead => "No Data".to_owned(),
            0 => "No Data".to_owned(),
            1 => "1e30".to_owned(),
            2 => format!("{}", next(500)),
            _ => still.clone(),
        };
        let b = if next(8) == 0 {
            "No Data".to_owned()
        } else {
            format!("{}", 1000 + next(50))
        };
        rows.push((at * 15, a, b));
    }
    rows
}

/// All rules on, and a longest gap that stretches often exceed.
pub(crate) fn config() -> &'static str {
    "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  max_gap: 1d\n  allow_upsample: true\n  points:\n    \
     \"*.KWH\": {physical_type: energy_counter}\n    \
     K0.A: {physical_type: power, frozen: {idle_below: 0.5}, hampel: {half_width: 2h}, required: true}\n    \
     K1.A: {physical_type: chilled_water_temperature, unit: °C, running: K3.A, frozen: {min_duration: 30m, tolerance: 0.2}}\n    \
     K2.A: {physical_type: flow, unit: GPM, required: true, frozen: {min_duration: 2h}}\n    K3.A: {physical_type: frequency, unit: Hz}\n    \
     K4.A: {plausible: {min: 1, max: 300}, hampel: {half_width: 2h, floor: 1}, frozen: {min_duration: 2h, tolerance: 0.2}}\n  equipment: {pumps: {P1: {frequency: K3.A, power: K0.A, rated_frequency: 30, rated_power_kw: 100}}}\n"
}

/// The settings of a configuration, with the dataset in `data`.
pub(crate) fn settings(data: &Path, text: &str) -> Settings {
    let overrides = Overrides {
        data_dir: Some(data.to_owned()),
        ..Overrides::default()
    };
    Settings::new(&Config::parse(text).unwrap(), &overrides).unwrap()
}

/// A run with our cleaner.
pub(crate) fn run(settings: &Settings, paths: &[PathBuf]) -> trendgate::Result<Run> {
    pipeline::run(
        settings,
        paths,
        &pipeline::own_cleaner(settings),
        Watch::unwatched(),
    )
}

/// Writes a file anew, as an export does.
pub(crate) fn overwrite(path: &Path, text: &str) {
    let _ = fs::remove_file(path);
    fs::write(path, text).unwrap();
}

/// A row as read: its values that are not null, as bits, by column; and its flags.
pub(crate) type Row = (BTreeMap<String, u64>, String);

/// Why a cell is flagged: time, column, rule, the bits of value and limits, and from when on it is certain.
pub(crate) type Why = (
    Instant,
    Option<String>,
    Rule,
    [Option<u64>; 3],
    Option<Instant>,
);

/// A dataset as read.
#[derive(Debug, PartialEq)]
pub(crate) struct Reading {
    /// By time.
    pub(crate) rows: BTreeMap<Instant, Row>,
    /// Sorted.
    pub(crate) evidence: Vec<Why>,
    /// As the log has them.
    pub(crate) gaps: Vec<GapEntry>,
    /// The columns that are not null throughout.
    pub(crate) columns: Vec<String>,
}

/// Reads a dataset through its log: no row is there twice, and rows come in order.
pub(crate) fn read(settings: &Settings) -> Reading {
    let snapshot = Site::of(settings).snapshot(AsOf::Latest).unwrap();
    read_snapshot(&snapshot)
}

/// Reads a snapshot.
pub(crate) fn read_snapshot(snapshot: &Snapshot) -> Reading {
    let mut rows = BTreeMap::new();
    let mut last = Instant::MIN;
    for part in &snapshot.parts {
        for batch in read_part(&part.file).unwrap() {
            let batch = batch.unwrap();
            let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
            let flags = batch.column(1).as_list::<i32>();
            for row in 0..batch.num_rows() {
                let time = Instant::from_nanos(times.value(row));
                assert!(time > last, "rows in order, none twice");
                last = time;
                let names = flags.value(row);
                let names: Vec<&str> = names.as_string::<i32>().iter().flatten().collect();
                let schema = batch.schema();
                let values = schema.fields()[2..].iter().zip(&batch.columns()[2..]);
                let values = values.filter_map(|(field, column)| {
                    let column = column.as_primitive::<Float64Type>();
                    let there = column.is_valid(row);
                    there.then(|| (field.name().clone(), column.value(row).to_bits()))
                });
                rows.insert(last, (values.collect(), names.join(",")));
            }
        }
    }
    let mut evidence: Vec<Why> = Vec::new();
    for file in &snapshot.evidence {
        for batch in read_part(file).unwrap() {
            for row in evidence_rows(&batch.unwrap()).unwrap() {
                let bits = [row.value, row.low, row.high].map(|number| number.map(f64::to_bits));
                evidence.push((row.time, row.column, row.rule, bits, row.known_at));
            }
        }
    }
    evidence.sort();
    let used = |name: &String| {
        rows.values()
            .any(|(values, _): &Row| values.contains_key(name))
    };
    let columns = snapshot.columns.iter().map(|column| column.name.clone());
    Reading {
        evidence,
        gaps: snapshot.gaps.clone(),
        columns: columns.filter(used).collect(),
        rows,
    }
}
