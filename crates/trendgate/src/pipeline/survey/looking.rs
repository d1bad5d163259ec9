//! All files of a run, looked at on as many threads as there are.
//!
//! Enters: the files, the inputs so far. Leaves: the inputs with the new reports of these files, in any order, and of every file that has anything
//! else to tell what was [seen](SeenFile). Refuses: nothing; what cannot be used is among what was seen.

use super::look::{FileLook, FileLooker, SeenFile};
use crate::acquire::{self, EntryScratch, Files};
use crate::error::Result;
use crate::parallel::{in_parallel, locked};
use crate::pipeline::{Settings, retry};
use crate::plan::Inputs;
use crate::progress::Event;
use crate::text_id::Digests;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the entries of texts are sorted that are read whole: those of as many at a time as there are threads take an eighth of the memory that
/// the run may, and where a table of one is left for the sort, for a moment twice that. Without a folder for what is spilled they are not: only a plan is made.
pub(super) fn sorting(settings: &Settings, new: &Inputs) -> Option<EntryScratch> {
    /// Its time, its point and its number, its place in the order, and half of that again while they are sorted.
    const ENTRY_BYTES: u64 = 48;
    /// More are no faster: what is sorted at a time should stay in the caches.
    const MOST: usize = 1 << 18;
    let file = Arc::clone(new.entries());
    file.folder()?;
    let share = settings.memory_share() / 8 / settings.threads.max(1) as u64;
    let most = usize::try_from(share / ENTRY_BYTES).map_or(MOST, |most| most.min(MOST));
    Some(EntryScratch { file, most })
}

/// What of most files there is nothing more to say of: by their places, those that are not new.
pub(super) type SeenFiles = Vec<(usize, Result<SeenFile>)>;

impl FileLooker<'_> {
    /// Looks at all files; `new` takes the new ones, in any order.
    pub(super) fn at_all(
        &self,
        files: &Files,
        paths: &[PathBuf],
        new: Inputs,
    ) -> Result<(Inputs, SeenFiles)> {
        let new = Mutex::new(new);
        let seen = Mutex::new(Vec::new());
        let look_at = |place: usize, path: PathBuf| {
            let look = self
                .at_with_retries(&path, paths)
                .and_then(|look: FileLook| {
                    // Most reports share the points of others, so that their own are dropped here: after the lock of the list is released.
                    let points: Vec<_> = (look.new.iter())
                        .map(|input| Arc::clone(&input.report.points))
                        .collect();
                    let pushed = {
                        let mut new = locked(&new);
                        look.new.into_iter().try_for_each(|input| new.push(input))
                    };
                    drop(points);
                    pushed.map(|()| Some(look.seen).filter(|seen| !seen.is_nothing()))
                });
            if let Some(look) = look.transpose() {
                locked(&seen).push((place, look));
            }
            self.base.watch.tell(&Event::LookedAt);
        };
        // What compressed files were known by to earlier programs may say by what others are.
        let passes = match self.earlier.digests(self.base.history) {
            Digests::Today => &[None][..],
            Digests::AndEarlier => &[Some(true), Some(false)],
        };
        for pass in passes {
            in_parallel(files.len(), self.base.settings.threads, |place| {
                let path = files.get(place).unwrap_or_default();
                if pass.is_none_or(|packed| acquire::is_packed(&path) == packed) {
                    look_at(place, path);
                }
            })?;
        }
        let new = new.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut seen: SeenFiles = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        seen.sort_unstable_by_key(|(place, _)| *place);
        Ok((new, seen))
    }

    /// Looks at a file, again where it could not be read for a passing reason.
    fn at_with_retries(&self, path: &Path, paths: &[PathBuf]) -> Result<FileLook> {
        let (settings, watch) = (self.base.settings, self.base.watch);
        retry::with_retries(settings.max_retry_per_file, watch, || {
            watch.go_on("while looking at the files")?;
            if settings.ignore.matches(path, paths) {
                let mut ignored = FileLook::default();
                ignored.seen.ignored = true;
                return Ok(ignored);
            }
            let looked = self.at(path, paths);
            looked.map_err(|error| settings.stated.blamed(error, path, paths))
        })
    }
}
