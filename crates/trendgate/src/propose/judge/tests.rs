//! Names and values held against each other.

use super::*;
use crate::propose::names::{Beside, meaning};
use crate::propose::words::PointWords;
use crate::time::{Instant, MINUTE};

fn verdict(name: &str, values: &[f64], tally: PointTally, site: SiteUnits) -> PointVerdict {
    let mut seen = Values::default();
    for (quarter, value) in (0..).zip(values) {
        seen.add(Instant::EPOCH + MINUTE.times(15 * quarter), *value);
    }
    seen.end_report();
    let said = meaning(&PointWords::cut(name), &Beside::new());
    let seen = SeenPoint {
        values: &seen,
        tally: &tally,
        change_of_value: name.starts_with("COV"),
        is_of_days: name.starts_with("GRID DAY"),
        every_in_bins: name.starts_with("GRID").then(|| LoggedEvery {
            span: MINUTE.times(15),
            is_stated: !name.starts_with("GRID SEEN"),
        }),
        step: (!name.starts_with("COV")).then(|| MINUTE.times(15)),
    };
    judge(said.as_ref(), &seen, site)
}

fn shown(name: &str, values: &[f64]) -> String {
    text(&verdict(
        name,
        values,
        PointTally::default(),
        SiteUnits::default(),
    ))
}

fn text(verdict: &PointVerdict) -> String {
    match verdict {
        PointVerdict::Proposed(proposed) => [
            proposed
                .physical_type
                .map_or("last", PhysicalType::name)
                .to_owned(),
            proposed.unit.map_or("-", Unit::symbol).to_owned(),
            match proposed.frozen {
                None => "-".to_owned(),
                Some(ProposedStandStill::From(duration)) => duration.to_string(),
                Some(ProposedStandStill::Off) => "off".to_owned(),
            },
            if proposed.check.is_some() {
                "CHECK"
            } else {
                ""
            }
            .to_owned(),
        ]
        .join(" ")
        .trim_end()
        .to_owned(),
        PointVerdict::WithoutUnit(physical, _) => format!("{} ?", physical.name()),
        PointVerdict::Unmapped(why) => format!("unmapped: {why}"),
        PointVerdict::Dead(physical) => {
            format!("dead {}", physical.map_or("-", PhysicalType::name))
        }
    }
}

/// From `low` to `high` and back, in `steps`.
fn swing(low: f64, high: f64, steps: u32) -> Vec<f64> {
    let at = |i: u32| low + (high - low) * f64::from(i) / f64::from(steps);
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    (0..=steps)
        .chain((0..steps).rev())
        .map(|i| rounded(at(i)))
        .collect()
}

#[test]
fn values_tell_fahrenheit_from_celsius() {
    assert_eq!(
        shown("CH1.CHST", &swing(6.0, 14.0, 800)),
        "chilled_water_temperature °C -"
    );
    assert_eq!(
        shown("CH1.CHST", &swing(6.0, 14.0, 80)),
        "chilled_water_temperature °C -"
    );
    assert_eq!(
        shown("CH1.CHST", &swing(44.0, 55.0, 110)),
        "chilled_water_temperature °F -"
    );
    assert_eq!(
        shown("COV.CHST", &swing(6.0, 14.0, 800)),
        "chilled_water_temperature °C -"
    );
    assert_eq!(
        shown("CH1.CWST", &swing(25.0, 33.0, 80)),
        "condenser_water_temperature °C -"
    );
    assert_eq!(
        shown("CH1.CWST", &swing(78.0, 92.0, 140)),
        "condenser_water_temperature °F -"
    );
    assert_eq!(
        shown("AHU1.SAT", &swing(12.0, 19.0, 70)),
        "air_temperature °C -"
    );
    assert_eq!(
        shown("AHU1.SAT", &swing(54.0, 66.0, 60)),
        "air_temperature °F -"
    );
}

