//! Lines of a text as a person can look at them in a message.

use super::fields::is_blank;

/// How many lines an error shows.
const SHOWN_LINES: usize = 5;
const SHOWN_CHARS: usize = 100;

/// The first few lines of a text.
pub(super) fn first_lines(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .filter(|line| !is_blank(line.as_bytes()))
        .take(SHOWN_LINES);
    lines.map(shown).collect()
}

/// A line, not all of it where it is long.
pub(super) fn shown(line: &str) -> String {
    let clean = |c: char| if c.is_control() { '·' } else { c };
    let mut text: String = line.chars().take(SHOWN_CHARS).map(clean).collect();
    if line.chars().nth(SHOWN_CHARS).is_some() {
        text.push('…');
    }
    text
}
