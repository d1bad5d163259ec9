//! Units of measurement: the symbols that reports and configurations use, and the conversions between them.
//!
//! Every unit is an affine map to the base unit of its dimension: `base = value × factor + offset`. Two units convert
//! into each other exactly when they share a dimension.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum Dimension {
    Temperature,
    TemperatureDifference,
    Flow,
    Power,
    Energy,
    Volume,
    ApparentPower,
    ApparentEnergy,
    ReactivePower,
    ReactiveEnergy,
    Pressure,
    Percent,
    Concentration,
    Illuminance,
    Frequency,
    Current,
    Voltage,
    Dimensionless,
}

impl Dimension {
    /// Its base unit.
    #[must_use]
    pub(crate) fn base(self) -> Option<Unit> {
        Unit::ALL
            .iter()
            .copied()
            .find(|unit| unit.dimension() == self)
    }
}

macro_rules! units {
    ($($variant:ident $symbol:literal $dimension:ident $factor:literal $offset:literal [$($alias:literal),*] $source:literal;)*) => {
        /// A unit, written as its symbol.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[non_exhaustive]
        pub enum Unit {
            $(#[doc = $source] #[serde(rename = $symbol)] $variant,)*
        }

        /// The names of all units.
struct Names {
    exact: HashMap<&'static str, Unit>,
    /// By lower-case names, the units that have such a one.
    in_any_case: HashMap<String, Vec<Unit>>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names {
        exact: HashMap::new(),
        in_any_case: HashMap::new(),
    };
    for unit in Unit::ALL {
        for name in std::iter::once(unit.symbol()).chain(unit.aliases().iter().copied()) {
            names.exact.entry(name).or_insert(*unit);
            let units = names.in_any_case.entry(name.to_lowercase()).or_default();
            if !units.contains(unit) {
                units.push(*unit);
            }
        }
    }
    names
});

/// ```
/// use trendgate::vocabulary::Unit;
///
/// let gallons = Unit::UsGallonPerMinute;
/// assert_eq!(gallons.symbol(), "GPM");
/// assert_eq!(gallons.to_base(), (3.785_411_784, 0.0));
/// assert_eq!(gallons.aliases(), ["gal/min"]);
/// assert!(gallons.source().contains("NIST"));
/// ```
impl Unit {
            /// Every unit.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The symbol, as metadata and configuration write it.
            #[must_use]
            pub const fn symbol(self) -> &'static str {
                match self { $(Self::$variant => $symbol),* }
            }

            /// What it measures.
            #[must_use]
            pub(crate) const fn dimension(self) -> Dimension {
                match self { $(Self::$variant => Dimension::$dimension),* }
            }

            /// `(factor, offset)` of `base = value × factor + offset`.
            #[must_use]
            pub const fn to_base(self) -> (f64, f64) {
                match self { $(Self::$variant => ($factor, $offset)),* }
            }

            /// What it is, and where its factor comes from.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$variant => $source),* }
            }

            /// Other ways to write it.
            #[must_use]
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*]),* }
            }
        }
    };
}

