//! The unit of a point's plain numbers: from its name, from its cells, or from where the values are usual.

use super::judge::{PointVerdict, Proposed, SeenPoint};
use super::quantity::{Quantity, Usual};
use crate::model::{Unit, UnitSystem};

/// Fewer values than this are no proof of a unit.
const ENOUGH: u64 = 24;

/// The units that are known for certain at a site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SiteUnits {
    celsius: usize,
    fahrenheit: usize,
    imperial: usize,
}

impl SiteUnits {
    /// The other unit of temperature, where at least as many points as have `unit` (itself among them) have that.
    fn rather_than(self, unit: Unit) -> Option<Unit> {
        let (own, others, other) = match unit {
            Unit::Celsius => (self.celsius, self.fahrenheit, Unit::Fahrenheit),
            _ => (self.fahrenheit, self.celsius, Unit::Celsius),
        };
        (others > 0 && others >= own).then_some(other)
    }

    /// Notes what was proposed for a point.
    pub(super) fn add(&mut self, verdict: &PointVerdict) {
        let PointVerdict::Proposed(Proposed {
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

/// The unit of a point's plain numbers, and how it was found.
pub(super) enum FoundUnit {
    One(Unit, String),
    Probably(Unit, String),
    Open(String),
    Nothing(String),
}

/// The unit that all cells with a unit share.
pub(super) fn cell_unit(seen: &SeenPoint) -> Option<Unit> {
    let mut units = seen.tally.units.keys();
    let unit = units.next().and_then(|symbol| Unit::parse(symbol))?;
    units.next().is_none().then_some(unit)
}

pub(super) fn unit_of(
    quantity: Quantity,
    stated: Option<Unit>,
    seen: &SeenPoint,
    site: SiteUnits,
) -> FoundUnit {
    let physical = quantity.physical_type();
    let mut stated = stated;
    let mut how = String::new();
    if !seen.tally.units.is_empty() {
        let units: Vec<&str> = seen.tally.units.keys().copied().collect();
        let with_unit: u64 = seen.tally.units.values().sum();
        let fits = |symbol: &&str| Unit::parse(symbol).is_some_and(|unit| physical.accepts(unit));
        let kelvin = Unit::Kelvin.symbol();
        if units.as_slice() == [kelvin] && with_unit >= seen.values.count {
            return in_kelvin(quantity, seen);
        }
        if with_unit < seen.values.count || !units.iter().all(fits) || units.contains(&kelvin) {
            return FoundUnit::Nothing(format!(
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
            FoundUnit::Nothing(unusual(range, &format!("in {unit}")))
        }
        (Some(unit), _) => FoundUnit::One(unit, how),
        (None, []) => FoundUnit::Nothing(unusual(range, "in any of its units")),
        (None, [(unit, ..)]) if quantity.is_temperature() => {
            let usual = format!("usual in {unit} only");
            if let Some(other) = site.rather_than(*unit) {
                let check =
                    format!("the unit: {usual}, yet other temperatures of the site are in {other}");
                FoundUnit::Probably(*unit, check)
            } else if seen.values.count < ENOUGH {
                FoundUnit::Probably(*unit, format!("the unit: few values, though {usual}"))
            } else {
                FoundUnit::One(*unit, usual)
            }
        }
        (None, _) if quantity == Quantity::Pressure && is_of_the_weather(range) => {
            let check = "the unit: neither name nor cells say it; the pressure of the air in hPa is usual so, and kPa is, too";
            FoundUnit::Probably(Unit::Hectopascal, check.to_owned())
        }
        (None, several) => of_several(quantity, several, site),
    }
}

/// Whether values are those of the pressure of the air in hPa.
fn is_of_the_weather((low, high): (f64, f64)) -> bool {
    low >= 820.0 && high <= 1060.0
}

/// What `K` is beside every number, which stands as it is read: a temperature or a difference.
fn in_kelvin(quantity: Quantity, seen: &SeenPoint) -> FoundUnit {
    let how = "every cell carries its unit (K)".to_owned();
    let unit = match quantity {
        Quantity::TemperatureDifference => Unit::DeltaCelsius,
        _ => Unit::Kelvin,
    };
    let range = seen.values.usual_range();
    let in_base = |value: f64| unit.convert(value, unit.base()).unwrap_or(value);
    let found = (in_base(range.0), in_base(range.1));
    let usual = quantity.usual().iter().find(|usual| usual.0 == unit.base());
    match usual.is_some_and(|usual| fits(quantity, usual, found, true)) {
        true => FoundUnit::One(unit, how),
        false => FoundUnit::Nothing(unusual(
            range,
            "in K: is it a difference ({physical_type: temperature_difference, unit: Δ°C})?",
        )),
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
fn of_several(quantity: Quantity, several: &[&Usual], site: SiteUnits) -> FoundUnit {
    let names: Vec<&str> = several.iter().map(|usual| usual.0.symbol()).collect();
    let names = names.join(", ");
    let metric = quantity.physical_type().unit();
    if quantity.is_temperature() && (site.celsius == 0) != (site.fahrenheit == 0) {
        let unit = if site.celsius > 0 {
            Unit::Celsius
        } else {
            Unit::Fahrenheit
        };
        return FoundUnit::One(
            unit,
            format!("usual in {names}; the site's other temperatures are in {unit}"),
        );
    }
    let differs = quantity.physical_type().usual_unit(UnitSystem::Imperial) != Some(metric);
    let imperial = site.fahrenheit + site.imperial > 0 && several.len() > 1 && differs;
    if several.iter().all(|usual| usual.0 != metric) || imperial {
        return FoundUnit::Open(format!("the unit is not known: usual in {names}"));
    }
    FoundUnit::Probably(
        metric,
        format!("the unit: neither name nor cells say it; usual in {names}"),
    )
}
