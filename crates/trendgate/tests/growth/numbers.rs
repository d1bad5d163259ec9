//! Numbers whose decimal sign only a whole report proves, and numbers that are other ones rounded.

use crate::plants::{Reading, read, run, settings};
use std::fs;
use std::path::{Path, PathBuf};
use testkit::Report;
use trendgate::files::read_manifest;
use trendgate::{Manifest, Run, Settings};

const CONFIG: &str =
    "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 1h\n  max_gap: 1d\n";

/// A report with a row an hour, from an hour of 1 October 2016 on.
fn report(
    points: &[&str],
    hours: std::ops::Range<i64>,
    cell: impl Fn(i64, usize) -> String,
) -> String {
    let report = Report::new(points.iter().copied()).defined("1 hour");
    let start = jiff::civil::date(2016, 10, 1).at(0, 0, 0, 0);
    let rows = hours.map(|hour| {
        let time = start + jiff::Span::new().hours(hour);
        (time, (0..points.len()).map(move |place| (hour, place)))
    });
    let rows = rows.map(|(time, cells)| {
        let cells: Vec<String> = cells.map(|(hour, place)| cell(hour, place)).collect();
        (time, cells)
    });
    report.interval("1 Hour").rows(rows).text()
}

fn committed(settings: &Settings, paths: &[PathBuf]) -> Manifest {
    match run(settings, paths) {
        Ok(Run::Committed(summary)) => read_manifest(&summary.committed.record).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// What comes of these files, with so many threads.
fn made(
    base: &Path,
    name: &str,
    more: &str,
    threads: usize,
    files: &[(&str, String)],
) -> (Reading, Manifest) {
    let folder = base.join(name);
    let inbox = folder.join("in");
    fs::create_dir_all(&inbox).unwrap();
    for (file, text) in files {
        fs::write(inbox.join(file), text).unwrap();
    }
    let config = format!("{CONFIG}{more}batch:\n  threads: {threads}\n");
    let settings = settings(&folder.join("data"), &config);
    let manifest = committed(&settings, &[inbox]);
    (read(&settings), manifest)
}

fn values(reading: &Reading, column: &str) -> Vec<Option<f64>> {
    let rows = reading.rows.values();
    rows.map(|(values, _)| values.get(column).copied().map(f64::from_bits))
        .collect()
}

#[test]
fn the_decimal_sign_is_that_of_the_whole_report_whatever_the_tasks() {
    let base = tempfile::tempdir().unwrap();
    let hours = 0..24 * 92;
    // What proves the sign stands in the last month alone: for the first column by itself, for the second by the first.
    let cell = |hour: i64, place: usize| match (hour, place) {
        (2200, 0) => "7,5".to_owned(),
        (hour, _) => format!("{}.{:03}", 1 + hour % 9, 100 + hour % 800),
    };
    let text = report(&["A.KWH", "B.KWH"], hours.clone(), cell);
    let file = [("a.csv", text)];
    let (one, manifest) = made(base.path(), "one", "", 1, &file);
    let (four, _) = made(base.path(), "four", "", 4, &file);
    assert_eq!(one, four);
    assert_eq!(manifest.cells.used, 2 * 24 * 92);
    let expected = |hour: i64| Some((1000 * (1 + hour % 9) + 100 + hour % 800) as f64);
    let b: Vec<Option<f64>> = hours.clone().map(expected).collect();
    assert_eq!(values(&one, "b_kwh"), b);
    let a = values(&one, "a_kwh");
    assert_eq!((a[2200], a[0]), (Some(7.5), b[0]));

    // A contradiction in the last month makes commas of the first null.
    let cell = |hour: i64, _: usize| match hour {
        3 => "1,234.5".to_owned(),
        2200 => "7,5".to_owned(),
        hour => format!("{}.5", hour % 9),
    };
    let file = [("a.csv", report(&["A.T"], hours, cell))];
    let (one, manifest) = made(base.path(), "contradicted", "", 1, &file);
    let (four, _) = made(base.path(), "contradicted by four", "", 4, &file);
    assert_eq!(one, four);
    let a = values(&one, "a_t");
    assert_eq!((a[3], a[2200], a[4]), (None, None, Some(4.5)));
    assert_eq!(manifest.cells.unrecognised, 2);
}

#[test]
fn a_stated_decimal_sign_reads_lone_groups_and_is_refused_against_proof() {
    let base = tempfile::tempdir().unwrap();
    let lone = report(&["M.KWH"], 0..4, |hour, _| format!("1,{}", 234 + hour));
    let file = [("a.csv", lone.clone())];
    let (nothing, manifest) = made(base.path(), "unstated", "", 1, &file);
    assert_eq!(values(&nothing, "m_kwh"), [None; 4]);
    let said: Vec<String> = manifest
        .warnings
        .iter()
        .map(|entry| entry.message.clone())
        .collect();
    assert!(
        said.iter()
            .any(|message| message.contains("ambiguous numbers")),
        "{said:?}"
    );
    for (sign, factor) in [(".", 1000.0), (",", 1.0)] {
        let stated = format!("  decimal: \"{sign}\"\n");
        let (read, _) = made(base.path(), &format!("stated {factor}"), &stated, 1, &file);
        let expected: Vec<Option<f64>> = (0..4)
            .map(|hour| Some(f64::from(1234 + hour) * factor / 1000.0))
            .collect();
        assert_eq!(values(&read, "m_kwh"), expected);
    }
    // In another file the other sign is proved.
    for (sign, proof) in [(".", "7,5"), (",", "7.5")] {
        let other = report(&["B.T"], 0..4, |hour, _| {
            if hour == 2 {
                proof.to_owned()
            } else {
                "8".to_owned()
            }
        });
        let folder = base.path().join(format!("against {proof}"));
        fs::create_dir_all(folder.join("in")).unwrap();
        fs::write(folder.join("in/a.csv"), &lone).unwrap();
        fs::write(folder.join("in/b.csv"), other).unwrap();
        let settings = settings(
            &folder.join("data"),
            &format!("{CONFIG}  decimal: \"{sign}\"\n"),
        );
        let manifest = committed(&settings, &[folder.join("in")]);
        let [failed] = manifest.failed_files.as_slice() else {
            panic!("{:?}", manifest.failed_files)
        };
        assert!(failed.file.ends_with("b.csv"));
        assert_eq!(failed.line, Some(8));
        assert!(
            failed
                .error
                .contains(&format!("\"{proof}\" proves the decimal sign")),
            "{}",
            failed.error
        );
        assert!(failed.hint.as_ref().unwrap().contains("decimal:"));
    }
}

#[test]
fn of_two_reports_the_longer_number_stands_in_either_order() {
    let base = tempfile::tempdir().unwrap();
    let short = report(&["A.T"], 0..48, |hour, _| format!("{}.5", hour % 9));
    let long = report(&["A.T"], 0..48, |hour, _| format!("{}.4836", hour % 9));
    let other = report(&["A.T"], 0..48, |hour, _| format!("{}.7", hour % 9));
    let expected: Vec<Option<f64>> = (0..48)
        .map(|hour| Some(f64::from(hour % 9) + 0.4836))
        .collect();
    // Which of them is first, their digests say.
    for (name, more) in [
        ("a", ""),
        ("b", "\r\n"),
        ("c", "\r\n\r\n"),
        ("d", "\r\n\r\n\r\n"),
    ] {
        let files = [("a.csv", format!("{short}{more}")), ("b.csv", long.clone())];
        let (read, manifest) = made(base.path(), name, "", 2, &files);
        assert_eq!(values(&read, "a_t"), expected);
        assert_eq!(
            (
                manifest.cells.equal_duplicates,
                manifest.cells.conflict_losers
            ),
            (48, 0)
        );
        let files = [
            ("a.csv", format!("{short}{more}")),
            ("b.csv", other.clone()),
        ];
        let (_, manifest) = made(base.path(), &format!("conflict {name}"), "", 2, &files);
        assert_eq!(
            (
                manifest.cells.equal_duplicates,
                manifest.cells.conflict_losers
            ),
            (0, 48)
        );
    }
}

#[test]
fn states_of_more_than_two_words_and_a_scale_are_those_of_the_configuration() {
    let base = tempfile::tempdir().unwrap();
    let words = ["AUTO", "Hand", "OFF", "Stage 1", "LOW"];
    let text = report(&["A.MODE", "M.KWH"], 0..20, |hour, place| match place {
        0 => words[usize::try_from(hour % 5).unwrap()].to_owned(),
        _ => hour.to_string(),
    });
    let file = [("a.csv", text)];
    let (_, manifest) = made(base.path(), "nothing said", "", 1, &file);
    let lost = manifest
        .warnings
        .iter()
        .find(|entry| entry.kind == "lost_cells")
        .unwrap();
    assert!(
        lost.message.contains("neither on nor off"),
        "{}",
        lost.message
    );
    assert!(
        lost.remedy
            .as_ref()
            .unwrap()
            .contains("\"A.MODE\": {states: {\"AUTO\": 1, \"Hand\": 2,"),
        "{lost:?}"
    );
    let points = "  points:\n    A.MODE: {physical_type: status, states: {AUTO: 2, HAND: 1, OFF: 0, stage 1: 3, on: [LOW]}}\n    M.KWH: {physical_type: energy_counter, unit: kWh, scale: 10}\n";
    let (read, manifest) = made(base.path(), "said", points, 1, &file);
    let mode: Vec<Option<f64>> = (0..20)
        .map(|hour| Some([2.0, 1.0, 0.0, 3.0, 1.0][hour % 5]))
        .collect();
    assert_eq!(values(&read, "a_mode"), mode);
    let kwh: Vec<Option<f64>> = (0..20).map(|hour| Some(f64::from(hour) * 10.0)).collect();
    assert_eq!(values(&read, "m_kwh"), kwh);
    assert_eq!(manifest.statistics.points["m_kwh"].scale, Some(10.0));
    assert_eq!(manifest.cells.unrecognised, 0);
}

#[test]
fn numbers_that_reports_contradict_each_other_in_are_said_and_those_that_one_contradicts_itself_in_are_lost()
 {
    let base = tempfile::tempdir().unwrap();
    let of = |more: i64| {
        report(&["A.T", "B.T"], 0..48, move |hour, place| {
            let own = hour * 10 + if place == 0 { more } else { 0 };
            own.to_string()
        })
    };
    let (_, manifest) = made(
        base.path(),
        "two",
        "",
        2,
        &[("a.csv", of(0)), ("b.csv", of(3))],
    );
    let said = |manifest: &Manifest, kind: &str| {
        manifest
            .warnings
            .iter()
            .find(|entry| entry.kind == kind)
            .cloned()
    };
    let warning = said(&manifest, "conflicting_points").unwrap();
    assert_eq!(warning.counts["cells"], 48);
    assert_eq!(warning.examples.len(), 1);
    assert!(
        warning.examples[0].starts_with("A.T (48 of 96 cells; at 2016-09-30T16:00:00Z "),
        "{warning:?}"
    );
    assert!(
        warning.message.contains("a.csv") && warning.message.contains("b.csv"),
        "{}",
        warning.message
    );
    assert!(warning.remedy.unwrap().contains("`prefix`"));
    assert_eq!(said(&manifest, "lost_cells"), None);
    // The rows once more, with other numbers of one point, in the same report.
    let twice = |more: &str| {
        let text = of(0);
        let (head, rows) = text.split_once("\"Point_2\"\r\n").unwrap();
        let rows = rows.replace("\" **** End of Report ****\"\r\n", "");
        let again: String = (rows.lines())
            .map(|row| format!("{row}\r\n{}{more}\"\r\n", row.strip_suffix('"').unwrap()))
            .collect();
        format!("{head}\"Point_2\"\r\n{again}\" **** End of Report ****\"\r\n")
    };
    let (_, manifest) = made(base.path(), "itself", "", 1, &[("a.csv", twice("7"))]);
    let lost = said(&manifest, "lost_cells").unwrap();
    assert_eq!(
        (lost.point.as_deref(), lost.counts["repeated"]),
        (Some("B.T"), 48)
    );
    assert!(lost.remedy.unwrap().contains("tell them apart"));
    assert_eq!(said(&manifest, "conflicting_points"), None);
    let (_, manifest) = made(base.path(), "equal", "", 1, &[("a.csv", twice(""))]);
    assert_eq!(manifest.cells.equal_duplicates, 96);
    assert_eq!(said(&manifest, "lost_cells"), None);
}

#[test]
fn what_stands_beside_numbers_is_counted_and_said() {
    let base = tempfile::tempdir().unwrap();
    let a = report(
        &["A.CO2", "B.T", "C.KWH", "D.X"],
        0..24,
        |hour, place| match place {
            0 => format!("{} mg/m3", 400 + hour),
            1 => format!("{} F", 70 + hour),
            2 => "1.23457E+11".to_owned(),
            _ if hour == 7 => "{down}".to_owned(),
            _ => format!("{hour}.5*"),
        },
    );
    let b = report(&["B.T"], 24..48, |hour, _| hour.to_string());
    let (read, manifest) = made(base.path(), "in", "", 1, &[("a.csv", a), ("b.csv", b)]);
    assert_eq!(values(&read, "a_co2")[3], Some(403.0));
    assert_eq!(values(&read, "d_x")[6..8], [Some(6.5), None]);
    let points = &manifest.statistics.points;
    assert_eq!(
        points["a_co2"].unknown_units,
        [("mg/m3".to_owned(), 24)].into()
    );
    assert_eq!(
        points["d_x"].statuses,
        [("*".to_owned(), 23), ("{down}".to_owned(), 1)].into()
    );
    assert_eq!(points["d_x"].missing, [("(status)".to_owned(), 1)].into());
    let said = |kind: &str| {
        manifest
            .warnings
            .iter()
            .find(|entry| entry.kind == kind)
            .unwrap()
    };
    let unknown = said("unknown_units");
    assert_eq!(
        (unknown.point.as_deref(), unknown.examples.as_slice()),
        (Some("A.CO2"), &["mg/m3".to_owned()][..])
    );
    assert!(unknown.remedy.as_ref().unwrap().contains("unit:"));
    let mixed = said("mixed_units");
    assert_eq!(mixed.point.as_deref(), Some("B.T"));
    assert!(
        mixed.message.contains("a.csv") && mixed.message.contains("b.csv"),
        "{}",
        mixed.message
    );
    assert_eq!(said("rounded_numbers").point.as_deref(), Some("C.KWH"));
    assert!(
        manifest
            .warnings
            .iter()
            .all(|entry| entry.kind != "lost_cells")
    );
}

#[test]
fn a_k_that_nobody_declared_stays_as_it_is_and_is_said() {
    let base = tempfile::tempdir().unwrap();
    let file = report(&["A.X", "B.DT", "C.T"], 0..24, |hour, place| match place {
        0 => format!("{}.5 K", 3 + hour % 5),
        1 => format!("{} K", hour % 7),
        _ => format!("{} K", 290 + hour % 7),
    });
    let points = "  points: {B.DT: {physical_type: temperature_difference}, C.T: {physical_type: air_temperature}}\n";
    let (read, manifest) = made(base.path(), "in", points, 1, &[("a.csv", file)]);
    assert_eq!(values(&read, "a_x")[..2], [Some(3.5), Some(4.5)]);
    assert_eq!(values(&read, "b_dt")[..3], [0.0, 1.0, 2.0].map(Some));
    let air = values(&read, "c_t")[0].unwrap();
    assert!((air - 16.85).abs() < 1e-9, "{air}");
    let said = manifest.warnings.iter();
    let said: Vec<_> = said
        .filter(|entry| entry.kind == "undeclared_kelvin")
        .collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].point.as_deref(), Some("A.X"));
    assert_eq!(said[0].counts["cells"], 24);
    let remedy = said[0].remedy.as_ref().unwrap();
    assert!(
        remedy.contains("{unit: K}") && remedy.contains("{unit: Δ°C}"),
        "{remedy}"
    );
}

