//! What a name says, held against the values → what is proposed, or why nothing is.
//!
//! A name alone maps nothing, and neither do values alone, but for two things that hardly anything else looks like: only 0 and
//! 1 is a state, and a number that rises for ever is a counter. Where a name and its values contradict each other, nothing is
//! proposed. A unit is taken from the name or from the cells; or else it is the one in which the values are usual. Where several
//! would be, the metric one is proposed and marked `CHECK`, unless other points of the site are imperial.

use super::names::Meaning;
use super::quantity::Quantity;
use super::stretches::{Pace, TIMES_AS_LONG};
use super::unit::{FoundUnit, SiteUnits, cell_unit, unit_of};
use super::values::Values;
use crate::acquire::PointTally;
use crate::model::{PhysicalType, Unit};
use crate::time::Span;

/// What was seen of a point.
pub(super) struct SeenPoint<'a> {
    /// Its numbers.
    pub(super) values: &'a Values,
    /// What became of its cells.
    pub(super) tally: &'a PointTally,
    /// Whether a report says that it logs its changes of value only.
    pub(super) change_of_value: bool,
    /// Whether a table that has it has a row a day, as those have whose numbers each count an interval.
    pub(super) is_of_days: bool,
    /// How often it is logged, where that is known and bins of the proposed length consist of it.
    pub(super) every_in_bins: Option<LoggedEvery>,
    /// The time from one sample to the next, where that is known at all.
    pub(super) step: Option<Span>,
}

/// How often a point is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LoggedEvery {
    /// The time from one sample to the next.
    pub(super) span: Span,
    /// Whether its reports state that; otherwise their rows show it.
    pub(super) is_stated: bool,
}

/// What is proposed for a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PointVerdict {
    /// It is mapped so.
    Proposed(Proposed),
    /// It is of this type, but a person has to say in which unit; and why.
    WithoutUnit(PhysicalType, String),
    /// It stays unmapped, for this reason.
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
    /// How often it is logged, where a run has to be told.
    pub(super) interval: Option<Span>,
    /// Its own rule for standing still.
    pub(super) frozen: Option<ProposedStandStill>,
    /// Why, in words.
    pub(super) why: String,
    /// What a person should know beside.
    pub(super) notes: Vec<String>,
    /// What a person has to look at.
    pub(super) check: Option<String>,
}

/// How a point is proposed to be judged for standing still, where that is another way than its type's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProposedStandStill {
    /// Only from this duration on.
    From(Span),
    /// Not at all.
    Off,
}

/// What is proposed for a point of which `meaning` is what its name says.
pub(super) fn judge(meaning: Option<&Meaning>, seen: &SeenPoint, site: SiteUnits) -> PointVerdict {
    if seen.values.count == 0 {
        return PointVerdict::Dead(meaning.and_then(physical_type));
    }
    if let Some(verdict) = states(meaning, seen) {
        return verdict;
    }
    match meaning {
        None => by_values(seen, site),
        Some(Meaning::Unclear { why }) => PointVerdict::Unmapped(why.clone()),
        Some(Meaning::Setpoint { of, why }) => setpoint(of.as_deref(), why, seen, site),
        Some(Meaning::Known {
            quantity,
            unit,
            why,
        }) => not_contradicted(*quantity, *unit, why, seen, site),
    }
}

/// What is proposed for a point of this quantity, unless its values contradict that.
fn not_contradicted(
    quantity: Quantity,
    unit: Option<Unit>,
    why: &str,
    seen: &SeenPoint,
    site: SiteUnits,
) -> PointVerdict {
    match (contradiction(quantity, seen), quantity.of_intervals()) {
        (None, Some(of_intervals)) if seen.is_of_days => {
            let why = format!("{why}, and a row a day is how energy of intervals is exported");
            sum(of_intervals, unit, &why, seen, site)
        }
        (None, _) => known(quantity, unit, why, seen, site),
        (Some(Contradiction::Falls(what)), Some(of_intervals)) => {
            let why = format!("{why}, but {what}");
            sum(of_intervals, unit, &why, seen, site)
        }
        (Some(Contradiction::Falls(what) | Contradiction::Other(what)), _) => {
            PointVerdict::Unmapped(format!("{why}, but {what}"))
        }
    }
}

