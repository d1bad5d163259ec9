//! What can go wrong, named by the caller's next move.
//!
//! One [`Error`] type serves the whole library. Its [`ErrorKind`] says who has to act: mend the command, mend the
//! configuration, mend the report, try again, wait for someone else, or report a bug to us. Everything else in it is
//! position (file, line, point) and, where the remedy is known, a hint.

use crate::escape::escaped;
use crate::named::named;
use rustix::io::Errno;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything in this library that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Whose move it is after an error.
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

/// What was asked for and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Missing {
    /// A file or a folder.
    Path,
    /// A site of the dataset, or of the configuration.
    Site,
    /// A version of a site.
    Version,
    /// A column of a dataset.
    Column,
}

impl Missing {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Path, Self::Site, Self::Version, Self::Column];

    /// Its name.
    ///
    /// ```
    /// use trendgate::{Error, Missing};
    ///
    /// let error = Error::missing(Missing::Site, "no site PLANT9");
    /// assert_eq!(error.what_is_missing().map(Missing::name), Some("site"));
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Site => "site",
            Self::Version => "version",
            Self::Column => "column",
        }
    }
}

/// An error with its position and, where one is known, the remedy.
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
    pub fn contract(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contract, message)
    }

    /// A [`ErrorKind::Damaged`] error.
    #[must_use]
    pub fn damaged(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, message)
    }

    /// A [`ErrorKind::Stopped`] error: the run was told to stop, `when` it was doing what.
    #[must_use]
    pub fn stopped(when: &str) -> Self {
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
    pub fn of_member(mut self, name: impl Into<String>) -> Self {
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

/// An error as it goes from one process to another: of the operating system's own error, its number goes.
#[derive(Serialize, Deserialize)]
struct SentError {
    kind: ErrorKind,
    message: String,
    path: Option<OsString>,
    member: Option<String>,
    foreign: bool,
    line: Option<u64>,
    point: Option<String>,
    excerpt: Vec<String>,
    hint: Option<String>,
    decided_by: Option<String>,
    missing: Option<Missing>,
    errno: Option<i32>,
}

impl Error {
    /// The same once more; of the operating system's own error, its number.
    pub(crate) fn copy(&self) -> Self {
        SentError::of(self).into()
    }
}

impl SentError {
    fn of(error: &Error) -> Self {
        let inner = &*error.0;
        Self {
            kind: inner.kind,
            message: inner.message.clone(),
            path: inner.path.clone().map(PathBuf::into_os_string),
            member: inner.member.clone(),
            foreign: inner.foreign,
            line: inner.line,
            point: inner.point.clone(),
            excerpt: inner.excerpt.clone(),
            hint: inner.hint.clone(),
            decided_by: inner.decided_by.clone().map(Cow::into_owned),
            missing: inner.missing,
            errno: error.io().and_then(std::io::Error::raw_os_error),
        }
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        SentError::of(self).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        SentError::deserialize(from).map(Self::from)
    }
}

impl From<SentError> for Error {
    fn from(sent: SentError) -> Self {
        Self(Box::new(Inner {
            kind: sent.kind,
            message: sent.message,
            path: sent.path.map(PathBuf::from),
            member: sent.member,
            foreign: sent.foreign,
            line: sent.line,
            point: sent.point,
            excerpt: sent.excerpt,
            hint: sent.hint,
            decided_by: sent.decided_by.map(Cow::Owned),
            missing: sent.missing,
            source: sent.errno.map(std::io::Error::from_raw_os_error),
        }))
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
