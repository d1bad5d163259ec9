//! Values that hold, against a minute-by-minute reading of the definition.

use super::series;
use super::*;
use crate::time::DAY;

/// What holds in each minute of the bin at `start`.
pub(super) fn minutes(
    start: Instant,
    column: usize,
    rows: &[Row],
    spec: &PointSpec,
    kinds: &[Kind],
) -> Vec<Option<f64>> {
    let Some(hold) = spec.hold else {
        return Vec::new();
    };
    // What each instant says of the point: a number, if any of its rows has one, or that it has none.
    let mut said: BTreeMap<Instant, Option<f64>> = BTreeMap::new();
    let mut restarts = BTreeSet::new();
    for row in rows {
        let columns = kinds[row.kind].columns.iter();
        let cells = columns.zip(&row.cells);
        for (_, cell) in cells.filter(|(of, _)| of.index() == column) {
            let known = said.entry(row.time).or_default();
            *known = known.or(cell.filter(|_| is_number(cell)));
            restarts.extend(row.restarts.then_some(row.time));
        }
    }
    let minutes = (0..RULES.interval / MINUTE).map(|minute| start + minute * MINUTE);
    let holds = |minute: Instant| {
        let (time, value) = said.range(..=minute).next_back()?;
        let next = said.range(minute..).find(|(next, _)| *next > time);
        let is_lost = next.is_some_and(|(next, _)| restarts.contains(next) && *next < *time + hold);
        let is_own = bin_of(*time) == start;
        value.filter(|_| minute < *time + hold && (is_own || !is_lost))
    };
    minutes.map(holds).collect()
}

/// The value of a bin of which these are the minutes.
pub(super) fn by_the_book(aggregation: Aggregation, minutes: &[Option<f64>]) -> f64 {
    let held: Vec<f64> = minutes.iter().copied().flatten().collect();
    match aggregation {
        Aggregation::HeldLast => minutes.last().copied().flatten().unwrap_or(f64::NAN),
        _ if held.is_empty() => f64::NAN,
        Aggregation::HeldMax => held.iter().copied().fold(f64::MIN, f64::max),
        _ => held.iter().sum::<f64>() / held.len() as f64,
    }
}

/// Whether a row is one of its kind, so that others are due.
pub(super) fn is_due(row: &Row, kind: &Kind, roster: &[PointSpec]) -> bool {
    let holds = |column: &ColumnId| roster[column.index()].hold.is_some();
    let mut cells = kind.columns.iter().zip(&row.cells);
    let only_held = kind.columns.iter().all(holds);
    let numbers = row.cells.iter().filter(|cell| is_number(cell)).count();
    !only_held && (numbers == 0 || cells.any(|(column, cell)| is_number(cell) && !holds(column)))
}

/// Kind 0: columns 0, 1 (mean, last). Kind 1: columns 1, 2 (last, max). Kind 2: column 3 (a gauge of which every sample stands for itself) and
/// column 0.
fn held_plant(hold: Span, interval: Option<Span>) -> Plant {
    let by = [
        Aggregation::HeldMean,
        Aggregation::HeldLast,
        Aggregation::HeldMax,
        Aggregation::Mean,
    ];
    let mut roster: Vec<PointSpec> = (by.into_iter().enumerate())
        .map(|(column, by)| point(column, by))
        .collect();
    for spec in &mut roster[..3] {
        spec.hold = Some(hold);
    }
    roster[1].required = true;
    let columns = [
        (vec![0, 1], None),
        (vec![1, 2], None),
        (vec![3, 0], interval),
    ];
    let kind = |(columns, interval): (Vec<usize>, _)| Kind {
        columns: columns.into_iter().map(ColumnId::new).collect(),
        interval,
    };
    Plant {
        roster,
        equipment: Equipment::default(),
        kinds: columns.into_iter().map(kind).collect(),
    }
}

