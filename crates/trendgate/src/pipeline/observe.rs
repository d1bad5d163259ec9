//! Who watches a run, and is told how far it is.

use crate::error::{Error, Result};
use crate::warning::Warning;
use crate::workers::Plan;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a run is about to do, beyond reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Look at the heads and tails of so many files.
    Looking {
        /// How many.
        files: usize,
    },
    /// Read the written parts back.
    Checking,
    /// Publish them.
    Committing,
}

/// Someone who watches a run. Called from several threads; every method may be left as it is.
pub trait Observer: Sync {
    /// A stage begins.
    fn stage(&self, _stage: Stage) {}
    /// One more file has been looked at.
    fn looked_at(&self) {}
    /// Reading begins, or begins anew after a report turned out to be unusable or out of order.
    fn planned(&self, _plan: &Plan) {}
    /// So many more bytes have been read.
    fn read(&self, _bytes: u64) {}
    /// Whether the run is to stop: asked again and again, until the commit begins.
    fn stops(&self) -> bool {
        false
    }
    /// Something that a person should know and that does not stop the run.
    fn warning(&self, _warning: &Warning) {}
}

/// Fails where the run is to stop, and says `when` that was: `while reading`.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped).
pub(crate) fn go_on(observer: &dyn Observer, when: &str) -> Result<()> {
    match observer.stops() {
        true => Err(Error::stopped(when)),
        false => Ok(()),
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Observer for Unwatched {}

/// What was said in a run, each thing once and as it was said last, in the order in which it was said first.
#[derive(Debug, Default)]
pub(super) struct Said(BTreeMap<(&'static str, String), (usize, Warning)>);

impl Said {
    /// Takes a warning; whether it is news.
    pub(super) fn take(&mut self, warning: &Warning) -> bool {
        let place = self.0.len();
        let key = (warning.kind(), warning.subject());
        let (_, said) = match self.0.entry(key) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert((place, warning.clone()));
                return true;
            }
            std::collections::btree_map::Entry::Occupied(taken) => taken.into_mut(),
        };
        let news = said != warning;
        said.clone_from(warning);
        news
    }

    pub(super) fn into_list(self) -> Vec<Warning> {
        let mut said: Vec<(usize, Warning)> = self.0.into_values().collect();
        said.sort_by_key(|(place, _)| *place);
        said.into_iter().map(|(_, warning)| warning).collect()
    }
}

/// Passes everything on to another observer, a warning only where it is news, and keeps the warnings.
pub(super) struct Keeping<'a> {
    observer: &'a dyn Observer,
    said: Mutex<Said>,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self {
            observer,
            said: Mutex::default(),
        }
    }

    /// What was said.
    pub(super) fn into_list(self) -> Vec<Warning> {
        let said = self.said.into_inner();
        said.unwrap_or_else(PoisonError::into_inner).into_list()
    }
}

impl Observer for Keeping<'_> {
    fn stage(&self, stage: Stage) {
        self.observer.stage(stage);
    }

    fn looked_at(&self) {
        self.observer.looked_at();
    }

    fn planned(&self, plan: &Plan) {
        self.observer.planned(plan);
    }

    fn read(&self, bytes: u64) {
        self.observer.read(bytes);
    }

    fn stops(&self) -> bool {
        self.observer.stops()
    }

    fn warning(&self, warning: &Warning) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let news = said.take(warning);
        drop(said);
        if news {
            self.observer.warning(warning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Warning>>);

    impl Observer for Heard {
        fn warning(&self, warning: &Warning) {
            self.0.lock().unwrap().push(warning.clone());
        }
    }

    #[test]
    fn what_is_said_again_is_passed_on_once_and_what_has_changed_takes_its_place() {
        let (heard, unmapped) = (Heard::default(), |unmapped| Warning::UnmappedPoints {
            unmapped,
            points: 9,
        });
        let keeping = Keeping::new(&heard);
        let said = [
            unmapped(3),
            Warning::NothingToCheck,
            unmapped(3),
            unmapped(2),
        ];
        said.iter().for_each(|warning| keeping.warning(warning));
        assert_eq!(keeping.into_list(), [unmapped(2), Warning::NothingToCheck]);
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(heard, [unmapped(3), Warning::NothingToCheck, unmapped(2)]);
    }
}
