//! Texts that mean "no value": one table. Every kind is counted by itself.

use std::ops::Range;
use std::sync::LazyLock;

/// The kinds of missing token, by the names under which they are counted.
pub(super) const NAMES: [&str; 24] = [
    "(empty)",
    "No Data",
    "Data Loss",
    "TIME (n)",
    "---",
    "N/A",
    "NaN",
    "Inf",
    "Null",
    "?",
    "Bad",
    "Comm Fail",
    "Error",
    "#VALUE!",
    "#N/A",
    "Offline",
    "Out of Service",
    "Timeout",
    "Failed",
    "###",
    "(status)",
    "(sentinel)",
    "(stated)",
    "(total)",
];

/// The kind of an empty cell.
pub(super) const EMPTY: u8 = 0;

/// The kind of a cell whose status says that there is no value.
pub(super) const STATUS: u8 = 20;

/// The kind of a cell whose number says that there is none.
pub(super) const SENTINEL: u8 = 21;
/// The kind of a cell that is stated to mean that there is no value.
pub(super) const STATED: u8 = 22;

/// The kind of a cell that is the total of a time which nothing says.
pub(super) const TOTAL: u8 = 23;

/// Spellings in lower case, and the place of their kind in [`NAMES`].
const SPELLINGS: [(&str, u8); 82] = [
    ("no data", 1),
    ("nodata", 1),
    ("data loss", 2),
    ("dataloss", 2),
    ("---", 4),
    ("--", 4),
    ("-", 4),
    ("[-]", 4),
    ("----", 4),
    ("n/a", 5),
    ("na", 5),
    ("nan", 6),
    ("-nan", 6),
    ("+nan", 6),
    ("inf", 7),
    ("-inf", 7),
    ("+inf", 7),
    ("infinity", 7),
    ("-infinity", 7),
    ("+infinity", 7),
    ("null", 8),
    ("none", 8),
    ("?", 9),
    ("bad", 10),
    ("comm fail", 11),
    ("commfail", 11),
    ("err", 12),
    ("error", 12),
    ("#value!", 13),
    ("#ref!", 13),
    ("#div/0!", 13),
    ("#num!", 13),
    ("#name?", 13),
    ("#n/a", 14),
    ("no_data", 1),
    ("no-data", 1),
    ("no value", 1),
    ("novalue", 1),
    ("無資料", 1),
    ("无资料", 1),
    ("無數據", 1),
    ("无数据", 1),
    ("無", 1),
    ("无", 1),
    ("データなし", 1),
    ("–", 4),
    ("—", 4),
    ("－", 4),
    ("*", 4),
    ("**", 4),
    ("***", 4),
    ("n.a.", 5),
    ("n/a.", 5),
    ("not available", 5),
    ("1.#ind", 6),
    ("-1.#ind", 6),
    ("1.#qnan", 6),
    ("1.#snan", 6),
    ("1.#inf", 7),
    ("-1.#inf", 7),
    ("<null>", 8),
    ("(null)", 8),
    ("\\n", 8),
    ("offline", 15),
    ("off line", 15),
    ("off-line", 15),
    ("離線", 15),
    ("离线", 15),
    ("斷線", 15),
    ("断线", 15),
    ("out of service", 16),
    ("timeout", 17),
    ("time out", 17),
    ("i/o timeout", 17),
    ("failed", 18),
    ("##", 19),
    ("###", 19),
    ("####", 19),
    ("#####", 19),
    ("######", 19),
    ("#######", 19),
    ("########", 19),
];

/// A comma in each of the sixteen places.
const COMMAS: u128 = u128::from_le_bytes([b','; 16]);
/// The lowest bit of each place.
const ONES: u128 = u128::from_le_bytes([1; 16]);

/// How many slots there are for spellings, as a power of two: some five times as many as there are spellings.
const SLOTS: u32 = 10;

/// The spellings of missing tokens as they stand in lines, quoted or not. Whether a cell is one of them is told by the sixteen bytes at its
/// start, all at once: in a report full of tokens nothing tells which cell will be one, and every branch that is guessed
/// wrongly costs as much as reading a number.
pub(super) struct Spelled {
    /// Each where its hash says, or in the next vacant place: the text of the cell, with commas after it, and its kind; [`VACANT`].
    slots: Vec<(u128, u8)>,
}

