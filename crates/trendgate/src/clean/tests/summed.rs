//! Numbers that are sums, against the definition read interval by interval.

use super::series;
use super::*;
use crate::model::Rule;

/// The sum of the numbers of the bin at `start`, by their times; none where an interval has not exactly one of them, or one stands elsewhere.
pub(super) fn by_the_book(start: Instant, cells: &BTreeMap<Instant, f64>, over: Span) -> f64 {
    let last = over - Span::from_nanos(1);
    let intervals = (0..RULES.interval / over).map(|place| start + place * over);
    let numbers: Vec<f64> = intervals
        .filter_map(
            |begin| match (cells.get(&begin), cells.get(&(begin + last))) {
                (Some(number), None) | (None, Some(number)) => Some(*number),
                _ => None,
            },
        )
        .collect();
    let whole = numbers.len() as i64 == RULES.interval / over && numbers.len() == cells.len();
    match whole {
        true => numbers.iter().fold(0.0, |sum, number| sum + number),
        false => f64::NAN,
    }
}

/// A point whose numbers are sums over `over` each.
fn summed(column: usize, over: Span) -> PointSpec {
    PointSpec {
        sum_over: Some(over),
        ..point(column, Aggregation::Sum)
    }
}

/// Kind 0: columns 0, 1 (sums over 5 min, a mean). Kind 1: columns 0, 2 (a sum over 15 min).
fn plant_of_sums(interval: Option<Span>) -> Plant {
    let mut roster = vec![
        summed(0, 5 * MINUTE),
        point(1, Aggregation::Mean),
        summed(2, 15 * MINUTE),
    ];
    roster[2].required = true;
    let kind = |columns: [usize; 2]| Kind {
        columns: columns.into_iter().map(ColumnId::new).collect(),
        interval,
    };
    Plant {
        roster,
        equipment: Equipment::default(),
        kinds: vec![kind([0, 1]), kind([0, 2])],
    }
}

/// Rows that mostly follow each other after 5 minutes.
fn steady_rows(kind: usize) -> impl Strategy<Value = Vec<Row>> {
    let number = (0..1000_i32).prop_map(|tenths| Some(f64::from(tenths) / 10.0));
    let cell = prop_oneof![20 => number, 1 => Just(None), 1 => Just(Some(1e25))];
    let step = prop_oneof![20 => Just(5_i64), 1 => 1..9_i64, 1 => 20..400_i64];
    let row = (step, prop::collection::vec(cell, 2));
    prop::collection::vec(row, 0..90).prop_map(move |rows| {
        let mut time = START - 5 * MINUTE;
        rows.into_iter()
            .map(|(step, cells)| {
                time += step * MINUTE;
                Row {
                    time,
                    kind,
                    cells,
                    restarts: false,
                }
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bins_are_whole_sums_however_the_rows_are_cut(
        parts in (steady_rows(0), steady_rows(1)),
        interval in prop_oneof![Just(None), Just(Some(5 * MINUTE))],
        reports in 1..4_usize,
        chunk in 1..9_usize,
        batch in 1..20_usize,
        cuts in prop::collection::btree_set(0..40_i64, 0..3),
    ) {
        let plant = plant_of_sums(interval);
        let mut rows: Vec<Row> = [parts.0, parts.1].concat();
        agree(&mut rows, &plant.kinds);
        let cuts: Vec<Instant> = cuts
            .into_iter()
            .map(|bin| START + bin * RULES.interval)
            .collect();
        let expected = series::by_the_book(&rows, &plant.roster, &plant.kinds);
        let whole = clean(&rows, &plant, (1, 1000, 1000), &[]);
        prop_assert_eq!(&whole.series, &expected);
        let cut = clean(&rows, &plant, (reports, chunk, batch), &cuts);
        prop_assert_eq!(cut.series, expected);
        prop_assert_eq!(format!("{:?}", cut.evidence), format!("{:?}", whole.evidence));
    }
}

/// The bins of one point, and what partial sums its evidence has.
fn bins(over: Span, rows: &[(Span, f64)]) -> (Vec<f64>, Vec<f64>) {
    let plant = Plant {
        roster: vec![summed(0, over)],
        equipment: Equipment::default(),
        kinds: vec![Kind {
            columns: vec![ColumnId::new(0)],
            interval: None,
        }],
    };
    let row = |(after, value): &(Span, f64)| Row {
        time: START + *after,
        kind: 0,
        cells: vec![Some(*value)],
        restarts: false,
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    let cleaned = clean(&rows, &plant, (1, 100, 100), &[]);
    let values = cleaned.series.values();
    let values = values.map(|(values, flags)| {
        let value = f64::from_bits(values[0]);
        assert_eq!(value.is_nan(), flags.contains(Flag::InsufficientData));
        value
    });
    let partial = cleaned.evidence.iter();
    let partial = partial.filter(|found| found.rule == Rule::PartialSum);
    (values.collect(), partial.map(|found| found.value).collect())
}

#[test]
fn a_number_is_of_the_interval_that_it_begins_or_ends_and_of_no_other() {
    let at = |minutes: i64| minutes * MINUTE;
    let text = |bins: (Vec<f64>, Vec<f64>)| format!("{bins:?}");
    let third = at(5);
    let end = |minutes: i64| at(minutes) - Span::from_nanos(1);
    let whole = [(at(0), 1.0), (at(5), 2.0), (at(10), 4.0)];
    assert_eq!(text(bins(third, &whole)), "([7.0], [])");
    let by_ends = [
        (end(5), 1.0),
        (end(10), 2.0),
        (end(15), 4.0),
        (end(20), 8.0),
    ];
    assert_eq!(text(bins(third, &by_ends)), "([7.0, NaN], [8.0])");
    // One is lacking; one is there twice, by its begin and by its end; and one begins a minute late.
    for other in [
        vec![(at(0), 1.0), (at(10), 4.0)],
        vec![(at(0), 1.0), (at(5), 2.0), (end(10), 2.0), (at(10), 4.0)],
        vec![(at(0), 1.0), (at(6), 2.0), (at(10), 4.0)],
        vec![(at(5), 1.0), (at(10), 2.0)],
        vec![(at(0), 1.0), (at(5), 2.0)],
    ] {
        let sum: f64 = other.iter().map(|(_, value)| value).sum();
        assert_eq!(text(bins(third, &other)), format!("([NaN], [{sum:?}])"));
    }
}
