//! [`Evidence::known_at`], by trying: rows are cut there, others follow, and the evidence stays; and a moment earlier it need not.

mod meters;

use super::*;
use crate::model::{
    Check, DesignPoint, EquipmentCheck, HampelRule, HeatLimits, Need, Rule, RunState, StandStill,
    Water,
};
use crate::time::DAY;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::RefCell;

const BIN: Span = RULES.interval;
const NANO: Span = Span::from_nanos(1);

/// The columns of the plant.
const TEMPERATURE: ColumnId = ColumnId::new(0);
const POWER: ColumnId = ColumnId::new(1);
const FREQUENCY: ColumnId = ColumnId::new(2);
const STATE: ColumnId = ColumnId::new(3);
const PUMP: ColumnId = ColumnId::new(4);
const WATER: Water = water(5);
const LOAD: ColumnId = ColumnId::new(8);
const CONDENSER: Water = water(9);
const INPUT: ColumnId = ColumnId::new(12);
const REQUIRED: ColumnId = ColumnId::new(13);
const SUM: ColumnId = ColumnId::new(14);
const COLUMNS: usize = 15;

const fn water(first: usize) -> Water {
    Water {
        flow: ColumnId::new(first),
        cold: ColumnId::new(first + 1),
        warm: ColumnId::new(first + 2),
    }
}

/// The columns from `first` to `last`.
fn columns(first: ColumnId, last: ColumnId) -> Vec<ColumnId> {
    let places = first.index()..=last.index();
    places.map(ColumnId::new).collect()
}

/// A plant with every rule: a temperature and a drive, a chiller, a required point and a sum that come with the temperature once more.
fn plant(intervals: [Option<Span>; 3], settle: Span) -> Plant {
    let mut roster: Vec<PointSpec> = (0..COLUMNS)
        .map(|column| point(column, Aggregation::Mean))
        .collect();
    roster[STATE].aggregation = Aggregation::Max;
    roster[REQUIRED].required = true;
    roster[SUM].aggregation = Aggregation::Sum;
    roster[SUM].sum_over = Some(BIN);
    let temperature = &mut roster[TEMPERATURE];
    temperature.plausible = Some((1.0, 30.0));
    temperature.hampel = Some(HampelRule {
        half_width: 50 * MINUTE,
        threshold: 3.0,
        floor: 0.5,
    });
    temperature.frozen = Some(StandStill {
        tolerance: 0.05,
        min_duration: 5 * BIN,
        idle_below: None,
    });
    let kinds = [
        columns(TEMPERATURE, PUMP),
        columns(WATER.flow, INPUT),
        vec![REQUIRED, TEMPERATURE, SUM],
    ];
    let of = |(columns, interval)| Kind { columns, interval };
    Plant {
        roster,
        equipment: Equipment {
            checks: checks(settle),
            ..Equipment::default()
        },
        kinds: kinds.into_iter().zip(intervals).map(of).collect(),
    }
}

/// Lets the values of a point of every rule hold.
fn hold_values(plant: &mut Plant, hold: Option<Span>) {
    for column in [TEMPERATURE, POWER, STATE, WATER.flow, REQUIRED] {
        let spec = &mut plant.roster[column];
        spec.hold = hold;
        spec.aggregation = match column {
            STATE => Aggregation::HeldMax,
            _ => Aggregation::HeldMean,
        };
    }
}

fn checks(settle: Span) -> Vec<EquipmentCheck> {
    let running = |column| RunState {
        column: Some(column),
        rest: 0.0,
    };
    let limits = HeatLimits {
        capacity: 400.0,
        design_delta_t: 5.0,
        temperature_error: 0.1,
        flow_error: 0.01,
        tolerance: None,
    };
    let load = Check::HeatLoad {
        water: WATER,
        load: LOAD,
        limits,
    };
    let balance = Check::HeatBalance {
        water: WATER,
        condenser: CONDENSER,
        power: INPUT,
        drive_loss: 0.0,
        pump_heat: 0.0,
        limits,
    };
    let affinity = Check::Affinity {
        frequency: FREQUENCY,
        power: POWER,
        design: DesignPoint {
            frequency: 60.0,
            power: 45.0,
            exponent: 3.0,
            band: (0.65, 1.25),
            low_speed_band: (0.5, 1.5),
        },
    };
    let needs = Check::Needs(vec![Need {
        name: "pump".to_owned(),
        any_of: vec![("P".to_owned(), running(PUMP))],
    }]);
    let all = [
        (LOAD, load),
        (INPUT, balance),
        (POWER, affinity),
        (STATE, needs),
    ];
    let check = |(column, check)| EquipmentCheck {
        equipment: "M".to_owned(),
        column,
        state: running(STATE),
        settle,
        check,
    };
    all.into_iter().map(check).collect()
}

