//! Points → columns: what the configuration says of a point, and what follows where it says nothing.

use super::describe::PointConfig;
use super::resolve::{find, run_state};
use super::rules::{check_rules, hampel, idle_below, stand_still};
use crate::acquire::point_id;
use crate::error::{Error, Result};
use crate::model::{
    ColumnId, PhysicalType, PointId, PointSpec, RESERVED, RunState, UnitSystem, column_key,
    column_name,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the configuration says of points, by their whole names: name and suffix, compared as names of reports are.
#[derive(Debug, Clone, Default)]
pub struct PointTable {
    exact: BTreeMap<String, PointConfig>,
    patterns: Vec<(String, PointConfig)>,
    unit_system: UnitSystem,
}

impl PointTable {
    pub(crate) fn new(
        points: &BTreeMap<String, PointConfig>,
        unit_system: UnitSystem,
    ) -> Result<Self> {
        let mut table = Self {
            unit_system,
            ..Self::default()
        };
        for (written, config) in points {
            check(written, config)?;
            let name = whole_name(written);
            if !name.contains(['*', '?']) {
                if table.exact.insert(name, config.clone()).is_some() {
                    return Err(Error::config(format!(
                        "cleaner.points describes {written:?} twice: only kinds of blanks or of accents are different"
                    )));
                }
                continue;
            }
            if config.name.is_some() {
                return Err(Error::config(format!(
                    "the pattern {name:?} has a name, which several points would share"
                ))
                .hint("name points one by one"));
            }
            table.patterns.push((name, config.clone()));
        }
        Ok(table)
    }

    /// The points of a site, sorted by column.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), naming all points concerned, for two that give one column, for a column that is reserved
    /// or empty, and for a point that two patterns describe differently.
    pub fn roster(&self, ids: impl IntoIterator<Item = PointId>) -> Result<Vec<PointSpec>> {
        let specs = ids.into_iter().map(|id| self.resolve(id));
        let specs = specs.collect::<Result<Vec<PointSpec>>>()?;
        if let Some(clash) = clash(&specs) {
            return Err(clash.error(|_| None));
        }
        let columns = specs.into_iter().map(|spec| (spec.column.clone(), spec));
        let columns: BTreeMap<String, PointSpec> = columns.collect();
        let mut roster: Vec<PointSpec> = columns.into_values().collect();
        for place in (0..roster.len()).map(ColumnId::new) {
            let running = self.find(&roster[place].id)?;
            let running = running.and_then(|config| config.running.as_ref());
            let running = running.map(|name| state_of(&roster, place, name));
            roster[place].running = running.transpose()?;
        }
        Ok(roster)
    }

    /// What makes [`roster`](Self::roster) refuse the columns of these points, if anything does.
    pub(crate) fn clash(&self, ids: impl IntoIterator<Item = PointId>) -> Option<Clash> {
        let specs = ids.into_iter().map(|id| self.resolve(id));
        clash(&specs.collect::<Result<Vec<PointSpec>>>().ok()?)
    }

    /// The names (not patterns) of the configuration that none of `roster` has: probably misspelt.
    #[must_use]
    pub fn unmatched(&self, roster: &[PointSpec]) -> Vec<&str> {
        let names = roster.iter().flat_map(|spec| names_of(&spec.id));
        let there: BTreeSet<String> = names.collect();
        self.exact
            .keys()
            .filter(|name| !there.contains(*name))
            .map(String::as_str)
            .collect()
    }

    /// What is said of the point that becomes `column`, for data that comes by columns: a point that is named, else one whose
    /// pattern the column itself is of.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where two patterns describe it differently.
    pub(crate) fn of_column(&self, column: &str) -> Result<Option<PointSpec>> {
        let becomes = |(name, config): &(&String, &PointConfig)| match &config.name {
            Some(name) => name == column,
            None => column_name(name) == column,
        };
        let named = self.exact.iter().find(becomes).map(|(name, _)| name);
        let spec = self.resolve(PointId {
            name: named.map_or(column, String::as_str).to_owned(),
            suffix: String::new(),
        })?;
        Ok(spec.mapped.then_some(spec))
    }

    fn resolve(&self, id: PointId) -> Result<PointSpec> {
        let config = self.find(&id)?;
        let mapped = config.is_some();
        let config = config.cloned().unwrap_or_default();
        let column = config
            .name
            .unwrap_or_else(|| column_name(&format!("{} {}", id.name, id.suffix)));
        let by_type = config.physical_type.map(PhysicalType::aggregation);
        let usual = config
            .physical_type
            .and_then(|physical| physical.usual_unit(self.unit_system));
        let plausible = config.plausible.map(|range| (range.min, range.max));
        Ok(PointSpec {
            id,
            column,
            physical_type: config.physical_type,
            unit: config.unit.or(usual),
            plausible: plausible.or(config.physical_type.and_then(PhysicalType::plausible)),
            hampel: config
                .hampel
                .as_ref()
                .map(|filter| hampel(config.physical_type, filter)),
            frozen: stand_still(config.physical_type, config.frozen.as_ref()),
            idle_below: idle_below(config.physical_type, config.frozen.as_ref()),
            frozen_if_cov: config.frozen.is_some(),
            running: None,
            change_of_value: false,
            aggregation: config.agg.or(by_type).unwrap_or_default(),
            required: config.required,
            on: config.states.on,
            off: config.states.off,
            mapped,
        })
    }

    fn find(&self, id: &PointId) -> Result<Option<&PointConfig>> {
        let [full, name] = names_of(id);
        if let Some(config) = self.exact.get(&full).or_else(|| self.exact.get(&name)) {
            return Ok(Some(config));
        }
        let mut found: Option<(&str, &PointConfig)> = None;
        for (pattern, config) in &self.patterns {
            if !is_match(pattern, &full) && !is_match(pattern, &name) {
                continue;
            }
            match found {
                Some((other, known)) if known != config => {
                    return Err(Error::config(format!(
                        "the point {full:?} is described by the patterns {other:?} and {pattern:?}, differently"
                    ))
                    .hint("describe the point by its full name in cleaner.points"));
                }
                _ => found = Some((pattern, config)),
            }
        }
        Ok(found.map(|(_, config)| config))
    }
}

/// The name of a point as it is written in one text, `NAME` or `NAME:SUFFIX`, in the form in which such names are compared: no blanks
/// stand around the colon, because none begin or end a name or a suffix.
pub(super) fn whole_name(text: &str) -> String {
    point_id(text, "").to_string()
}

/// What a point can be called: by its name with its suffix, and by its name alone.
fn names_of(id: &PointId) -> [String; 2] {
    [whole_name(&id.to_string()), whole_name(&id.name)]
}

/// Points whose columns cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// One whose column is no name or reserved, or two with one column.
    pub(crate) points: Vec<PointId>,
    /// The columns that they would have.
    columns: Vec<String>,
    /// A column that the last of them can have.
    free: String,
}

