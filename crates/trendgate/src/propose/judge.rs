//! What a name says, held against the values → what is proposed, or why nothing is.
//!
//! A name alone maps nothing, and neither do values alone, but for two things that hardly anything else looks like: only 0 and
//! 1 is a state, and a number that rises for ever is a counter. Where a name and its values contradict each other, nothing is
//! proposed. A unit is taken from the name or from the cells; or else it is the one in which the values are usual. Where several
//! would be, the metric one is proposed and marked `CHECK`, unless other points of the site are imperial.

use super::names::Meaning;
use super::quantity::{Quantity, Usual};
use super::values::Values;
use crate::acquire::PointTally;
use crate::config::PhysicalType;
use crate::units::Unit;

/// Fewer values than this are no proof of a unit.
const ENOUGH: u64 = 24;

/// What was seen of a point.
pub(super) struct Seen<'a> {
    /// Its numbers.
    pub(super) values: &'a Values,
    /// What became of its cells.
    pub(super) tally: &'a PointTally,
    /// Whether a report says that it logs its changes of value.
    pub(super) change_of_value: bool,
}

/// What is proposed for a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// This.
    Proposed(Proposed),
    /// This type, but a person has to say in which unit.
    WithoutUnit(PhysicalType, String),
    /// Nothing, because.
    Unmapped(String),
    /// Nothing: there is no number. The type that the name says.
    Dead(Option<PhysicalType>),
}

/// What a point is proposed to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Proposed {
    /// Its type; without one, only that its last reading counts.
    pub(super) physical_type: Option<PhysicalType>,
    /// What its plain numbers are in.
    pub(super) unit: Option<Unit>,
    /// Its own tolerance for standing still.
    pub(super) tolerance: Option<f64>,
    /// Why, in words.
    pub(super) why: String,
    /// What a person should know beside.
    pub(super) notes: Vec<String>,
    /// What a person has to look at.
    pub(super) check: Option<String>,
}

/// The units that are known for certain at a site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SiteUnits {
    celsius: usize,
    fahrenheit: usize,
    imperial: usize,
}

impl SiteUnits {
    /// Notes what was proposed for a point.
    pub(super) fn add(&mut self, verdict: &Verdict) {
        let Verdict::Proposed(Proposed {
            unit: Some(unit),
            check: None,
            ..
        }) = verdict
        else {
            return;
        };
        match unit {
            Unit::Celsius => self.celsius += 1,
            Unit::Fahrenheit => self.fahrenheit += 1,
            Unit::UsGallonPerMinute | Unit::Psi => self.imperial += 1,
            _ => {}
        }
    }
}

/// What is proposed for a point of which `meaning` is what its name says.
pub(super) fn judge(meaning: Option<&Meaning>, seen: &Seen, site: SiteUnits) -> Verdict {
    if seen.values.count == 0 {
        return Verdict::Dead(meaning.and_then(physical_type));
    }
    if let Some(verdict) = states(meaning, seen) {
        return verdict;
    }
    match meaning {
        None => by_values(seen, site),
        Some(Meaning::Unclear { why }) => Verdict::Unmapped(why.clone()),
        Some(Meaning::Setpoint { of, why }) => setpoint(of.as_deref(), why, seen, site),
        Some(Meaning::Known {
            quantity,
            unit,
            why,
        }) => {
            let contradiction = contradiction(*quantity, seen);
            if let Some(contradiction) = contradiction {
                return Verdict::Unmapped(format!("{why}, but {contradiction}"));
            }
            known(*quantity, *unit, why, seen, site)
        }
    }
}

fn physical_type(meaning: &Meaning) -> Option<PhysicalType> {
    match meaning {
        Meaning::Known { quantity, .. } => Some(quantity.physical_type()),
        Meaning::Setpoint { .. } => Some(PhysicalType::Setpoint),
        Meaning::Unclear { .. } => None,
    }
}

/// What two-state words decide, whatever the name says.
fn states(meaning: Option<&Meaning>, seen: &Seen) -> Option<Verdict> {
    let (states, count) = (seen.tally.states, seen.values.count);
    if states == 0 || matches!(meaning, Some(Meaning::Setpoint { .. })) {
        return None;
    }
    if !seen.values.only_zero_and_one() || (count - states) * 100 > count {
        return Some(Verdict::Unmapped(format!(
            "{states} two-state words among {count} values"
        )));
    }
    let why = match meaning {
        Some(Meaning::Known {
            quantity: Quantity::Status,
            why,
            ..
        }) => why.clone() + "; two-state words only",
        _ => "two-state words only".to_owned(),
    };
    Some(Verdict::Proposed(status(why)))
}

