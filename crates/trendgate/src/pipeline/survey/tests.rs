//! Folders with files and links that cannot be used: each is told by itself, and the others are committed.

use crate::config::{Config, Overrides, Settings};
use crate::model::{InputId, Term};
use crate::pipeline::{self, Run, Summary};
use crate::progress::Watch;
use crate::publish::{InputEntry, read_manifest};
use crate::{Error, ErrorKind, Result, store};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use testkit::scheduler::Point;

struct Inbox {
    folder: tempfile::TempDir,
    settings: Settings,
}

impl Inbox {
    fn new(config: &str) -> Self {
        let folder = crate::store::test_folder();
        let overrides = Overrides {
            site: Some("S".into()),
            timezone: Some("Asia/Taipei".into()),
            resample: Some("15m".into()),
            data_dir: Some(folder.path().join("data")),
            threads: Some(1),
        };
        store::create_dir_all(&folder.path().join("in")).unwrap();
        Self {
            settings: Settings::new(&Config::parse(config).unwrap(), &overrides).unwrap(),
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        store::create_dir_all(path.parent().unwrap()).unwrap();
        store::write_all(&path, bytes).unwrap();
    }

    fn run(&self) -> Result<Summary> {
        let paths = [self.folder.path().join("in")];
        let cleaner = pipeline::own_cleaner(&self.settings);
        match pipeline::run(&self.settings, &paths, &cleaner, Watch::unwatched())? {
            Run::Committed(summary) => Ok(*summary),
            Run::NothingNew(_) => panic!("nothing was new"),
        }
    }

    /// The files that were accepted and what became of them; those that were rejected and why.
    fn night(&self) -> (Vec<InputEntry>, Vec<(String, String)>) {
        let summary = self.run().unwrap();
        let manifest = read_manifest(&summary.committed.record).unwrap();
        let failed = manifest.failed_files.into_iter().map(|failed| {
            let name = Path::new(&failed.file).file_name().unwrap();
            (name.display().to_string(), failed.error)
        });
        (manifest.inputs, failed.collect())
    }

    fn refused(&self) -> Error {
        let error = self.run().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        error
    }
}

/// A report of `points`, each as name and suffix, with four rows of an hour whose cells are all `value`.
fn report(points: &[(&str, &str)], hour: u32, value: u32) -> Vec<u8> {
    let points = points.iter();
    let point = |(name, suffix): &(&str, &str)| Point {
        suffix: (*suffix).to_owned(),
        ..Point::new(*name, "5 minutes")
    };
    let points: Vec<Point> = points.map(point).collect();
    let first = format!("2026-01-10 {hour:02}:00");
    let rows = vec![vec![value; points.len()]; 4];
    let report = testkit::Report::of(points).every(15, first, rows);
    report.text().into_bytes()
}

#[test]
fn a_file_whose_own_points_cannot_be_is_rejected_and_the_others_are_committed() {
    let inbox = Inbox::new("");
    inbox.put("good.csv", &report(&[("B.T", "")], 0, 40));
    inbox.put("empty_name.csv", &report(&[("A.T", ""), ("", "")], 0, 1));
    inbox.put("twice.csv", &report(&[("A.T", ""), ("A.T", "")], 0, 1));
    let joined = [report(&[("A.T", "")], 0, 1), report(&[("C.KW", "")], 1, 2)].concat();
    inbox.put("joined.csv", &joined);
    let gbk = report(&[("NAME", "")], 0, 1);
    let name = encoding_rs::GBK.encode("冷冻水供水温度").0;
    let at = memchr::memmem::find(&gbk, b"NAME").unwrap();
    inbox.put("gbk.csv", &[&gbk[..at], &name, &gbk[at + 4..]].concat());
    let (accepted, rejected) = inbox.night();
    let rows: Vec<_> = accepted
        .iter()
        .map(|entry| (entry.rows, entry.points))
        .collect();
    assert_eq!(rows, [(4, 1), (8, 2)]);
    let joined: Vec<_> = (accepted[1].texts.iter().flat_map(|text| &text.reports))
        .map(|report| (report.line, report.rows, report.points))
        .collect();
    assert_eq!(joined, [(1, 4, 1), (11, 4, 1)]);
    let errors: Vec<&str> = rejected.iter().map(|(_, error)| error.as_str()).collect();
    let in_doubt = "the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be \"濮雲阨鼎阨恲僅\" (CP950), \"冷冻水供水温度\" (GBK), \"ﾀ荼ｳﾋｮｹｩﾋｮﾎﾂｶﾈ\" (Shift_JIS), \"잤떨彊묩彊侊똑\" (EUC-KR)";
    assert_eq!(
        errors,
        [
            "the point Point_2 has no name",
            in_doubt,
            "the report has one point twice: Point_1 and Point_2 are both \"A.T\"",
        ]
    );
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle_are_rejected_one_by_one() {
    let inbox = Inbox::new("");
    inbox.put("sub/good.csv", &report(&[("B.T", "")], 0, 40));
    symlink("nowhere", inbox.path("gone.csv")).unwrap();
    symlink("nowhere", inbox.path("notes.txt")).unwrap();
    symlink("circle.csv", inbox.path("circle.csv")).unwrap();
    symlink("b", inbox.path("a")).unwrap();
    symlink("a", inbox.path("b")).unwrap();
    symlink(inbox.path("sub"), inbox.path("sub/again")).unwrap();
    let (accepted, rejected) = inbox.night();
    assert_eq!(accepted.len(), 1);
    let names: Vec<&str> = rejected.iter().map(|(name, _)| name.as_str()).collect();
    // Those that have not the name of an export are passed over.
    assert_eq!(names, ["circle.csv", "gone.csv"]);
    assert_eq!(rejected[1].1, "the link leads nowhere");
}

#[test]
fn names_that_mean_one_point_are_one_column_with_the_rows_of_all_files() {
    let inbox = Inbox::new("cleaner: {points: {\"K\u{fc}hler  1\": {physical_type: power}}}");
    let cases = [
        [
            ("AHU\u{a0}1 T", ""),
            ("PLANT.DEM:TOTAL HI", ""),
            ("Ku\u{308}hler\t1", ""),
        ],
        [
            ("AHU 1  T", ""),
            ("PLANT.DEM", "TOTAL HI"),
            ("K\u{fc}hler\u{3000}1", ""),
        ],
    ];
    for (hour, points) in (0..).zip(cases) {
        inbox.put(&format!("{hour}.csv"), &report(&points, hour, 20));
    }
    let summary = inbox.run().unwrap();
    let manifest = read_manifest(&summary.committed.record).unwrap();
    let points = &manifest.statistics.points;
    let columns: Vec<_> = points
        .iter()
        .map(|(column, point)| (column.as_str(), point.values, point.point.as_str()))
        .collect();
    assert_eq!(
        columns,
        [
            ("ahu_1_t", 8, "AHU 1 T"),
            ("k\u{fc}hler_1", 8, "K\u{fc}hler 1"),
            ("plant_dem_total_hi", 8, "PLANT.DEM:TOTAL HI"),
        ]
    );
    // The configuration's own writing of the name reaches it, too.
    let unit = |column: &str| {
        manifest
            .schema
            .iter()
            .find(|known| known.name == column)
            .unwrap()
            .unit
            .clone()
    };
    assert_eq!(unit("k\u{fc}hler_1").as_ref().map(Term::name), Some("kW"));
}

#[test]
fn points_that_give_one_column_are_named_with_a_file_of_each_and_the_line_that_mends_it() {
    let clash = |one: &str, two: &str, config: &str| {
        let inbox = Inbox::new(config);
        inbox.put("1.csv", &report(&[(one, "")], 0, 20));
        inbox.put("2.csv", &report(&[(two, ""), ("C.T", "")], 1, 40));
        inbox
    };
    let told = |inbox: &Inbox| {
        let error = inbox.refused();
        let text = format!("{error}\nhelp: {}", error.hint_text().unwrap());
        text.replace(&inbox.path("").display().to_string(), "in/")
    };
    insta::assert_snapshot!(told(&clash("AHU1.T", "ahu1.t", "")), @r#"
    the points "AHU1.T" (in in/1.csv) and "ahu1.t" (in in/2.csv) would both give the column "ahu1_t"
    help: give "ahu1.t" a column of its own, under cleaner: `points: {"ahu1.t": {name: "ahu1_t_2"}}`
    "#);
    insta::assert_snapshot!(told(&clash("ＣＨ１.T", "CH1.T", "")), @r#"
    the points "CH1.T" (in in/2.csv) and "ＣＨ１.T" (in in/1.csv) would give the columns "ch1_t" and "ｃｈ１_t", which are one but for the form of their letters
    help: give "ＣＨ１.T" a column of its own, under cleaner: `points: {"ＣＨ１.T": {name: "ch1_t_2"}}`
    "#);
    insta::assert_snapshot!(told(&clash("A.T", "Timestamp", "")), @r#"
    the point "Timestamp" (in in/2.csv) would give the column "timestamp", which is reserved
    help: give "Timestamp" a column of its own, under cleaner: `points: {"Timestamp": {name: "timestamp_2"}}`
    "#);
    // What the message proposes mends it.
    let mended = clash(
        "ＣＨ１.T",
        "CH1.T",
        "cleaner: {points: {ＣＨ１.T: {name: ch1_t_2}}}",
    );
    assert_eq!(mended.night().0.len(), 2);
    // Points of the dataset have files as well.
    let inbox = Inbox::new("");
    inbox.put("1.csv", &report(&[("A-B", "")], 0, 20));
    inbox.night();
    inbox.put("2.csv", &report(&[("A.B", "")], 1, 20));
    insta::assert_snapshot!(told(&inbox), @r#"
    the points "A-B" (in in/1.csv) and "A.B" (in in/2.csv) would both give the column "a_b"
    help: give "A.B" a column of its own, under cleaner: `points: {"A.B": {name: "a_b_2"}}`
    "#);
}

/// Eight days of rows every minute, more than a head and a tail show, in several pieces of gzip.
fn packed(end: &str) -> Vec<u8> {
    let head = report(&[("A.T", "")], 0, 1);
    let head = String::from_utf8(head).unwrap();
    let head = head.split_once("\"2026/1/10").unwrap().0;
    let rows = (0..8 * 1440).map(|minute| {
        let (day, hour) = (10 + minute / 1440, minute / 60 % 24);
        format!(
            "\"2026/1/{day}\",\"{hour:02}:{:02}:00\",\"{}\"\r\n",
            minute % 60,
            minute % 97
        )
    });
    let text = format!("{head}{}{end}", rows.collect::<String>());
    let mut bytes = Vec::new();
    for piece in text.as_bytes().chunks(100_000) {
        let mut packer = flate2::write::GzEncoder::new(bytes, flate2::Compression::fast());
        packer.write_all(piece).unwrap();
        bytes = packer.finish().unwrap();
    }
    bytes
}

#[test]
fn a_large_compressed_report_is_planned_and_told_as_it_is() {
    for (end, complete) in [(" **** End of Report ****\r\n", true), ("", false)] {
        let inbox = Inbox::new("");
        inbox.put("a.csv.gz", &packed(end));
        let paths = [inbox.path("")];
        let prospect = pipeline::prospect(
            &inbox.settings,
            &paths,
            pipeline::RunOptions::default(),
            Watch::unwatched(),
        )
        .unwrap();
        let planned = prospect.plan.inputs.get(InputId::new(0)).unwrap().report;
        assert_eq!(planned.range.last.to_string(), "2026-01-17T15:59:00Z");
        assert_eq!(planned.complete, complete);
        let (accepted, rejected) = inbox.night();
        assert_eq!(rejected, []);
        let [input] = accepted.as_slice() else {
            panic!("not one report")
        };
        assert_eq!((input.rows, input.complete), (8 * 1440, complete));
        let cut = "no trailer: the report was cut short".to_owned();
        assert_eq!(input.problems, if complete { vec![] } else { vec![cut] });
        let inspected = crate::inspect::inspect(
            &inbox.path("a.csv.gz"),
            &crate::inspect::time_rule("Asia/Taipei").unwrap(),
            &crate::acquire::StatedReading::default(),
        )
        .unwrap();
        assert_eq!((inspected.complete, inspected.in_order), (complete, true));
    }
}

#[test]
fn a_compressed_report_that_is_cut_or_damaged_is_rejected_as_such() {
    let inbox = Inbox::new("");
    inbox.put("good.csv", &report(&[("B.T", "")], 0, 40));
    let whole = packed(" **** End of Report ****\r\n");
    inbox.put("cut.csv.gz", &whole[..whole.len() / 2]);
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0);
    inbox.put("damaged.csv.gz", &damaged);
    let (accepted, rejected) = inbox.night();
    assert_eq!(accepted.len(), 1);
    for (name, error) in &rejected {
        assert!(
            error.starts_with("the compressed file is damaged: "),
            "{name}: {error}"
        );
    }
    assert_eq!(rejected.len(), 2);
}

#[test]
fn a_stray_byte_costs_its_own_cell_wherever_it_stands() {
    for name in ["A.T", "冰水溫度"] {
        for day in [10, 17] {
            let inbox = Inbox::new("");
            let text = String::from_utf8(report(&[(name, "")], 0, 1)).unwrap();
            let (head, _) = text.split_once("\"2026/1/10").unwrap();
            let rows = (0..8 * 1440).map(|minute| {
                let (day, hour) = (10 + minute / 1440, minute / 60 % 24);
                let word = if minute % 2 == 0 { "運轉" } else { "停止" };
                format!(
                    "\"2026/1/{day}\",\"{hour:02}:{:02}:00\",\"{word}\"\r\n",
                    minute % 60
                )
            });
            let text = head.to_owned() + &rows.collect::<String>();
            let mut bytes = text.into_bytes();
            let at = memchr::memmem::find(&bytes, format!("\"2026/1/{day}\",\"23:58").as_bytes())
                .unwrap();
            // Behind the word's own first byte.
            bytes.insert(at + 24, 0xB0);
            inbox.put("a.csv", &bytes);
            let (accepted, _) = inbox.night();
            assert_eq!(
                (accepted[0].rows, accepted[0].unrecognised),
                (8 * 1440, 1),
                "{name} {day}"
            );
        }
    }
}

#[test]
fn a_refusal_of_dates_in_doubt_counts_what_the_other_reports_prove() {
    let dated = |point: &str, dates: [&str; 2]| {
        let text = String::from_utf8(report(&[(point, "")], 0, 1)).unwrap();
        let (first, rest) = text.split_once("2026/1/10").unwrap();
        let rest = rest
            .replacen("2026/1/10", dates[1], 1)
            .replace("2026/1/10", dates[1]);
        format!("{first}{}{rest}", dates[0]).into_bytes()
    };
    let hint = |others: &[[&str; 2]], more: &str| {
        let inbox = Inbox::new(more);
        inbox.put("open.csv", &dated("OPEN.T", ["1/2/2026", "1/2/2026"]));
        inbox.put("year.csv", &report(&[("Y.T", "")], 0, 1));
        for (number, dates) in others.iter().enumerate() {
            inbox.put(
                &format!("{number}.csv"),
                &dated(&format!("P{number}.T"), *dates),
            );
        }
        let summary = inbox.run().unwrap();
        let [failed] = summary.failed.as_slice() else {
            return summary.failed.len().to_string();
        };
        assert!(failed.path.ends_with("open.csv"));
        failed.error.hint_text().unwrap().to_owned()
    };
    let month = ["1/13/2026", "1/14/2026"];
    let day = ["13/1/2026", "14/1/2026"];
    insta::assert_snapshot!(hint(&[month; 3], ""), @"3 reports of this site prove month/day/year, none another: add `date_order: mdy` under cleaner, or in an entry of cleaner.sources");
    insta::assert_snapshot!(hint(&[day], ""), @"1 report of this site proves day/month/year, none another: add `date_order: dmy` under cleaner, or in an entry of cleaner.sources");
    insta::assert_snapshot!(hint(&[day, month, month], ""), @"2 reports of this site prove month/day/year, and 1 day/month/year: state `date_order` for these files in an entry of cleaner.sources");
    insta::assert_snapshot!(hint(&[], ""), @"state `date_order` (mdy, dmy or ymd) under cleaner, or in an entry of cleaner.sources; or export the report with dates as year/month/day, or over a month's end");
    assert_eq!(hint(&[month; 2], "cleaner: {date_order: mdy}"), "0");
}
