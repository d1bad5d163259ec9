//! What was rejected and is not in the log: `manifests/rejects-{site}.jsonl`, one JSON object a line, only ever added to.
//!
//! Enters: the files that a run could not use, and the lines of earlier runs. Leaves: which of them need not be tried again, nor said
//! again. The log decides first; here stand the rejects of runs without a commit, and what has no content to be known by (a pipe, a
//! device, a link that leads nowhere), which is known by its path and kind. A line holds for the program and the configuration that
//! wrote it. The file is written without fsync: losing it costs one more try of each. It is not followed where it is a symbolic link.

use super::FailedInput;
use crate::digest::Digest;
use crate::error::Result;
use crate::escape::escaped_json;
use crate::path_bytes::as_json;
use crate::pipeline::Settings;
use crate::progress::Watch;
use crate::publish::Retry;
use crate::store::{self, Named};
use crate::text_id::TextId;
use crate::time::{self, Instant};
use crate::warning::Warning;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A larger file is not read.
const MOST_BYTES: u64 = 64 << 20;

/// The rejects that need not be tried again.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    contents: BTreeSet<TextId>,
    sizes: BTreeSet<u64>,
    /// The sizes of those that are known by a digest of earlier programs.
    earlier_sizes: BTreeSet<u64>,
    /// What has no content, by path and kind.
    things: BTreeSet<(PathBuf, String)>,
    /// Whether the last line has no end, so that the next one has to bring it.
    torn: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct RejectLine {
    /// When it was rejected.
    time: Instant,
    /// The file.
    #[serde(with = "as_json")]
    file: PathBuf,
    /// What it is, where it has no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    /// What its text is known by.
    #[serde(default, alias = "sha256", skip_serializing_if = "Option::is_none")]
    digest: Option<TextId>,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// Why it was rejected.
    error: String,
    /// By which program and under which configuration.
    program: String,
    config: Digest,
}

impl Rejects {
    /// What earlier runs of this very program under this very configuration, in either unit of timestamps, left; what cannot be read of it is said.
    pub(super) fn read(settings: &Settings, watch: Watch<'_>) -> Self {
        let path = path(settings);
        let unreadable = |why: String| {
            let file = path.clone();
            watch.warn(&Warning::RejectsUnreadable { file, why });
        };
        let bytes = match store::named(&path) {
            Ok(None) => return Self::default(),
            Ok(Some(Named::File(_))) => store::read(&path, MOST_BYTES),
            Ok(Some(_)) => {
                unreadable("it is no regular file".to_owned());
                return Self::default();
            }
            Err(error) => Err(error),
        };
        match bytes {
            Ok(bytes) => {
                let (rejects, damaged) = Self::parse(&bytes, settings.digests());
                if damaged > 0 {
                    unreadable(format!("{damaged} of its lines are damaged"));
                }
                rejects
            }
            Err(error) => {
                unreadable(error.message().to_owned());
                Self::default()
            }
        }
    }