fn status(why: String) -> Proposed {
    Proposed {
        physical_type: Some(PhysicalType::Status),
        why,
        ..Proposed::default()
    }
}

/// What the values of a point say whose name says nothing.
fn by_values(seen: &Seen, site: SiteUnits) -> Verdict {
    let values = seen.values;
    if values.only_zero_and_one() && values.constant().is_none() {
        return Verdict::Proposed(status("only 0 and 1 (the name says nothing)".to_owned()));
    }
    if let Some(quantity) = cell_unit(seen).and_then(Quantity::of_unit) {
        return known(
            quantity,
            None,
            "the name says nothing, the cells do",
            seen,
            site,
        );
    }
    if counts_up(values) {
        return Verdict::Proposed(Proposed {
            why: "rises and never falls: a counter, the name does not say of what; its last reading counts".to_owned(),
            check: Some("what it counts".to_owned()),
            ..Proposed::default()
        });
    }
    Verdict::Unmapped("the name has no word that is known".to_owned())
}

/// Whether the values rise again and again and never fall.
fn counts_up(values: &Values) -> bool {
    let (falls, rises) = values.moves();
    falls == 0 && rises >= 100 && rises * 10 >= values.count
}

fn contradiction(quantity: Quantity, seen: &Seen) -> Option<String> {
    let values = seen.values;
    let (falls, rises) = values.moves();
    let is_state = values.only_zero_and_one() && values.constant().is_none();
    match quantity {
        Quantity::Status if !values.only_zero_and_one() => {
            Some("the values are not only 0 and 1".to_owned())
        }
        Quantity::Status => None,
        _ if is_state => Some("the values are only 0 and 1: a state?".to_owned()),
        Quantity::Energy if falls * 100 > rises => Some(format!(
            "a counter does not fall {falls} times and rise {rises} times"
        )),
        Quantity::Energy => None,
        _ if counts_up(values) => Some("the values rise and never fall: a counter?".to_owned()),
        _ => None,
    }
}

fn setpoint(of: Option<&Meaning>, why: &str, seen: &Seen, site: SiteUnits) -> Verdict {
    let (falls, rises) = seen.values.moves();
    if (falls + rises) * 4 > seen.values.count {
        return Verdict::Unmapped(format!(
            "{why}, but the value moves {} times, as a setpoint seldom does (SP can be a static pressure)",
            falls + rises
        ));
    }
    let mut proposed = Proposed {
        physical_type: Some(PhysicalType::Setpoint),
        why: why.to_owned(),
        ..Proposed::default()
    };
    if let Some(Meaning::Known {
        quantity,
        unit,
        why,
    }) = of
        && let Found::One(unit, how) = unit_of(*quantity, *unit, seen, site)
    {
        proposed.unit = Some(unit).filter(|unit| *unit != Unit::One);
        proposed.notes.extend([format!("of: {why}"), how]);
    }
    Verdict::Proposed(proposed)
}

fn known(
    quantity: Quantity,
    stated: Option<Unit>,
    why: &str,
    seen: &Seen,
    site: SiteUnits,
) -> Verdict {
    let physical = quantity.physical_type();
    if physical == PhysicalType::Status {
        return Verdict::Proposed(status(why.to_owned()));
    }
    let mut proposed = Proposed {
        physical_type: Some(physical),
        why: why.to_owned(),
        ..Proposed::default()
    };
    match unit_of(quantity, stated, seen, site) {
        Found::One(unit, how) => {
            proposed.unit = Some(unit);
            proposed.notes.push(how);
        }
        Found::Probably(unit, check) => {
            proposed.unit = Some(unit);
            proposed.check = Some(check);
        }
        Found::Open(how) => return Verdict::WithoutUnit(physical, format!("{why}; {how}")),
        Found::Nothing(but) => return Verdict::Unmapped(format!("{why}, but {but}")),
    }
    proposed.notes.retain(|note| !note.is_empty());
    beyond_plausible(&mut proposed, seen.values);
    tolerance(&mut proposed, seen);
    Verdict::Proposed(proposed)
}

/// The unit of a point's plain numbers, and how it was found.
enum Found {
    One(Unit, String),
    Probably(Unit, String),
    Open(String),
    Nothing(String),
}

/// The unit that all cells with a unit share.
fn cell_unit(seen: &Seen) -> Option<Unit> {
    let mut units = seen.tally.units.keys();
    let unit = units.next().and_then(|symbol| Unit::parse(symbol))?;
    units.next().is_none().then_some(unit)
}