#[test]
fn a_counter_that_falls_is_one_of_intervals_where_bins_consist_of_them() {
    let intervals = swing(0.0, 50.0, 100);
    assert_eq!(shown("GRID.KWH", &intervals), "energy kWh - CHECK");
    assert_eq!(shown("GRID.RTH", &intervals), "thermal_energy RTh - CHECK");
    let seen = verdict(
        "GRID SEEN.KWH",
        &intervals,
        PointTally::default(),
        SiteUnits::default(),
    );
    let PointVerdict::Proposed(seen) = seen else {
        panic!("{seen:?}")
    };
    assert_eq!(seen.interval, Some(MINUTE.times(15)), "a run needs it");
    let rising: Vec<f64> = (0..500_u32).map(f64::from).collect();
    assert_eq!(shown("GRID.KWH", &rising), "energy_counter kWh -");
    assert_eq!(shown("GRID DAY.KWH", &rising), "energy kWh - CHECK");
    assert_eq!(
        shown("GRID DAY.CHST", &swing(6.0, 14.0, 80)),
        "chilled_water_temperature °C -"
    );
    assert_eq!(shown("CH1.RTH", &rising), "thermal_energy_counter RTh -");
    assert_eq!(shown("Water Meter (m³)", &rising), "volume_counter m³ -");
    let water = shown("GRID Water (m³)", &intervals);
    assert!(
        water.starts_with("unmapped: the name states m³, but a counter"),
        "{water}"
    );
}

#[test]
fn gases_light_and_the_powers_of_meters_are_known_by_name_and_unit() {
    for (name, low, high, expected) in [
        ("ZN3-CO2", 410.0, 1200.0, "co2 ppm -"),
        ("Room 5 CO2 (ppm)", 410.0, 1200.0, "co2 ppm -"),
        ("二氧化碳", 410.0, 1200.0, "co2 ppm -"),
        ("Lobby.LUX", 0.0, 900.0, "illuminance lx -"),
        ("Roof Illuminance [klx]", 0.0, 90.0, "illuminance klx -"),
        ("M1.KVA", 10.0, 400.0, "apparent_power kVA -"),
        ("M1.KVAR", -20.0, 400.0, "reactive_power kvar -"),
        ("Meter 1 (kvar)", 0.0, 400.0, "reactive_power kvar -"),
        (
            "Heat Meter Temperature Difference (K)",
            0.0,
            12.0,
            "temperature_difference Δ°C -",
        ),
    ] {
        assert_eq!(shown(name, &swing(low, high, 100)), expected, "{name}");
    }
    assert!(shown("M1.KVARH", &swing(0.0, 9.0, 100)).starts_with("unmapped"));
}

#[test]
fn a_k_beside_every_number_is_kelvin_or_a_difference_by_name_and_values() {
    let in_kelvin = |name: &str, low: f64, high: f64| {
        let values = swing(low, high, 100);
        let tally = PointTally {
            numbers: 201,
            units: [("K", 201)].into(),
            ..PointTally::default()
        };
        text(&verdict(name, &values, tally, SiteUnits::default()))
    };
    assert_eq!(in_kelvin("AHU1.SAT", 285.0, 295.0), "air_temperature K -");
    assert!(in_kelvin("AHU1.SAT", 2.0, 9.0).contains("is it a difference"));
    let difference = in_kelvin("Heat Meter Temperature Difference", 2.0, 9.0);
    assert_eq!(difference, "temperature_difference Δ°C -");
    assert!(in_kelvin("X7", 2.0, 9.0).contains("K may be kelvin or a difference"));
}

