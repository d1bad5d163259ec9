//! A site with one small report, for the examples of the documentation.

use crate::config::{Config, Overrides};
use crate::pipeline::Settings;
use crate::store;
use std::path::{Path, PathBuf};

/// One point in an hour of quarters.
const REPORT: &str = "time,CH1.CHWS\n\
    2026-02-01 00:00,7.1\n\
    2026-02-01 00:15,7.2\n\
    2026-02-01 00:30,7.3\n\
    2026-02-01 00:45,7.1\n";

/// How it is read.
const CONFIG: &str = r#"
cleaner:
  site_id: PLANT
  timezone: UTC
  resample_interval: 15m
  sources:
    - match: "*.csv"
      table: wide
      time: {columns: time, format: "%Y-%m-%d %H:%M"}
      interval: 15m
"#;

/// As [`example_config`], with the settings that the configuration comes to.
///
/// # Panics
/// Where the files cannot be written: an example has no other end.
#[must_use]
#[allow(clippy::expect_used, reason = "an example that cannot be made fails")]
pub fn example(folder: &Path) -> (Settings, PathBuf) {
    let (config, overrides, reports) = example_config(folder);
    let settings = Settings::new(&config, &overrides).expect("settings that agree");
    (settings, reports)
}

/// The configuration of a site whose dataset is to be in `folder`, and the folder of its reports.
///
/// # Panics
/// Where the files cannot be written: an example has no other end.
#[must_use]
#[allow(clippy::expect_used, reason = "an example that cannot be made fails")]
pub fn example_config(folder: &Path) -> (Config, Overrides, PathBuf) {
    let reports = folder.join("exports");
    store::create_dir_all(&reports).expect("a folder that can be written to");
    store::write_all(&reports.join("chiller.csv"), REPORT.as_bytes()).expect("room for a report");
    let overrides = Overrides {
        data_dir: Some(folder.join("data")),
        ..Overrides::default()
    };
    let config = Config::parse(CONFIG).expect("a configuration that is one");
    (config, overrides, reports)
}