const VACANT: (u128, u8) = (0, u8::MAX);

/// Built once.
pub(super) static SPELLED: LazyLock<Spelled> = LazyLock::new(Spelled::new);

impl Spelled {
    fn new() -> Self {
        let mut spelled = Self {
            slots: vec![VACANT; 1 << SLOTS],
        };
        for text in SPELLINGS
            .iter()
            .map(|(text, _)| *text)
            .chain(NAMES)
            .chain([""])
        {
            spelled.add(text);
            spelled.add(&text.to_uppercase());
        }
        (-9..10).for_each(|seconds| spelled.add(&format!("TIME ({seconds})")));
        spelled
    }

    /// Adds a spelling; the names of some kinds are none.
    fn add(&mut self, text: &str) {
        let Some(kind) = missing(text) else { return };
        for cell in [text.to_owned(), format!("\"{text}\"")] {
            // What ends behind the bytes that are looked at is none of these.
            if cell.len() >= 16 {
                continue;
            }
            let (key, _) = first_cell(cell.as_bytes());
            let mut slot = slot(key);
            while self.slots[slot] != VACANT && self.slots[slot].0 != key {
                slot = (slot + 1) % self.slots.len();
            }
            self.slots[slot] = (key, kind);
        }
    }

    /// The kind of the token at `start` of `line`, and where its cell ends. `None` where it is no token, or none of these.
    #[inline]
    pub(super) fn kind(&self, line: &[u8], start: usize) -> Option<(u8, usize)> {
        let (key, length) = first_cell(line.get(start..)?);
        Some((self.kind_of(key)?, start + length))
    }

    /// The kind of the token that is the cell `cell` of `line`. `None` where it is no token, or none of these.
    #[inline]
    pub(super) fn kind_in(&self, line: &[u8], cell: Range<usize>) -> Option<u8> {
        if cell.len() >= 16 {
            return None;
        }
        let before = (1 << (8 * cell.len())) - 1;
        let bytes = first_bytes(line.get(cell.start..)?);
        self.kind_of((bytes & before) | (COMMAS & !before))
    }

    #[inline]
    fn kind_of(&self, key: u128) -> Option<u8> {
        let mut slot = slot(key);
        loop {
            let (found, kind) = *self.slots.get(slot)?;
            if kind == VACANT.1 {
                return None;
            }
            if found == key {
                return Some(kind);
            }
            slot = (slot + 1) % self.slots.len();
        }
    }
}

/// The text before the first comma of `text`, with commas behind it up to sixteen bytes, and its length. Sixteen bytes of `text` where
/// it has no comma among them.
#[inline]
fn first_cell(text: &[u8]) -> (u128, usize) {
    let bytes = first_bytes(text);
    // The lowest bit that is left is the highest of the first comma.
    let others = bytes ^ COMMAS;
    let commas = others.wrapping_sub(ONES) & !others & (ONES << 7);
    let before = ((commas & commas.wrapping_neg()) >> 7).wrapping_sub(1);
    let length = commas.trailing_zeros() / 8;
    ((bytes & before) | (COMMAS & !before), length as usize)
}

/// The first sixteen bytes of `text`, or commas behind all of it.
#[inline]
fn first_bytes(text: &[u8]) -> u128 {
    let bytes = text.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [b','; 16];
        bytes[..text.len()].copy_from_slice(text);
        bytes
    });
    u128::from_le_bytes(bytes)
}

/// Where the text `key` has its place.
#[inline]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the lower half is meant, and a place is below 2^SLOTS"
)]
fn slot(key: u128) -> usize {
    let (low, high) = (key as u64, (key >> 64) as u64);
    let hash = (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> (64 - SLOTS)) as usize
}

