//! The words of a status → whether the value beside it is one: tables of words, in the languages of the exports that are met.

use super::words::plain_word;

/// Words with which a value is one.
const GOOD: [&str; 44] = [
    "ok",
    "good",
    "normal",
    "valid",
    "gut",
    "gültig",
    "gueltig",
    "true",
    "192",
    "0xc0",
    "alarm",
    "in alarm",
    "unackedalarm",
    "overridden",
    "override",
    "online",
    "bon",
    "bonne",
    "bueno",
    "buona",
    "goed",
    "reliable",
    "no-fault-detected",
    "no fault detected",
    "no fault",
    "yes",
    "fine",
    "n",
    "-n-",
    "measured",
    "gemessen",
    "målt",
    "mesuré",
    "actual",
    "a",
    "r",
    "g",
    "v",
    "w",
    "正常",
    "有效",
    "良好",
    "合格",
    "{ok}",
];

/// Words with which a value is one that somebody has put in the place of a measured one.
const STAND_IN: [&str; 9] = [
    "e",
    "estimated",
    "estimate",
    "estimeret",
    "estimé",
    "ersatzwert",
    "ersatz",
    "geschätzt",
    "substituted",
];

/// Words with which a value is none.
const BAD: [&str; 31] = [
    "bad",
    "fault",
    "faulted",
    "error",
    "err",
    "down",
    "stale",
    "null",
    "disabled",
    "offline",
    "invalid",
    "ungültig",
    "ungueltig",
    "unreliable",
    "uncertain",
    "false",
    "no-sensor",
    "no sensor",
    "fail",
    "failed",
    "failure",
    "missing",
    "störung",
    "gestört",
    "defekt",
    "comm fail",
    "no data",
    "not connected",
    "異常",
    "无效",
    "無效",
];

fn folded(word: &str) -> String {
    word.trim().to_lowercase()
}

/// Whether a word of a status says that the value is one.
pub(super) fn is_good(word: &str) -> bool {
    let word = folded(word);
    GOOD.contains(&&*word) || word.starts_with("good")
}

/// Whether a word of a status says that somebody has put a value in the place of a measured one.
pub(super) fn is_stand_in(word: &str) -> bool {
    STAND_IN.contains(&&*folded(word))
}

/// Whether a word of a status says that the value is none.
pub(super) fn is_bad(word: &str) -> bool {
    let word = folded(word);
    BAD.contains(&&*word) || word.starts_with("bad")
}

/// Whether a column says by its name that its cells say what is wrong with a value, so that no, none and 0 are good.
pub(super) fn says_what_is_wrong(name: &str) -> bool {
    let word = plain_word(name);
    [
        "iserror",
        "error",
        "errorcode",
        "fault",
        "faultcode",
        "isbad",
        "isfault",
        "isinvalid",
    ]
    .contains(&&*word)
}

/// Whether a word says that nothing is wrong.
pub(super) fn is_no_fault(word: &str) -> bool {
    const NO_FAULT: [&str; 11] = [
        "", "0", "false", "no", "none", "-", "n", "ok", "good", "normal", "no error",
    ];
    NO_FAULT.contains(&&*folded(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_status_says_two_things() {
        let words = GOOD.iter().chain(&STAND_IN).chain(&BAD);
        for word in words {
            let said = [is_good(word), is_stand_in(word), is_bad(word)];
            assert_eq!(said.iter().filter(|said| **said).count(), 1, "{word}");
        }
    }

    #[test]
    fn a_column_of_errors_is_good_where_it_says_none() {
        assert!(says_what_is_wrong("IsError") && says_what_is_wrong("Error Code"));
        assert!(
            !says_what_is_wrong("Quality")
                && is_no_fault("False")
                && !is_no_fault("True")
                && !is_no_fault("7")
        );
    }
}
