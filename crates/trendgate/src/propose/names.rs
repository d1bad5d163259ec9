//! The words of a name → what it says that the point measures. One table.
//!
//! How hints are weighed:
//!
//! 1. What is measured stands at the end of a name: the last word decides (numbers after it, single letters and words such as
//!    `AVG` are passed over). Words before it only say of what: `CHR1.WT` is water temperature, and `CHR` makes it chilled water.
//! 2. A word of a setpoint at the end goes before everything else.
//! 3. A hint counts by itself ([`When::Always`]), or only where a single letter or two that mean many things (`F`, `A`, `DT`,
//!    `RA`) have company that leaves one meaning: a pump, a power meter, an air handler, the other two phases.
//! 4. Where a word is known to mean several things and nothing decides, that is the answer ([`Meaning::Unclear`]): the point
//!    stays unmapped and the comment says between what.
//! 5. A name that ends in a ratio or a share (`KW/TON`, `%KW`) says nothing by its words.
//! 6. A unit at the end of the name goes before the unit of a hint; the two must fit.
//!
//! Whatever a name says is held against the values ([`judge`](super::judge)); a name alone maps nothing.

use super::hints::{
    DUCTS, EQUIPMENT, FANS, HINTS, MEDIA, PASSED_OVER, PUMPS, SETPOINTS, Says, VARIABLE_SPEED, When,
};
use super::quantity::Quantity::{self, Air, OutdoorAir, Water};
use super::words::{PointWords, Word};
use crate::model::Unit;
use std::collections::BTreeSet;

use Says::{As, In, Temperature, This, Unclear};
use When::{AirSide, Always, Drive, Filter, Meter, Phases, WaterSide};

/// What a name says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// This, in this unit if it says so.
    Known {
        /// What is measured.
        quantity: Quantity,
        /// The unit that the name states.
        unit: Option<Unit>,
        /// Why, in words.
        why: String,
    },
    /// A setpoint, and what of.
    Setpoint {
        /// The name without the word that says so.
        of: Option<Box<Self>>,
        /// Why, in words.
        why: String,
    },
    /// One of several things.
    Unclear {
        /// Which, in words.
        why: String,
    },
}

/// The other points of the same equipment: their last words.
pub(super) type Beside = BTreeSet<String>;

/// What `name` says, given the points beside it; `None` where its last word is not known.
pub(super) fn meaning(name: &PointWords, beside: &Beside) -> Option<Meaning> {
    if name.ratio {
        return Some(Meaning::Unclear {
            why: "the name ends in a ratio or a share".to_owned(),
        });
    }
    let words = ending(&name.words);
    if let Some(word) = words
        .last()
        .and_then(|last| ends_in(&last.text, &SETPOINTS))
    {
        return Some(setpoint(name, words, word, beside));
    }
    let Some(found) = hint(words, beside) else {
        return name.unit.map(of_unit_alone);
    };
    let (quantity, unit, mut why) = match measured(&found) {
        Ok(measured) => measured,
        Err(why) => return Some(Meaning::Unclear { why }),
    };
    let usual = quantity.physical_type().unit();
    let stated = name.unit.and_then(|unit| unit.meant(Some(usual)));
    if let Some(stated) = stated {
        if !quantity.physical_type().accepts(stated) {
            return Some(Meaning::Unclear {
                why: format!("{why}, but states {stated}"),
            });
        }
        why = format!("{why} and states {stated}");
    }
    Some(Meaning::Known {
        quantity,
        unit: stated.or(unit),
        why,
    })
}

/// What a name says whose words say nothing, but that ends in a unit.
fn of_unit_alone(unit: Unit) -> Meaning {
    let why = format!("the name states {unit}");
    match Quantity::of_unit(unit) {
        Some(quantity) => Meaning::Known {
            quantity,
            unit: Some(unit),
            why,
        },
        None => Meaning::Unclear {
            why: format!("{why}, and not what is measured"),
        },
    }
}

