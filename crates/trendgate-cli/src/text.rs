//! What a person reads: the only file that prints.
//!
//! Nothing that a terminal would obey is printed, whatever it comes from, but for the ends of lines; who puts text from outside into a
//! line uses [`safe`] or [`path`], so that it ends no line either. The paths that `files` lists are for programs, and are as they are.
//!
//! Results go to standard output, everything else to standard error. A reader that closes the pipe early ends the
//! output, not the program's work. Output that cannot be written otherwise ends the output, too, and the program says so at its end:
//! a result that was redirected to a full disk must not look whole.

use crate::terminal;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;
use trendgate::escape::{escaped, escaped_json, escaped_lines};
use trendgate::time::{DAY, HOUR, MINUTE, SECOND, Span};
use trendgate::{Error, Warning};

/// What ended the output.
static ENDED: OnceLock<io::Error> = OnceLock::new();

/// Prints a result to standard output.
pub(crate) fn print(text: &str) {
    put(&terminal::dressed(&escaped_lines(text), &io::stdout()));
}

/// Prints a text that goes into a file: its lines stay as they are.
pub(crate) fn print_document(text: &str) {
    put(&escaped_lines(text));
}

fn put(text: &str) {
    put_bytes(text.as_bytes());
}

fn put_bytes(bytes: &[u8]) {
    if ENDED.get().is_some() {
        return;
    }
    let mut out = io::stdout().lock();
    done(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Prints paths as they are, for programs, each with this byte behind it.
pub(crate) fn print_paths<'p>(paths: impl Iterator<Item = &'p Path>, end: u8) {
    let mut all = Vec::new();
    for path in paths {
        all.extend_from_slice(path.as_os_str().as_bytes());
        all.push(end);
    }
    put_bytes(&all);
}

/// Prints what is for programs, as it is.
pub(crate) fn print_bytes(bytes: &[u8]) {
    put_bytes(bytes);
}

/// Text from outside, in one line.
pub(crate) fn safe(text: &str) -> String {
    escaped(text).into_owned()
}

/// A path, in one line.
pub(crate) fn path(path: &Path) -> String {
    safe(&path.to_string_lossy())
}

/// Standard error, for logs: what would be obeyed is escaped.
#[derive(Debug)]
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(escaped_lines(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Prints JSON, and nothing else, to standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => put(&format!("{}\n", escaped_json(&text))),
        Err(error) => done(Err(error.into())),
    }
}

/// Prints what was asked of the arguments instead of a command: help, or the version.
pub(crate) fn print_answer(answer: &clap::Error) {
    done(answer.print().and_then(|()| io::stdout().flush()));
}

fn done(printed: io::Result<()>) {
    if let Err(error) = printed {
        // Only the first counts.
        let _ = ENDED.set(error);
    }
}

/// What kept the output from being written whole, where that is not its reader's own doing.
pub(crate) fn unprinted() -> Option<&'static io::Error> {
    ENDED
        .get()
        .filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
}

/// Prints a line to standard error.
pub(crate) fn note(line: &str) {
    let dressed = terminal::dressed(&escaped_lines(line), &io::stderr());
    let _ = writeln!(io::stderr().lock(), "{dressed}");
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
        text.push_str(&escaped(line));
    }
    if let Some(hint) = error.hint_text() {
        text.push_str("\n  help: ");
        text.push_str(&escaped(hint));
    }
    text
}

/// A warning: what was found, and what to do.
pub(crate) fn warning_text(warning: &Warning) -> String {
    let help = warning.remedy();
    let help = help.map_or_else(String::new, |remedy| format!("\n  help: {remedy}"));
    format!("warning: {}{help}", escaped(&warning.message()))
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

/// A share of a whole for a person: `1.2%`.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        return "<0.1%".to_owned();
    }
    format!("{:.1}%", share * 100.0)
}

/// How long ago something is, in the largest unit of which there are two or more: `3d`, `90m`.
pub(crate) fn age(span: Span) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")];
    let unit = units.iter().find(|(unit, _)| span >= unit.times(2));
    let (unit, name) = unit.unwrap_or(&(SECOND, "s"));
    let number = u64::try_from(span / *unit).unwrap_or(0);
    format!("{}{name}", count(number))
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
    fn an_error_is_printed_in_its_own_lines_whatever_stands_in_it() {
        let error = Error::input("found \u{1b}[2J")
            .at("a\nerror: b.csv")
            .excerpt(["x\u{7}\r".to_owned()])
            .hint("do\n\u{202e}so");
        assert_eq!(
            error_text("error", &error),
            concat!(
                "error: a\\nerror: b.csv: found \\u{1b}[2J\n",
                "  | x\\u{7}\\r\n",
                "  help: do\\n\\u{202e}so"
            )
        );
    }

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
        let shares = [0.0, 0.0004, 0.0005, 0.012, 1.0].map(percent);
        assert_eq!(shares, ["0.0%", "<0.1%", "0.1%", "1.2%", "100.0%"]);
        let ages = [
            SECOND.times(-3),
            MINUTE,
            MINUTE.times(90),
            HOUR.times(47),
            DAY.times(3579),
        ];
        assert_eq!(ages.map(age), ["0s", "60s", "90m", "47h", "3 579d"]);
    }
}
