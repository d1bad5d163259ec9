//! What has to be durable, and when.
//!
//! ```text
//! attempt's record ▸ anything else of it        list of targets ▸ the first file placed
//! parts, evidence, directories, record's content ▸ the link that commits
//! record's name, public name, all that was made ▸ the acknowledgement
//! what an undoing removed ▸ the removal of the list that names it
//! base record ▸ the removal of the first record that it stands for
//! ```

use super::disk::{Disk, is_record, parent};
use crate::trace::Event;
use std::collections::BTreeSet;

/// What a step promises when it says that all is well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Promise {
    /// That the last version is durable: `run`.
    #[default]
    Version,
    /// That what it made is durable: `task plan`, `task run`. That the version it goes by stays is for whoever commits.
    Work,
    /// That what it did because a record has a name will not turn out to be a mistake: `recover`, `gc`. The content of a record is
    /// durable before it has a name.
    Name,
}

/// What was not durable when it had to be; nothing where all was well.
pub(crate) fn check(events: &[Event], promise: Promise) -> Vec<String> {
    let mut checker = Checker {
        promise,
        ..Checker::default()
    };
    for event in events {
        checker.before(event);
        checker.apply(event);
    }
    checker.found.into_iter().collect()
}

#[derive(Default)]
struct Checker {
    promise: Promise,
    disk: Disk,
    /// Files that are open for writing.
    writing: BTreeSet<String>,
    found: BTreeSet<String>,
}

const STAGING: &str = "/.staging/";

fn in_staging(path: &str) -> bool {
    path.contains(STAGING) && !is_probe(path)
}

fn is_probe(path: &str) -> bool {
    path.contains("/.probe-")
}

/// Where readers look: what is placed there has to stay or to go as the record says.
fn is_placed(path: &str) -> bool {
    let places = [
        "/processed/",
        "/evidence/",
        "/sources/",
        "/manifests/inputs-",
        "/manifests/details-",
    ];
    places.iter().any(|place| path.contains(place)) && !is_probe(path)
}

/// Whether a name is that of a file: an empty directory that comes back says nothing.
fn is_file(path: &str) -> bool {
    path.ends_with(".parquet") || path.ends_with(".zst")
}

/// Whether it is a base record in a log.
fn is_base(path: &str) -> bool {
    path.contains("/manifests/.log/") && path.contains("/base-")
}

/// Whether a name says of a version what a collection removed of it.
fn is_mark(path: &str) -> bool {
    let marks = [".expired", ".pruned", ".unkept"];
    marks.iter().any(|mark| path.ends_with(mark))
}

/// The lock, the error log, how runs ended, and what only spares a run some reading: whether they survive is nobody's concern.
fn is_passing(path: &str) -> bool {
    let spares = ["/lock", "/stamps.json"];
    spares.iter().any(|name| path.ends_with(name))
        || path.contains("/manifests/errors-")
        || path.contains("/manifests/rejects-")
        || path.contains("/manifests/.runs")
        || path.contains("/checkpoint-")
        || path.contains("/manifests/.log/") && path.contains("/files-")
}

impl Checker {
    fn demand(&mut self, path: &str, what: What, when: &str) {
        if what != What::Name && !self.disk.keeps_content(path) {
            self.found
                .insert(format!("the content of {path} is not durable {when}"));
        }
        let weak = self.disk.weak_name(path);
        if let Some(weak) = weak.filter(|_| what != What::Content) {
            self.found
                .insert(format!("the name {weak} is not durable {when}"));
        }
    }

    /// What has to hold before an event.
    fn before(&mut self, event: &Event) {
        match event {
            Event::Open {
                path, makes: true, ..
            } if !self.disk.knows(path) => self.before_making(path),
            Event::Link { from, to } if is_record(to) => self.before_commit(from, to),
            Event::Link { from, to } | Event::Move { from, to } if is_placed(to) => {
                self.before_placing(from);
            }
            Event::Close(path) if self.writing.remove(path) && !is_passing(path) => {
                self.demand(path, What::Content, "when it is closed");
            }
            Event::Remove(path) => self.before_removing(path),
            Event::Tell | Event::End => self.before_acknowledging(),
            _ => {}
        }
    }