/// Evidence, with NaN equal to NaN.
type Why = (Instant, Option<ColumnId>, Rule, [u64; 3], Instant);

fn evidence(rows: &[Row], plant: &Plant, cuts: &[Instant]) -> Vec<Why> {
    let found = clean(rows, plant, (1, 64, 4096), cuts).evidence;
    let why = |e: Evidence| {
        let numbers = [e.value, e.low, e.high].map(f64::to_bits);
        (e.time, e.column, e.rule, numbers, e.known_at)
    };
    found.into_iter().map(why).collect()
}

/// A number of the column, by a byte: most are good, and some make a rule raise its flag.
fn number(column: ColumnId, byte: u8) -> f64 {
    let of = |numbers: &[f64]| numbers[usize::from(byte) % numbers.len()];
    match column {
        TEMPERATURE => of(&[7.0, 7.02, 9.0, 35.0]),
        POWER => of(&[45.0, 45.0, 20.0, 60.0]),
        FREQUENCY => of(&[60.0, 60.0, 60.0, 48.0]),
        STATE => of(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]),
        PUMP => of(&[1.0, 1.0, 0.0]),
        LOAD => of(&[350.0, 350.0, 200.0]),
        INPUT => of(&[80.0, 80.0, 200.0]),
        REQUIRED | SUM => 1.0,
        _ if column == WATER.flow => of(&[1000.0, 1000.0, 500.0]),
        _ if column == WATER.cold => 7.0,
        _ if column == WATER.warm => of(&[12.0, 12.0, 8.5]),
        _ if column == CONDENSER.flow => 1200.0,
        _ if column == CONDENSER.cold => 29.0,
        _ => 34.0,
    }
}

/// A row of a kind before it has its time: minutes after the row before it, whether it has numbers, and a byte a cell.
type Step = (i64, bool, Vec<u8>);

fn steps(most: usize) -> impl Strategy<Value = [Vec<Step>; 3]> {
    let minutes =
        prop_oneof![12 => Just(15_i64), 3 => 1..20_i64, 1 => 20..100_i64, 1 => 150..300_i64];
    let step = (
        minutes,
        prop::bool::weighted(0.85),
        prop::collection::vec(any::<u8>(), COLUMNS),
    );
    let kind = || prop::collection::vec(step.clone(), 0..most);
    [kind(), kind(), kind()]
}

/// The rows of these steps after `start`. Cells of bytes below 16 are null; those below 20 too large; the temperature often stays.
fn rows(start: Instant, kinds: &[Kind], steps: &[Vec<Step>; 3]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, steps) in steps.iter().enumerate() {
        let mut time = start;
        let mut still = 7.0;
        for (minutes, alive, bytes) in steps {
            time += *minutes * MINUTE;
            let cells = kinds[kind].columns.iter().map(|column| {
                let byte = bytes[*column];
                if *column == TEMPERATURE && byte >= 230 {
                    still = number(TEMPERATURE, byte);
                }
                let number = match *column {
                    TEMPERATURE => still,
                    other => number(other, byte),
                };
                match byte {
                    _ if !alive => None,
                    0..16 => None,
                    16..20 => Some(1e25),
                    _ => Some(number),
                }
            });
            let cells = cells.collect();
            rows.push(Row {
                time,
                kind,
                cells,
                restarts: bytes[PUMP] % 5 == 0,
            });
        }
    }
    agree(&mut rows, kinds);
    rows
}

