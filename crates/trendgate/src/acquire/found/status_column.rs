//! The column of a table that says how good its values are → the words with which a value is one.

use super::long::rows;
use super::statuses::{is_bad, is_good, is_no_fault, is_stand_in, says_what_is_wrong};
use super::words::{ColumnRole, says};
use super::{FoundFact, FoundStatus, SeenTable};
use std::collections::BTreeMap;

pub(super) fn status(seen: &SeenTable<'_>, value: usize) -> Option<usize> {
    let mut others = seen.others().filter(|place| *place != value);
    others.find(|place| {
        let (name, counts) = (seen.name(*place), &seen.counts[*place]);
        let is_word = || counts.different.iter().any(|word| is_good(word));
        let are_codes = || {
            let mut codes = counts.different.iter().filter(|cell| !cell.is_empty());
            codes.all(|cell| cell.parse::<i64>().is_ok())
        };
        let is_of_codes = says_what_is_wrong(name) && are_codes()
            || says(ColumnRole::Quality, name) && are_codes() && usual(seen, *place).is_some();
        let says_wrong = || says_what_is_wrong(name) && counts.numbers == 0;
        // On and off, and numbers, are readings unless one of them is a word for a good value.
        says(ColumnRole::Status, name)
            && counts.different.len() <= 16
            && (counts.is_text() || is_word() || is_of_codes || says_wrong())
    })
}

/// The cell of a column that nearly all rows have.
fn usual(seen: &SeenTable<'_>, place: usize) -> Option<String> {
    let (word, count) = counted(seen, place)
        .into_iter()
        .max_by_key(|(_, count)| *count)?;
    (count * 10 >= rows(seen) * 8).then(|| word.to_owned())
}

fn counted<'s>(seen: &'s SeenTable<'_>, place: usize) -> BTreeMap<&'s str, usize> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &seen.layout.rows {
        *counted.entry(seen.cell(*row, place)).or_default() += 1;
    }
    counted
}

/// Whether a word of the status in a column says that the value is one.
fn says_good(seen: &SeenTable<'_>, place: usize, word: &str) -> bool {
    match says_what_is_wrong(seen.name(place)) {
        true => is_no_fault(word),
        false => is_good(word) || is_stand_in(word),
    }
}

/// Whether a status has words that do not say that a value is one.
pub(super) fn has_others(seen: &SeenTable<'_>, place: usize) -> bool {
    let mut words = seen.counts[place].different.iter();
    words.any(|word| !word.is_empty() && !says_good(seen, place, word))
}

/// The words of a status with which a value is one.
pub(super) fn good(seen: &SeenTable<'_>, place: usize) -> FoundFact<FoundStatus> {
    let counted = counted(seen, place);
    let status = |good: Vec<String>| FoundStatus {
        column: seen.name(place).to_owned(),
        good,
    };
    let all: usize = counted.values().sum();
    let is_known = |word: &str| {
        // Where most say nothing, that is what is usual.
        says_good(seen, place, word) && (!word.is_empty() || says_what_is_wrong(seen.name(place)))
            || word.is_empty() && counted.get("").is_some_and(|blank| blank * 2 > all)
    };
    let (known, others): (Vec<&str>, Vec<&str>) =
        counted.keys().copied().partition(|word| is_known(word));
    let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let listed = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        words.join(", ")
    };
    if known.is_empty() {
        let most = counted
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or("", |(word, _)| word);
        let others: Vec<&str> = others.into_iter().filter(|word| *word != most).collect();
        return FoundFact::check(
            status(vec![most.to_owned()]),
            match others.is_empty() {
                true => "the only word is taken for good; it is not known".to_owned(),
                false => format!(
                    "the most frequent word is taken for good; no word is known, and a value with another one is missing: {}",
                    listed(&others)
                ),
            },
        );
    }
    let stand_in: Vec<&str> = known
        .iter()
        .copied()
        .filter(|word| is_stand_in(word))
        .collect();
    if !stand_in.is_empty() {
        let why = format!(
            "a value with {} is put in the place of a measured one, and is read; leave the word out where it shall be missing",
            listed(&stand_in)
        );
        return FoundFact::check(status(owned(&known)), why);
    }
    let is_open =
        |word: &&str| !is_bad(word) && !word.is_empty() && !says_what_is_wrong(seen.name(place));
    match others.is_empty() {
        true => FoundFact::proved(
            status(owned(&known)),
            "a value with another word is missing",
        ),
        false if others.iter().any(is_open) => FoundFact::check(
            status(owned(&known)),
            format!(
                "a value with another word is missing: {}; nothing says that each of them is bad",
                listed(&others)
            ),
        ),
        false => FoundFact::proved(
            status(owned(&known)),
            format!("a value with another word is missing: {}", listed(&others)),
        ),
    }
}