#[test]
fn a_name_and_values_that_contradict_each_other_map_nothing() {
    insta::assert_snapshot!(shown("CH1.CHST", &swing(200.0, 300.0, 50)), @"unmapped: name ends in CHST, but values from 200 to 298 (without the outermost 1 %) are not usual in any of its units");
    insta::assert_snapshot!(shown("CH1.CWST", &swing(6.0, 9.0, 30)), @"unmapped: name ends in CWST, but values from 6 to 9 (without the outermost 1 %) are not usual in any of its units");
    insta::assert_snapshot!(shown("CH1.ST", &swing(0.0, 5.0, 5)), @"unmapped: name ends in ST, but the values are not only 0 and 1");
    insta::assert_snapshot!(shown("CH1.KW", &[0.0, 1.0, 1.0]), @"unmapped: name ends in KW, but the values are only 0 and 1: a state?");
    insta::assert_snapshot!(shown("CH1.KWH", &swing(0.0, 500.0, 50)), @"unmapped: name ends in KWH, but a counter does not fall 50 times and rise 50 times; if each number counts an interval of its own, say so with the interval, in bins of that length or a multiple of it: {physical_type: energy, interval: 15m}");
    insta::assert_snapshot!(shown("RM.RH", &swing(0.2, 0.8, 60)), @"unmapped: name ends in RH, but values from 0.2 to 0.79 (without the outermost 1 %) are not usual in %");
    insta::assert_snapshot!(shown("P1.HZ", &swing(0.0, 100.0, 100)), @"unmapped: name ends in HZ, but values from 1 to 99 (without the outermost 1 %) are not usual in Hz");
    insta::assert_snapshot!(shown("AHU1.SP", &swing(200.0, 260.0, 60)), @"unmapped: name ends in SP, but the value moves 120 times, as a setpoint seldom does (SP can be a static pressure)");
    let rising: Vec<f64> = (0..500_u32).map(f64::from).collect();
    insta::assert_snapshot!(shown("CH1.FLOW", &rising), @"unmapped: name ends in FLOW, but the values rise and never fall: a counter?");
}

#[test]
fn states_and_counters_are_seen_without_a_name() {
    let rising: Vec<f64> = (0..500_u32).map(|i| f64::from(i / 2)).collect();
    assert_eq!(shown("X", &rising), "last - - CHECK");
    assert_eq!(shown("X", &[0.0, 1.0, 0.0]), "status - -");
    assert_eq!(
        shown("X", &[0.0, 0.0]),
        "unmapped: the name has no word that is known"
    );
    assert_eq!(
        shown("X", &swing(0.0, 100.0, 100)),
        "unmapped: the name has no word that is known"
    );
    assert_eq!(shown("X", &[]), "dead -");
    assert_eq!(shown("CH5.CHST", &[]), "dead chilled_water_temperature");
    let words = PointTally {
        states: 3,
        ..PointTally::default()
    };
    assert_eq!(
        text(&verdict(
            "CH1.KW",
            &[0.0, 1.0, 0.0],
            words.clone(),
            SiteUnits::default()
        )),
        "status - -"
    );
    assert_eq!(
        text(&verdict(
            "X",
            &[0.0, 1.0, 7.0, 3.0],
            words,
            SiteUnits::default()
        )),
        "unmapped: 3 two-state words among 4 values"
    );
}

#[test]
fn a_unit_that_nothing_tells_is_to_be_checked_or_left_open() {
    assert_eq!(
        shown("CH1.FLOW", &swing(0.0, 6000.0, 60)),
        "flow L/min - CHECK"
    );
    assert_eq!(shown("CH1.GPM", &swing(0.0, 1600.0, 80)), "flow GPM -");
    assert_eq!(
        shown("Z1.WDP", &swing(0.5, 5.0, 45)),
        "differential_pressure ?"
    );
    assert_eq!(
        shown("Z1.WDP", &swing(50.0, 200.0, 150)),
        "differential_pressure kPa - CHECK"
    );
    assert_eq!(
        shown("BOILER.WT", &swing(50.0, 80.0, 30)),
        "water_temperature °C - CHECK"
    );
    let mut site = SiteUnits::default();
    site.add(&verdict(
        "CH1.CHST",
        &swing(44.0, 55.0, 110),
        PointTally::default(),
        SiteUnits::default(),
    ));
    let there =
        |name: &str, values: &[f64]| text(&verdict(name, values, PointTally::default(), site));
    assert_eq!(there("CH1.FLOW", &swing(0.0, 6000.0, 60)), "flow ?");
    assert_eq!(
        there("BOILER.WT", &swing(50.0, 80.0, 30)),
        "water_temperature °F -"
    );
    assert_eq!(there("CHST.SP", &[44.0; 50]), "setpoint °F -");
}

