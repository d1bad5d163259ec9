//! What happens above `batch.memory_limit_mb`. In a program of its own: it is the whole process that is looked at, and this one
//! holds more than the limit before the run begins.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use testkit::Report;
use trendgate::internals::pipeline;
use trendgate::{
    Cancel, Config, ErrorKind, Event, Overrides, Progress, Result, Run, Settings, Watch,
};

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn event(&self, event: &Event<'_>) {
        if let Event::Warned(warning) = event {
            self.0.lock().unwrap().push(warning.message());
        }
    }
}

/// A run under `action`, and what was said of memory.
fn run(base: &Path, action: &str) -> (Result<Run>, Vec<String>) {
    let text = format!(
        "cleaner: {{site_id: S, timezone: UTC, resample_interval: 15m}}\nbatch: {{memory_limit_mb: 64, memory_action: {action}}}\n"
    );
    let overrides = Overrides {
        data_dir: Some(base.join(action)),
        ..Overrides::default()
    };
    let settings = Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap();
    let cleaner = pipeline::own_cleaner(&settings);
    let heard = Heard::default();
    let cancel = Cancel::default();
    let watch = Watch::new(&heard, &cancel);
    let ended = pipeline::run(&settings, &[base.join("a.csv")], &cleaner, watch);
    let mut said = heard.0.into_inner().unwrap();
    said.retain(|warning| warning.contains("memory"));
    (ended, said)
}

/// Parts in a folder and those in it, staged or committed.
fn parts(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let part = |path: &Path| path.extension().is_some_and(|end| end == "parquet");
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| usize::from(part(&path)) + parts(&path))
        .sum()
}

#[test]
fn above_the_limit_a_run_stops_cleanly_or_goes_on_and_says_so() {
    let base = tempfile::tempdir().unwrap();
    let report = Report::new(["A"]).every(15, "2016-10-10", [[1], [2]]);
    fs::write(base.path().join("a.csv"), report.text()).unwrap();
    let held = vec![1_u8; 100 << 20];
    let (stopped, _) = run(base.path(), "stop");
    let error = stopped.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert!(
        error
            .message()
            .ends_with("more than batch.memory_limit_mb: 64"),
        "{error}"
    );
    assert_eq!(parts(&base.path().join("stop")), 0, "nothing is left");
    for action in ["warn", "throttle"] {
        let (ended, said) = run(base.path(), action);
        let Run::Committed(summary) = ended.unwrap() else {
            panic!("nothing new")
        };
        assert_eq!(summary.committed.manifest.cells.used, 2);
        assert_eq!(parts(&base.path().join(action)), 1);
        // Chunks are halved once in a while: such a small run comes to its end before there is nothing left to halve.
        assert_eq!(said.len(), usize::from(action == "warn"), "{said:?}");
    }
    drop(held);
}
