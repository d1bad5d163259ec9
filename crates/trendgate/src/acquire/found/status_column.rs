//! The column of a table that says how good its values are → the words with which a value is one.

use super::long::rows;
use super::statuses::{is_bad, is_good, is_no_fault, is_stand_in, says_what_is_wrong};
use super::words::{ColumnRole, says};
use super::{FoundFact, FoundStatus, SeenTable};
use std::collections::BTreeMap;

pub(super) fn status(seen: &SeenTable<'_>, value: usize) -> Option<usize> {
    let mut others = seen.others().filter(|place| *place != value);
    others.find(|place| is_status(seen, *place))
}

/// Whether a column says by its name and its cells how good values are.
fn is_status(seen: &SeenTable<'_>, place: usize) -> bool {
    let (name, counts) = (seen.name(place), &seen.counts[place]);
    let is_word = || counts.different.iter().any(|word| is_good(word));
    let are_codes = || {
        let mut codes = counts.different.iter().filter(|cell| !cell.is_empty());
        codes.all(|cell| cell.parse::<i64>().is_ok())
    };
    let is_of_codes = says_what_is_wrong(name) && are_codes()
        || says(ColumnRole::Quality, name) && are_codes() && usual(seen, place).is_some();
    let says_wrong = || says_what_is_wrong(name) && counts.numbers == 0;
    // On and off, and numbers, are readings unless one of them is a word for a good value.
    says(ColumnRole::Status, name)
        && counts.different.len() <= 16
        && (counts.is_text() || is_word() || is_of_codes || says_wrong())
}

/// Whether a column among several of values says how good some of them are, and not what a machine does.
pub(super) fn is_of_values(seen: &SeenTable<'_>, place: usize) -> bool {
    let words = seen.counts[place].state_words();
    is_status(seen, place) && words.is_none_or(|words| words.iter().any(|word| is_good(word)))
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

/// Whether a word of a status, which may be what is wrong with a value, says that the value is one.
fn says_good(says_wrong: bool, word: &str) -> bool {
    match says_wrong {
        true => is_no_fault(word),
        false => is_good(word) || is_stand_in(word),
    }
}

/// Whether a status has words that do not say that a value is one.
pub(super) fn has_others(seen: &SeenTable<'_>, place: usize) -> bool {
    let says_wrong = says_what_is_wrong(seen.name(place));
    let mut words = seen.counts[place].different.iter();
    words.any(|word| !word.is_empty() && !says_good(says_wrong, word))
}

/// A status, with the words beside which a value is one.
pub(super) fn good(seen: &SeenTable<'_>, place: usize) -> FoundFact<FoundStatus> {
    let column = seen.name(place).to_owned();
    let FoundFact { what: good, why } =
        good_words(&counted(seen, place), says_what_is_wrong(&column));
    FoundFact {
        what: FoundStatus { column, good },
        why,
    }
}

/// Those of the words of a status, which may be what is wrong with a value, with which it is one.
pub(super) fn good_words(
    counted: &BTreeMap<&str, usize>,
    says_wrong: bool,
) -> FoundFact<Vec<String>> {
    let all: usize = counted.values().sum();
    let is_known = |word: &str| {
        // Where most say nothing, that is what is usual.
        says_good(says_wrong, word) && (!word.is_empty() || says_wrong)
            || word.is_empty() && counted.get("").is_some_and(|blank| blank * 2 > all)
    };
    let (known, others): (Vec<&str>, Vec<&str>) =
        counted.keys().copied().partition(|word| is_known(word));
    let owned = |words: &[&str]| -> Vec<String> { words.iter().map(ToString::to_string).collect() };
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
            vec![most.to_owned()],
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
        return FoundFact::check(owned(&known), why);
    }
    let is_open = |word: &&str| !is_bad(word) && !word.is_empty() && !says_wrong;
    match others.is_empty() {
        true => FoundFact::proved(owned(&known), "a value with another word is missing"),
        false if others.iter().any(is_open) => FoundFact::check(
            owned(&known),
            format!(
                "a value with another word is missing: {}; nothing says that each of them is bad",
                listed(&others)
            ),
        ),
        false => FoundFact::proved(
            owned(&known),
            format!("a value with another word is missing: {}", listed(&others)),
        ),
    }
}