fn unit_of(quantity: Quantity, stated: Option<Unit>, seen: &Seen, site: SiteUnits) -> Found {
    let physical = quantity.physical_type();
    let mut stated = stated;
    let mut how = String::new();
    if !seen.tally.units.is_empty() {
        let units: Vec<&str> = seen.tally.units.keys().copied().collect();
        let with_unit: u64 = seen.tally.units.values().sum();
        let fits = |symbol: &&str| Unit::parse(symbol).is_some_and(|unit| physical.accepts(unit));
        if with_unit < seen.values.count || !units.iter().all(fits) {
            return Found::Nothing(format!(
                "{with_unit} of {} cells carry a unit ({})",
                seen.values.count,
                units.join(", ")
            ));
        }
        // Cells are converted to the base unit as they are read.
        stated = Some(physical.unit());
        how = format!("every cell carries its unit ({})", units.join(", "));
    }
    let range = seen.values.usual_range();
    let fitting: Vec<&Usual> = quantity
        .usual()
        .iter()
        .filter(|usual| {
            stated.is_none_or(|unit| unit == usual.0)
                && fits(quantity, usual, range, stated.is_some())
        })
        .collect();
    match (stated, fitting.as_slice()) {
        (Some(unit), []) if quantity.usual().iter().any(|usual| usual.0 == unit) => {
            Found::Nothing(unusual(range, &format!("in {unit}")))
        }
        (Some(unit), _) => Found::One(unit, how),
        (None, []) => Found::Nothing(unusual(range, "in any of its units")),
        (None, [(unit, ..)]) if quantity.is_temperature() => {
            let usual = format!("usual in {unit} only");
            if seen.values.count < ENOUGH {
                Found::Probably(*unit, format!("the unit: few values, though {usual}"))
            } else {
                Found::One(*unit, usual)
            }
        }
        (None, several) => of_several(quantity, several, site),
    }
}

fn unusual((low, high): (f64, f64), unit: &str) -> String {
    format!("values from {low} to {high} (without the outermost 1 %) are not usual {unit}")
}

fn fits(quantity: Quantity, usual: &Usual, (low, high): (f64, f64), stated: bool) -> bool {
    let (unit, least, most) = *usual;
    if quantity.is_temperature() {
        return least <= low && high <= most;
    }
    let size = low.abs().max(high.abs());
    // From 0 to 1 is a share that is not in percent.
    let fraction = unit == Unit::Percent && size > 0.3 && size <= 1.0;
    let reaches = stated || size == 0.0 || size >= least;
    reaches && size <= most && !fraction && low >= -0.05 * most
}

/// What is left where the values are usual in several units, or where a single one is no proof.
fn of_several(quantity: Quantity, several: &[&Usual], site: SiteUnits) -> Found {
    let names: Vec<&str> = several.iter().map(|usual| usual.0.symbol()).collect();
    let names = names.join(", ");
    let metric = quantity.physical_type().unit();
    if quantity.is_temperature() && (site.celsius == 0) != (site.fahrenheit == 0) {
        let unit = if site.celsius > 0 {
            Unit::Celsius
        } else {
            Unit::Fahrenheit
        };
        return Found::One(
            unit,
            format!("usual in {names}; the site's other temperatures are in {unit}"),
        );
    }
    let imperial = site.fahrenheit + site.imperial > 0 && several.len() > 1;
    if several.iter().all(|usual| usual.0 != metric) || imperial {
        return Found::Open(format!("the unit is not known: usual in {names}"));
    }
    Found::Probably(
        metric,
        format!("the unit: neither name nor cells say it; usual in {names}"),
    )
}

/// Notes that single values will be flagged.
fn beyond_plausible(proposed: &mut Proposed, values: &Values) {
    let (Some(physical), Some(unit)) = (proposed.physical_type, proposed.unit) else {
        return;
    };
    let Some((least, most)) = physical.plausible() else {
        return;
    };
    let (low, high) = values.range();
    for (value, bound, beyond) in [(low, least, "below"), (high, most, "above")] {
        let in_base = unit.convert(value, physical.unit()).unwrap_or(value);
        if (beyond == "below" && in_base < bound) || (beyond == "above" && in_base > bound) {
            proposed.notes.push(format!(
                "{value} is {beyond} what is plausible ({bound} {}) and will be an OUTLIER",
                physical.unit()
            ));
        }
    }
}

