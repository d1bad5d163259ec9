//! One point → the line that describes it, with the reason over it.
//!
//! Enters: a point, what was seen of it, and the verdict on it. Leaves: a line that a run reads where something is proposed; a comment with
//! what is to be filled in where nothing is.

use super::super::judge::{PointVerdict, Proposed, ProposedStandStill};
use super::super::reading::Point;
use super::{ProposedPoints, YamlText, plural, quoted};
use crate::acquire::state_numbers;
use crate::model::{PhysicalType, PointId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Writes the line of a point, and the comment over it.
pub(super) fn entry(
    text: &mut YamlText,
    id: &PointId,
    point: &Point,
    verdict: &PointVerdict,
    verdicts: &ProposedPoints,
) {
    let name = id.to_string();
    let rename = verdicts.renamed.get(id);
    if let Some((column, why)) = rename {
        let then = if verdicts.unwritable.contains_key(id) {
            "no line here can change that, and a run will refuse it".to_owned()
        } else {
            format!("the column is called {column} instead")
        };
        text.comment("    ", &format!("CHECK: {why}; {then}"));
    }
    let mut fields: Vec<String> = rename
        .iter()
        .map(|(column, _)| format!("name: {}", quoted(column)))
        .collect();
    let mut open = open_fields(verdict, point);
    if let Some(words) = words_of(id, point, verdicts) {
        let numbers = state_numbers(&words);
        text.comment("    ", &of_words(&words, numbers.is_some(), point));
        match numbers {
            Some(numbers) => fields.push(states(numbers)),
            None => open = open_states(&words),
        }
    } else {
        judged(text, point, verdict, &mut fields);
    }
    let written = format!("{}: {{{}}}", quoted(&name), fields.join(", "));
    if let Some(why) = verdicts.unwritable.get(id) {
        text.comment("    ", &format!("{written}   # {why}"));
    } else if !fields.is_empty() || hides_behind_its_name(id, verdicts) {
        text.line(&format!("    {written}"));
    } else {
        let note = if matches!(verdict, PointVerdict::Dead(_)) {
            format!("   # {}", missing(point))
        } else {
            String::new()
        };
        text.comment("    ", &format!("{}: {{{open}}}{note}", quoted(&name)));
    }
}

/// Writes why a point is mapped as it is, and adds what is proposed for it to `fields`.
fn judged(text: &mut YamlText, point: &Point, verdict: &PointVerdict, fields: &mut Vec<String>) {
    match verdict {
        PointVerdict::Proposed(proposed) => {
            let check = proposed
                .check
                .as_ref()
                .map_or_else(String::new, |check| format!("CHECK {check}; "));
            let mut parts = vec![proposed.why.clone(), facts(point)];
            parts.extend(proposed.notes.iter().cloned());
            text.comment("    ", &format!("guess: {check}{}", parts.join("; ")));
            fields.extend(proposed_fields(proposed));
        }
        PointVerdict::WithoutUnit(_, why) | PointVerdict::Unmapped(why) => {
            text.comment("    ", &format!("{why}; {}", facts(point)));
        }
        PointVerdict::Dead(_) => {}
    }
}

/// The words that the cells of a point are, where these are all that it has.
fn words_of(id: &PointId, point: &Point, verdicts: &ProposedPoints) -> Option<BTreeSet<String>> {
    let words = verdicts.words.get(&id.to_string()).or_else(|| {
        let mut named = verdicts.words.iter();
        let name = id.to_string();
        named.find_map(|(known, words)| name.ends_with(&format!("/{known}")).then_some(words))
    })?;
    (point.tally.unrecognised > 0).then(|| words.clone())
}

/// Whether the cells of a point are words for states, the numbers of which are proposed.
pub(in super::super) fn has_known_states(
    id: &PointId,
    point: &Point,
    verdicts: &ProposedPoints,
) -> bool {
    words_of(id, point, verdicts).is_some_and(|words| state_numbers(&words).is_some())
}

/// What is said of a point whose cells are words.
fn of_words(words: &BTreeSet<String>, are_known: bool, point: &Point) -> String {
    let of = match words.len() {
        1 => "one word".to_owned(),
        several => format!("{several} words"),
    };
    let cells = missing(point);
    match are_known {
        true => format!("guess: {of}, known as words for states; {cells}"),
        false => format!(
            "CHECK: {of}; which of them is which number nothing says, and until a line does a run reads none of them but on and off; {cells}"
        ),
    }
}

/// The numbers of words, as the states of a point.
fn states(numbers: BTreeMap<String, i64>) -> String {
    let numbers = numbers.into_iter();
    let all: Vec<String> = numbers
        .map(|(word, number)| format!("{}: {number}", quoted(&word)))
        .collect();
    format!("states: {{{}}}", all.join(", "))
}

/// The states of a point, with numbers to be filled in.
fn open_states(words: &BTreeSet<String>) -> String {
    let all: Vec<String> = (words.iter())
        .map(|word| format!("{}: ?", quoted(word)))
        .collect();
    format!("states: {{{}}}", all.join(", "))
}

/// Whether a line of this point's name without the suffix would describe it too, were it not there itself.
fn hides_behind_its_name(id: &PointId, verdicts: &ProposedPoints) -> bool {
    let bare = PointId {
        name: id.name.clone(),
        suffix: String::new(),
    };
    !id.suffix.is_empty()
        && (matches!(verdicts.of.get(&bare), Some(PointVerdict::Proposed(_)))
            || verdicts.renamed.contains_key(&bare))
}

fn proposed_fields(proposed: &Proposed) -> Vec<String> {
    let mut fields = Vec::new();
    match proposed.physical_type {
        Some(physical) => fields.push(format!("physical_type: {}", physical.name())),
        None => fields.push("agg: last".to_owned()),
    }
    fields.extend(
        proposed
            .unit
            .map(|unit| format!("unit: {}", quoted_unit(unit.symbol()))),
    );
    fields.extend(proposed.interval.map(|every| format!("interval: {every}")));
    fields.extend(proposed.frozen.map(|still| match still {
        ProposedStandStill::From(duration) => format!("frozen: {{min_duration: {duration}}}"),
        ProposedStandStill::Off => "frozen: {enabled: false}".to_owned(),
    }));
    fields
}

/// What a person has to fill in.
fn open_fields(verdict: &PointVerdict, point: &Point) -> String {
    let of = |physical: &PhysicalType| format!("physical_type: {}", physical.name());
    match verdict {
        PointVerdict::WithoutUnit(physical, _) => format!("{}, unit: ?", of(physical)),
        PointVerdict::Dead(_) if point.tally.unrecognised > 0 => {
            "states: {on: [?], off: [?]}".to_owned()
        }
        PointVerdict::Dead(Some(physical)) => of(physical),
        _ => "physical_type: ?".to_owned(),
    }
}

/// What was seen of a point, in words.
fn facts(point: &Point) -> String {
    let (values, tally) = (&point.values, &point.tally);
    let (low, high) = values.range();
    let (low, high) = (rounded(low), rounded(high));
    let count = values.count;
    let values_are = plural(count, "value");
    let mut text = match (values.constant(), values.only_zero_and_one()) {
        (Some(value), _) => format!("{values_are}, always {}", rounded(value)),
        (None, true) => format!("{values_are}, only 0 and 1"),
        (None, false) => format!("{values_are} from {low} to {high}"),
    };
    // Writing to a String cannot fail.
    match values.step() {
        Some(step) if step.or_finer => text.push_str(" with more than 4 decimals"),
        Some(step) => drop(write!(text, " in steps of {}", step.size)),
        None => {}
    }
    let others = tally.unrecognised + tally.unit_mismatch;
    if others > 0 {
        let _ = write!(
            text,
            "; {others} texts that are no number ({})",
            tally.unrecognised_examples.listed()
        );
    }
    if tally.not_finite > 0 {
        let _ = write!(text, "; {} numbers beyond all measure", tally.not_finite);
    }
    text
}

/// With four decimals at most: what a unit conversion adds is no fact.
fn rounded(value: f64) -> f64 {
    if value.abs() < 1e11 {
        (value * 1e4).round() / 1e4 + 0.0
    } else {
        value
    }
}

/// Why there is no number.
fn missing(point: &Point) -> String {
    let tokens = point
        .tally
        .missing
        .iter()
        .map(|(token, cells)| format!("{token} {cells}"));
    let texts = (point.tally.unrecognised > 0).then(|| {
        format!(
            "other texts {} ({})",
            point.tally.unrecognised,
            point.tally.unrecognised_examples.listed()
        )
    });
    let definitions: Vec<&str> = point.definitions.iter().map(String::as_str).collect();
    format!(
        "{}; defined {}",
        tokens.chain(texts).collect::<Vec<_>>().join(", "),
        definitions.join(" and ")
    )
}

fn quoted_unit(symbol: &str) -> String {
    let plain = symbol.chars().all(char::is_alphabetic);
    if plain || symbol == "°C" || symbol == "°F" {
        symbol.to_owned()
    } else {
        quoted(symbol)
    }
}
