//! A folder of many reports needs few open files. In a program of its own: the limit is that of the whole process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use std::fs;
use testkit::Report;
use trendgate::internals::pipeline;
use trendgate::{Config, Overrides, Run, Settings, Watch};

const REPORTS: u64 = 800;

fn report(nth: u64) -> String {
    let row = |row: u64| {
        let minutes = (2 * nth + row) * 15;
        let (day, hour, minute) = (minutes / 1440 + 1, minutes / 60 % 24, minutes % 60);
        let time = format!("2016-10-{day:02} {hour:02}:{minute:02}");
        (time, [minutes])
    };
    Report::new(["A"]).rows([row(0), row(1)]).text()
}

#[test]
fn hundreds_of_reports_one_after_the_other_need_few_open_files() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir(&folder).unwrap();
    for nth in 0..REPORTS {
        fs::write(folder.join(format!("{nth}.csv")), report(nth)).unwrap();
    }
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = Some(64);
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
    let text =
        "cleaner: {site_id: S, timezone: UTC, resample_interval: 15m}\nbatch: {threads: 2}\n";
    let overrides = Overrides {
        data_dir: Some(base.path().join("data")),
        ..Overrides::default()
    };
    let settings = Settings::new(&Config::parse(text).unwrap(), &overrides).unwrap();
    let cleaner = pipeline::own_cleaner(&settings);
    let Run::Committed(summary) =
        pipeline::run(&settings, &[folder], &cleaner, Watch::unwatched()).unwrap()
    else {
        panic!("nothing new")
    };
    let manifest = &summary.committed.manifest;
    assert_eq!(
        (manifest.input_files_count, manifest.cells.used),
        (REPORTS, 2 * REPORTS)
    );
}