fn near(one: &Series, other: &Series) -> bool {
    let numbers = |bits: &[u64]| bits.iter().map(|bits| f64::from_bits(*bits)).collect();
    let is_near =
        |(a, b): (f64, f64)| (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * (1.0 + a.abs());
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|((at, (a, flags)), (other_at, (b, other_flags)))| {
                let (a, b): (Vec<f64>, Vec<f64>) = (numbers(a), numbers(b));
                at == other_at && flags == other_flags && a.into_iter().zip(b).all(is_near)
            })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_holds_is_what_holds_minute_by_minute_however_the_rows_are_cut(
        parts in (kind_rows(0, 2), kind_rows(1, 2), kind_rows(2, 2)),
        hold in prop_oneof![Just(7 * MINUTE), Just(HOUR), Just(3 * HOUR), Just(DAY)],
        interval in prop_oneof![Just(None), Just(Some(15 * MINUTE))],
        reports in 1..4_usize,
        chunk in 1..9_usize,
        batch in 1..20_usize,
        cuts in prop::collection::btree_set(0..200_i64, 0..3),
    ) {
        let plant = held_plant(hold, interval);
        let mut rows: Vec<Row> = [parts.0, parts.1, parts.2].concat();
        agree(&mut rows, &plant.kinds);
        let cuts: Vec<Instant> = cuts
            .into_iter()
            .map(|bin| START + bin * RULES.interval)
            .collect();
        let expected = series::by_the_book(&rows, &plant.roster, &plant.kinds);
        let whole = clean(&rows, &plant, (1, 1000, 1000), &[]);
        prop_assert!(near(&whole.series, &expected), "{:?}\n{:?}", whole.series, expected);
        let cut = clean(&rows, &plant, (reports, chunk, batch), &cuts);
        prop_assert_eq!(cut.series, whole.series);
        // As text, where NaN equals NaN.
        prop_assert_eq!(format!("{:?}", cut.evidence), format!("{:?}", whole.evidence));
    }
}

/// The only column of a plant, by bins.
fn one_column(rows: &[(i64, Option<f64>)], aggregation: Aggregation, hold: Span) -> Vec<f64> {
    let cleaned = clean_one(rows, &[], aggregation, hold);
    let bins = cleaned.series.values();
    bins.map(|(values, _)| f64::from_bits(values[0])).collect()
}

