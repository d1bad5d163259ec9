//! What can go wrong, named by the caller's next move.
//!
//! One [`Error`] type serves the whole library. Its [`ErrorKind`] says who has to act: mend the command, mend the
//! configuration, mend the report, try again, wait for someone else, or report a bug to us. Everything else in it is
//! position (file, line, point) and, where the remedy is known, a hint.

mod missing;
mod sent;

pub use missing::Missing;

use crate::escape::escaped;
use crate::named::named;
use rustix::io::Errno;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything in this library that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Whose move it is after an error.
///
/// ```
/// assert_eq!(trendgate::ErrorKind::Locked.name(), "Locked");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command is wrong: a path that does not exist, options that contradict each other. Mend the command.
    Usage,
    /// The configuration is wrong. Mend the configuration.
    Config,
    /// A report is not one, or is damaged. Mend or remove the report; the others are not affected.
    Input,
    /// A report has rows in the future. Mend the clock or the time zone; or wait.
    Future,
    /// A report changed while it was read. Try again when its writer has finished.
    Changing,
    /// Rows break the contract of the dataset. Mend whatever produced them.
    Contract,
    /// The operating system refused a read or a write. Mend the machine (space, permissions, disk) and try again.
    Storage,
    /// Committed data is not what its manifest says. Restore the file that is named.
    Damaged,
    /// Another run holds the site. Wait for it.
    Locked,
    /// Whether the commit happened is not known; nothing was deleted. Run `recover`.
    Unsettled,
    /// The run was told to stop, and did before it committed anything. Run again.
    Stopped,
    /// The run takes more memory than it may, and is to stop then. Raise the limit, or let it do less at a time.
    Memory,
    /// The program contradicts itself. Nothing was committed. Report it.
    Bug,
}

named!(ErrorKind, "Whose move it is after an error.", {
    Usage "Usage",
    Config "Config",
    Input "Input",
    Future "Future",
    Changing "Changing",
    Contract "Contract",
    Storage "Storage",
    Damaged "Damaged",
    Locked "Locked",
    Unsettled "Unsettled",
    Stopped "Stopped",
    Memory "Memory",
    Bug "Bug",
});

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let known = Self::ALL.iter().copied().find(|kind| kind.name() == name);
        known.ok_or_else(|| serde::de::Error::custom(format!("no such kind of error: {name}")))
    }
}

/// An error with its position and, where one is known, the remedy.
///
/// ```
/// use std::io;
/// use trendgate::{Error, ErrorKind};
///
/// let error = Error::input("expected a date, found \"2016/13/40\"")
///     .at("exports/week.csv")
///     .line(12)
///     .point("CH1.CHWS")
///     .excerpt(["2016/13/40,00:00,7.1".to_owned()])
///     .hint("mend the row, or remove it");
/// assert_eq!(error.kind(), ErrorKind::Input);
/// assert_eq!(error.message(), "expected a date, found \"2016/13/40\"");
/// assert_eq!(error.path(), Some("exports/week.csv".as_ref()));
/// assert_eq!((error.member(), error.line_number()), (None, Some(12)));
/// assert_eq!(error.point_name(), Some("CH1.CHWS"));
/// assert_eq!(error.excerpt_lines(), ["2016/13/40,00:00,7.1"]);
/// assert_eq!(error.hint_text(), Some("mend the row, or remove it"));
/// // A file that is known stays.
/// assert!(error.at_if_nowhere("other.csv".as_ref()).path().unwrap().ends_with("week.csv"));
///
/// assert_eq!(Error::usage("no such folder").kind(), ErrorKind::Usage);
/// assert_eq!(Error::config("no such field").kind(), ErrorKind::Config);
/// assert_eq!(Error::bug("two counts of one cell").kind(), ErrorKind::Bug);
/// assert_eq!(Error::new(ErrorKind::Locked, "held by another run").kind(), ErrorKind::Locked);
/// let full = io::Error::from(io::ErrorKind::StorageFull);
/// let error = Error::storage("cannot write", "data/a.parquet".as_ref(), full);
/// assert_eq!(error.io().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    member: Option<String>,
    foreign: bool,
    line: Option<u64>,
    point: Option<String>,
    excerpt: Vec<String>,
    hint: Option<String>,
    decided_by: Option<Cow<'static, str>>,
    missing: Option<Missing>,
    source: Option<std::io::Error>,
}