    fn before_making(&mut self, path: &str) {
        let record = format!("{}/attempt.json", parent(path));
        if in_staging(path) && *path != record && self.disk.knows(&record) {
            self.demand(&record, What::Both, "before the attempt's first file");
        }
    }

    fn before_placing(&mut self, from: &str) {
        if !in_staging(from) {
            return;
        }
        for name in ["attempt.json", "targets.json"] {
            let path = format!("{}/{name}", parent(from));
            self.demand(&path, What::Both, "before a file is placed");
        }
    }

    fn before_commit(&mut self, staged: &str, record: &str) {
        self.demand(staged, What::Content, "at the commit");
        self.demand_folders(record, record);
        let placed = self.disk.made().into_iter().filter(|path| is_placed(path));
        for path in placed.collect::<Vec<_>>() {
            self.demand(&path, What::Both, "at the commit");
            self.demand_folders(&path, record);
        }
    }

    /// The directories above a path, those that were there before included.
    fn demand_folders(&mut self, path: &str, record: &str) {
        let data = record.split("/manifests/.log/").next().unwrap_or_default();
        if let Some(weak) = self.disk.weak_folder(path, data) {
            self.found.insert(format!(
                "nobody made the name {weak} durable before the commit"
            ));
        }
    }

    fn before_removing(&mut self, path: &str) {
        if is_probe(path) && self.disk.knows(path) && !in_staging(path) {
            let fresh = self.disk.weak_name(path) == Some(path);
            if fresh && !path.contains(STAGING) {
                self.found.insert(format!(
                    "the name {path} was tried out without the fsync that it is there for"
                ));
            }
        }
        if is_record(path) {
            let made = self.disk.made().into_iter();
            for base in made.filter(|path| is_base(path)).collect::<Vec<_>>() {
                self.demand(&base, What::Both, "before a record that it stands for goes");
            }
        }
        if is_placed(path) && is_file(path) && self.promise == Promise::Name {
            self.before_taking_away();
        }
        if path.contains(STAGING) && path.ends_with("/targets.json") {
            for gone in self.disk.may_come_back(".staging") {
                if is_placed(&gone) && is_file(&gone) {
                    self.found.insert(format!(
                        "{gone} may come back after the list that names it is gone"
                    ));
                }
            }
        }
    }

    /// Once versions are marked, what goes is what a later record replaced: both have to stay said.
    fn before_taking_away(&mut self) {
        let made = self.disk.made().into_iter();
        let marks: Vec<String> = made.filter(|path| is_mark(path)).collect();
        if marks.is_empty() {
            return;
        }
        for mark in marks {
            self.demand(&mark, What::Both, "before a replaced file goes");
        }
        if let Some(head) = self.disk.head() {
            self.demand(&head, What::Name, "before a replaced file goes");
        }
    }

    fn before_acknowledging(&mut self) {
        let head = match self.promise {
            Promise::Version => Some(What::Both),
            Promise::Work => None,
            Promise::Name => Some(What::Name),
        };
        if let (Some(head), Some(what)) = (self.disk.head(), head) {
            self.demand(&head, what, "when it is acknowledged");
        }
        let made = self
            .disk
            .made()
            .into_iter()
            .filter(|path| !is_passing(path));
        for path in made.collect::<Vec<_>>() {
            self.demand(&path, What::Name, "at the end");
        }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Open {
                path,
                writes,
                makes,
            } => {
                if *makes && !self.disk.knows(path) {
                    self.disk.make(path, true);
                }
                self.disk.see(path);
                if *writes {
                    self.writing.insert(path.clone());
                }
            }
            Event::Write(path) => self.disk.write(path),
            Event::Fsync(path) => self.disk.fsync(path),
            Event::MakeFolder(path) => self.disk.make(path, false),
            Event::Link { from, to } => self.disk.link(from, to),
            Event::Move { from, to } => {
                self.disk.link(from, to);
                self.disk.remove(from);
            }
            Event::Remove(path) => self.disk.remove(path),
            Event::Close(_) | Event::Tell | Event::End => {}
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Content,
    Name,
    Both,
}
