//! Which entries of `cleaner.sources` that are about members of files met one.
//!
//! Enters: the names of the members of each file, also of those that are known. Leaves: the entries whose `match` met a file, and whose
//! `member` nothing in it.

use crate::acquire::{StatedReadings, StatedSource, TextName};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What each entry met.
pub(super) struct MembersMet(Vec<EntryMet>);

/// What one entry met, if it is about members.
#[derive(Default)]
struct EntryMet {
    file: AtomicBool,
    member: AtomicBool,
}

impl MembersMet {
    /// Of none of these entries anything yet.
    pub(super) fn of(stated: &StatedReadings) -> Self {
        Self(stated.sources.iter().map(|_| EntryMet::default()).collect())
    }

    /// Notes the file at `path`, which was found in a search of `given` and has members of these names.
    pub(super) fn meet<'n>(
        &self,
        sources: &[StatedSource],
        (path, given): (&Path, &[PathBuf]),
        names: impl Iterator<Item = &'n str> + Clone,
    ) {
        let about_members = |(source, met): &(&StatedSource, &EntryMet)| {
            source.member.is_some() && !met.member.load(Ordering::Relaxed)
        };
        for (source, met) in sources.iter().zip(&self.0).filter(about_members) {
            if source.patterns.matches(path, given) {
                met.file.store(true, Ordering::Relaxed);
                let mut names = names.clone();
                let is_met = names.any(|name| source.is_about(path, given, TextName::Member(name)));
                met.member.fetch_or(is_met, Ordering::Relaxed);
            }
        }
    }

    /// The entries that met files, and none of the members that they are about.
    pub(super) fn unmet<'s>(
        &'s self,
        stated: &'s StatedReadings,
    ) -> impl Iterator<Item = &'s StatedSource> {
        let entries = stated.sources.iter().zip(&self.0);
        let is_unmet = |met: &EntryMet| {
            met.file.load(Ordering::Relaxed) && !met.member.load(Ordering::Relaxed)
        };
        entries
            .filter(move |(_, met)| is_unmet(met))
            .map(|(source, _)| source)
    }
}