impl Error {
    /// An error of `kind` that says `message`: what was expected and what was found, without the position.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            path: None,
            member: None,
            foreign: false,
            line: None,
            point: None,
            excerpt: Vec::new(),
            hint: None,
            decided_by: None,
            missing: None,
            source: None,
        }))
    }

    /// A [`ErrorKind::Usage`] error.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A [`ErrorKind::Usage`] error that says `message` of what was asked for and is not there.
    #[must_use]
    pub fn missing(what: Missing, message: impl Into<String>) -> Self {
        let mut error = Self::usage(message);
        error.0.missing = Some(what);
        error
    }

    /// A [`ErrorKind::Config`] error.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A [`ErrorKind::Input`] error.
    #[must_use]
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// A [`ErrorKind::Contract`] error.
    #[must_use]
    pub(crate) fn contract(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contract, message)
    }

    /// A [`ErrorKind::Damaged`] error.
    #[must_use]
    pub(crate) fn damaged(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, message)
    }

    /// A [`ErrorKind::Stopped`] error: the run was told to stop, `when` it was doing what.
    #[must_use]
    pub(crate) fn stopped(when: &str) -> Self {
        Self::new(ErrorKind::Stopped, format!("stopped {when}"))
            .hint("nothing was committed and nothing is left behind; run again")
    }

    /// A [`ErrorKind::Bug`] error.
    #[must_use]
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Bug, message)
    }

    /// A [`ErrorKind::Storage`] error: `doing` (such as "cannot read") failed on `path` with `source`.
    #[must_use]
    pub fn storage(doing: &str, path: &Path, source: std::io::Error) -> Self {
        let mut error = Self::new(ErrorKind::Storage, format!("{doing}: {source}")).at(path);
        error.0.hint = remedy(source.kind()).map(str::to_owned);
        error.0.source = Some(source);
        error
    }

    /// Adds the file in question.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// Adds the file in question, unless it is known already.
    #[must_use]
    pub fn at_if_nowhere(self, path: &Path) -> Self {
        if self.0.path.is_some() {
            self
        } else {
            self.at(path)
        }
    }

    /// Adds the text in question, by the name that it has in its file: a member of an archive, a sheet.
    #[must_use]
    pub(crate) fn of_member(mut self, name: impl Into<String>) -> Self {
        self.0.member = Some(name.into());
        self
    }

    /// Says that the file is no report of any form, and not one that is wrong.
    #[must_use]
    pub(crate) fn foreign(mut self) -> Self {
        self.0.foreign = true;
        self
    }

    /// Whether it says that a file is no report of any form.
    pub(crate) fn is_foreign(&self) -> bool {
        self.0.foreign
    }

    /// Adds the line in question, counted from 1.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.0.line = Some(line);
        self
    }

    /// Adds the point in question, by the name that it has in the report.
    #[must_use]
    pub fn point(mut self, point: impl Into<String>) -> Self {
        self.0.point = Some(point.into());
        self
    }

    /// Adds lines of the file that show what was found.
    #[must_use]
    pub fn excerpt(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.0.excerpt = lines.into_iter().collect();
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the field of the configuration that decides what the file leaves open.
    #[must_use]
    pub(crate) fn decided_by(mut self, field: &'static str) -> Self {
        self.0.decided_by = Some(Cow::Borrowed(field));
        self
    }

    /// Whether this field of the configuration would decide what the file leaves open.
    pub(crate) fn is_decided_by(&self, field: &str) -> bool {
        self.0.decided_by.as_deref() == Some(field)
    }

    /// Whose move it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was expected and what was found, without the position.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The file in question.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The text in question, by the name that it has in its file.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        self.0.member.as_deref()
    }

    /// The line in question, counted from 1.
    #[must_use]
    pub fn line_number(&self) -> Option<u64> {
        self.0.line
    }

    /// The point in question, by the name that it has in the report.
    #[must_use]
    pub fn point_name(&self) -> Option<&str> {
        self.0.point.as_deref()
    }

    /// Lines of the file that show what was found.
    #[must_use]
    pub fn excerpt_lines(&self) -> &[String] {
        &self.0.excerpt
    }

    /// What to do about it.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What was asked for and is not there, where that is what is wrong.
    #[must_use]
    pub fn what_is_missing(&self) -> Option<Missing> {
        self.0.missing
    }

    /// The operating system's own error behind a [`ErrorKind::Storage`] error.
    #[must_use]
    pub fn io(&self) -> Option<&std::io::Error> {
        self.0.source.as_ref()
    }

    /// Adds which report of its text is in question: that whose head begins in this line.
    pub(crate) fn of_report(mut self, line: u64) -> Self {
        let report = format!(" (in the report whose head begins in line {line})");
        self.0.message.push_str(&report);
        self
    }

    /// Adds one more thing to the message.
    pub(crate) fn and_that(mut self, more: &str) -> Self {
        self.0.message.push_str("; it ");
        self.0.message.push_str(more);
        self
    }

    /// Adds which entry of the configuration's sources describes the file: that with this pattern, which begins in this line.
    pub(crate) fn of_source(mut self, pattern: &str, line: u64) -> Self {
        let line = match line {
            0 => String::new(),
            line => format!(", line {line} of the configuration"),
        };
        let source = format!(" (described by the entry of cleaner.sources for {pattern:?}{line})");
        self.0.message.push_str(&source);
        self
    }

    /// Adds which section of `sites` the configuration in question is that of, and the line in which it begins.
    pub(crate) fn of_section(mut self, site: &str, line: u64) -> Self {
        if self.0.kind == ErrorKind::Config && self.0.path.is_none() {
            self.0.message.push_str(&format!(" (sites.{site})"));
            self.0.line = self.0.line.or(Some(line).filter(|line| *line > 0));
        }
        self
    }

    /// What is wrong with a file of the dataset is no one's input: it is damage.
    pub(crate) fn of_ours(mut self) -> Self {
        if self.0.kind == ErrorKind::Input {
            self.0.kind = ErrorKind::Damaged;
        }
        self
    }

    /// Whether the process, or the machine, has no more files or memory to give: that says nothing about the file at hand.
    pub(crate) fn is_exhaustion(&self) -> bool {
        let code = self.io().and_then(std::io::Error::raw_os_error);
        [Errno::MFILE, Errno::NFILE, Errno::NOMEM]
            .iter()
            .any(|errno| code == Some(errno.raw_os_error()))
    }

    /// Whether it may not be opened.
    pub(crate) fn is_forbidden(&self) -> bool {
        let kind = self.io().map(std::io::Error::kind);
        kind == Some(std::io::ErrorKind::PermissionDenied)
    }

    /// What to do about [`Error::is_exhaustion`].
    pub(crate) fn exhausted(self) -> Self {
        self.hint("raise the limit of open files (ulimit -n), or use fewer threads")
    }
}

/// What to do about an error of the operating system whose remedy is the same wherever it occurs.
fn remedy(kind: std::io::ErrorKind) -> Option<&'static str> {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match kind {
        PermissionDenied => Some("change its owner or mode, or run this as a user who may"),
        ReadOnlyFilesystem => Some("the file system is mounted read-only: mount it for writing"),
        StorageFull | QuotaExceeded => {
            Some("make room; `trendgate gc` removes what no version refers to")
        }
        _ => None,
    }
}

/// One line: position, then message, with nothing in it that a terminal would obey. The hint and the excerpt are for whoever prints to a
/// person.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            f.write_str(&escaped(&path.to_string_lossy()))?;
            if let Some(member) = &self.0.member {
                write!(f, "!{}", escaped(member))?;
            }
            if let Some(line) = self.0.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(point) = &self.0.point {
            write!(f, "point {point:?}: ")?;
        }
        f.write_str(&escaped(&self.0.message))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|e| e as &(dyn std::error::Error + 'static))
    }
}
