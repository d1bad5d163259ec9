//! What a person reads: the only file that prints.
//!
//! Results go to standard output, everything else to standard error. A reader that closes the pipe early ends the
//! output, not the program's work.

use std::io::Write;
use trendgate::{Error, Warning};

/// Prints a result to standard output.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe is the reader's business.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints one JSON object, and nothing else, to standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&format!("{text}\n")),
        Err(error) => note(&format!(
            "error: the result cannot be written as JSON: {error}"
        )),
    }
}

/// Prints a line to standard error.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints an error: what, where, the lines found, and what to do.
pub(crate) fn print_error(error: &Error) {
    note(&error_text("error", error));
}

/// An error (or a warning, by its `word`) as several lines, without the last line's end.
pub(crate) fn error_text(word: &str, error: &Error) -> String {
    let mut text = format!("{word}: {error}");
    for line in error.excerpt_lines() {
        text.push_str("\n  | ");
        text.push_str(line);
    }
    if let Some(hint) = error.hint_text() {
        text.push_str("\n  help: ");
        text.push_str(hint);
    }
    text
}

/// A warning: what was found, and what to do.
pub(crate) fn warning_text(warning: &Warning) -> String {
    let help = warning.remedy();
    let help = help.map_or_else(String::new, |remedy| format!("\n  help: {remedy}"));
    format!("warning: {}{help}", warning.message())
}

/// An error as the one JSON object that a program gets instead of a result.
pub(crate) fn error_json(error: &Error) -> serde_json::Value {
    serde_json::json!({
        "status": "failed",
        "kind": format!("{:?}", error.kind()),
        "error": error.message(),
        "file": error.path(),
        "line": error.line_number(),
        "hint": error.hint_text(),
    })
}

/// A count with its thousands set apart: `827 328`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes for a person: `6.8 MB`.
#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(crate) fn bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {}", units[unit])
    }
}

/// "1 file", "2 files".
pub(crate) fn plural(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!(
        "{} {noun}{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_for_reading() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(827_328), "827 328");
        assert_eq!(count(1_000_000), "1 000 000");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(6_790_578), "6.8 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(plural(1_u64, "file"), "1 file");
        assert_eq!(plural(1200_u64, "row"), "1 200 rows");
    }
}
