//! Texts that mean "no value": one table. Every kind is counted by itself.

/// The kinds of missing token, by the names under which they are counted.
pub(super) const NAMES: [&str; 15] = [
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
];

/// The kind of an empty cell.
pub(super) const EMPTY: u8 = 0;

/// Spellings in lower case, and the place of their kind in [`NAMES`].
const SPELLINGS: [(&str, u8); 34] = [
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
];

/// The same for the spellings that reports are full of, at no look into the table. `None` where it is another.
#[inline]
pub(super) fn common(text: &[u8]) -> Option<u8> {
    match text {
        b"" => Some(EMPTY),
        b"---" => Some(4),
        b"N/A" => Some(5),
        b"NaN" | b"nan" => Some(6),
        b"Null" | b"NULL" | b"null" => Some(8),
        b"Bad" => Some(10),
        _ => None,
    }
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
    use super::*;

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
    fn a_common_spelling_is_the_one_of_the_table() {
        let mut met = 0;
        for (spelling, kind) in SPELLINGS.into_iter().chain([("", EMPTY)]) {
            let (upper, name) = (spelling.to_uppercase(), NAMES[usize::from(kind)]);
            for text in [spelling, &upper, name] {
                if let Some(common) = common(text.as_bytes()) {
                    assert_eq!(Some(common), missing(text), "{text}");
                    met += 1;
                }
            }
        }
        assert!(met >= 8, "{met}");
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
