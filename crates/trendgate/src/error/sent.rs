//! An error ⇄ what goes from one process to another.
//!
//! Enters: an error. Leaves: all of it as a value, and the error again; of the operating system's own error behind it, only the number.

use super::{Error, ErrorKind, Inner, Missing};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

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
