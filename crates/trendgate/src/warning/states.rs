//! Words in the place of numbers: the states of a point that the configuration has to number.
//!
//! Enters: texts that are no numbers. Leaves: whether one may be the word of a state, and the line of configuration that numbers such words.

/// How many words a line of configuration names.
const WORDS: usize = 4;

/// The line of configuration that names the states of a point; which number is which state is the reader's to say.
pub(crate) fn states_line(point: &str, words: &[&str]) -> String {
    let words = words.iter().take(WORDS).zip(1..);
    let states: Vec<String> = words
        .map(|(word, number)| format!("{word:?}: {number}"))
        .collect();
    format!("{point:?}: {{states: {{{}}}}}", states.join(", "))
}

/// Whether a text of no known kind may be the word of a state.
pub(crate) fn is_word(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}
