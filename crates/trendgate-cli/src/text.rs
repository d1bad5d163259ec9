//! What a person reads: the only file that prints.
//!
//! Nothing that a terminal would obey is printed, whatever it comes from, but for the ends of lines; who puts text from outside into a
//! line uses [`safe`] or [`path`], so that it ends no line either. The paths that `files` lists are for programs, and are as they are.
//!
//! Results go to standard output, everything else to standard error: as text, or as events where the log is JSON. A reader that closes the pipe early ends the
//! output, not the program's work. Output that cannot be written otherwise ends the output, too, and the program says so at its end:
//! a result that was redirected to a full disk must not look whole.

use crate::logging::{self, About};
use crate::{progress, terminal};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;
pub(crate) use trendgate::wording::{age, bytes, count, percent, plural};
use trendgate::wording::{escaped, escaped_json, escaped_lines};
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

/// Writes an event to standard error, as text.
pub(crate) fn log_text(line: &str) {
    let dressed = terminal::dressed(&escaped_lines(line), &io::stderr());
    progress::beside(|| {
        let _ = writeln!(io::stderr().lock(), "{dressed}");
    });
}

/// Writes an event to standard error, as one JSON object in one line.
pub(crate) fn log_json(line: &impl serde::Serialize) {
    if let Ok(json) = serde_json::to_string(line) {
        let json = format!("{}\n", escaped_json(&json));
        let _ = io::stderr().lock().write_all(json.as_bytes());
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

/// Prints a remark to standard error, where remarks are wanted.
pub(crate) fn remark(line: &str) {
    match (logging::is_quiet(), logging::is_json()) {
        (true, _) => {}
        (false, true) => logging::remark_event(line),
        (false, false) => log_text(line),
    }
}

/// Prints a line to standard error, whatever is wanted.
pub(crate) fn note(line: &str) {
    if logging::is_json() {
        logging::note_event(line);
    } else {
        log_text(line);
    }
}

/// Prints why the arguments cannot be read.
pub(crate) fn wrong_arguments(why: &str) {
    if logging::is_json() {
        logging::error_event(About::Error, &Error::usage(why));
    } else {
        log_text(why);
    }
}

/// Prints an error: what, where, the lines found, and what to do.
pub(crate) fn print_error(error: &Error) {
    tell(About::Error, "error", error);
}

/// Prints an error that is told of as this, by this word.
pub(crate) fn tell(about: About, word: &str, error: &Error) {
    if logging::is_json() {
        logging::error_event(about, error);
    } else {
        log_text(&error_text(word, error));
    }
}

/// Prints a warning, where warnings are wanted; of several sites, with the name of its own.
pub(crate) fn warn(site: Option<&str>, warning: &Warning) {
    if logging::is_quiet() {
        return;
    }
    if logging::is_json() {
        logging::warning_event(warning);
    } else {
        let of = site.map_or_else(String::new, |site| format!("{site}: "));
        log_text(&format!("{of}{}", warning_text(warning)));
    }
}

/// An error (or a warning, by its `word`) as several lines, without the last line's end.
fn error_text(word: &str, error: &Error) -> String {
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
fn warning_text(warning: &Warning) -> String {
    let help = warning.remedy();
    let help = help.map_or_else(String::new, |remedy| format!("\n  help: {remedy}"));
    format!("warning: {}{help}", escaped(&warning.message()))
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
}
