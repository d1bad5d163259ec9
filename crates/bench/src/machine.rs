//! What the figures were measured on: they say nothing without it.

use super::Bench;
use crate::{Result, at};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use testkit::programs::output;

/// The machine, what runs on it and how busy it is.
///
/// # Errors
/// Where the program or Python cannot be started.
pub(super) fn describe(bench: &Bench) -> Result<Value> {
    let requirements = bench.scripts.join("requirements.txt");
    let peers = fs::read_to_string(&requirements).map_err(at(&requirements))?;
    let peers: Vec<&str> = peers
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let disk = output(
        Command::new("stat")
            .args(["-f", "-c", "%T"])
            .arg(&bench.dir),
    );
    let built = output(
        Command::new("git")
            .args(["rev-parse", "--short", "HEAD"])
            .current_dir(&bench.scripts),
    );
    let commit = if bench.given {
        "not known: the program was given".to_owned()
    } else {
        built.unwrap_or_default().trim().to_owned()
    };
    Ok(json!({
        "processor": field("/proc/cpuinfo", "model name"),
        "cores": cores,
        "memory": field("/proc/meminfo", "MemTotal"),
        "kernel": word("/proc/sys/kernel/osrelease"),
        "file_system": disk.unwrap_or_default().trim(),
        "program": output(Command::new(&bench.program).arg("--version"))?.trim(),
        "commit": commit,
        "python": output(Command::new(&bench.python).arg("--version"))?.trim(),
        "peers": peers,
        "load_average": load(),
    }))
}

/// The load averages over 1, 5 and 15 minutes: above the number of cores, wall times are those of a queue.
pub(super) fn load() -> String {
    let text = word("/proc/loadavg");
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn word(path: &str) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn field(path: &str, name: &str) -> String {
    let text = word(path);
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}