/// What is proposed for a point each number of which may count an interval.
fn sum(
    quantity: Quantity,
    unit: Option<Unit>,
    why: &str,
    seen: &SeenPoint,
    site: SiteUnits,
) -> PointVerdict {
    let name = quantity.physical_type().name();
    let Some(every) = seen.every_in_bins else {
        let step = seen
            .step
            .map_or_else(|| "?".to_owned(), |step| step.to_string());
        return PointVerdict::Unmapped(format!(
            "{why}; if each number counts an interval of its own, say so with the interval, in bins of that length or a multiple of it: {{physical_type: {name}, interval: {step}}}"
        ));
    };
    let check = format!(
        "that each number counts its own {} and is no reading",
        every.span
    );
    match known(quantity, unit, why, seen, site) {
        PointVerdict::Proposed(proposed) => PointVerdict::Proposed(Proposed {
            check: Some(match proposed.check {
                Some(other) => format!("{check}; {other}"),
                None => check,
            }),
            interval: (!every.is_stated).then_some(every.span),
            ..proposed
        }),
        other => other,
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
fn states(meaning: Option<&Meaning>, seen: &SeenPoint) -> Option<PointVerdict> {
    let (states, count) = (seen.tally.states, seen.values.count);
    if states == 0 || matches!(meaning, Some(Meaning::Setpoint { .. })) {
        return None;
    }
    if !seen.values.only_zero_and_one() || (count - states) * 100 > count {
        return Some(PointVerdict::Unmapped(format!(
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
    Some(PointVerdict::Proposed(status(why)))
}

fn status(why: String) -> Proposed {
    Proposed {
        physical_type: Some(PhysicalType::Status),
        why,
        ..Proposed::default()
    }
}

/// What the values of a point say whose name says nothing.
fn by_values(seen: &SeenPoint, site: SiteUnits) -> PointVerdict {
    let values = seen.values;
    if values.only_zero_and_one() && values.constant().is_none() {
        return PointVerdict::Proposed(status("only 0 and 1 (the name says nothing)".to_owned()));
    }
    if cell_unit(seen) == Some(Unit::Kelvin) {
        return PointVerdict::Unmapped(
            "the name has no word that is known, and K may be kelvin or a difference: state {unit: K} or {unit: Δ°C}".to_owned(),
        );
    }
    if let Some(quantity) = cell_unit(seen).and_then(Quantity::of_unit) {
        return not_contradicted(
            quantity,
            None,
            "the name says nothing, the cells do",
            seen,
            site,
        );
    }
    if counts_up(values) {
        return PointVerdict::Proposed(Proposed {
            why: "rises and never falls: a counter, the name does not say of what; its last reading counts".to_owned(),
            check: Some("what it counts".to_owned()),
            ..Proposed::default()
        });
    }
    PointVerdict::Unmapped(match unknown_unit(seen) {
        Some(unit) => format!("the name has no word that is known, and {unit}"),
        None => "the name has no word that is known".to_owned(),
    })
}

/// That the unit beside the numbers is none that a table knows, or means several things.
fn unknown_unit(seen: &SeenPoint) -> Option<String> {
    let unit = seen.tally.unknown_units.keys().next()?;
    Some(match unit.as_str() {
        "度" => "its unit 度 may be °C, or kWh".to_owned(),
        unit => format!("its unit {unit:?} is none that is known"),
    })
}

/// Whether the values rise again and again and never fall.
fn counts_up(values: &Values) -> bool {
    let (falls, rises) = values.moves();
    falls == 0 && rises >= 100 && rises * 10 >= values.count
}

/// How values contradict what a point is said to be.
enum Contradiction {
    /// It is the reading of a counter, and falls.
    Falls(String),
    Other(String),
}

fn contradiction(quantity: Quantity, seen: &SeenPoint) -> Option<Contradiction> {
    let values = seen.values;
    let (falls, rises) = values.moves();
    let is_state = values.only_zero_and_one() && values.constant().is_none();
    let other = |what: &str| Some(Contradiction::Other(what.to_owned()));
    match quantity {
        Quantity::Status if !values.only_zero_and_one() => other("the values are not only 0 and 1"),
        Quantity::Status => None,
        _ if is_state => other("the values are only 0 and 1: a state?"),
        _ if quantity.physical_type().is_counter() => {
            let what = || format!("a counter does not fall {falls} times and rise {rises} times");
            (falls * 100 > rises).then(|| Contradiction::Falls(what()))
        }
        _ if counts_up(values) => other("the values rise and never fall: a counter?"),
        _ => None,
    }
}

fn setpoint(of: Option<&Meaning>, why: &str, seen: &SeenPoint, site: SiteUnits) -> PointVerdict {
    let (falls, rises) = seen.values.moves();
    if (falls + rises) * 4 > seen.values.count {
        return PointVerdict::Unmapped(format!(
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
        && let FoundUnit::One(unit, how) = unit_of(*quantity, *unit, seen, site)
    {
        proposed.unit = Some(unit).filter(|unit| *unit != Unit::One);
        proposed.notes.extend([format!("of: {why}"), how]);
    }
    PointVerdict::Proposed(proposed)
}

fn known(
    quantity: Quantity,
    stated: Option<Unit>,
    why: &str,
    seen: &SeenPoint,
    site: SiteUnits,
) -> PointVerdict {
    let physical = quantity.physical_type();
    if physical == PhysicalType::Status {
        return PointVerdict::Proposed(status(why.to_owned()));
    }
    let mut proposed = Proposed {
        physical_type: Some(physical),
        why: why.to_owned(),
        ..Proposed::default()
    };
    match unit_of(quantity, stated, seen, site) {
        FoundUnit::One(unit, how) => {
            proposed.unit = Some(unit);
            proposed.notes.push(how);
        }
        FoundUnit::Probably(unit, check) => {
            proposed.unit = Some(unit);
            proposed.check = Some(check);
        }
        FoundUnit::Open(how) => {
            return PointVerdict::WithoutUnit(physical, format!("{why}; {how}"));
        }
        FoundUnit::Nothing(but) => return PointVerdict::Unmapped(format!("{why}, but {but}")),
    }
    if let Some(unknown) = unknown_unit(seen) {
        let check = proposed.check.take().map(|check| check + "; ");
        proposed.check = Some(check.unwrap_or_default() + &unknown);
    }
    proposed.notes.retain(|note| !note.is_empty());
    beyond_plausible(&mut proposed, seen.values);
    standing_still(&mut proposed, seen);
    PointVerdict::Proposed(proposed)
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

/// Gives a point that moves more seldom than its type assumes a duration of its own.
fn standing_still(proposed: &mut Proposed, seen: &SeenPoint) {
    let Some(still) = proposed.physical_type.and_then(PhysicalType::stand_still) else {
        return;
    };
    if seen.change_of_value {
        proposed.notes.push(
            "logs its changes of value only, so FROZEN leaves it alone unless it has a frozen section"
                .to_owned(),
        );
        return;
    }
    match seen.values.pace() {
        Pace::UnusualFrom(duration) if duration > still.min_duration => {
            proposed.notes.push(format!(
                "it stays on one reading for up to {} (99 of 100 times), so only {TIMES_AS_LONG} times that is FROZEN",
                Span::from_nanos(duration.nanos() / TIMES_AS_LONG)
            ));
            proposed.frozen = Some(ProposedStandStill::From(duration));
        }
        Pace::Slow => {
            let slow = "whether it works: it stands on one reading for a day again and again, so that FROZEN could not tell";
            let check = proposed.check.take().map(|check| check + "; ");
            proposed.check = Some(check.unwrap_or_default() + slow);
            proposed.frozen = Some(ProposedStandStill::Off);
        }
        Pace::UnusualFrom(_) | Pace::Unknown => {}
    }
}

#[cfg(test)]
mod tests;