/// Every rule but that of meters, which takes days.
const RULES_OF_BINS: [Rule; Rule::ALL.len() - 1] = {
    let mut rules = [Rule::Plausible; Rule::ALL.len() - 1];
    let (mut from, mut to) = (0, 0);
    while from < Rule::ALL.len() {
        if !matches!(Rule::ALL[from], Rule::Meter) {
            rules[to] = Rule::ALL[from];
            to += 1;
        }
        from += 1;
    }
    rules
};

#[test]
fn whatever_rows_follow_what_is_known_stays_and_however_tasks_are_cut() {
    let interval = || {
        prop_oneof![
            Just(None),
            Just(Some(5 * MINUTE)),
            Just(Some(15 * MINUTE)),
            Just(Some(HOUR))
        ]
    };
    let plants = (
        [interval(), interval(), interval()],
        (
            prop_oneof![Just(BIN), Just(2 * BIN), Just(20 * MINUTE)],
            prop_oneof![2 => Just(None), 1 => Just(Some(HOUR))],
        ),
        steps(70),
        prop::collection::vec((steps(12), 0..3_i64, any::<Index>()), 30),
        prop::collection::btree_set(0..100_i64, 0..3),
    );
    let tried: RefCell<BTreeMap<Rule, u64>> = RefCell::default();
    let mut runner = TestRunner::new(Config::with_cases(96));
    let ran = runner.run(
        &plants,
        |(intervals, (settle, hold), seen, futures, cuts)| {
            let mut plant = plant(intervals, settle);
            if hold.is_some() {
                hold_values(&mut plant, hold);
            }
            let seen = rows(START, &plant.kinds, &seen);
            let found = evidence(&seen, &plant, &[]);
            within_what_is_stated(&plant, &found)?;
            let cuts: Vec<Instant> = cuts.into_iter().map(|bin| START + bin * BIN).collect();
            prop_assert_eq!(&evidence(&seen, &plant, &cuts), &found);
            for (future, later, index) in futures {
                // Each rule as often as any other, however much it flags.
                let rule = RULES_OF_BINS[index.index(RULES_OF_BINS.len())];
                let flags: Vec<&Why> = found.iter().filter(|why| why.2 == rule).collect();
                if flags.is_empty() {
                    continue;
                }
                let why = flags[index.index(usize::MAX) % flags.len()];
                let known_at = why.4;
                prop_assert!(known_at >= why.0 + BIN);
                let mut other = seen.clone();
                other.retain(|row| row.time <= known_at);
                let next = known_at + NANO + later * HOUR - MINUTE;
                other.extend(rows(next, &plant.kinds, &future));
                agree(&mut other, &plant.kinds);
                prop_assert!(evidence(&other, &plant, &[]).contains(why), "{why:?}");
                *tried.borrow_mut().entry(rule).or_default() += 1;
            }
            Ok(())
        },
    );
    ran.unwrap();
    for rule in RULES_OF_BINS {
        assert!(
            tried.borrow().get(&rule).is_some_and(|times| *times > 5),
            "{rule:?}: {tried:?}"
        );
    }
}

/// No evidence is known later than is stated of its rule.
fn within_what_is_stated(plant: &Plant, found: &[Why]) -> std::result::Result<(), TestCaseError> {
    let stated = rules::known_after(&plant.roster, &plant.equipment, RULES);
    for why in found {
        let longest = stated.get(&why.2).copied();
        prop_assert!(
            longest.is_some_and(|longest| why.4 <= why.0 + BIN + longest),
            "{why:?}: {longest:?}"
        );
    }
    Ok(())
}

/// A plant with these points and kinds, and nothing else.
fn bare(roster: Vec<PointSpec>, kinds: &[(&[usize], Option<Span>)]) -> Plant {
    let kind = |(columns, interval): &(&[usize], Option<Span>)| Kind {
        columns: columns.iter().copied().map(ColumnId::new).collect(),
        interval: *interval,
    };
    Plant {
        roster,
        equipment: Equipment::default(),
        kinds: kinds.iter().map(kind).collect(),
    }
}

