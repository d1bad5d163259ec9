//! The law of the cleaner, against a reading of its definitions that is as plain as can be: all rows at once, every bin
//! asked every question by going over everything.

mod held;
mod known_at;
mod merge;
mod series;
mod summed;

use super::*;
use crate::acquire::{Chunk, Extreme};
use crate::model::{Aggregation, Column, ColumnId, Flag, FlagSet, KindId, PointId};
use crate::time::{HOUR, Instant, MINUTE, Span, TimeRange};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A row of a report: cells are numbers, null, or too large to be true.
#[derive(Debug, Clone)]
struct Row {
    time: Instant,
    kind: usize,
    cells: Vec<Option<f64>>,
    /// Whether its points were not logged until then.
    restarts: bool,
}

const RULES: EvenRules = EvenRules {
    interval: MINUTE.times(15),
    max_gap: HOUR.times(3),
    min_coverage: 0.5,
};

/// The first instant of a bin: 2016-11-30T12:00:00Z, half a day before another month.
const START: Instant = Instant::from_nanos(1_480_507_200 * 1_000_000_000);

/// Kind 0: columns 0, 1 (mean, last). Kind 1: columns 1, 2 (last, max). Kind 2: column 3 (mean, required).
fn kinds(intervals: [Option<Span>; 3]) -> Vec<Kind> {
    let columns = [vec![0, 1], vec![1, 2], vec![3]];
    let of = |(columns, interval): (Vec<usize>, _)| Kind {
        columns: columns.into_iter().map(ColumnId::new).collect(),
        interval,
    };
    columns.into_iter().zip(intervals).map(of).collect()
}

fn roster() -> Vec<PointSpec> {
    let mut roster = vec![
        point(0, Aggregation::Mean),
        point(1, Aggregation::Last),
        point(2, Aggregation::Max),
        point(3, Aggregation::Mean),
    ];
    roster[3].required = true;
    roster
}

/// A point that no rule judges.
fn point(index: usize, aggregation: Aggregation) -> PointSpec {
    PointSpec {
        id: PointId {
            name: format!("P{index}"),
            suffix: String::new(),
        },
        column: format!("p{index}"),
        physical_type: None,
        unit: None,
        aggregation,
        required: false,
        on: Vec::new(),
        off: Vec::new(),
        words: Vec::new(),
        scale: None,
        mapped: true,
        plausible: None,
        hampel: None,
        frozen: None,
        idle_below: None,
        frozen_if_cov: false,
        change_of_value: false,
        interval: None,
        hold: None,
        sum_over: None,
        left_out: false,
        aggregation_is_stated: true,
        running: None,
    }
}

fn schema(roster: &[PointSpec]) -> DatasetSchema {
    let column = |spec: &PointSpec| Column {
        name: spec.column.clone(),
        point: spec.id.to_string(),
        unit: None,
        physical_type: None,
        aggregation: spec.aggregation,
    };
    DatasetSchema::new(roster.iter().map(column).collect()).unwrap()
}

/// What is cleaned: points, equipment, kinds.
struct Plant {
    roster: Vec<PointSpec>,
    equipment: Equipment,
    kinds: Vec<Kind>,
}

/// What a cleaner makes of rows.
struct Cleaned {
    series: Series,
    evidence: Vec<Evidence>,
    counts: MergeCounts,
}

/// One bin of the series: its values' bits (so that NaN equals NaN) and flags.
type Bin = (Vec<u64>, FlagSet);

type Series = BTreeMap<Instant, Bin>;

fn bin_of(time: Instant) -> Instant {
    let bin = RULES.interval.nanos();
    Instant::from_nanos(time.nanos().div_euclid(bin) * bin)
}

fn is_number(cell: &Option<f64>) -> bool {
    cell.is_some_and(|value| value.abs() < 1e20)
}

/// What our cleaner makes of rows: each kind's in `reports` files, in chunks of `chunk` rows, `batch` merged rows at a
/// time, in tasks cut at `cuts`.
fn clean(
    rows: &[Row],
    plant: &Plant,
    (reports, chunk, batch): (usize, usize, usize),
    cuts: &[Instant],
) -> Cleaned {
    let Plant {
        roster,
        equipment,
        kinds,
    } = plant;
    let cleaner = EvenSeries::new(RULES);
    let look = cleaner.look(kinds, roster, equipment);
    let schema = schema(roster);
    let mut series = Series::new();
    let mut evidence = Vec::new();
    let mut counts = MergeCounts::default();
    let bounds: Vec<Instant> = [Instant::MIN]
        .into_iter()
        .chain(cuts.iter().copied())
        .chain([Instant::MAX])
        .collect();
    for pair in bounds.windows(2) {
        let own = TimeRange::new(pair[0], pair[1]);
        let read = own.widened(look.before, look.after);
        let seen: Vec<Row> = rows
            .iter()
            .filter(|row| read.contains(row.time))
            .cloned()
            .collect();
        let sources = sources(&seen, kinds, reports, chunk);
        let mut merger = Merger::new(sources, roster.len(), batch, own, Repeats::FirstWins)
            .with_points(roster, kinds);
        let stretch = Stretch {
            own,
            points: roster,
            equipment,
            kinds,
            schema: &schema,
        };
        let mut cleaning = cleaner.begin(stretch).unwrap();
        let mut take = |batch: Option<RecordBatch>| {
            if let Some(batch) = batch {
                collect(&batch, &mut series);
            }
        };
        while let Some(rows) = merger.next_rows().unwrap() {
            take(cleaning.push(rows).unwrap());
            evidence.extend(cleaning.evidence());
        }
        take(cleaning.finish().unwrap());
        evidence.extend(cleaning.evidence());
        counts.merge(merger.finish());
    }
    Cleaned {
        series,
        evidence,
        counts,
    }
}