#[test]
fn months_that_are_made_again_are_read_by_what_the_whole_report_proves() {
    let base = tempfile::tempdir().unwrap();
    // The proof stands neither at an end nor in the month that is read again.
    let first = report(&["A.KWH"], 0..24 * 60, |hour, _| match hour {
        300 => "7,5".to_owned(),
        hour => format!("{}.{:03}", 1 + hour % 9, 100 + hour % 800),
    });
    let second = report(&["B.T"], 24 * 60..24 * 70, |hour, _| (hour % 9).to_string());
    let inbox = base.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let settings = settings(&base.path().join("data"), CONFIG);
    fs::write(inbox.join("a.csv"), &first).unwrap();
    committed(&settings, std::slice::from_ref(&inbox));
    fs::write(inbox.join("b.csv"), &second).unwrap();
    let manifest = committed(&settings, std::slice::from_ref(&inbox));
    // Only the end of the first report was read again.
    assert!(manifest.cells.input < 24 * 60, "{:?}", manifest.cells);
    let files = [("a.csv", first), ("b.csv", second)];
    let (at_once, _) = made(base.path(), "at once", "", 2, &files);
    assert_eq!(read(&settings), at_once);
    assert_eq!(values(&at_once, "a_kwh")[0], Some(1100.0));
}