/// One point of one kind without an interval.
fn single(point: PointSpec) -> Plant {
    bare(vec![point], &[(&[0], None)])
}

fn row(minute: i64, kind: usize, cells: &[f64]) -> Row {
    let cells = cells
        .iter()
        .map(|cell| Some(*cell).filter(|cell| !cell.is_nan()));
    Row {
        time: START + minute * MINUTE,
        kind,
        cells: cells.collect(),
        restarts: false,
    }
}

/// A row of kind 0 with one cell at the start of each bin.
fn series(values: &[f64]) -> Vec<Row> {
    let rows = (0..).zip(values);
    rows.map(|(bin, value)| row(15 * bin, 0, &[*value]))
        .collect()
}

const NONE: f64 = f64::NAN;

/// From which minute on the evidence of `rule` for a bin is known.
fn known_at(plant: &Plant, rows: &[Row], rule: Rule, bin: i64) -> Option<i64> {
    let found = evidence(rows, plant, &[]);
    let mine = found
        .iter()
        .find(|why| (why.0, why.2) == (START + bin * BIN, rule));
    mine.map(|why| (why.4 - START) / MINUTE)
}

/// Asserts that `rule` flags a bin, that this is known from a minute on, and that it is not where the rows end a moment before: with
/// `other` as the cells of a row of kind 0 in that moment, or without one.
fn is_known(plant: &Plant, rows: &[Row], rule: Rule, bin: i64, minute: i64, other: Option<&[f64]>) {
    assert_eq!(known_at(plant, rows, rule, bin), Some(minute), "{rule:?}");
    let moment = START + minute * MINUTE - NANO;
    let mut rows = rows.to_vec();
    rows.retain(|row| row.time < moment);
    rows.extend(other.map(|cells| Row {
        time: moment,
        ..row(0, 0, cells)
    }));
    assert_eq!(
        known_at(plant, &rows, rule, bin),
        None,
        "{rule:?} before minute {minute}"
    );
}

#[test]
fn an_implausible_value_is_known_at_the_end_of_its_bin() {
    let mut point = point(0, Aggregation::Mean);
    point.plausible = Some((1.0, 30.0));
    is_known(
        &single(point),
        &series(&[31.0, 7.0]),
        Rule::Plausible,
        0,
        15,
        Some(&[9.0]),
    );
}

#[test]
fn a_number_that_is_none_is_known_at_the_end_of_its_bin() {
    let plant = single(point(0, Aggregation::Mean));
    assert_eq!(
        known_at(&plant, &series(&[1e25, 7.0]), Rule::NotFinite, 0),
        Some(15)
    );
}

#[test]
fn a_spike_is_known_at_the_end_of_its_window() {
    let mut point = point(0, Aggregation::Mean);
    point.hampel = Some(HampelRule {
        half_width: HOUR,
        threshold: 3.0,
        floor: 0.5,
    });
    // Five of 7 against four of 9, until the last bin is one of 9, too.
    let values = [7.0, 7.0, 7.0, 7.0, 9.0, 9.0, 9.0, 9.0, 7.0, 9.0];
    is_known(
        &single(point),
        &series(&values),
        Rule::Hampel,
        4,
        135,
        Some(&[11.0]),
    );
}

#[test]
fn what_stands_still_is_known_by_the_first_window_that_holds_it() {
    let mut point = point(0, Aggregation::Mean);
    point.frozen = Some(StandStill {
        tolerance: 0.05,
        min_duration: 5 * BIN,
        idle_below: None,
    });
    let plant = single(point);
    let rows = series(&[9.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 9.0]);
    for (bin, minute) in [(1, 105), (3, 105), (6, 105), (7, 120), (8, 135)] {
        is_known(&plant, &rows, Rule::Frozen, bin, minute, Some(&[9.0]));
    }
    // A bin without a value is no part of a window, and does not end it.
    let rows = series(&[7.0, 7.0, 7.0, NONE, 7.0, 7.0, NONE, 7.0]);
    is_known(&plant, &rows, Rule::Frozen, 0, 120, Some(&[9.0]));
}

