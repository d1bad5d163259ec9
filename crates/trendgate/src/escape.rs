//! Text from outside → text that a terminal shows and does not obey.
//!
//! Names of files and points, cells, definitions, what an error found: anyone may have written them, and a terminal obeys some
//! characters instead of showing them: it moves, colours, clears, renames its window, or shows letters in another order than they
//! stand in. Whoever prints such text prints it through here. Letters of all scripts stay as they are, and so does text that was
//! escaped before.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal, or whoever shows text, obeys a character instead of showing it: controls (C0, C1, DEL), the marks and
/// overrides of the direction of writing, and what ends a line.
///
/// ```
/// use trendgate::wording::is_obeyed;
///
/// assert!(is_obeyed('\u{1b}') && !is_obeyed('冰'));
/// ```
#[must_use]
pub fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// Text in one line: what would be obeyed is written as Rust and JSON write it, `\n` or `\u{1b}`.
///
/// ```
/// use trendgate::wording::escaped;
///
/// assert_eq!(escaped("冷凍機.csv"), "冷凍機.csv");
/// assert_eq!(escaped("a\u{1b}[2Jb\nc"), r"a\u{1b}[2Jb\nc");
/// ```
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    replaced(text, is_obeyed, |c, into| {
        into.extend(c.escape_default());
    })
}

/// Text in several lines: as [`escaped`], but for the ends of the lines.
///
/// ```
/// use trendgate::wording::escaped_lines;
///
/// assert_eq!(escaped_lines("a\u{7}\nb"), "a\\u{7}\nb");
/// ```
#[must_use]
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    let obeyed = |c| c != '\n' && is_obeyed(c);
    replaced(text, obeyed, |c, into| into.extend(c.escape_default()))
}

/// JSON that means the same, with nothing in its strings that would be obeyed.
///
/// ```
/// use trendgate::wording::escaped_json;
///
/// assert_eq!(escaped_json("{\"a\": 1}"), "{\"a\": 1}");
/// ```
#[must_use]
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    // Outside of strings JSON has no other such characters.
    let obeyed = |c| !matches!(c, '\n' | '\r' | '\t') && is_obeyed(c);
    replaced(json, obeyed, |c, into| {
        // All of them are below U+10000; writing to a String cannot fail.
        let _ = write!(into, "\\u{:04x}", u32::from(c));
    })
}

fn replaced(
    text: &str,
    which: impl Fn(char) -> bool,
    put: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.chars().any(&which) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if which(c) {
            put(c, &mut safe);
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out_and_letters_stay() {
        assert_eq!(
            escaped("\u{7}\u{1b}]0;x\u{9d}\u{7f}\r\n\t\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}"),
            r"\u{7}\u{1b}]0;x\u{9d}\u{7f}\r\n\t\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}"
        );
        for text in [
            "冰水機 °C",
            "Ωμέγα",
            "مضخة",
            "e\u{301}",
            r"C:\x",
            "👩\u{200d}🔧",
        ] {
            assert!(matches!(escaped(text), Cow::Borrowed(_)), "{text}");
        }
        assert_eq!(escaped_lines("a\nb\rc"), "a\nb\\rc");
    }

    #[test]
    fn json_means_the_same() {
        let text = "\u{9b}31m\u{7f}\u{202e}中\n\u{1b}";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = escaped_json(&json);
        assert!(safe.chars().all(|c| c == '\n' || !is_obeyed(c)), "{safe}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [text]);
    }

    proptest! {
        #[test]
        fn nothing_that_is_printed_is_obeyed_and_escaping_twice_is_escaping_once(text: String) {
            let once = escaped(&text);
            prop_assert!(!once.chars().any(is_obeyed));
            prop_assert_eq!(escaped(&once), once.as_ref());
            prop_assert!(!escaped_lines(&text).chars().any(|c| c != '\n' && is_obeyed(c)));
        }
    }
}
