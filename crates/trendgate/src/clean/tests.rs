//! The law of the cleaner, against a reading of its definitions that is as plain as can be: all rows at once, every bin
//! asked every question by going over everything.

use super::*;
use crate::acquire::{Chunk, Extreme};
use crate::model::{Aggregation, Column, ColumnId, Flag, FlagSet, KindId, PointId};
use crate::time::{HOUR, Instant, MINUTE, Span, TimeRange};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

mod known_at;

/// A row of a report: cells are numbers, null, or too large to be true.
#[derive(Debug, Clone)]
struct Row {
    time: Instant,
    kind: usize,
    cells: Vec<Option<f64>>,
}

const RULES: EvenRules = EvenRules {
    interval: MINUTE.times(15),
    max_gap: HOUR.times(3),
    min_coverage: 0.5,
};

/// The first instant of a bin.
const START: Instant = Instant::from_nanos(1_480_000_000 / 900 * 900 * 1_000_000_000);

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
        mapped: true,
        plausible: None,
        hampel: None,
        frozen: None,
        idle_below: None,
        frozen_if_cov: false,
        change_of_value: false,
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

/// The series by the book.
fn by_the_book(rows: &[Row], kinds: &[Kind]) -> Series {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.time);
    let occupied: BTreeSet<Instant> = rows.iter().map(|row| bin_of(row.time)).collect();
    let mut axis = occupied.clone();
    for (a, b) in occupied.iter().zip(occupied.iter().skip(1)) {
        if *b - *a - RULES.interval <= RULES.max_gap {
            let mut bin = *a + RULES.interval;
            while bin < *b {
                axis.insert(bin);
                bin += RULES.interval;
            }
        }
    }
    axis.into_iter()
        .map(|start| (start, book_bin(start, &rows, kinds)))
        .collect()
}