/// The kind of the missing token that `text` (trimmed, in any case) is, as a place in [`NAMES`].
pub(super) fn missing(text: &str) -> Option<u8> {
    if text.is_empty() {
        return Some(EMPTY);
    }
    if is_clock_correction(text) {
        return Some(3);
    }
    let mut spellings = SPELLINGS.iter();
    let known = spellings.find(|(spelling, _)| spelling.eq_ignore_ascii_case(text));
    known.map(|(_, kind)| *kind)
}

/// `TIME (n)`: the clock of the logger was set by n seconds at this sample.
fn is_clock_correction(text: &str) -> bool {
    let word = text
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("time"));
    let inner = word
        .and_then(|word| text[word.len()..].trim_start().strip_prefix('('))
        .and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|number| number.trim().parse::<i64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::fields::first_field;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_are_found_by_every_spelling_and_nothing_else_is_one() {
        let name = |text: &str| missing(text).map(|kind| NAMES[usize::from(kind)]);
        assert_eq!(name(""), Some("(empty)"));
        assert_eq!(name("no data"), Some("No Data"));
        assert_eq!(name("NO Data"), Some("No Data"));
        assert_eq!(name("time (-2)"), Some("TIME (n)"));
        assert_eq!(name("time (0)"), Some("TIME (n)"));
        assert_eq!(name("time(12)"), Some("TIME (n)"));
        assert_eq!(name("TIME  (+3)"), Some("TIME (n)"));
        assert_eq!(name("#value!"), Some("#VALUE!"));
        assert_eq!(name("-inf"), Some("Inf"));
        assert_eq!(name("Out Of Service"), Some("Out of Service"));
        assert_eq!(name("無資料"), Some("No Data"));
        assert_eq!(name("#####"), Some("###"));
        for other in [
            "time",
            "time (x)",
            "on",
            "12",
            "no",
            "data",
            "time (1",
            "timé (1)",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
    }

    #[test]
    fn every_spelling_is_found_in_a_line_quoted_or_not_and_wherever_it_stands() {
        let mut texts: Vec<String> = SPELLINGS.iter().map(|(text, _)| text.to_string()).collect();
        texts.extend(texts.clone().iter().map(|text| text.to_uppercase()));
        texts.extend(
            ["", "No Data", "NaN", "Comm Fail", "TIME (-2)", "TIME (7)"].map(str::to_owned),
        );
        for text in &texts {
            let kind = missing(text).unwrap();
            for cell in [text.clone(), format!("\"{text}\"")] {
                let fits = cell.len() < 16;
                for after in ["", ",", ",1", ",\"51.4\",\"No Data\",\"51.4\""] {
                    let line = format!("00:00:00,{cell}{after}");
                    let found = SPELLED.kind(line.as_bytes(), 9);
                    assert_eq!(found, fits.then_some((kind, 9 + cell.len())), "{line}");
                }
            }
        }
        for other in ["TIME (n)", "51.4", "off", "\"", "No Data\"", "--- "] {
            assert_eq!(SPELLED.kind(other.as_bytes(), 0), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_the_cell_and_means_what_it_means_byte_by_byte(
            cell in "\"?(TIME \\(-?[0-9]\\)|no data|Data Loss|-{0,4}|[-+]?nan|N/A|#[A-Z]{1,5}[!?]|[-a-z0-9.\" \u{0}]{0,17})\"?",
            after in "(,|\"| )?[0-9,\"]{0,20}",
        ) {
            let line = format!("{cell}{after}");
            if let Some((kind, end)) = SPELLED.kind(line.as_bytes(), 0) {
                let (field, rest) = first_field(line.as_bytes());
                prop_assert_eq!(missing(std::str::from_utf8(field).unwrap()), Some(kind));
                prop_assert_eq!(rest.map_or(line.len(), |rest| line.len() - rest.len() - 1), end);
            }
        }
    }

    #[test]
    fn every_spelling_is_there_once_and_in_lower_case() {
        for (index, (spelling, kind)) in SPELLINGS.iter().enumerate() {
            assert_eq!(*spelling, spelling.to_lowercase());
            assert!(usize::from(*kind) < NAMES.len());
            assert!(
                SPELLINGS[..index]
                    .iter()
                    .all(|(other, _)| other != spelling)
            );
        }
    }
}