/// The first of the columns that cannot be, or are not two.
fn clash(specs: &[PointSpec]) -> Option<Clash> {
    let mut known: BTreeMap<String, &PointSpec> = BTreeMap::new();
    for spec in specs {
        let key = column_key(&spec.column);
        let is_column = !key.is_empty() && !RESERVED.contains(&key.as_str());
        let stem = match column_name(&key) {
            stem if stem.is_empty() => "point".to_owned(),
            stem => stem,
        };
        let other = known.insert(key, spec);
        if other.is_none() && is_column {
            continue;
        }
        let taken = |column: &String| {
            let key = column_key(column);
            specs.iter().any(|spec| column_key(&spec.column) == key)
        };
        let both = other.into_iter().chain([spec]);
        return Some(Clash {
            points: both.clone().map(|spec| spec.id.clone()).collect(),
            columns: both.map(|spec| spec.column.clone()).collect(),
            free: (2..)
                .map(|number: u64| format!("{stem}_{number}"))
                .find(|column| !taken(column))?,
        });
    }
    None
}

impl Clash {
    /// The refusal; `file` gives a file that has a point.
    pub(crate) fn error(&self, file: impl Fn(&PointId) -> Option<String>) -> Error {
        let shown = |id: &PointId| match file(id) {
            Some(file) => format!("{:?} (in {file})", id.to_string()),
            None => format!("{:?}", id.to_string()),
        };
        let (message, last) = match (self.points.as_slice(), self.columns.as_slice()) {
            ([one, two], [first, second]) if first == second => (
                format!(
                    "the points {} and {} would both give the column {first:?}",
                    shown(one),
                    shown(two)
                ),
                two,
            ),
            ([one, two], [first, second]) => (
                format!(
                    "the points {} and {} would give the columns {first:?} and {second:?}, which are one but for the form of their letters",
                    shown(one),
                    shown(two)
                ),
                two,
            ),
            (points, columns) => {
                let (Some(point), Some(column)) = (points.first(), columns.first()) else {
                    return Error::bug("columns that cannot be, of no point");
                };
                let what = match column.as_str() {
                    "" => "no name",
                    _ => "reserved",
                };
                let point_shown = shown(point);
                (
                    format!(
                        "the point {point_shown} would give the column {column:?}, which is {what}"
                    ),
                    point,
                )
            }
        };
        let (point, free) = (last.to_string(), &self.free);
        Error::config(message).hint(format!(
            "give {point:?} a column of its own, under cleaner: `points: {{{point:?}: {{name: {free:?}}}}}`"
        ))
    }
}

