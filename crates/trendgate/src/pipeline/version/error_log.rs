//! The error log of a site: `manifests/errors-{site}.jsonl`, one JSON object a line, only ever added to.
//!
//! Enters: how a run or a retraction ended. Leaves: a line for every file that could not be used, and one for a run that failed. It
//! is for a person and for alarms, not part of the dataset: it is written after the commit and without fsync, and where it cannot be
//! written the run only warns. It is all that a first run leaves that fails.

use crate::error::{Error, ErrorKind, Result};
use crate::escape::escaped_json;
use crate::path_bytes::PathBytes;
use crate::pipeline::{Run, Settings};
use crate::progress::Watch;
use crate::publish::{self, Retry};
use crate::store;
use crate::time::{self, Instant};
use crate::warning::Warning;
use serde::Serialize;
use std::path::PathBuf;
use uuid::Uuid;

/// One line.
#[derive(Debug, Serialize)]
struct ErrorLine<'a> {
    /// When the run ended.
    time: Instant,
    /// The site.
    site_id: &'a str,
    /// The batch that was committed without the file; absent where none was committed.
    batch: Option<Uuid>,
    /// The file in question.
    file: Option<String>,
    /// Its bytes, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<PathBytes>,
    /// The text in question, by the name that it has in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    /// Its line in question.
    line: Option<u64>,
    /// Whose move it is, as the library names it.
    kind: ErrorKind,
    /// What was expected and what was found.
    error: &'a str,
    /// What was found, line by line: of a run that could use no file, the first of them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    excerpt: &'a [String],
    /// What to do about it.
    hint: Option<&'a str>,
    /// When the file is tried again.
    retry: Retry,
}

/// Where the error log of a site is.
#[must_use]
pub fn error_log_path(dirs: &publish::Dirs, site: &str) -> PathBuf {
    dirs.error_log(site)
}

/// Adds what went wrong in a run or a retraction.
pub(in crate::pipeline) fn keep(settings: &Settings, result: &Result<Run>, watch: Watch<'_>) {
    let (batch, failed) = match result {
        Ok(Run::Committed(summary)) => (
            Some(summary.committed.manifest.batch_id),
            &summary.failed[..],
        ),
        Ok(Run::NothingNew(nothing)) => (None, &nothing.failed[..]),
        Err(_) => (None, &[][..]),
    };
    let files = failed
        .iter()
        .map(|failed| (Some(failed.path.as_path()), &failed.error, failed.retry()));
    let run = result
        .as_ref()
        .err()
        .filter(|error| is_news(settings, error));
    let run = run.map(|error| (error.path(), error, Retry::Always));
    let mut text = Vec::new();
    for (file, error, retry) in files.chain(run) {
        let split = file.map(PathBytes::split);
        let (file, file_bytes) = split.map_or((None, None), |(file, bytes)| (Some(file), bytes));
        let line = ErrorLine {
            time: time::now(),
            site_id: settings.site.as_str(),
            batch,
            file,
            file_bytes,
            member: error.member(),
            line: error.line_number(),
            kind: error.kind(),
            error: error.message(),
            excerpt: error.excerpt_lines(),
            hint: error.hint_text(),
            retry,
        };
        // There is nothing in it that JSON could not hold.
        if let Ok(line) = serde_json::to_string(&line) {
            text.extend_from_slice(escaped_json(&line).as_bytes());
            text.push(b'\n');
        }
    }
    if let Err(error) = write(settings, &text) {
        // Other kinds are about files that are read.
        let hint = error
            .hint_text()
            .filter(|_| error.kind() == ErrorKind::Storage);
        let remedy = hint.map(|hint| format!("; {hint}"));
        watch.warn(&Warning::ErrorLog {
            error: format!("{error}{}", remedy.unwrap_or_default()),
        });
    }
}

/// A site that is locked or a run that was stopped is no error of the data, and one that takes more memory than its share is run again with all of it.
fn is_news(settings: &Settings, error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Locked | ErrorKind::Stopped => false,
        ErrorKind::Memory => settings.sites_at_once <= 1,
        _ => true,
    }
}

fn write(settings: &Settings, text: &[u8]) -> Result<()> {
    // Nothing is written into folders that are not those of the dataset: that they are not is why the run failed.
    if text.is_empty() || settings.dirs.agree().is_err() {
        return Ok(());
    }
    store::create_dir_all(&settings.dirs.manifests)?;
    store::append(
        &error_log_path(&settings.dirs, settings.site.as_str()),
        text,
    )
}