/// What a hint says is measured, in which unit if it says so, and why; or why that stays open.
fn measured(found: &FoundName) -> Result<(Quantity, Option<Unit>, String), String> {
    let why = format!("name ends in {}{}", found.word, found.company);
    match found.says {
        This(quantity) => Ok((quantity, None, why)),
        In(quantity, unit) => Ok((quantity, Some(unit), why)),
        As(what, quantity, unit) => Ok((quantity, unit, format!("{why}: {what}"))),
        Unclear(between) => Err(format!("{why}: {between}")),
        Temperature(otherwise) => match (medium(&found.before), otherwise) {
            (Some((of, quantity)), _) => Ok((quantity, None, format!("{why}, of {of}"))),
            (None, Some(quantity)) => Ok((quantity, None, why)),
            (None, None) => Err(format!(
                "{why}: a temperature, the name does not say of what"
            )),
        },
    }
}

/// The key and the last word of a point among its equipment: `MMCB` and `KWH` of `MMCB.KWH`.
pub(super) fn equipment(name: &str) -> Option<(String, String)> {
    let at = name.rfind(|c: char| !c.is_alphanumeric())?;
    let last = name[at..].trim_start_matches(|c: char| !c.is_alphanumeric());
    Some((name[..at].to_uppercase(), last.to_uppercase()))
}

fn setpoint(name: &PointWords, words: &[Word], word: &str, beside: &Beside) -> Meaning {
    let mut rest = words.to_vec();
    if let Some(mut last) = rest.pop() {
        let kept = last.text.len() - word.len();
        last.text.truncate(kept);
        if kept > 0 {
            rest.push(last);
        }
    }
    let of = PointWords {
        words: rest,
        unit: name.unit,
        ratio: false,
    };
    Meaning::Setpoint {
        of: meaning(&of, beside).map(Box::new),
        why: format!("name ends in {word}"),
    }
}

/// The words up to the last one that can say what is measured.
fn ending(words: &[Word]) -> &[Word] {
    let says_nothing = |word: &Word| {
        word.text.chars().all(char::is_numeric)
            || PASSED_OVER.contains(&word.text.as_str())
            || (!word.whole && word.text.chars().count() == 1 && word.text.is_ascii())
    };
    let end = words.iter().rposition(|word| !says_nothing(word));
    &words[..end.map_or(0, |end| end + 1)]
}

/// A hint that counts.
struct FoundName {
    /// The last word, as the table has it.
    word: &'static str,
    says: Says,
    /// The company that makes it count, in words.
    company: String,
    /// The words before it.
    before: Vec<Word>,
}

/// The hint of the last word that counts.
fn hint(words: &[Word], beside: &Beside) -> Option<FoundName> {
    let (last, before) = words.split_last()?;
    let found = HINTS.iter().find_map(|(endings, when, says)| {
        let (word, used) = matching(before, last, endings)?;
        let before = context(&before[..before.len() - used], last, word);
        Some(FoundName {
            word,
            says: *says,
            company: company(*when, last, &before, beside)?,
            before,
        })
    });
    // A letter such as the A of CHST-A tells one of several sensors from another.
    let letter = last.text.len() == 1 && !before.is_empty();
    found.or_else(|| letter.then(|| hint(ending(before), beside)).flatten())
}

