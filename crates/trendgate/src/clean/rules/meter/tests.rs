//! Meters that count right and wrong, with gaps and resets, and how far the rule looks.

use super::super::RuleCounts;
use super::*;
use crate::time::MINUTE;
use proptest::prelude::*;

const STEP: Span = MINUTE.times(15);
const A_DAY: usize = 96;
const POWER: ColumnId = ColumnId::new(0);
const COUNTER: ColumnId = ColumnId::new(1);
const NONE: f64 = f64::NAN;

fn at(place: usize) -> Instant {
    Instant::EPOCH + STEP * i64::try_from(place).unwrap()
}

/// Of the bins from the one at `first` on, each with power and counter: the breaches, and the counts.
fn judged_from(first: usize, bins: &[[f64; 2]]) -> (Vec<Evidence>, RuleCounts) {
    let mut meter = Meter::new(POWER, COUNTER, STEP);
    let mut found: Vec<Evidence> = Vec::new();
    for (place, bin) in (first..).zip(bins) {
        let open = meter.unsettled_from();
        let known = found.len();
        let month = Some(Month::of(at(0)));
        meter.take(at(place), month, |column| bin[column.index()], &mut |e| {
            found.push(e)
        });
        for breach in &found[known..] {
            assert!(
                open.is_some_and(|open| open <= breach.time),
                "its bin is still here"
            );
        }
    }
    meter.pass(Instant::MAX, &mut |e| found.push(e));
    let verdict = meter.verdict();
    assert_eq!(verdict.meters.len(), found.len());
    (found, verdict.counts.total())
}

fn judged(bins: &[[f64; 2]]) -> (Vec<Evidence>, RuleCounts) {
    judged_from(0, bins)
}

/// The days of breaches, from 0.
fn days(found: &[Evidence]) -> Vec<i64> {
    let day = |e: &Evidence| (e.time - Instant::EPOCH) / DAY;
    found.iter().map(day).collect()
}

/// A pump that runs from seven to seven, and a counter in steps of `step` that counts `share` of its energy; its readings are from the
/// beginnings of the bins, or from their ends.
fn pump(days: usize, share: f64, step: f64, at_end: bool) -> Vec<[f64; 2]> {
    let mut energy = 5000.0;
    let bins = (0..days * A_DAY).map(|place| {
        let running = (28..76).contains(&(place % A_DAY));
        let power = if running {
            80.0 + (place % 7) as f64
        } else {
            0.0
        };
        let before = energy;
        energy += share * power / 4.0;
        let reading = if at_end { energy } else { before };
        [power, (reading / step).floor() * step]
    });
    bins.collect()
}

#[test]
fn a_counter_that_counts_a_tenth_is_found_on_the_third_day_that_is_off_and_from_then_on() {
    let (found, counts) = judged(&pump(10, 0.1, 0.1, true));
    // The first day has no reading before it, so the second is the first that is off.
    assert_eq!(days(&found), [3, 4, 5, 6, 7, 8, 9]);
    assert_eq!((counts.flagged, counts.good, counts.bins()), (7, 2, 960));
    assert_eq!(counts.not_judged[&NotJudged::TooShort], 1);
    assert_eq!(counts.not_judged[&NotJudged::WithinDay], 950);
    let breach = &found[0];
    assert_eq!(breach.time, at(4 * A_DAY - 1));
    assert_eq!(breach.known_at, at(4 * A_DAY));
    assert_eq!((breach.column, breach.rule), (Some(COUNTER), Rule::Meter));
    // Twelve hours at 83 kW.
    assert!((breach.value - 99.6).abs() < 1.0, "{breach:?}");
    assert!(960.0 < breach.low && breach.low < 980.0, "{breach:?}");
    assert!(1010.0 < breach.high && breach.high < 1030.0, "{breach:?}");
}

#[test]
fn a_counter_that_counts_right_is_good_whatever_its_steps_and_wherever_its_readings_are_from() {
    for at_end in [false, true] {
        for step in [0.01, 1.0, 50.0] {
            let (found, counts) = judged(&pump(10, 1.0, step, at_end));
            assert_eq!(days(&found), [0; 0], "{step} {at_end}");
            assert_eq!(counts.good, 9);
        }
        let (found, _) = judged(&pump(10, 1.05, 0.1, at_end));
        assert_eq!(days(&found).len(), 7, "five per cent are too many");
    }
    // At midnight it runs on some days and not on others: a bin more or less is no fault.
    let mut energy = 0.0;
    let bins: Vec<[f64; 2]> = (0..10 * A_DAY)
        .map(|place| {
            let late = [0, 12][place / A_DAY % 2];
            let power = if place % A_DAY >= 84 + late {
                100.0
            } else {
                0.0
            };
            let power = if place % A_DAY < 6 { 100.0 } else { power };
            let reading = [power, energy];
            energy += power / 4.0;
            reading
        })
        .collect();
    assert_eq!(days(&judged(&bins).0), [0; 0]);
}