// The first unit of each dimension is its base unit.
units! {
    Celsius "°C" Temperature 1.0 0.0 ["C", "degC", "deg C", "deg.C", "deg. C", "℃", "ºC", "攝氏"] "Degree Celsius, the base.";
    Fahrenheit "°F" Temperature 0.555_555_555_555_555_6 -17.777_777_777_777_78 ["F", "degF", "deg F", "deg.F", "deg. F", "℉", "ºF"] "Degree Fahrenheit: (t - 32) / 1.8, NIST SP 811.";
    Kelvin "K" Temperature 1.0 -273.15 ["kelvin"] "Kelvin: t - 273.15, SI.";
    DeltaCelsius "Δ°C" TemperatureDifference 1.0 0.0 ["delta C", "deltaC"] "Difference in degrees Celsius, the base.";
    DeltaFahrenheit "Δ°F" TemperatureDifference 0.555_555_555_555_555_6 0.0 ["delta F", "deltaF"] "Difference in degrees Fahrenheit: 1 / 1.8, NIST SP 811.";
    LitrePerMinute "L/min" Flow 1.0 0.0 ["LPM"] "Litre per minute, the base.";
    LitrePerSecond "L/s" Flow 60.0 0.0 ["LPS"] "Litre per second.";
    LitrePerHour "L/h" Flow 0.016_666_666_666_666_666 0.0 ["L/hr", "LPH", "litre/h"] "Litre per hour.";
    CubicMetrePerHour "m³/h" Flow 16.666_666_666_666_668 0.0 ["m3/h", "CMH", "m3/hr"] "Cubic metre per hour.";
    UsGallonPerMinute "GPM" Flow 3.785_411_784 0.0 ["gal/min"] "US gallon per minute: 231 cubic inches, NIST SP 811.";
    CubicFootPerMinute "CFM" Flow 28.316_846_592 0.0 ["ft3/min"] "Cubic foot per minute: 0.3048³ m³, NIST SP 811.";
    Kilowatt "kW" Power 1.0 0.0 [] "Kilowatt, the base.";
    Watt "W" Power 0.001 0.0 [] "Watt.";
    Milliwatt "mW" Power 0.000_001 0.0 [] "Milliwatt.";
    Megawatt "MW" Power 1000.0 0.0 [] "Megawatt.";
    RefrigerationTon "RT" Power 3.516_852_8 0.0 ["USRT", "ton", "tons", "TR"] "Ton of refrigeration: 12 000 Btu(IT)/h, NIST SP 811.";
    BtuPerHour "BTU/h" Power 0.000_293_071_070_172_222_2 0.0 ["BTU/hr", "BTUH"] "British thermal unit (IT) per hour, NIST SP 811.";
    KilobtuPerHour "kBTU/h" Power 0.293_071_070_172_222_2 0.0 ["kBtu/h", "kBTU/hr", "kBtu/hr", "MBH"] "1000 British thermal units (IT) per hour, NIST SP 811.";
    Horsepower "hp" Power 0.745_699_871_582_270_2 0.0 [] "Mechanical horsepower: 550 ft·lbf/s, NIST SP 811.";
    KilowattHour "kWh" Energy 1.0 0.0 ["kW-hr", "kW-h", "kWhr", "kW·h", "kW hr", "kW-hrs", "kWhs"] "Kilowatt hour, the base.";
    WattHour "Wh" Energy 0.001 0.0 [] "Watt hour.";
    MegawattHour "MWh" Energy 1000.0 0.0 [] "Megawatt hour.";
    Megajoule "MJ" Energy 0.277_777_777_777_777_8 0.0 [] "Megajoule: 1 / 3.6 kWh.";
    Gigajoule "GJ" Energy 277.777_777_777_777_8 0.0 [] "Gigajoule: 1000 / 3.6 kWh.";
    GigawattHour "GWh" Energy 1_000_000.0 0.0 [] "Gigawatt hour.";
    Kilobtu "kBTU" Energy 0.293_071_070_172_222_2 0.0 ["kBtu"] "1000 British thermal units (IT), NIST SP 811.";
    Therm "therm" Energy 29.307_107_017_222_22 0.0 ["therms"] "Therm: 100 000 British thermal units (IT).";
    RefrigerationTonHour "RTh" Energy 3.516_852_8 0.0 ["RT-h", "RT-hr", "ton-h", "ton-hr", "TRh", "ton-hrs"] "Ton hour of refrigeration.";
    CubicMetre "m³" Volume 1.0 0.0 ["m3", "m^3", "cu m"] "Cubic metre, the base.";
    Litre "litre" Volume 0.001 0.0 ["liter", "litres", "liters"] "Litre. The letter alone is no unit: as often as that, it marks a low value.";
    UsGallon "gal" Volume 0.003_785_411_784 0.0 ["gals", "gallon", "gallons", "US gal"] "US gallon: 231 cubic inches, NIST SP 811.";
    CubicFoot "ft³" Volume 0.028_316_846_592 0.0 ["ft3", "ft^3", "cu ft"] "Cubic foot: 0.3048³ m³, NIST SP 811.";
    KilovoltAmpere "kVA" ApparentPower 1.0 0.0 [] "Kilovolt-ampere, the base.";
    VoltAmpere "VA" ApparentPower 0.001 0.0 [] "Volt-ampere.";
    MegavoltAmpere "MVA" ApparentPower 1000.0 0.0 [] "Megavolt-ampere.";
    KilovoltAmpereHour "kVAh" ApparentEnergy 1.0 0.0 ["kVA-hr", "kVA-h"] "Kilovolt-ampere hour, the base.";
    Kilovar "kvar" ReactivePower 1.0 0.0 ["kVAr", "kVAR"] "Kilovar, the base.";
    Var "var" ReactivePower 0.001 0.0 ["VAr", "VAR"] "Var.";
    Megavar "Mvar" ReactivePower 1000.0 0.0 ["MVAr", "MVAR"] "Megavar.";
    KilovarHour "kvarh" ReactiveEnergy 1.0 0.0 ["kVArh", "kVARh", "kvar-hr", "kvar-h", "kVAr-hr"] "Kilovar hour, the base.";
    VarHour "varh" ReactiveEnergy 0.001 0.0 ["VArh"] "Var hour.";
    Kilopascal "kPa" Pressure 1.0 0.0 [] "Kilopascal, the base.";
    Pascal "Pa" Pressure 0.001 0.0 [] "Pascal.";
    Megapascal "MPa" Pressure 1000.0 0.0 [] "Megapascal.";
    Hectopascal "hPa" Pressure 0.1 0.0 ["mbar"] "Hectopascal, or millibar.";
    Bar "bar" Pressure 100.0 0.0 [] "Bar.";
    Psi "psi" Pressure 6.894_757_293_168_361 0.0 ["PSIG"] "Pound-force per square inch, NIST SP 811.";
    KilogramForcePerSquareCentimetre "kgf/cm²" Pressure 98.066_5 0.0 ["kg/cm2", "kg/cm²", "kgf/cm2"] "Technical atmosphere, NIST SP 811.";
    InchOfWater "inH2O" Pressure 0.249_088_91 0.0 ["inWC", "in WC", "in.wc", "in. WC", "in.w.c.", "in. w.c.", "in w.c.", "in/wc", "in wg", "inwg", "in. wg", "in. H2O", "in H2O", "inches of water", "inch of water"] "Conventional inch of water, NIST SP 811.";
    MetreOfWater "mH2O" Pressure 9.806_65 0.0 ["mAq"] "Conventional metre of water, NIST SP 811.";
    Percent "%" Percent 1.0 0.0 ["％", "%RH", "% RH", "%rF", "% rF", "%r.F.", "pct"] "Percent, the base.";
    PartPerMillion "ppm" Concentration 1.0 0.0 ["ppmv", "ppm CO2"] "Part per million by volume, the base.";
    PartPerBillion "ppb" Concentration 0.001 0.0 [] "Part per billion by volume.";
    Lux "lx" Illuminance 1.0 0.0 ["lux"] "Lux, the base.";
    Kilolux "klx" Illuminance 1000.0 0.0 ["klux"] "Kilolux.";
    FootCandle "ftcd" Illuminance 10.763_910_416_709_722 0.0 ["ft-cd", "foot-candle", "foot-candles"] "Foot-candle: a lumen a square foot, 1 / 0.3048² lux, NIST SP 811.";
    Hertz "Hz" Frequency 1.0 0.0 [] "Hertz, the base.";
    RevolutionPerMinute "rpm" Frequency 0.016_666_666_666_666_666 0.0 ["r/min"] "Revolution per minute.";
    Ampere "A" Current 1.0 0.0 ["amp", "amps"] "Ampere, the base.";
    Milliampere "mA" Current 0.001 0.0 [] "Milliampere.";
    Volt "V" Voltage 1.0 0.0 ["volt", "volts"] "Volt, the base.";
    Kilovolt "kV" Voltage 1000.0 0.0 [] "Kilovolt.";
    One "1" Dimensionless 1.0 0.0 [] "No unit, the base.";
}

