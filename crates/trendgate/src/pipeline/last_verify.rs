//! How the last `verify` of a site ended, beside the note of its last run.
//!
//! Enters: what was found. Leaves: a small file, as that of a run. It is kept only where a run has left a note before: the folder is then the runs'
//! own, whoever verifies. A dataset that may not be written to is verified all the same.

use super::end_notes;
use crate::error::Result;
use crate::publish::Dirs;
use crate::store;
use crate::time::{self, Instant};
use crate::verify::Verified;
use serde::{Deserialize, Serialize};

/// What its files are called beside those of runs.
const PREFIX: &str = "verify-";

/// How the last verification of a site ended that came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastVerify {
    /// When it ended.
    pub(crate) ended: Instant,
    /// How many things were not as they were committed.
    pub(crate) findings: usize,
    /// When one last ended that found nothing wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_success: Option<Instant>,
}

impl LastVerify {
    /// That of a site; `None` where none is known.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the folder cannot be listed.
    pub(crate) fn read(dirs: &Dirs, site: &str) -> Result<Option<Self>> {
        end_notes::newest(dirs, site, PREFIX)
    }

    /// Keeps what was found of a site, where a run has left a note.
    pub(crate) fn keep(dirs: &Dirs, site: &str, verified: &Verified) {
        let kept = || {
            if store::named(&dirs.runs().join(site))?.is_none() {
                return Ok(());
            }
            let ended = time::this_millisecond();
            let before = Self::read(dirs, site)?.and_then(|before| before.last_success);
            let word = Self {
                ended,
                findings: verified.findings.len(),
                last_success: match verified.findings.is_empty() {
                    true => Some(ended),
                    false => before,
                },
            };
            end_notes::keep(dirs, site, PREFIX, &word)
        };
        if let Err(error) = kept() {
            tracing::warn!(%error, "what was verified cannot be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Finding;

    #[test]
    fn a_verification_is_kept_beside_the_runs_with_the_last_one_that_found_nothing() {
        let folder = store::test_folder();
        let dirs = Dirs::under(folder.path());
        let clean = Verified::default();
        LastVerify::keep(&dirs, "S", &clean);
        assert_eq!(LastVerify::read(&dirs, "S").unwrap(), None);
        store::create_dir_all(&dirs.runs().join("S")).unwrap();
        LastVerify::keep(&dirs, "S", &clean);
        let first = LastVerify::read(&dirs, "S").unwrap().unwrap();
        assert_eq!((first.findings, first.last_success), (0, Some(first.ended)));
        let found = Verified {
            findings: vec![Finding {
                file: "a".into(),
                expected: "b".into(),
                got: "c".into(),
            }],
            ..Verified::default()
        };
        LastVerify::keep(&dirs, "S", &found);
        let second = LastVerify::read(&dirs, "S").unwrap().unwrap();
        assert_eq!(
            (second.findings, second.last_success),
            (1, Some(first.ended))
        );
    }
}
