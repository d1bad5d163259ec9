//! From when on it is known that a meter does not agree with its counter: the end of the day.

use super::*;

/// A meter: its power, and its counter.
fn meter() -> Plant {
    let roster = vec![point(0, Aggregation::Mean), point(1, Aggregation::Last)];
    let check = EquipmentCheck {
        equipment: "M".to_owned(),
        column: ColumnId::new(1),
        state: RunState {
            column: None,
            rest: 0.0,
        },
        settle: Span::ZERO,
        check: Check::Meter {
            power: ColumnId::new(0),
        },
    };
    let mut plant = bare(roster, &[(&[0, 1], Some(BIN))]);
    plant.equipment.checks.push(check);
    plant
}

/// The bins from the first one to the first midnight.
fn to_midnight() -> i64 {
    (START.floor(DAY) + DAY - START) / BIN
}

/// A row a bin of a meter at 40 kW, whose counter counts as large a share of it as `share` says of a bin.
fn metered(bins: i64, share: impl Fn(i64) -> f64) -> Vec<Row> {
    let mut reading = 1000.0;
    let rows = (0..bins).map(|bin| {
        reading += 10.0 * share(bin);
        row(15 * bin, 0, &[40.0, reading])
    });
    rows.collect()
}

#[test]
fn a_meter_that_does_not_agree_is_known_at_the_end_of_the_day() {
    let first = to_midnight();
    let mut rows = metered(first + 4 * 96, |_| 0.1);
    let (bin, end) = (first + 3 * 96 - 1, 15 * (first + 3 * 96));
    is_known(&meter(), &rows, Rule::Meter, bin, end, Some(&[40.0, 0.0]));
    // A last reading that is not in the last bin is no earlier the last one.
    rows.retain(|row| row.time < START + (end - 15) * MINUTE || row.time >= START + end * MINUTE);
    is_known(
        &meter(),
        &rows,
        Rule::Meter,
        bin - 1,
        end,
        Some(&[40.0, 9e9]),
    );
}

#[test]
fn whatever_rows_follow_a_meter_is_known_not_to_agree_and_however_tasks_are_cut() {
    let shares = prop::collection::vec(prop_oneof![2 => Just(0.1), 1 => Just(1.0)], 12);
    let holes = prop::collection::vec((0..1200_i64, 1..60_i64), 0..4);
    let future = prop::collection::vec((0..3000_i64, 0..50_i64, 900..9000_i64), 0..40);
    let cuts = prop::collection::btree_set(0..1200_i64, 0..3);
    let tried = RefCell::new(0);
    let mut runner = TestRunner::new(Config::with_cases(32));
    let plans = (shares, holes, future, cuts, any::<Index>());
    let ran = runner.run(&plans, |(shares, holes, future, cuts, index)| {
        let plant = meter();
        let mut seen = metered(1100, |bin| shares[usize::try_from(bin / 96).unwrap()]);
        for (from, bins) in holes {
            let hole = START + from * BIN..START + (from + bins) * BIN;
            seen.retain(|row| !hole.contains(&row.time));
        }
        let of_meter = |rows: &[Row], cuts: &[Instant]| {
            let mut found = evidence(rows, &plant, cuts);
            found.retain(|why| why.2 == Rule::Meter);
            found
        };
        let found = of_meter(&seen, &[]);
        within_what_is_stated(&plant, &found)?;
        let cuts: Vec<Instant> = cuts.into_iter().map(|bin| START + bin * BIN).collect();
        prop_assert_eq!(&of_meter(&seen, &cuts), &found);
        if found.is_empty() {
            return Ok(());
        }
        let why = index.get(&found);
        let mut other = seen.clone();
        other.retain(|row| row.time <= why.4);
        for (minutes, power, reading) in future {
            let numbers = [power, reading].map(|number| format!("{number}").parse().unwrap());
            let time = why.4 + NANO + minutes * MINUTE;
            other.push(Row {
                time,
                ..row(0, 0, &numbers)
            });
        }
        other.sort_by_key(|row| row.time);
        other.dedup_by_key(|row| row.time);
        prop_assert!(of_meter(&other, &[]).contains(why), "{why:?}");
        *tried.borrow_mut() += 1;
        Ok(())
    });
    ran.unwrap();
    assert!(tried.into_inner() > 20);
}
