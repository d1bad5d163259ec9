//! The trace of an undisturbed run → whether everything was durable when it had to be.
//!
//! File systems are kinder than they promise: on ext4 and XFS a later fsync of any file commits the journal that all share,
//! so that a power loss never shows a missing one. Here nothing is durable without its own fsync.

mod disk;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use rules::{Promise, check};

use super::trace::Event;

use std::collections::BTreeSet;

/// One fsync, or all of one path, and what the check says of the events without.
#[derive(Debug)]
pub(super) struct Without {
    pub(super) path: String,
    pub(super) whole: bool,
    pub(super) said: Vec<String>,
}

/// The events without each fsync, one at a time; then without all of each path.
pub(super) fn without_each_fsync(events: &[Event], promise: Promise) -> Vec<Without> {
    let fsyncs = events.iter().enumerate().filter_map(path_of_fsync);
    let without = |path: &str, whole: bool, gone: &dyn Fn(usize, &Event) -> bool| {
        let kept = events
            .iter()
            .enumerate()
            .filter(|(at, event)| !gone(*at, event));
        let fewer: Vec<Event> = kept.map(|(_, event)| event.clone()).collect();
        Without {
            path: path.to_owned(),
            whole,
            said: check(&fewer, promise),
        }
    };
    let paths: BTreeSet<&str> = fsyncs.clone().map(|(_, path)| path).collect();
    let single = fsyncs.map(|(place, path)| without(path, false, &|at, _| at == place));
    let whole = paths.into_iter().map(|path| {
        let fsync = Event::Fsync(path.to_owned());
        without(path, true, &|_, event| *event == fsync)
    });
    single.chain(whole).collect()
}

fn path_of_fsync((place, event): (usize, &Event)) -> Option<(usize, &str)> {
    match event {
        Event::Fsync(path) => Some((place, path)),
        _ => None,
    }
}
