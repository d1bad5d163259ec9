//! Points → columns: what the configuration says of a point, and what follows where it says nothing.

use super::describe::{PointConfig, PointInterval, States};
use super::resolve::{find, run_state};
use crate::acquire::point_id;
use crate::clean::{frozen, plausible};
use crate::error::{Error, Result};
use crate::model::{
    Aggregation, ColumnId, PhysicalType, PointId, PointSpec, RESERVED, RunState, UnitSystem,
    column_key, column_name, is_of_pattern,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the configuration says of points, by their whole names: name and suffix, compared as names of reports are.
#[derive(Debug, Clone, Default)]
pub(crate) struct PointTable {
    exact: BTreeMap<String, PointConfig>,
    patterns: Vec<(String, PointConfig)>,
    /// Those that count where none of `patterns` fits.
    later_patterns: Vec<(String, PointConfig)>,
    unit_system: UnitSystem,
}

impl PointTable {
    /// The table of `points`; the patterns among `later` count where no other one fits.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for what cannot be said of a point.
    pub(crate) fn new(
        points: &BTreeMap<String, PointConfig>,
        later: &BTreeSet<String>,
        unit_system: UnitSystem,
    ) -> Result<Self> {
        let mut table = Self {
            unit_system,
            ..Self::default()
        };
        for (written, config) in points {
            check(written, config)?;
            let name = whole_name(written);
            if !is_pattern(&name) {
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
            let patterns = match later.contains(written) {
                true => &mut table.later_patterns,
                false => &mut table.patterns,
            };
            patterns.push((name, config.clone()));
        }
        Ok(table)
    }

    /// The points of a site, sorted by column.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), naming all points concerned, for two that give one column, for a column that is reserved
    /// or empty, and for a point that two patterns describe differently.
    pub(crate) fn roster(&self, ids: impl IntoIterator<Item = PointId>) -> Result<Vec<PointSpec>> {
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
    pub(crate) fn unmatched(&self, roster: &[PointSpec]) -> Vec<&str> {
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

    /// The column of what is called so, a point or a column already: as the configuration names the point, else by the rule of names.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where two patterns describe the point differently.
    pub(crate) fn column_for(&self, name: &str) -> Result<String> {
        let config = self.find(&PointId::new(name, ""))?;
        let stated = config.and_then(|config| config.name.clone());
        Ok(stated.unwrap_or_else(|| column_name(name)))
    }

    /// The point that is called so, by its name or by its column.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where two patterns describe it differently.
    pub(crate) fn point_for(&self, name: &str) -> Result<PointId> {
        let id = PointId::new(name, "");
        if self.find(&id)?.is_some() {
            return Ok(id);
        }
        Ok(self.of_column(name)?.map_or(id, |spec| spec.id))
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
        let physical = config.physical_type;
        Ok(PointSpec {
            id,
            column,
            physical_type: config.physical_type,
            unit: config.unit.or(usual),
            plausible: plausible::settings(config.plausible.as_ref(), physical),
            hampel: config.hampel.map(|filter| filter.settings(physical)),
            frozen: frozen::settings(config.frozen.as_ref(), physical),
            idle_below: frozen::idle_below(config.frozen.as_ref(), physical),
            frozen_if_cov: config.frozen.is_some(),
            running: None,
            change_of_value: config.interval == Some(PointInterval::ChangeOfValue),
            interval: config.interval.and_then(PointInterval::span),
            hold: None,
            sum_over: None,
            left_out: false,
            aggregation_is_stated: config.agg.or(by_type).is_some(),
            aggregation: config.agg.or(by_type).unwrap_or_default(),
            required: config.required,
            on: config.states.on,
            off: config.states.off,
            words: config.states.words.into_iter().collect(),
            scale: config.scale,
            mapped,
        })
    }

    fn find(&self, id: &PointId) -> Result<Option<&PointConfig>> {
        let [full, name] = names_of(id);
        if let Some(config) = self.exact.get(&full).or_else(|| self.exact.get(&name)) {
            return Ok(Some(config));
        }
        let found = by_pattern(&self.patterns, &full, &name)?;
        match found {
            Some(config) => Ok(Some(config)),
            None => by_pattern(&self.later_patterns, &full, &name),
        }
    }
}

/// What the patterns say that fit a point.
fn by_pattern<'t>(
    patterns: &'t [(String, PointConfig)],
    full: &str,
    name: &str,
) -> Result<Option<&'t PointConfig>> {
    let mut found: Option<(&str, &PointConfig)> = None;
    for (pattern, config) in patterns {
        if !is_of_pattern(pattern, full) && !is_of_pattern(pattern, name) {
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

/// Whether what is written of points is a pattern of their names, and no name.
pub(crate) fn is_pattern(written: &str) -> bool {
    written.contains(['*', '?'])
}

/// The name of a point as it is written in one text, `NAME` or `NAME:SUFFIX`, in the form in which such names are compared: no blanks
/// stand around the colon, because none begin or end a name or a suffix.
pub(crate) fn whole_name(text: &str) -> String {
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

/// What the point `name` says of the running of another.
fn state_of(roster: &[PointSpec], of: ColumnId, name: &str) -> Result<RunState> {
    let place = format!("cleaner.points {:?}: running", roster[of].id.to_string());
    run_state(roster, find(roster, &place, name)?, &place)
}

fn check(name: &str, config: &PointConfig) -> Result<()> {
    if let Some(why) = config.refused_rule() {
        return Err(Error::config(format!("cleaner.points {name:?}: {why}")));
    }
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
    let by_type = config.physical_type.map(PhysicalType::aggregation);
    if config.agg.or(by_type) == Some(Aggregation::Sum) {
        check_sum(name, config)?;
    }
    let scaled = |scale: &f64| scale.is_finite() && *scale != 0.0;
    if config.scale.is_some_and(|scale| !scaled(&scale)) {
        return Err(Error::config(format!(
            "cleaner.points {name:?}: scale: expected a number other than 0"
        )));
    }
    check_states(name, &config.states)
}

/// Refuses what is said of sums and cannot be.
fn check_sum(name: &str, config: &PointConfig) -> Result<()> {
    let error = |what: &str| Error::config(format!("cleaner.points {name:?}: {what}"));
    if config.interval == Some(PointInterval::ChangeOfValue) {
        return Err(error("agg: a sum of what is logged by its changes is none")
            .hint("state the `interval` that each of its numbers is a sum over, or `agg: last`"));
    }
    let unit = config.unit.or(config.physical_type.map(PhysicalType::unit));
    match unit.filter(|unit| !unit.adds_up()) {
        Some(unit) => Err(error(&format!("agg: numbers in {unit} do not add up"))
            .hint("use `agg: mean`, or the unit of a difference")),
        None => Ok(()),
    }
}

/// Refuses a word that means two numbers.
fn check_states(name: &str, states: &States) -> Result<()> {
    let mut known: BTreeMap<String, f64> = BTreeMap::new();
    for (word, value) in states.meanings() {
        let other = known.insert(word.trim().to_lowercase(), value);
        match other {
            Some(other) if other + value == 1.0 && other * value == 0.0 => {
                return Err(Error::config(format!(
                    "cleaner.points {name:?}: the state {word:?} is both on and off"
                )));
            }
            Some(other) if other.to_bits() != value.to_bits() => {
                return Err(Error::config(format!(
                    "cleaner.points {name:?}: the state {word:?} is both {other} and {value}"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}
#[cfg(test)]
mod tests;
