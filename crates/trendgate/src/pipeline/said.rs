//! What was said in a run, each thing once.

use crate::progress::{Event, Progress};
use crate::warning::Warning;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

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

/// Passes everything on, a warning only where it is news, and keeps the warnings.
pub(super) struct Keeping<'a> {
    progress: &'a dyn Progress,
    said: Mutex<Said>,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(progress: &'a dyn Progress) -> Self {
        Self {
            progress,
            said: Mutex::default(),
        }
    }

    /// What was said.
    pub(super) fn into_list(self) -> Vec<Warning> {
        let said = self.said.into_inner();
        said.unwrap_or_else(PoisonError::into_inner).into_list()
    }
}

impl Progress for Keeping<'_> {
    fn event(&self, event: &Event<'_>) {
        if let Event::Warned(warning) = event {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if !said.take(warning) {
                return;
            }
        }
        self.progress.event(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Heard;

    #[test]
    fn what_is_said_again_is_passed_on_once_and_what_has_changed_takes_its_place() {
        let (heard, unmapped) = (Heard::default(), |unmapped| Warning::UnmappedPoints {
            unmapped,
            points: 9,
            examples: Vec::new(),
        });
        let keeping = Keeping::new(&heard);
        let said = [
            unmapped(3),
            Warning::NothingToCheck,
            unmapped(3),
            unmapped(2),
        ];
        said.iter()
            .for_each(|warning| keeping.event(&Event::Warned(warning)));
        assert_eq!(keeping.into_list(), [unmapped(2), Warning::NothingToCheck]);
        assert_eq!(
            heard.warnings(),
            [unmapped(3), Warning::NothingToCheck, unmapped(2)]
        );
    }
}
