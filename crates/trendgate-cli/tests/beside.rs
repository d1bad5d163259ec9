//! Those who look at a dataset while runs commit and collections remove: they find nothing wrong, because nothing is.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use testkit::Report;

/// What every version replaces of the one before, which a collection then takes away.
fn report(folder: &Path, value: u32) {
    let mut report = Report::new(["A.B"]);
    for month in 1..=3 {
        let day = format!("2016-{month:02}-20");
        report = report.every(15, day, [[value]; 4]);
    }
    fs::write(folder.join("in/a.csv"), report.text()).unwrap();
}

fn trendgate(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trendgate"))
        .args(args)
        .current_dir(folder)
        .env_remove("TRENDGATE_LOG")
        .output()
        .unwrap()
}

fn well(folder: &Path, args: &[&str]) -> String {
    let output = trendgate(folder, args);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {text}{said}");
    text
}

/// Commits versions, each of which replaces the last one, collects what they replaced, and compacts their records.
fn write_until(folder: &Path, end: &AtomicBool) -> u32 {
    let run = [
        "run",
        "in",
        "--site",
        "S",
        "--timezone",
        "UTC",
        "--resample",
        "15m",
    ];
    let mut versions = 0;
    while !end.load(Ordering::Relaxed) {
        versions += 1;
        report(folder, versions);
        well(folder, &run);
        let gc = ["gc", "--grace", "0s", "--retention", "0s"];
        well(folder, &gc);
        if versions % 3 == 0 {
            well(folder, &[&gc[..], &["--compact"]].concat());
        }
    }
    versions
}

#[test]
fn who_looks_at_a_dataset_beside_runs_and_collections_finds_no_damage() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path();
    fs::create_dir(folder.join("in")).unwrap();
    report(folder, 0);
    let run = [
        "run",
        "in",
        "--site",
        "S",
        "--timezone",
        "UTC",
        "--resample",
        "15m",
    ];
    well(folder, &run);
    let end = AtomicBool::new(false);
    let (looks, versions) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write_until(folder, &end));
        let since = Instant::now();
        let mut looks = 0;
        let looking = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while since.elapsed() < Duration::from_secs(4) {
                let found = well(folder, &["verify", "--json"]);
                assert!(found.contains("\"findings\": 0"), "{found}");
                well(folder, &["show", "--json"]);
                well(folder, &["explain", "--at", "2016-02-20T00:15", "--json"]);
                looks += 1;
            }
        }));
        end.store(true, Ordering::Relaxed);
        let versions = writer.join().unwrap();
        if let Err(found) = looking {
            std::panic::resume_unwind(found);
        }
        (looks, versions)
    });
    assert!(
        looks > 0 && versions > 0,
        "{looks} looks, {versions} versions"
    );
    assert!(well(folder, &["verify"]).contains("all as the manifests say"));
}