fn sources(rows: &[Row], kinds: &[Kind], reports: usize, chunk: usize) -> Vec<Chunks> {
    let mut sources = Vec::new();
    for (index, kind) in kinds.iter().enumerate() {
        for report in 0..reports {
            let mine: Vec<&Row> = rows
                .iter()
                .filter(|row| row.kind == index)
                .enumerate()
                .filter(|(place, _)| place % reports == report)
                .map(|(_, row)| row)
                .collect();
            let chunks = mine
                .chunks(chunk)
                .map(|rows| to_chunk(rows, kind.columns.len()))
                .enumerate()
                .map(|(place, chunk)| match place % 3 {
                    2 => chunk,
                    _ => by_row(chunk),
                });
            sources.push(Chunks {
                kind: KindId::new(index),
                columns: kind.columns.clone(),
                chunks: chunks.collect(),
            });
        }
    }
    sources.sort_by_key(Source::starts);
    sources
}

/// The chunk as it is known of a table that was read row by row.
fn by_row(chunk: Chunk) -> Chunk {
    let rows = 0..chunk.times.len();
    let cells = rows.flat_map(|row| chunk.columns.iter().map(move |column| column[row]));
    Chunk {
        columns: NumberColumns::of_rows(cells.collect(), chunk.columns.len()),
        ..chunk
    }
}

fn to_chunk(rows: &[&Row], columns: usize) -> Chunk {
    let mut chunk = Chunk {
        columns: vec![Vec::new(); columns].into(),
        ..Chunk::default()
    };
    for (index, row) in rows.iter().enumerate() {
        chunk.times.push(row.time);
        chunk.samples.push(row.cells.iter().any(is_number));
        for (column, cell) in row.cells.iter().enumerate() {
            if row.restarts {
                chunk.restarts.push((index, column));
            }
            let value = cell.unwrap_or(f64::NAN);
            let extreme = value.abs() >= 1e20;
            if extreme {
                chunk.extremes.push(Extreme {
                    row: index,
                    column,
                    value,
                });
            }
            chunk.columns[column].push(if extreme { f64::NAN } else { value });
        }
    }
    chunk
}

fn collect(batch: &RecordBatch, series: &mut Series) {
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
    let flags = batch.column(1).as_list::<i32>();
    for row in 0..batch.num_rows() {
        let time = Instant::from_nanos(times.value(row));
        let set = flags.value(row);
        let set = set
            .as_string::<i32>()
            .iter()
            .map(|name| Flag::from_name(name.unwrap()).unwrap());
        let values = batch.columns()[2..].iter().map(|column| {
            let column = column.as_primitive::<Float64Type>();
            if column.is_null(row) {
                f64::NAN.to_bits()
            } else {
                column.value(row).to_bits()
            }
        });
        let bin = (values.collect(), set.collect());
        assert!(
            series.last_key_value().is_none_or(|(last, _)| *last < time),
            "bins leave in order"
        );
        series.insert(time, bin);
    }
}

fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        5 => (0..1000_i32).prop_map(|tenths| Some(f64::from(tenths) / 10.0)),
        3 => Just(None),
        1 => Just(Some(1e25)),
    ]
}

/// Rows of one kind at distinct times, with holes shorter and longer than `max_gap`.
fn kind_rows(kind: usize, columns: usize) -> impl Strategy<Value = Vec<Row>> {
    let step = prop_oneof![4 => Just(15_i64), 4 => 1..20_i64, 2 => 20..200_i64, 1 => 150..450_i64];
    let row = (
        step,
        prop::collection::vec(cell(), columns),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.2),
    );
    prop::collection::vec(row, 0..60).prop_map(move |rows| {
        let mut time = START;
        rows.into_iter()
            .map(|(step, cells, dead, restarts)| {
                time += step * MINUTE;
                let cells = if dead { vec![None; cells.len()] } else { cells };
                Row {
                    time,
                    kind,
                    cells,
                    restarts,
                }
            })
            .collect()
    })
}

/// Where two rows give one cell, they agree: conflicts are excepted from the law.
fn agree(rows: &mut [Row], kinds: &[Kind]) {
    let mut known: BTreeMap<(Instant, ColumnId), f64> = BTreeMap::new();
    for row in rows {
        for (cell, column) in row.cells.iter_mut().zip(&kinds[row.kind].columns) {
            if is_number(cell) {
                *cell = Some(*known.entry((row.time, *column)).or_insert(cell.unwrap()));
            }
        }
    }
}