/// Whether `text` is of `pattern`: `*` stands for any characters, `?` for one, in any script; everything else for itself.
fn is_match(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // How much of the pattern the text so far can be: one flag for each of its beginnings.
    let mut matched = vec![false; pattern.len() + 1];
    matched[0] = true;
    skip_stars(&pattern, &mut matched);
    for c in text.chars() {
        for place in (0..pattern.len()).rev() {
            matched[place + 1] = match pattern[place] {
                '*' => matched[place + 1] || matched[place],
                '?' => matched[place],
                other => other == c && matched[place],
            };
        }
        matched[0] = false;
        skip_stars(&pattern, &mut matched);
    }
    matched[pattern.len()]
}

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], matched: &mut [bool]) {
    for (place, c) in pattern.iter().enumerate() {
        matched[place + 1] |= *c == '*' && matched[place];
    }
}

/// What the point `name` says of the running of another.
fn state_of(roster: &[PointSpec], of: ColumnId, name: &str) -> Result<RunState> {
    let place = format!("cleaner.points {:?}: running", roster[of].id.to_string());
    run_state(roster, find(roster, &place, name)?, &place)
}

fn check(name: &str, config: &PointConfig) -> Result<()> {
    check_rules(name, config)?;
    if let Some(column) = config
        .name
        .as_ref()
        .filter(|column| column_name(column) != **column)
    {
        return Err(Error::config(format!(
            "cleaner.points {name:?}: {column:?} is not the name of a column"
        ))
        .hint(format!("use {:?}", column_name(column))));
    }
    if let (Some(physical), Some(unit)) = (config.physical_type, config.unit)
        && !physical.accepts(unit)
    {
        return Err(Error::config(format!(
            "cleaner.points {name:?}: a {} cannot be in {unit}",
            physical.name()
        ))
        .hint(format!(
            "use {} or a unit that converts to it",
            physical.unit()
        )));
    }
    let folded = |word: &str| word.trim().to_lowercase();
    let states = &config.states;
    let both = (states.on.iter()).find(|on| {
        let mut off = states.off.iter();
        off.any(|off| folded(off) == folded(on))
    });
    match both {
        Some(word) => Err(Error::config(format!(
            "cleaner.points {name:?}: the state {word:?} is both on and off"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::{Aggregation, Unit};
    use crate::time::HOUR;

    fn table(points: &str) -> Result<PointTable> {
        PointTable::new(
            &Config::parse(&format!("cleaner:\n  points: {points}\n"))
                .unwrap()
                .cleaner
                .points,
            UnitSystem::Metric,
        )
    }

    fn id(name: &str) -> PointId {
        PointId {
            name: name.to_owned(),
            suffix: String::new(),
        }
    }

    #[test]
    fn a_name_goes_before_a_pattern_and_the_type_decides_the_aggregation() {
        let table = table(r#"{"*.KWH": {physical_type: energy_counter, unit: kWh}, "A.KWH": {agg: max}, "*.ST": {physical_type: status}}"#).unwrap();
        let roster = table
            .roster([id("A.KWH"), id("B.KWH"), id("C.ST"), id("D.T")])
            .unwrap();
        let shown: Vec<_> = roster
            .iter()
            .map(|s| (s.column.as_str(), s.aggregation, s.mapped))
            .collect();
        assert_eq!(
            shown,
            [
                ("a_kwh", Aggregation::Max, true),
                ("b_kwh", Aggregation::Last, true),
                ("c_st", Aggregation::Max, true),
                ("d_t", Aggregation::Mean, false)
            ]
        );
        assert_eq!(table.unmatched(&roster), Vec::<&str>::new());
    }

    #[test]
    fn patterns_count_characters_of_any_script() {
        for (pattern, text, expected) in [
            ("外氣??", "外氣溫度", true),
            ("外氣?", "外氣溫度", false),
            ("*溫*", "外氣溫度", true),
            ("A*B*C", "AxxBBC", true),
            ("A*B*C", "AxxBBCD", false),
            ("*", "", true),
            ("?", "", false),
            ("A[1]!{*}", "A[1]!{x}", true),
            ("**", "abc", true),
            ("a?c*", "abc", true),
        ] {
            assert_eq!(is_match(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_name_is_met_however_blanks_stand_around_the_colon_of_its_suffix() {
        let table = table(
            r#"{"X: Y": {unit: kW}, "Ku\u0308hler\u00a0:\tA": {unit: V}, "P*: KW": {unit: W}, "a: b": {unit: A}, "Z: no": {}}"#,
        )
        .unwrap();
        let roster = table
            .roster([
                point_id("X:Y", ""),
                point_id("Kühler: A", ""),
                point_id("P1", "KW"),
                // A suffix of its own leaves the colon in the name.
                point_id("a: b", "c"),
            ])
            .unwrap();
        let units: Vec<_> = roster.iter().map(|spec| spec.unit).collect();
        assert_eq!(
            units,
            [
                Some(Unit::Ampere),
                Some(Unit::Volt),
                Some(Unit::Watt),
                Some(Unit::Kilowatt)
            ]
        );
        assert_eq!(table.unmatched(&roster), ["Z:no"]);
        assert_eq!(
            table.of_column("x_y").unwrap().unwrap().unit,
            Some(Unit::Kilowatt)
        );
    }

    #[test]
    fn a_suffix_is_part_of_the_column_and_of_the_name() {
        let point = PointId {
            name: "A.B".into(),
            suffix: "x".into(),
        };
        let spec = &table(r#"{"A.B:x": {unit: kW}}"#)
            .unwrap()
            .roster([point])
            .unwrap()[0];
        assert_eq!(
            (spec.column.as_str(), spec.unit),
            ("a_b_x", Some(Unit::Kilowatt))
        );
    }

    #[test]
    fn a_point_is_judged_by_its_type_unless_it_says_otherwise() {
        let table = table(
            "{A: {physical_type: power}, B: {physical_type: power, unit: W, running: A, frozen: {min_duration: 3h}}, \
             C: {physical_type: flow, frozen: {enabled: false}, plausible: {min: 0, max: 9}}, D: {physical_type: status}}",
        )
        .unwrap();
        let roster = table.roster(["A", "B", "C", "D"].map(id)).unwrap();
        assert_eq!(roster[0].frozen, PhysicalType::Power.stand_still());
        let frozen = roster[1].frozen.unwrap();
        assert_eq!(
            (frozen.min_duration, frozen.idle_below),
            (3 * HOUR, Some(1.0))
        );
        assert_eq!(roster[1].unit, Some(Unit::Watt));
        assert_eq!(roster[1].dataset_unit(), Some(Unit::Kilowatt));
        assert_eq!(roster[1].running.unwrap().column, Some(ColumnId::new(0)));
        assert_eq!(
            (roster[2].frozen, roster[2].plausible),
            (None, Some((0.0, 9.0)))
        );
        assert_eq!((roster[3].unit, roster[3].frozen), (None, None));
    }

    #[test]
    fn the_unit_system_gives_the_units_that_points_do_not_state() {
        let config = Config::parse(
            "cleaner:\n  unit_system: imperial\n  points: {A: {physical_type: flow}, B: {physical_type: flow, unit: L/s}, \
             C: {physical_type: cooling_load}, D: {physical_type: power}, E: {physical_type: setpoint}}\n",
        )
        .unwrap();
        let table = PointTable::new(&config.cleaner.points, config.cleaner.unit_system).unwrap();
        let roster = table.roster(["A", "B", "C", "D", "E"].map(id)).unwrap();
        let units: Vec<_> = roster.iter().map(|spec| spec.unit).collect();
        assert_eq!(
            units,
            [
                Some(Unit::UsGallonPerMinute),
                Some(Unit::LitrePerSecond),
                Some(Unit::RefrigerationTon),
                Some(Unit::Kilowatt),
                None
            ]
        );
    }

    #[test]
    fn columns_that_cannot_be_are_refused_with_both_points() {
        let error = |points: &str, names: &[&str]| {
            let table = match table(points) {
                Ok(table) => table,
                Err(error) => return error.to_string(),
            };
            table
                .roster(names.iter().map(|name| id(name)))
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(error("{}", &["A.B", "A-B"]), @r#"the points "A.B" and "A-B" would both give the column "a_b""#);
        insta::assert_snapshot!(error("{}", &["Time.Stamp", "TIMESTAMP"]), @r#"the point "TIMESTAMP" would give the column "timestamp", which is reserved"#);
        insta::assert_snapshot!(error("{}", &["..."]), @r#"the point "..." would give the column "", which is no name"#);
        insta::assert_snapshot!(error(r#"{"*A": {unit: kW}, "B*": {unit: W}}"#, &["BA"]), @r#"the point "BA" is described by the patterns "*A" and "B*", differently"#);
        insta::assert_snapshot!(error("{A: {physical_type: flow, unit: kW}}", &[]), @r#"cleaner.points "A": a flow cannot be in kW"#);
        insta::assert_snapshot!(error("{A: {plausible: {min: 3, max: 3}}}", &[]), @r#"cleaner.points "A": plausible: expected a min below the max"#);
        insta::assert_snapshot!(error("{A: {frozen: {tolerance: -1}}}", &[]), @r#"cleaner.points "A": frozen: expected a tolerance and an idle_below of at least 0"#);
        insta::assert_snapshot!(error("{A: {name: CHW Supply}}", &[]), @r#"cleaner.points "A": "CHW Supply" is not the name of a column"#);
        insta::assert_snapshot!(error(r#"{"A*": {name: x}}"#, &[]), @r#"the pattern "A*" has a name, which several points would share"#);
    }
}