/// The one of `endings` that the name ends in, and how many words before the last one belong to it.
fn matching(
    before: &[Word],
    last: &Word,
    endings: &[&'static str],
) -> Option<(&'static str, usize)> {
    if let Some(word) = ends_in(&last.text, endings) {
        return Some((word, 0));
    }
    let previous = &before.last()?.text;
    let pair = endings.iter().find(|ending| {
        ending
            .split_once(' ')
            .is_some_and(|(first, second)| first == previous && second == last.text)
    });
    pair.map(|pair| (*pair, 1))
}

/// The one of `hints` that `word` is, or, in Chinese, ends in; the longest.
fn ends_in(word: &str, hints: &[&'static str]) -> Option<&'static str> {
    let is_it = |hint: &&&str| word == **hint || (!hint.is_ascii() && word.ends_with(**hint));
    hints
        .iter()
        .filter(is_it)
        .max_by_key(|hint| hint.len())
        .copied()
}

/// The words that say of what: those before the last one, and in Chinese what stands before `hint` in it.
fn context(before: &[Word], last: &Word, hint: &str) -> Vec<Word> {
    let mut context = before.to_vec();
    let rest = last.text.strip_suffix(hint).filter(|rest| !rest.is_empty());
    context.extend(rest.map(|rest| Word {
        text: rest.to_owned(),
        whole: false,
    }));
    context
}

/// The company that makes a hint count, in words; `None` where it does not.
fn company(when: When, last: &Word, words: &[Word], beside: &Beside) -> Option<String> {
    let of = |word: &str| format!(", of {word}");
    let meter = || {
        ["KW", "KWH", "PF"]
            .into_iter()
            .find(|word| beside.contains(*word))
    };
    let air = |quantity| matches!(quantity, Air | OutdoorAir);
    match when {
        Always => Some(String::new()),
        Drive if !last.whole => None,
        Drive => any(words, &[PUMPS, FANS, VARIABLE_SPEED]).map(of),
        Meter => meter()
            .filter(|_| last.whole)
            .map(|meter| format!(", beside {meter}")),
        Phases => {
            let all = ["RA", "SA", "TA"].iter().all(|word| beside.contains(*word));
            meter()
                .filter(|_| all)
                .map(|meter| format!(", beside RA, SA, TA and {meter}"))
        }
        AirSide => medium(words)
            .filter(|found| air(found.1))
            .map(|found| of(found.0)),
        Filter => any(words, &[DUCTS, FANS]).map(of),
        WaterSide => {
            let water = || {
                medium(words)
                    .filter(|found| !air(found.1))
                    .map(|found| found.0)
            };
            any(words, &[PUMPS]).or_else(water).map(of)
        }
    }
}

fn any(words: &[Word], known: &[&[&'static str]]) -> Option<&'static str> {
    let found = |word: &Word| known.iter().find_map(|known| within(&word.text, known));
    words.iter().rev().find_map(found).map(|(_, word)| word)
}

/// The nearest word that says of what, and what that is. Air is outdoor air wherever a word before says so.
fn medium(words: &[Word]) -> Option<(&'static str, Quantity)> {
    let mut found = words.iter().rev().filter_map(medium_of);
    let nearest = found.next()?;
    let outdoor = found.find(|(_, quantity)| nearest.1 == Air && *quantity == OutdoorAir);
    Some(outdoor.unwrap_or(nearest))
}

fn medium_of(word: &Word) -> Option<(&'static str, Quantity)> {
    let mut text = word.text.clone();
    for equipment in EQUIPMENT {
        text = text.replace(equipment, "");
    }
    let found = MEDIA.iter().filter_map(|(words, quantity)| {
        within(&text, words).map(|(at, word)| (at, word, *quantity))
    });
    // Water that comes or goes is of any kind: it counts only where nothing else does.
    let nearest = found.max_by_key(|(at, word, quantity)| (*quantity != Water, *at, word.len()))?;
    Some((nearest.1, nearest.2))
}

/// The last of `known` that `text` is, or, in Chinese, has in it; and where.
fn within(text: &str, known: &[&'static str]) -> Option<(usize, &'static str)> {
    let at = |word: &&'static str| {
        if text == *word {
            Some((0, *word))
        } else if word.is_ascii() {
            None
        } else {
            text.rfind(*word).map(|at| (at, *word))
        }
    };
    known
        .iter()
        .filter_map(at)
        .max_by_key(|(at, word)| (*at, word.len()))
}

#[cfg(test)]
mod tests;