/// What is made of the rows of a point, of which those at the minutes `restarts` say that it was not logged until then.
fn clean_one(
    rows: &[(i64, Option<f64>)],
    restarts: &[i64],
    aggregation: Aggregation,
    hold: Span,
) -> Cleaned {
    let mut spec = point(0, aggregation);
    spec.hold = Some(hold);
    spec.required = true;
    let kinds = vec![Kind {
        columns: vec![ColumnId::new(0)],
        interval: None,
    }];
    let plant = Plant {
        roster: vec![spec],
        equipment: Equipment::default(),
        kinds,
    };
    let row = |(minute, cell): &(i64, Option<f64>)| Row {
        time: START + *minute * MINUTE,
        kind: 0,
        cells: vec![*cell],
        restarts: restarts.contains(minute),
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    clean(&rows, &plant, (1, 100, 100), &[])
}

#[test]
fn where_logging_began_anew_a_value_from_before_held_to_the_end_of_its_bin() {
    let rows = [
        (5, Some(4.0)),
        (50, Some(6.0)),
        (55, Some(8.0)),
        (110, None),
    ];
    let n = f64::NAN;
    let found = |restarts: &[i64], by, hold| {
        let cleaned = clean_one(&rows, restarts, by, hold);
        let bins = cleaned.series.values();
        let values: Vec<f64> = bins.map(|(values, _)| f64::from_bits(values[0])).collect();
        format!("{values:?}")
    };
    let expected = |bins: [f64; 8]| format!("{bins:?}");
    let mean = (6.0 * 5.0 + 8.0 * 5.0) / 10.0;
    // Within a bin nothing is lost, and the row of the restart counts by itself.
    assert_eq!(
        found(&[50], Aggregation::HeldMean, DAY),
        expected([4.0, n, n, mean, 8.0, 8.0, 8.0, 8.0])
    );
    assert_eq!(
        found(&[50, 55], Aggregation::HeldLast, DAY),
        expected([4.0, n, n, 8.0, 8.0, 8.0, 8.0, n])
    );
    assert_eq!(
        found(&[110], Aggregation::HeldMax, DAY),
        expected([4.0, 4.0, 4.0, 8.0, n, n, n, n])
    );
    // A value that had ended by itself had held until then.
    assert_eq!(
        found(&[50], Aggregation::HeldMax, 45 * MINUTE),
        expected([4.0, 4.0, 4.0, 8.0, 8.0, 8.0, 8.0, n])
    );
    // That it did not hold is known by the row that says so.
    let cleaned = clean_one(&rows, &[50], Aggregation::HeldMean, DAY);
    let evidence = cleaned.evidence.iter();
    let minutes = |at: Instant| (at - START) / MINUTE;
    let known: Vec<_> = evidence
        .map(|why| (minutes(why.time), why.rule.name(), minutes(why.known_at)))
        .collect();
    assert_eq!(
        known,
        [
            (15, "no_sample", 50),
            (15, "required", 50),
            (30, "no_sample", 50),
            (30, "required", 50)
        ]
    );
}

#[test]
fn a_value_ends_with_a_missing_one_and_after_the_longest_hold() {
    let rows = [(0, Some(4.0)), (20, None), (45, Some(6.0)), (95, Some(8.0))];
    let n = f64::NAN;
    let found = |by, hold| format!("{:?}", one_column(&rows, by, hold));
    let expected = |bins: [f64; 7]| format!("{bins:?}");
    let long = found(Aggregation::HeldMean, DAY);
    assert_eq!(
        long,
        expected([4.0, 4.0, n, 6.0, 6.0, 6.0, (6.0 * 5.0 + 8.0 * 10.0) / 15.0])
    );
    let last = found(Aggregation::HeldLast, 20 * MINUTE);
    assert_eq!(last, expected([4.0, n, n, 6.0, n, n, 8.0]));
    let short = found(Aggregation::HeldMax, 20 * MINUTE);
    assert_eq!(short, expected([4.0, 4.0, n, 6.0, 6.0, n, 8.0]));
}

#[test]
fn of_one_time_the_last_row_of_a_report_holds_and_the_first_report() {
    let mut spec = point(0, Aggregation::HeldMean);
    spec.hold = Some(DAY);
    let kinds = [Kind {
        columns: vec![ColumnId::new(0)],
        interval: None,
    }];
    let source = |cells: &[f64]| Chunks {
        kind: KindId::new(0),
        columns: vec![ColumnId::new(0)],
        chunks: (cells.iter())
            .map(|cell| Chunk {
                times: vec![START],
                columns: vec![vec![*cell]].into(),
                samples: vec![!cell.is_nan()],
                continues: true,
                ..Chunk::default()
            })
            .collect(),
    };
    let merged = |reports: &[&[f64]]| {
        let own = TimeRange::new(Instant::MIN, Instant::MAX);
        let sources: Vec<Chunks> = reports.iter().map(|cells| source(cells)).collect();
        let mut merger = Merger::new(sources, 1, 9, own, Repeats::FirstWins)
            .with_points(std::slice::from_ref(&spec), &kinds);
        let rows = merger.next_rows().unwrap().unwrap().clone();
        let counts = merger.finish();
        let counts = [counts.used, counts.equal_duplicates, counts.conflict_losers];
        (rows.columns[0][0].to_string(), rows.marks.len(), counts)
    };
    let n = f64::NAN;
    let cell = |number: &str| number.to_owned();
    assert_eq!(merged(&[&[1.0, 2.0]]), (cell("2"), 0, [1, 0, 1]));
    assert_eq!(merged(&[&[2.0, 2.0]]), (cell("2"), 0, [1, 1, 0]));
    assert_eq!(merged(&[&[1.0, n]]), (cell("NaN"), 1, [0, 0, 1]));
    assert_eq!(merged(&[&[1.0, n], &[3.0]]), (cell("3"), 1, [1, 0, 1]));
    assert_eq!(merged(&[&[1.0, 2.0], &[3.0]]), (cell("2"), 0, [1, 0, 2]));
}