#[test]
fn a_reset_a_gap_and_a_power_that_is_missing_are_not_judged() {
    let wrong = || pump(4, 0.1, 0.1, true);
    let third = 2 * A_DAY..3 * A_DAY;
    let reasons = |bins: &[[f64; 2]]| {
        let (found, counts) = judged(bins);
        assert_eq!(days(&found), [0; 0]);
        counts.not_judged
    };
    let mut reset = wrong();
    reset[2 * A_DAY + 40..]
        .iter_mut()
        .for_each(|bin| bin[1] -= 5000.0);
    assert_eq!(reasons(&reset)[&NotJudged::CounterFell], 1);
    let mut powerless = wrong();
    powerless[third.clone()][..6]
        .iter_mut()
        .for_each(|bin| bin[0] = NONE);
    assert_eq!(reasons(&powerless)[&NotJudged::MissingInput], 1);
    let mut few = wrong();
    few[third.clone()][..4]
        .iter_mut()
        .for_each(|bin| bin[0] = NONE);
    assert_eq!(
        days(&judged(&few).0),
        [3],
        "four bins of a day are less than 5 %"
    );
    let mut silent = wrong();
    silent[third.clone()]
        .iter_mut()
        .for_each(|bin| bin[1] = NONE);
    let silent = reasons(&silent);
    assert_eq!(
        (silent[&NotJudged::TooShort], silent[&NotJudged::NoValue]),
        (2, 96)
    );
    let mut early = wrong();
    early[third][90..].iter_mut().for_each(|bin| bin[1] = NONE);
    // The last reading of the third day is too early, and that of the fourth is too long after it.
    assert_eq!(reasons(&early)[&NotJudged::TooShort], 3);
}

#[test]
fn two_days_of_seven_are_nothing_and_a_reading_a_day_is_enough() {
    let right = pump(20, 1.0, 0.1, true);
    let with = |off: &[usize]| {
        let mut bins = right.clone();
        for day in off {
            bins[day * A_DAY + 50..]
                .iter_mut()
                .for_each(|bin| bin[1] += 500.0);
        }
        days(&judged(&bins).0)
    };
    assert_eq!(with(&[4, 5]), [0; 0]);
    assert_eq!(with(&[4, 8, 10]), [10]);
    assert_eq!(with(&[4, 8, 11, 14]), [14], "only seven days count");
    let mut daily = pump(10, 0.1, 0.1, true);
    for (place, bin) in daily.iter_mut().enumerate() {
        if place % A_DAY != 32 {
            bin[1] = NONE;
        }
    }
    assert_eq!(days(&judged(&daily).0), [3, 4, 5, 6, 7, 8, 9]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_breach_depends_on_the_bins_of_eight_days_before_and_one_after(
        shares in prop::collection::vec(prop_oneof![Just(1.0), Just(0.1), Just(1.03)], 14..20),
        holes in prop::collection::vec((0..20 * A_DAY, 0..120_usize, 0..2_usize), 0..6),
        resets in prop::collection::vec(0..20 * A_DAY, 0..3),
    ) {
        let mut reading = 1000.0;
        let mut bins: Vec<[f64; 2]> = Vec::new();
        for place in 0..shares.len() * A_DAY {
            let power = 50.0 + (place * 7 % 23) as f64;
            if resets.contains(&place) {
                reading = 0.0;
            }
            reading += shares[place / A_DAY] * power / 4.0;
            bins.push([power, reading]);
        }
        for (from, length, of) in holes {
            for bin in bins.iter_mut().skip(from).take(length) {
                bin[of] = NONE;
            }
        }
        let places = |span: Span| usize::try_from(span / STEP).unwrap();
        let (all, _) = judged(&bins);
        let shown = |e: &Evidence| (e.time, e.value.to_bits(), e.low.to_bits(), e.high.to_bits(), e.known_at);
        let here = |place: usize| all.iter().filter(|e| e.time == at(place)).map(shown).collect::<Vec<_>>();
        for place in 0..bins.len() {
            // Most bins have no say, and each is tried that has.
            if here(place).is_empty() && place % A_DAY != A_DAY - 1 {
                continue;
            }
            let from = place.saturating_sub(places(LOOK.before));
            let to = bins.len().min(place + places(LOOK.after) + 1);
            let (part, _) = judged_from(from, &bins[from..to]);
            let part: Vec<_> = part.iter().filter(|e| e.time == at(place)).map(shown).collect();
            prop_assert_eq!(part, here(place));
        }
    }
}