/// Gives a point that logs finer than its type assumes its own tolerance.
fn tolerance(proposed: &mut Proposed, seen: &Seen) {
    let Some(still) = proposed.physical_type.and_then(PhysicalType::stand_still) else {
        return;
    };
    let (Some(step), Some(unit)) = (seen.values.step(), proposed.unit) else {
        return;
    };
    let size = step.size * unit.to_base().0;
    if size >= still.tolerance * 0.999 {
        return;
    }
    let size = up_to_two_digits(size);
    if seen.change_of_value {
        // A section of its own would have the rule judge a point that it leaves alone.
        proposed.notes.push(format!(
            "logs its changes of value, so FROZEN leaves it alone unless it gets frozen: {{tolerance: {size}}}"
        ));
        return;
    }
    proposed
        .notes
        .push(format!("finer than the type's {}", still.tolerance));
    proposed.tolerance = Some(size);
}

/// The next number of two digits, so that two neighbouring readings are within it.
fn up_to_two_digits(size: f64) -> f64 {
    #[allow(clippy::cast_possible_truncation, reason = "the exponent of a step")]
    let places = 1 - size.log10().floor() as i32;
    let power = 10_f64.powi(places);
    (size * power - 1e-6).ceil() / power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::names::{Beside, meaning};
    use crate::propose::words::Name;

    fn verdict(name: &str, values: &[f64], tally: PointTally, site: SiteUnits) -> Verdict {
        let mut seen = Values::default();
        values.iter().for_each(|value| seen.add(*value));
        let said = meaning(&Name::cut(name), &Beside::new());
        let seen = Seen {
            values: &seen,
            tally: &tally,
            change_of_value: name.starts_with("COV"),
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

    fn text(verdict: &Verdict) -> String {
        match verdict {
            Verdict::Proposed(proposed) => [
                proposed
                    .physical_type
                    .map_or("last", PhysicalType::name)
                    .to_owned(),
                proposed.unit.map_or("-", Unit::symbol).to_owned(),
                proposed
                    .tolerance
                    .map_or_else(|| "-".to_owned(), |tolerance| tolerance.to_string()),
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
            Verdict::WithoutUnit(physical, _) => format!("{} ?", physical.name()),
            Verdict::Unmapped(why) => format!("unmapped: {why}"),
            Verdict::Dead(physical) => format!("dead {}", physical.map_or("-", PhysicalType::name)),
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
    fn values_tell_fahrenheit_from_celsius_and_the_steps_give_the_tolerance() {
        assert_eq!(
            shown("CH1.CHST", &swing(6.0, 14.0, 800)),
            "chilled_water_temperature °C 0.01"
        );
        assert_eq!(
            shown("CH1.CHST", &swing(6.0, 14.0, 80)),
            "chilled_water_temperature °C -"
        );
        assert_eq!(
            shown("CH1.CHST", &swing(44.0, 55.0, 110)),
            "chilled_water_temperature °F 0.056"
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
            "condenser_water_temperature °F 0.056"
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
    fn a_name_and_values_that_contradict_each_other_map_nothing() {
        insta::assert_snapshot!(shown("CH1.CHST", &swing(200.0, 300.0, 50)), @"unmapped: name ends in CHST, but values from 200 to 298 (without the outermost 1 %) are not usual in any of its units");
        insta::assert_snapshot!(shown("CH1.CWST", &swing(6.0, 9.0, 30)), @"unmapped: name ends in CWST, but values from 6 to 9 (without the outermost 1 %) are not usual in any of its units");
        insta::assert_snapshot!(shown("CH1.ST", &swing(0.0, 5.0, 5)), @"unmapped: name ends in ST, but the values are not only 0 and 1");
        insta::assert_snapshot!(shown("CH1.KW", &[0.0, 1.0, 1.0]), @"unmapped: name ends in KW, but the values are only 0 and 1: a state?");
        insta::assert_snapshot!(shown("CH1.KWH", &swing(0.0, 500.0, 50)), @"unmapped: name ends in KWH, but a counter does not fall 50 times and rise 50 times");
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
        let Verdict::Proposed(proposed) = verdict(
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

    #[test]
    fn a_tolerance_is_rounded_up() {
        for (size, up) in [
            (0.01, 0.01),
            (0.055_555_6, 0.056),
            (0.05, 0.05),
            (0.0999, 0.1),
            (1e-4, 1e-4),
        ] {
            assert!((up_to_two_digits(size) - up).abs() < 1e-12, "{size}");
        }
    }
}
