//! Words of two-state points in the languages of the exports that are met → the numbers that they mean, for `states` of a point.
//!
//! A run knows a table of its own; these are words that it does not take by itself, as they are words of other things, too. Words of which nothing
//! is known have no number: a person says them.

use super::super::states::common;
use std::collections::{BTreeMap, BTreeSet};

/// Words for on, open, there, and for a fault.
const ON: [&str; 37] = [
    "ein",
    "an",
    "auf",
    "offen",
    "läuft",
    "betrieb",
    "ja",
    "wahr",
    "störung",
    "marche",
    "ouvert",
    "oui",
    "vrai",
    "encendido",
    "abierto",
    "sí",
    "si",
    "acceso",
    "aperto",
    "aan",
    "på",
    "til",
    "ligado",
    "aberto",
    "occ",
    "启动",
    "啟動",
    "開機",
    "开机",
    "入",
    "運転",
    "運転中",
    "起動",
    "有",
    "是",
    "故障",
    "警報",
];

/// Words for off, shut, not there.
const OFF: [&str; 33] = [
    "aus",
    "zu",
    "geschlossen",
    "steht",
    "nein",
    "falsch",
    "arrêt",
    "arret",
    "fermé",
    "non",
    "faux",
    "apagado",
    "cerrado",
    "spento",
    "chiuso",
    "uit",
    "av",
    "fra",
    "desligado",
    "fechado",
    "unocc",
    "停机",
    "停機",
    "關機",
    "关机",
    "切",
    "停止中",
    "閉",
    "無",
    "无",
    "否",
    "idle",
    "nee",
];

fn state(word: &str) -> Option<i64> {
    let word = word.trim().to_lowercase();
    if ON.contains(&&*word) || common(&word) == Some(1.0) {
        Some(1)
    } else if OFF.contains(&&*word) || common(&word) == Some(0.0) {
        Some(0)
    } else {
        None
    }
}

/// The number that stands in brackets behind a state.
fn number(word: &str) -> Option<i64> {
    let (state, number) = word.trim().strip_suffix(')')?.rsplit_once('(')?;
    let has_word = state.chars().any(char::is_alphabetic);
    number.trim().parse().ok().filter(|_| has_word)
}

/// The numbers of the states that words are: each has one beside it, or is known. `None` where that is not so, or where several words for one
/// number may be different states.
pub(crate) fn state_numbers(words: &BTreeSet<String>) -> Option<BTreeMap<String, i64>> {
    let of = |number: &dyn Fn(&str) -> Option<i64>| -> Option<BTreeMap<String, i64>> {
        let numbers = words.iter().map(|word| Some((word.clone(), number(word)?)));
        let numbers: BTreeMap<String, i64> = numbers.collect::<Option<_>>()?;
        let different: BTreeSet<i64> = numbers.values().copied().collect();
        (different.len() == numbers.len() && !numbers.is_empty()).then_some(numbers)
    };
    of(&number).or_else(|| of(&state))
}

#[cfg(test)]
mod tests {
    use super::super::super::tokens;
    use super::*;

    fn numbers(words: &[&str]) -> Option<Vec<i64>> {
        let all: BTreeSet<String> = words.iter().map(ToString::to_string).collect();
        let numbers = state_numbers(&all)?;
        words
            .iter()
            .map(|word| numbers.get(*word).copied())
            .collect()
    }

    #[test]
    fn words_that_are_known_have_their_numbers_the_right_way_round() {
        for (on, off) in [
            ("Ein", "Aus"),
            ("EIN", "AUS"),
            ("Marche", "Arrêt"),
            ("Encendido", "Apagado"),
            ("启动", "停机"),
            ("入", "切"),
            ("運転", "停止"),
            ("開", "閉"),
            ("有", "無"),
            ("Auf", "Zu"),
        ] {
            assert_eq!(numbers(&[on, off]), Some(vec![1, 0]), "{on} {off}");
        }
        assert_eq!(
            numbers(&["On (1)", "Off (0)", "Auto (2)"]),
            Some(vec![1, 0, 2])
        );
        assert_eq!(numbers(&["Ein"]), Some(vec![1]));
    }

    #[test]
    fn words_of_which_nothing_is_known_have_no_numbers() {
        for words in [
            &["手动", "自动"][..],
            &["Off", "Heating", "Cooling"],
            &["Heat", "Cool"],
            &["Good"],
            &["jim"],
            &["On", "Open"],
        ] {
            assert_eq!(numbers(words), None, "{words:?}");
        }
        assert!(
            ON.iter()
                .all(|word| !OFF.contains(word) && tokens::missing(word).is_none())
        );
    }
}
