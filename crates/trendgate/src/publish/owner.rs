//! Whose attempt it is, and whether that process still lives.
//!
//! Enters: what a process wrote about itself. Leaves: [`Fate`]. A process id alone means nothing: it is used again after the
//! process, so the time of its start goes with it; it counts from one again in every container, so its namespace does; and
//! it ends with the boot, so that does, too.

use crate::store;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A process, on a machine, under one boot of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When the process began, in the kernel's ticks since the boot; 0 where that could not be read.
    pub process_start: u64,
    /// The namespace that the process id belongs to.
    pub pid_namespace: String,
    /// The boot of that machine.
    pub boot_id: String,
}

/// What is known of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The process runs.
    Alive,
    /// The process has ended.
    Dead,
    /// The process is, or was, on another machine.
    Elsewhere,
}

impl Owner {
    /// The process that asks.
    pub(super) fn this() -> Self {
        let pid = std::process::id();
        Self {
            host: host(),
            pid,
            process_start: start_of(pid).unwrap_or(0),
            pid_namespace: pid_namespace(),
            boot_id: boot_id(),
        }
    }

    /// Whether it lives, as far as `here` (this process) can tell. To be asked by whoever holds the site's lock: under one
    /// kernel the lock tells of a process in another container what its id cannot.
    pub(super) fn fate(&self, here: &Self) -> Fate {
        if self.boot_id == UNKNOWN || self.boot_id != here.boot_id {
            return if self.host == here.host && here.boot_id != UNKNOWN {
                Fate::Dead
            } else {
                Fate::Elsewhere
            };
        }
        if self.pid_namespace != here.pid_namespace {
            return Fate::Dead;
        }
        match start_of(self.pid) {
            Some(start) if self.process_start == 0 || start == self.process_start => Fate::Alive,
            _ => Fate::Dead,
        }
    }
}

impl Owner {
    /// Whether it may be at work, as far as someone can tell who does not hold the site's lock: one in another container of this machine,
    /// and one on another machine, may.
    pub(super) fn may_live(&self, here: &Self) -> bool {
        match self.fate(here) {
            Fate::Alive | Fate::Elsewhere => true,
            Fate::Dead => self.boot_id == here.boot_id && self.pid_namespace != here.pid_namespace,
        }
    }
}

const UNKNOWN: &str = "unknown";

/// This machine's name.
pub(super) fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

fn boot_id() -> String {
    store::read(Path::new("/proc/sys/kernel/random/boot_id"), 64).map_or_else(
        |_| UNKNOWN.to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).trim().to_owned(),
    )
}

fn pid_namespace() -> String {
    store::link_target(Path::new("/proc/self/ns/pid"))
        .map_or_else(|_| UNKNOWN.to_owned(), |link| link.display().to_string())
}

/// When a process began; `None` where there is none of that id, or only what is left of one that ended.
fn start_of(pid: u32) -> Option<u64> {
    let stat = store::read(Path::new(&format!("/proc/{pid}/stat")), 4096).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The second field is the program's name in parentheses, which can hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_one_that_ended_or_whose_id_was_used_again_does_not() {
        let here = Owner::this();
        assert!(here.process_start > 0);
        assert_eq!(here.fate(&here), Fate::Alive);
        let again = Owner {
            process_start: here.process_start + 1,
            ..here.clone()
        };
        assert_eq!(again.fate(&here), Fate::Dead);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let ended = Owner {
            pid: child.id(),
            ..here.clone()
        };
        // Ended and not yet waited for, it still has an entry: that of a zombie.
        while start_of(child.id()).is_some() {
            std::thread::yield_now();
        }
        assert_eq!(ended.fate(&here), Fate::Dead);
        child.wait().unwrap();
        assert_eq!(ended.fate(&here), Fate::Dead);
    }

    #[test]
    fn another_boot_is_dead_on_this_host_and_unknown_on_another() {
        let here = Owner::this();
        let boot = Owner {
            boot_id: "another".into(),
            ..here.clone()
        };
        assert_eq!(boot.fate(&here), Fate::Dead);
        let elsewhere = Owner {
            host: "another".into(),
            ..boot
        };
        assert_eq!(elsewhere.fate(&here), Fate::Elsewhere);
        let container = Owner {
            host: "another".into(),
            pid_namespace: "pid:[1]".into(),
            ..here.clone()
        };
        assert_eq!(container.fate(&here), Fate::Dead);
        assert!(here.may_live(&here));
        assert!(container.may_live(&here), "its lock would say");
    }
}