    /// The rejects of these lines, and how many of them are damaged.
    fn parse(bytes: &[u8], configs: [Digest; 2]) -> (Self, usize) {
        let mut rejects = Self {
            torn: bytes.last().is_some_and(|last| *last != b'\n'),
            ..Self::default()
        };
        let mut damaged = 0;
        for line in bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            match serde_json::from_slice::<RejectLine>(line) {
                Ok(line) if line.program == PROGRAM && configs.contains(&line.config) => {
                    rejects.add(line)
                }
                Ok(_) => {}
                Err(_) => damaged += 1,
            }
        }
        (rejects, damaged)
    }

    fn add(&mut self, line: RejectLine) {
        if let (Some(digest), Some(bytes)) = (line.digest, line.bytes) {
            self.contents.insert(digest);
            self.sizes.insert(bytes);
            if digest.is_earlier() {
                self.earlier_sizes.insert(bytes);
            }
        } else if let Some(what) = line.what {
            self.things.insert((line.file, what));
        }
    }

    /// Whether no content is known.
    pub(super) fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// Whether some known reject has this size.
    pub(super) fn knows_size(&self, bytes: u64) -> bool {
        self.sizes.contains(&bytes)
    }

    /// Whether some known reject is known by a digest of earlier programs: a compressed file may have it.
    pub(super) fn know_earlier(&self) -> bool {
        !self.earlier_sizes.is_empty()
    }

    /// Whether some reject of this size is.
    pub(super) fn know_earlier_size(&self, bytes: u64) -> bool {
        self.earlier_sizes.contains(&bytes)
    }

    /// Whether this very content was rejected.
    pub(super) fn knows_content(&self, content: &TextId) -> bool {
        self.contents.contains(content)
    }

    /// Whether this was rejected before, for a reason that stays.
    pub(super) fn knows(&self, failed: &FailedInput) -> bool {
        if failed.retry() == Retry::Always {
            return false;
        }
        match failed.id {
            Some(file) => file.each().any(|id| self.knows_content(&id)),
            None => Self::thing(&failed.path).is_some_and(|thing| self.things.contains(&thing)),
        }
    }

    /// What `path` is known by where it has no content.
    fn thing(path: &Path) -> Option<(PathBuf, String)> {
        let what = store::kind_word(path).filter(|what| *what != "file")?;
        Some((super::survey::location_of_name(path), what.to_owned()))
    }

    /// Adds what a run could not use and need not try again; of a run that committed, only what the log does not know.
    pub(super) fn remember(
        &self,
        settings: &Settings,
        failed: &[FailedInput],
        committed: bool,
        watch: Watch<'_>,
    ) {
        let news = |failed: &&FailedInput| {
            failed.retry() == Retry::WhenChanged
                && !self.knows(failed)
                && !(committed && failed.id.is_some())
        };
        let lines = failed
            .iter()
            .filter(news)
            .filter_map(|failed| line(settings, failed));
        let mut text = Vec::new();
        for line in lines {
            // A line of strings and numbers can always be written.
            if let Ok(line) = serde_json::to_string(&line) {
                text.extend_from_slice(escaped_json(&line).as_bytes());
                text.push(b'\n');
            }
        }
        if let Err(error) = self.append(&path(settings), text) {
            watch.warn(&Warning::RejectsUnreadable {
                file: path(settings),
                why: error.message().to_owned(),
            });
        }
    }

    fn append(&self, path: &Path, mut text: Vec<u8>) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if self.torn {
            text.insert(0, b'\n');
        }
        if let Some(folder) = path.parent() {
            store::create_dir_all(folder)?;
        }
        store::append(path, &text)
    }
}

const PROGRAM: &str = env!("CARGO_PKG_VERSION");

fn path(settings: &Settings) -> PathBuf {
    settings.dirs.rejects(settings.site.as_str())
}

fn line(settings: &Settings, failed: &FailedInput) -> Option<RejectLine> {
    let (file, what) = match failed.id {
        Some(_) => (super::survey::location(&failed.path), None),
        None => {
            let (path, what) = Rejects::thing(&failed.path)?;
            (path, Some(what))
        }
    };
    Some(RejectLine {
        time: time::now(),
        file,
        what,
        digest: failed.id.map(|id| id.text),
        bytes: failed.bytes.filter(|_| failed.id.is_some()),
        error: failed.error.message().to_owned(),
        program: PROGRAM.to_owned(),
        config: settings.digest(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_for_its_program_and_configuration_and_a_damaged_one_is_counted() {
        let (config, content) = (Digest::of(b"config"), TextId::of(b"content"));
        let line = |program: &str, config: Digest| {
            let line = RejectLine {
                time: Instant::EPOCH,
                file: "/in/a.csv".into(),
                what: None,
                digest: Some(content),
                bytes: Some(7),
                error: "no report".to_owned(),
                program: program.to_owned(),
                config,
            };
            serde_json::to_string(&line).unwrap()
        };
        let knows = |text: &str| {
            let (rejects, damaged) = Rejects::parse(text.as_bytes(), [config; 2]);
            let known = rejects.knows_content(&content) && rejects.knows_size(7);
            (known, damaged, rejects.torn)
        };
        let good = line(PROGRAM, config);
        assert_eq!(knows(&format!("{good}\n")), (true, 0, false));
        assert_eq!(
            knows(&format!("{}\n", line("0.0.0", config))),
            (false, 0, false)
        );
        assert_eq!(
            knows(&format!("{}\n", line(PROGRAM, Digest::of(b"other")))),
            (false, 0, false)
        );
        assert_eq!(knows(&format!("{{\"time\": \n{good}")), (true, 1, true));
    }
}
