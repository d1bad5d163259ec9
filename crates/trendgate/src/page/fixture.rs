//! Small datasets on disk, for tests of the page.

use crate::config::{Config, Overrides, Settings};
use crate::pipeline;
use crate::progress::Watch;
use crate::publish::Dirs;
use crate::store;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;

pub(crate) const SITE: &str = "S";

/// A site on disk.
pub(crate) struct TestSite {
    pub(crate) dirs: Dirs,
    _folder: tempfile::TempDir,
}

/// A point of this name is a counter that falls once.
pub(crate) const COUNTER: &str = "M.KWH";

/// Rows of three days, every quarter of an hour, of points with these names: the first has a stretch that stands still and a value that
/// cannot be, the others are alive but for a stretch without values at the same time.
pub(crate) fn with_points(names: &[&str]) -> TestSite {
    let folder = store::test_folder();
    // A name that is no UTF-8, as a file system may have one.
    let reports = folder.path().join(OsStr::from_bytes(b"in\xe9"));
    store::create_dir_all(&reports).unwrap();
    let mut text = String::from("time");
    for name in names {
        write!(text, ",\"{}\"", name.replace('"', "\"\"")).unwrap();
    }
    text.push('\n');
    for bin in 0..288 {
        let (day, minute) = (10 + bin / 96, bin % 96 * 15);
        write!(text, "2016-10-{day} {:02}:{:02}", minute / 60, minute % 60).unwrap();
        for (place, name) in names.iter().enumerate() {
            let living = f64::from(200 + (bin * 7 + 3) % 19) / 10.0;
            let value = match (place, bin) {
                _ if *name == COUNTER => Some(f64::from((bin + 750) % 1000)),
                (0, 100..=140) => Some(21.5),
                (0, 200) => Some(900.0),
                (1.., 150..=170) => None,
                _ => Some(living),
            };
            write!(
                text,
                ",{}",
                value.map_or_else(String::new, |value| value.to_string())
            )
            .unwrap();
        }
        text.push('\n');
    }
    store::write_all(&reports.join("a.csv"), text.as_bytes()).unwrap();
    let first = names[0].replace('\\', "\\\\").replace('"', "\\\"");
    let yaml = format!(
        "cleaner:\n  site_id: {SITE}\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  sources:\n    - match: \"*.csv\"\n      table: wide\n      time: {{columns: \"time\", format: \"%Y-%m-%d %H:%M\"}}\n  points:\n    \"{first}\": {{physical_type: air_temperature, unit: °C}}\n    \"{COUNTER}\": {{physical_type: energy_counter}}\n"
    );
    let file = folder.path().join("site.yaml");
    store::write_all(&file, yaml.as_bytes()).unwrap();
    let data = folder.path().join("data");
    let settings = Settings::new(
        &Config::load(&file).unwrap(),
        &Overrides {
            data_dir: Some(data.clone()),
            ..Overrides::default()
        },
    )
    .unwrap();
    let cleaner = pipeline::own_cleaner(&settings);
    pipeline::run(&settings, &[reports], &cleaner, Watch::unwatched()).unwrap();
    TestSite {
        dirs: settings.dirs.clone(),
        _folder: folder,
    }
}