/// What rounding may add to a figure of this size: means and conversions are exact to some twelve digits, and no sensor tells as much.
/// Where a figure is held against a limit, this much does not count: what the reports put exactly on a limit stays on it in every
/// unit.
#[must_use]
pub(crate) fn rounding(size: f64) -> f64 {
    1e-9 + 1e-12 * size.abs()
}

/// Whether `value` is above `limit` by more than [`rounding`].
///
/// ```
/// use trendgate::internals::model::exceeds;
/// use trendgate::vocabulary::Unit;
/// let hot = Unit::Fahrenheit.convert(122.0, Unit::Celsius).unwrap_or(f64::NAN);
/// assert!(!exceeds(hot, 50.0));
/// assert!(exceeds(50.001, 50.0));
/// ```
#[must_use]
pub fn exceeds(value: f64, limit: f64) -> bool {
    value > limit + rounding(limit)
}

/// A spelling that is pascal by its letters, and another unit by its case.
const PICOAMPERE: &str = "pA";

impl Unit {
    /// The unit that `text` names: by symbol or alias, exactly first, then without regard to case where case does not decide.
    /// It decides for symbols of one letter (`K` is kelvin, `k` a thousand of anything), between milli and mega, and where two units
    /// differ by it alone.
    ///
    /// ```
    /// use trendgate::vocabulary::Unit;
    /// assert_eq!(Unit::parse("degF"), Some(Unit::Fahrenheit));
    /// assert_eq!(Unit::parse("KWH"), Some(Unit::KilowattHour));
    /// assert_eq!(Unit::parse("mW"), Some(Unit::Milliwatt));
    /// assert_eq!(Unit::parse("mw"), None);
    /// assert_eq!(Unit::parse("k"), None);
    /// assert_eq!(Unit::parse("furlong"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(unit) = NAMES.exact.get(text) {
            return Some(*unit);
        }
        if text.chars().nth(1).is_none() || text == PICOAMPERE {
            return None;
        }
        let loose = NAMES.in_any_case.get(&text.to_lowercase())?;
        let [unit] = *loose.as_slice() else {
            return None;
        };
        (!unit.is_milli_or_mega() || unit.symbol().as_bytes()[0] == text.as_bytes()[0])
            .then_some(unit)
    }

    /// Whether a text that names no unit names one in another case: nobody knows which it means.
    #[must_use]
    pub(crate) fn is_known_in_another_case(text: &str) -> bool {
        NAMES.in_any_case.contains_key(&text.to_lowercase())
    }

    /// Whether its symbol begins with a prefix that means another one in the other case.
    const fn is_milli_or_mega(self) -> bool {
        matches!(
            self,
            Self::Milliwatt
                | Self::Megawatt
                | Self::MegawattHour
                | Self::Megajoule
                | Self::Milliampere
                | Self::Megapascal
                | Self::MegavoltAmpere
                | Self::Megavar
        )
    }

    /// The unit that its word means beside a number of a point whose plain numbers are in `declared`: `K` is a difference where those are
    /// differences. `None` where that is not known: `K` beside numbers of which nothing is declared is kelvin or a difference.
    ///
    /// ```
    /// use trendgate::vocabulary::Unit;
    /// assert_eq!(Unit::Kelvin.meant(Some(Unit::Celsius)), Some(Unit::Kelvin));
    /// assert_eq!(Unit::Kelvin.meant(Some(Unit::DeltaFahrenheit)), Some(Unit::DeltaCelsius));
    /// assert_eq!(Unit::Kelvin.meant(None), None);
    /// assert_eq!(Unit::Psi.meant(None), Some(Unit::Psi));
    /// ```
    #[must_use]
    pub fn meant(self, declared: Option<Self>) -> Option<Self> {
        match (self, declared.map(Self::dimension)) {
            (Self::Kelvin, None) => None,
            (Self::Kelvin, Some(Dimension::TemperatureDifference)) => Some(Self::DeltaCelsius),
            _ => Some(self),
        }
    }

    /// A number that has this unit beside it, as one of a point whose plain numbers are in `declared`, or else in the base unit; as it is
    /// where it is not known what the unit means. `None` where the two measure different things.
    #[must_use]
    pub(crate) fn as_declared(self, value: f64, declared: Option<Self>) -> Option<f64> {
        match self.meant(declared) {
            Some(unit) => unit.convert(value, declared.unwrap_or_else(|| unit.base())),
            None => Some(value),
        }
    }

    /// Whether a number in this unit cannot be one of a point whose head says the other.
    pub(crate) fn contradicts(self, head: Self) -> bool {
        let both = self.meant(None).zip(head.meant(None));
        both.is_some_and(|(own, head)| own.dimension() != head.dimension())
    }

    /// Whether numbers in it can be added: those of a scale that does not begin at nothing cannot.
    #[must_use]
    pub(crate) fn adds_up(self) -> bool {
        self.dimension() != Dimension::Temperature
    }

    /// The base unit of its dimension: the one that the factors refer to.
    ///
    /// ```
    /// use trendgate::vocabulary::Unit;
    ///
    /// assert_eq!(Unit::UsGallonPerMinute.base(), Unit::LitrePerMinute);
    /// ```
    #[must_use]
    pub fn base(self) -> Self {
        self.dimension().base().unwrap_or(self)
    }

    /// `value`, given in `self`, in `target`; `None` where the two measure different things.
    ///
    /// ```
    /// use trendgate::vocabulary::Unit;
    /// assert_eq!(Unit::UsGallonPerMinute.convert(100.0, Unit::LitrePerMinute), Some(378.5411784));
    /// assert_eq!(Unit::Kilowatt.convert(1.0, Unit::KilowattHour), None);
    /// ```
    #[must_use]
    pub fn convert(self, value: f64, target: Self) -> Option<f64> {
        if self == target {
            return Some(value);
        }
        if self.dimension() != target.dimension() {
            return None;
        }
        let (factor, offset) = self.to_base();
        let (target_factor, target_offset) = target.to_base();
        Some((value * factor + offset - target_offset) / target_factor)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_found_by_its_symbol_and_aliases() {
        for unit in Unit::ALL {
            assert_eq!(Unit::parse(unit.symbol()), Some(*unit));
            for alias in unit.aliases() {
                assert_eq!(Unit::parse(alias), Some(*unit), "{alias}");
            }
        }
    }

    #[test]
    fn a_unit_in_another_case_is_found_where_case_does_not_decide() {
        for (text, expected) in [
            ("kw", Some(Unit::Kilowatt)),
            ("Kwh", Some(Unit::KilowattHour)),
            ("MWH", Some(Unit::MegawattHour)),
            ("HZ", Some(Unit::Hertz)),
            ("PA", Some(Unit::Pascal)),
            ("M3/H", Some(Unit::CubicMetrePerHour)),
            ("l/h", Some(Unit::LitrePerHour)),
            ("KW-HR", Some(Unit::KilowattHour)),
            ("in wc", Some(Unit::InchOfWater)),
            ("°f", Some(Unit::Fahrenheit)),
            ("KVARH", Some(Unit::KilovarHour)),
            ("Kva", Some(Unit::KilovoltAmpere)),
            ("LUX", Some(Unit::Lux)),
            ("PPM", Some(Unit::PartPerMillion)),
            ("M3", Some(Unit::CubicMetre)),
            ("Gal", Some(Unit::UsGallon)),
            ("MVAR", Some(Unit::Megavar)),
            ("Inches of Water", Some(Unit::InchOfWater)),
            ("DEG F", Some(Unit::Fahrenheit)),
            ("mW", Some(Unit::Milliwatt)),
            ("MW", Some(Unit::Megawatt)),
            ("ma", Some(Unit::Milliampere)),
        ] {
            assert_eq!(Unit::parse(text), expected, "{text}");
        }
        // Thousands, femto, milliwatt or megawatt, millijoule, milliwatt hour, megaampere, picoampere, millivar or megavar, and letters.
        for text in [
            "k", "f", "c", "a", "v", "w", "mw", "Mw", "mj", "mJ", "mWh", "mwh", "MA", "pA", "mva",
            "mvar", "L", "l", "",
        ] {
            assert_eq!(Unit::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_k_is_what_the_declared_unit_makes_of_it_and_stays_where_none_is() {
        let read = |declared| Unit::Kelvin.as_declared(5.0, declared);
        assert_eq!(read(None), Some(5.0));
        assert_eq!(read(Some(Unit::Kelvin)), Some(5.0));
        assert_eq!(read(Some(Unit::DeltaCelsius)), Some(5.0));
        assert_eq!(read(Some(Unit::DeltaFahrenheit)), Some(9.0));
        assert_eq!(read(Some(Unit::Celsius)), Some(-268.15));
        assert_eq!(read(Some(Unit::Kilowatt)), None);
        assert_eq!(Unit::Megawatt.as_declared(5.0, None), Some(5000.0));
        let sums: Vec<&Unit> = Unit::ALL.iter().filter(|unit| !unit.adds_up()).collect();
        assert_eq!(sums, [&Unit::Celsius, &Unit::Fahrenheit, &Unit::Kelvin]);
    }

    #[test]
    fn known_conversions_hold_in_both_directions() {
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        for (value, from, expected, to) in [
            (
                55.0,
                Unit::Fahrenheit,
                12.777_777_777_777_779,
                Unit::Celsius,
            ),
            (-40.0, Unit::Fahrenheit, -40.0, Unit::Celsius),
            (0.0, Unit::Kelvin, -273.15, Unit::Celsius),
            (32.0, Unit::Fahrenheit, 273.15, Unit::Kelvin),
            (
                1.0,
                Unit::RefrigerationTon,
                11_999.999_856_462_577,
                Unit::BtuPerHour,
            ),
            (100.0, Unit::Psi, 689.475_729_316_836, Unit::Kilopascal),
            (60.0, Unit::RevolutionPerMinute, 1.0, Unit::Hertz),
            (1000.0, Unit::Litre, 1.0, Unit::CubicMetre),
            (1.0, Unit::CubicMetre, 264.172_052_358_148_4, Unit::UsGallon),
            (1.0, Unit::Gigajoule, 1000.0, Unit::Megajoule),
            (1.0, Unit::Therm, 100.0, Unit::Kilobtu),
            (1.0, Unit::KilobtuPerHour, 1000.0, Unit::BtuPerHour),
            (1.0, Unit::FootCandle, 10.763_910_416_709_722, Unit::Lux),
        ] {
            let there = from.convert(value, to).unwrap();
            assert!(close(there, expected), "{value} {from} is {there} {to}");
            assert!(close(to.convert(there, from).unwrap(), value));
        }
    }
}