#[test]
fn what_a_machine_does_is_known_once_no_stop_can_be_near() {
    for (settle, minute) in [(MINUTE, 45), (BIN, 45), (20 * MINUTE, 45), (2 * BIN, 60)] {
        let plant = plant([None; 3], settle);
        let [heat, power] = [[1000.0, 7.0, 12.0, 200.0], [1200.0, 29.0, 34.0, 200.0]];
        let heats = [heat, power].concat();
        let mut rows = Vec::new();
        for bin in 0..6 {
            // Whether it runs on is not known, and then hides nothing.
            let state = if bin < 2 { 1.0 } else { NONE };
            rows.push(row(15 * bin, 0, &[7.0, 20.0, 60.0, state, 0.0]));
            rows.push(row(15 * bin, 1, &heats));
        }
        let stopped = [NONE, NONE, NONE, 0.0, NONE];
        for rule in [
            Rule::HeatLoad,
            Rule::HeatBalance,
            Rule::Affinity,
            Rule::Needs,
        ] {
            is_known(&plant, &rows, rule, 1, minute, Some(&stopped));
        }
    }
}

#[test]
fn a_bin_without_a_sample_is_known_at_its_end_or_by_the_next_row() {
    let plant = single(point(0, Aggregation::Mean));
    let rows = [row(0, 0, &[7.0]), row(20, 0, &[NONE]), row(53, 0, &[NONE])];
    is_known(&plant, &rows, Rule::NoSample, 1, 30, Some(&[7.0]));
    is_known(&plant, &rows, Rule::NoSample, 2, 53, None);
    is_known(&plant, &rows, Rule::NoSample, 3, 60, Some(&[7.0]));
}

#[test]
fn that_a_required_point_is_missing_is_known_at_the_end_of_the_bin_or_by_the_next_row() {
    let mut required = point(0, Aggregation::Mean);
    required.required = true;
    let plant = bare(
        vec![required, point(1, Aggregation::Mean)],
        &[(&[0], None), (&[1], None)],
    );
    let rows = [
        row(0, 0, &[7.0]),
        row(20, 1, &[7.0]),
        row(53, 1, &[7.0]),
        row(70, 1, &[7.0]),
    ];
    is_known(&plant, &rows, Rule::Required, 1, 30, Some(&[7.0]));
    is_known(&plant, &rows, Rule::Required, 2, 53, None);
    is_known(&plant, &rows, Rule::Required, 3, 60, Some(&[7.0]));
    is_known(&plant, &rows, Rule::Required, 4, 75, Some(&[7.0]));
}

#[test]
fn that_a_kind_covers_too_little_is_known_once_it_is_active_and_alive() {
    let five = Some(5 * MINUTE);
    let points = || vec![point(0, Aggregation::Mean), point(1, Aggregation::Mean)];
    let plant = bare(points(), &[(&[0], five), (&[1], five)]);
    // By the next row it is active.
    let rows = [row(0, 0, &[7.0]), row(50, 0, &[7.0])];
    is_known(&plant, &rows, Rule::Coverage, 0, 50, None);
    is_known(&plant, &rows, Rule::Coverage, 1, 50, None);
    // By a sample after it it is alive.
    let rows = [
        row(0, 0, &[NONE]),
        row(10, 0, &[NONE]),
        row(40, 0, &[NONE]),
        row(50, 0, &[7.0]),
    ];
    is_known(&plant, &rows, Rule::Coverage, 0, 50, None);
    is_known(&plant, &rows, Rule::Coverage, 1, 50, None);
    // By two kinds: the earlier one counts.
    let both = [&rows[..], &[row(3, 1, &[7.0]), row(33, 1, &[7.0])]].concat();
    assert_eq!(known_at(&plant, &both, Rule::Coverage, 0), Some(33));
    // What samples are in it is known at its end.
    let plant = single(point(0, Aggregation::Mean));
    let rows = [row(0, 0, &[7.0]), row(20, 0, &[NONE]), row(25, 0, &[NONE])];
    is_known(&plant, &rows, Rule::Coverage, 1, 30, Some(&[7.0]));
}
