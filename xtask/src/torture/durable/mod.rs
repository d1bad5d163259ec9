//! The trace of an undisturbed run → whether everything was durable when it had to be.
//!
//! File systems are kinder than they promise: on ext4 and XFS a later fsync of any file commits the journal that all share,
//! so that a power loss never shows a missing one. Here nothing is durable without its own fsync.

mod disk;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use rules::check;

use super::trace::Event;

use std::collections::BTreeSet;

/// One fsync, and what the check says of the events without it.
#[derive(Debug)]
pub(super) struct Without {
    pub(super) path: String,
    pub(super) said: Vec<String>,
    /// Whether a later fsync of the same path makes up for it.
    pub(super) again: bool,
}

impl Without {
    /// Whether nobody would miss it.
    pub(super) fn is_unseen(&self) -> bool {
        self.said.is_empty() && !self.again
    }
}

/// The events without each fsync, one at a time; then without all of each path.
pub(super) fn without_each_fsync(events: &[Event]) -> Vec<Without> {
    let fsyncs = events.iter().enumerate().filter_map(path_of_fsync);
    let single = fsyncs.clone().map(|(place, path)| {
        let later = &events[place + 1..];
        without(events, path, later.contains(&events[place]), |at, _| {
            at == place
        })
    });
    let paths: BTreeSet<&str> = fsyncs.clone().map(|(_, path)| path).collect();
    let whole = paths.into_iter().map(|path| {
        let fsync = Event::Fsync(path.to_owned());
        without(events, path, false, |_, event| *event == fsync)
    });
    single.chain(whole).collect()
}

fn path_of_fsync((place, event): (usize, &Event)) -> Option<(usize, &str)> {
    match event {
        Event::Fsync(path) => Some((place, path)),
        _ => None,
    }
}

fn without(
    events: &[Event],
    path: &str,
    again: bool,
    gone: impl Fn(usize, &Event) -> bool,
) -> Without {
    let kept = events
        .iter()
        .enumerate()
        .filter(|(at, event)| !gone(*at, event));
    let fewer: Vec<Event> = kept.map(|(_, event)| event.clone()).collect();
    Without {
        path: path.to_owned(),
        said: check(&fewer),
        again,
    }
}