fn book_bin(start: Instant, rows: &[Row], kinds: &[Kind]) -> Bin {
    let end = start + RULES.interval;
    let inside: Vec<&Row> = rows
        .iter()
        .filter(|row| (start..end).contains(&row.time))
        .collect();
    let mut flags = FlagSet::CLEAN;
    if inside
        .iter()
        .flat_map(|row| &row.cells)
        .flatten()
        .any(|value| value.abs() >= 1e20)
    {
        flags.insert(Flag::Outlier);
    }
    let mut values = Vec::new();
    for (column, spec) in roster().iter().enumerate() {
        let mut cells: BTreeMap<Instant, f64> = BTreeMap::new();
        for row in &inside {
            let place = kinds[row.kind]
                .columns
                .iter()
                .position(|c| *c == ColumnId::new(column));
            if let Some(cell) = place.map(|place| row.cells[place]).filter(is_number) {
                cells.entry(row.time).or_insert(cell.unwrap());
            }
        }
        let cells: Vec<f64> = cells.into_values().collect();
        let value = match spec.aggregation {
            _ if cells.is_empty() => f64::NAN,
            Aggregation::Mean => cells.iter().sum::<f64>() / cells.len() as f64,
            Aggregation::Last => cells[cells.len() - 1],
            Aggregation::Max => cells.iter().copied().fold(f64::MIN, f64::max),
        };
        if spec.required && value.is_nan() {
            flags.insert(Flag::InsufficientData);
        }
        values.push(value.to_bits());
    }
    let mut covered_by_any = false;
    for (index, kind) in kinds.iter().enumerate() {
        let times: Vec<Instant> = rows
            .iter()
            .filter(|r| r.kind == index)
            .map(|r| r.time)
            .collect();
        let samples: Vec<Instant> = rows
            .iter()
            .filter(|row| row.kind == index && row.cells.iter().any(is_number))
            .map(|row| row.time)
            .collect();
        // Covered minutes of the bin, one by one: every time in these tests is a whole minute.
        let minutes = (0..RULES.interval / MINUTE)
            .map(|minute| start + minute * MINUTE)
            .filter(|minute| {
                samples.iter().any(|sample| match kind.interval {
                    Some(interval) => (*sample..*sample + interval).contains(minute),
                    None => bin_of(*sample) == start,
                })
            });
        let covered = minutes.count() as f64 / (RULES.interval / MINUTE) as f64;
        covered_by_any |= covered > 0.0;
        let active = times.windows(2).any(|pair| {
            pair[1] - pair[0] <= RULES.max_gap
                && bin_of(pair[0]) <= start
                && start <= bin_of(pair[1])
        });
        let alive = samples
            .iter()
            .any(|sample| start - *sample <= RULES.max_gap && *sample - end <= RULES.max_gap);
        if active && alive && covered < RULES.min_coverage {
            flags.insert(Flag::InsufficientData);
        }
    }
    if !covered_by_any {
        flags.insert(Flag::InsufficientData);
    }
    (values, flags)
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
        let mut merger = Merger::new(sources, roster.len(), batch, own, Repeats::FirstWins);
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
                .map(|rows| to_chunk(rows, kind.columns.len()));
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

fn to_chunk(rows: &[&Row], columns: usize) -> Chunk {
    let mut chunk = Chunk {
        columns: vec![Vec::new(); columns],
        ..Chunk::default()
    };
    for (index, row) in rows.iter().enumerate() {
        chunk.times.push(row.time);
        chunk.samples.push(row.cells.iter().any(is_number));
        for (column, cell) in row.cells.iter().enumerate() {
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
    );
    prop::collection::vec(row, 0..60).prop_map(move |rows| {
        let mut time = START;
        rows.into_iter()
            .map(|(step, cells, dead)| {
                time += step * MINUTE;
                let cells = if dead { vec![None; cells.len()] } else { cells };
                Row { time, kind, cells }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_cut_of_the_rows_gives_the_series_by_the_book(
        parts in (kind_rows(0, 2), kind_rows(1, 2), kind_rows(2, 1)),
        intervals in prop::array::uniform3(prop_oneof![Just(None), Just(Some(5 * MINUTE)), Just(Some(15 * MINUTE)), Just(Some(HOUR))]),
        reports in 1..4_usize,
        chunk in 1..9_usize,
        batch in 1..20_usize,
        cuts in prop::collection::btree_set(0..200_i64, 0..3),
    ) {
        let kinds = kinds(intervals);
        let mut rows: Vec<Row> = [parts.0, parts.1, parts.2].concat();
        agree(&mut rows, &kinds);
        let cuts: Vec<Instant> = cuts
            .into_iter()
            .map(|bin| START + bin * RULES.interval)
            .collect();
        let expected = by_the_book(&rows, &kinds);
        let plant = Plant { roster: roster(), equipment: Equipment::default(), kinds };
        let Cleaned { series, counts, .. } = clean(&rows, &plant, (reports, chunk, batch), &cuts);
        prop_assert_eq!(series, expected);
        let numbers = rows.iter().flat_map(|row| &row.cells).filter(|cell| is_number(cell)).count() as u64;
        prop_assert_eq!(counts.used + counts.equal_duplicates, numbers);
        prop_assert_eq!(counts.conflict_losers, 0);
    }
}

/// What came out of a merge, row by row: time, cells, kinds with whether they have a sample, and extremes.
type Merged = Vec<(Instant, Vec<u64>, Vec<(KindId, bool)>, Vec<(ColumnId, u64)>)>;

fn merged(sources: Vec<Chunks>, batch: usize) -> (Merged, MergeCounts) {
    let own = TimeRange::ALL;
    let mut merger = Merger::new(sources, 4, batch, own, Repeats::FirstWins);
    let mut all = Vec::new();
    while let Some(rows) = merger.next_rows().unwrap() {
        for (row, time) in rows.times.iter().enumerate() {
            let cells = rows.columns.iter().map(|column| column[row].to_bits());
            let kinds = rows.kind_rows.iter().filter(|kind| kind.row == row);
            let extremes = rows.extremes.iter().filter(|extreme| extreme.row == row);
            let mut kinds: Vec<_> = kinds.map(|kind| (kind.kind, kind.sample)).collect();
            let mut extremes: Vec<_> = extremes.map(|e| (e.column, e.value.to_bits())).collect();
            kinds.sort_unstable();
            extremes.sort_unstable();
            all.push((*time, cells.collect(), kinds, extremes));
        }
    }
    (all, merger.finish())
}

/// A chunk in pieces of so many rows, which say whether their last time goes on.
fn in_pieces(chunk: &Chunk, rows: usize) -> std::collections::VecDeque<Chunk> {
    let all: Vec<usize> = (0..chunk.times.len()).collect();
    let piece = |rows: &[usize]| {
        let next = rows.last().map_or(0, |last| last + 1);
        Chunk {
            times: rows.iter().map(|row| chunk.times[*row]).collect(),
            samples: rows.iter().map(|row| chunk.samples[*row]).collect(),
            columns: (chunk.columns.iter())
                .map(|column| rows.iter().map(|row| column[*row]).collect())
                .collect(),
            extremes: (chunk.extremes.iter())
                .filter(|extreme| rows.contains(&extreme.row))
                .map(|extreme| Extreme {
                    row: extreme.row - rows[0],
                    ..*extreme
                })
                .collect(),
            continues: next > 0 && chunk.times.get(next) == chunk.times.get(next - 1),
            moved: Vec::new(),
        }
    };
    all.chunks(rows).map(piece).collect()
}

/// First wins, cell by cell and row by row.
fn merged_by_the_book(sources: &[Chunks]) -> (Merged, MergeCounts) {
    let times = sources.iter().flat_map(|source| &source.chunks[0].times);
    let times: BTreeSet<Instant> = times.copied().collect();
    let mut counts = MergeCounts::default();
    let mut all = Vec::new();
    for time in times {
        let mut cells = vec![f64::NAN; 4];
        let (mut kinds, mut extremes) = (BTreeMap::new(), BTreeMap::new());
        for source in sources {
            let chunk = &source.chunks[0];
            for row in (0..chunk.times.len()).filter(|row| chunk.times[*row] == time) {
                *kinds.entry(source.kind).or_insert(false) |= chunk.samples[row];
                for extreme in chunk.extremes.iter().filter(|extreme| extreme.row == row) {
                    let smallest = extremes.entry(source.columns[extreme.column]);
                    let smallest = smallest.or_insert(extreme.value);
                    *smallest = smallest.min(extreme.value);
                }
                for (column, values) in source.columns.iter().zip(&chunk.columns) {
                    let (kept, lost) = (&mut cells[*column], values[row]);
                    if lost.is_nan() {
                    } else if kept.is_nan() {
                        *kept = lost;
                        counts.used += 1;
                    } else if *kept == lost {
                        counts.equal_duplicates += 1;
                    } else {
                        counts.conflict_losers += 1;
                        let (column, kept) = (*column, *kept);
                        let conflict = CellConflict {
                            time,
                            column,
                            kept,
                            lost,
                        };
                        counts.examples.push(conflict);
                        counts.examples.truncate(10);
                    }
                }
            }
        }
        let cells = cells.into_iter().map(f64::to_bits).collect();
        let extremes = extremes.into_iter();
        let extremes = extremes.map(|(column, value)| (column, value.to_bits()));
        all.push((time, cells, kinds.into_iter().collect(), extremes.collect()));
    }
    (all, counts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn many_rows_of_one_time_are_one_row_however_they_are_cut(
        rows in prop::collection::vec((0..5_i64, 0..2_usize, 0..3_usize, prop::array::uniform2(cell())), 1..60),
        pieces in prop::array::uniform4(1..6_usize),
        batch in 1..5_usize,
    ) {
        let kinds = kinds([None; 3]);
        let source = |report: usize| {
            let kind = report % 2;
            let mine = rows.iter().filter(|(_, of, nth, _)| (*of, *nth) == (kind, report / 2));
            let row = |(minute, _, _, cells): &(i64, usize, usize, [Option<f64>; 2])| {
                Row { time: Instant::EPOCH + *minute * MINUTE, kind, cells: cells.to_vec() }
            };
            let mut mine: Vec<Row> = mine.map(row).collect();
            mine.sort_by_key(|row| row.time);
            let chunk = to_chunk(&mine.iter().collect::<Vec<_>>(), 2);
            Chunks { kind: KindId::new(kind), columns: kinds[kind].columns.clone(), chunks: [chunk].into() }
        };
        let whole = || {
            let mut sources: Vec<Chunks> = (0..6).map(source).collect();
            sources.sort_by_key(Source::starts);
            sources
        };
        let mut cut = whole();
        for (source, rows) in cut.iter_mut().zip(pieces.iter().cycle()) {
            source.chunks = in_pieces(&source.chunks[0], *rows);
        }
        let expected = merged_by_the_book(&whole());
        prop_assert_eq!(&merged(whole(), batch), &expected);
        prop_assert_eq!(&merged(cut, batch), &expected);
    }
}

/// The epoch, and nothing else.
const MOMENT: TimeRange = TimeRange::new(Instant::EPOCH, Instant::from_nanos(1));

/// A report of columns 0 and 1 whose rows are all at one time, with some of them moved.
fn at_one_time(kind: usize, rows: &[[f64; 2]], moved: &[usize]) -> Chunks {
    let chunk = Chunk {
        times: vec![Instant::EPOCH; rows.len()],
        columns: (0..2)
            .map(|c| rows.iter().map(|row| row[c]).collect())
            .collect(),
        samples: rows
            .iter()
            .map(|row| row.iter().any(|cell| !cell.is_nan()))
            .collect(),
        moved: moved.to_vec(),
        ..Chunk::default()
    };
    Chunks {
        kind: KindId::new(kind),
        columns: [0, 1].map(ColumnId::new).to_vec(),
        chunks: [chunk].into(),
    }
}

#[test]
fn moved_rows_come_after_all_others_of_their_time_and_are_samples_only_where_they_give_a_number() {
    const NONE: f64 = f64::NAN;
    // Reports in order of precedence; what stands; used, lost by moved rows, equal, different; the kinds that are samples.
    let cases = [
        // Within one report, however its rows lie.
        (
            vec![at_one_time(0, &[[1.0, 2.0], [3.0, 4.0]], &[0])],
            [3.0, 4.0],
            [2, 2, 0, 0],
            vec![true],
        ),
        (
            vec![at_one_time(0, &[[1.0, NONE], [3.0, 4.0]], &[1])],
            [1.0, 4.0],
            [2, 1, 0, 0],
            vec![true],
        ),
        // Across reports, whichever comes first; equal numbers lose, too.
        (
            vec![
                at_one_time(0, &[[1.0, 2.0]], &[0]),
                at_one_time(1, &[[1.0, 4.0]], &[]),
            ],
            [1.0, 4.0],
            [2, 2, 0, 0],
            vec![false, true],
        ),
        (
            vec![
                at_one_time(0, &[[1.0, 2.0]], &[0]),
                at_one_time(1, &[[NONE, 4.0]], &[]),
            ],
            [1.0, 4.0],
            [2, 1, 0, 0],
            vec![true, true],
        ),
        // Among themselves the first wins; what is not moved is judged as ever.
        (
            vec![
                at_one_time(0, &[[1.0, NONE]], &[0]),
                at_one_time(1, &[[2.0, 5.0]], &[0]),
            ],
            [1.0, 5.0],
            [2, 1, 0, 0],
            vec![true, true],
        ),
        (
            vec![
                at_one_time(0, &[[1.0, 2.0], [1.0, 3.0]], &[]),
                at_one_time(1, &[[8.0, 9.0]], &[0]),
            ],
            [1.0, 2.0],
            [2, 2, 1, 1],
            vec![true, false],
        ),
    ];
    for (number, (sources, stands, counted, samples)) in cases.into_iter().enumerate() {
        let mut merger = Merger::new(sources, 2, 16, MOMENT, Repeats::FirstWins);
        let rows = merger.next_rows().unwrap().unwrap().clone();
        assert_eq!(rows.times, [Instant::EPOCH], "case {number}");
        assert_eq!(
            [rows.columns[0][0], rows.columns[1][0]],
            stands,
            "case {number}"
        );
        let found: Vec<bool> = rows.kind_rows.iter().map(|row| row.sample).collect();
        assert_eq!(found, samples, "case {number}");
        assert!(merger.next_rows().unwrap().is_none());
        let counts = merger.finish();
        let all = [
            counts.used,
            counts.moved_lost,
            counts.equal_duplicates,
            counts.conflict_losers,
        ];
        assert_eq!(all, counted, "case {number}");
    }
}

#[test]
fn a_moved_row_repeats_no_cell_even_where_that_is_forbidden() {
    let sources = vec![
        at_one_time(0, &[[1.0, 2.0]], &[0]),
        at_one_time(1, &[[3.0, 4.0]], &[]),
    ];
    let mut merger = Merger::new(sources, 2, 16, MOMENT, Repeats::Refuse);
    assert_eq!(merger.next_rows().unwrap().unwrap().columns, [[3.0], [4.0]]);
    assert_eq!(merger.finish().moved_lost, 2);
}
