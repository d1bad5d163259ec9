//! Rows that a wrong clock gave, in reports of several months.

use super::*;
use std::io::Write as _;

const YEAR: i64 = 60 * 24 * 365;

#[test]
fn faults_of_a_clock_are_rejected_alone_whatever_the_tasks_and_the_packing() {
    let base = tempfile::tempdir().unwrap();
    let good = plain_rows(9000);
    let fault = |place: usize| match place {
        0..3 | 8990.. => Some(-2 * YEAR),
        2000..2016 => Some(80 * YEAR),
        4000..4040 => Some(-17 * YEAR),
        7000 => Some(3 * YEAR),
        _ => None,
    };
    let left = good.iter().enumerate();
    let left = left.filter(|(place, _)| fault(*place).is_none());
    let left: Vec<Row> = left.map(|(_, row)| row.clone()).collect();
    let rejected = (good.len() - left.len()) as u64;
    let mut bad = good;
    for (place, row) in bad.iter_mut().enumerate() {
        row.0 += fault(place).unwrap_or(0);
    }
    let run = |name: &str, rows: &[Row], threads: usize, packed: bool| {
        let folder = base.path().join(format!("{name}-in"));
        fs::create_dir(&folder).unwrap();
        let text = report(0, rows);
        if packed {
            let file = fs::File::create(folder.join("a.csv.gz")).unwrap();
            let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::default());
            packer.write_all(text.as_bytes()).unwrap();
            packer.finish().unwrap();
        } else {
            fs::write(folder.join("a.csv"), text).unwrap();
        }
        let settings = settings(&base.path().join(name), "15m", threads, "");
        let summary = commit(&folder, &settings);
        assert_eq!(summary.failed.len(), 0);
        let manifest = &summary.committed.manifest;
        let kinds = manifest
            .warnings
            .iter()
            .map(|warning| warning.kind.as_str());
        let warned = kinds.filter(|kind| *kind == "clock_faults").count();
        (read(&settings, &summary), manifest.cells.rejected, warned)
    };
    let (expected, none, quiet) = run("good", &left, 2, false);
    assert_eq!((none, quiet), (0, 0));
    for (threads, packed, backward) in [
        (1, false, false),
        (4, false, false),
        (2, true, false),
        (3, false, true),
    ] {
        let mut rows = bad.clone();
        if backward {
            rows.reverse();
        }
        let name = format!("bad-{threads}-{packed}-{backward}");
        let (found, cells, warned) = run(&name, &rows, threads, packed);
        assert!(found == expected, "{name}");
        assert_eq!((cells, warned), (2 * rejected, 1), "{name}");
    }
}