#[test]
fn a_temperature_that_alone_is_in_another_unit_is_to_be_checked() {
    let of = |name: &str, values: &[f64], site| verdict(name, values, PointTally::default(), site);
    let mut site = SiteUnits::default();
    for (name, low) in [("CH1.CHST", 42.0), ("CH1.CHRT", 50.0), ("ROOM.T", 10.0)] {
        let values = swing(low, low + 5.0, 50);
        site.add(&of(name, &values, SiteUnits::default()));
    }
    assert_eq!(
        text(&of("CH1.CHST", &swing(42.0, 47.0, 50), site)),
        "chilled_water_temperature °F -"
    );
    assert_eq!(
        text(&of("ROOM.T", &swing(10.0, 15.0, 50), site)),
        "air_temperature °C - CHECK"
    );
    assert_eq!(
        text(&of("主變用電量", &swing(9.0, 9.0, 1), site)),
        "energy_counter kWh - CHECK"
    );
}

/// As `swing`, but each reading stays for as many quarters of an hour.
fn slow(low: f64, high: f64, steps: u32, readings: usize) -> Vec<f64> {
    let values = swing(low, high, steps).into_iter();
    values
        .flat_map(|value| std::iter::repeat_n(value, readings))
        .collect()
}

#[test]
fn a_point_that_moves_seldom_gets_a_duration_of_its_own_and_one_that_hung_once_does_not() {
    assert_eq!(
        shown("AHU1.SAT", &slow(12.0, 24.0, 24, 5)),
        "air_temperature °C -",
        "an hour at a time is no more than the type reckons with"
    );
    assert_eq!(
        shown("AHU1.SAT", &slow(12.0, 24.0, 24, 33)),
        "air_temperature °C 1d"
    );
    assert_eq!(
        shown("AHU1.SAT", &slow(12.0, 24.0, 24, 120)),
        "air_temperature °C off CHECK"
    );
    assert_eq!(
        shown("COV.CHST", &slow(6.0, 14.0, 80, 33)),
        "chilled_water_temperature °C -"
    );
    let mut hung = swing(12.0, 24.0, 240);
    hung.splice(100..100, [18.0; 700]);
    assert_eq!(shown("AHU1.SAT", &hung), "air_temperature °C -");
    assert_eq!(shown("AHU1.SAT", &[18.0; 700]), "air_temperature °C -");
}

#[test]
fn cells_that_carry_their_unit_give_the_base_unit_and_mixed_ones_nothing() {
    let carried = |cells| PointTally {
        units: [("°F", cells)].into(),
        ..PointTally::default()
    };
    let values = swing(6.0, 14.0, 80);
    let of = |cells| {
        text(&verdict(
            "CH1.CHST",
            &values,
            carried(cells),
            SiteUnits::default(),
        ))
    };
    assert_eq!(of(161), "chilled_water_temperature °C -");
    insta::assert_snapshot!(of(7), @"unmapped: name ends in CHST, but 7 of 161 cells carry a unit (°F)");
}

#[test]
fn a_single_value_beyond_what_is_plausible_is_said_and_changes_no_guess() {
    let mut values = swing(100.0, 400.0, 300);
    values[7] = -26.0;
    let PointVerdict::Proposed(proposed) = verdict(
        "MMCB.KW",
        &values,
        PointTally::default(),
        SiteUnits::default(),
    ) else {
        panic!("nothing is proposed")
    };
    assert_eq!(
        proposed.notes,
        ["-26 is below what is plausible (-1 kW) and will be an OUTLIER"]
    );
}
