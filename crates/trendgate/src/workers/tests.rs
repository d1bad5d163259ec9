//! The plan, from made-up heads and tails.

use super::*;
use crate::acquire::{DateOrder, Encoding, Layout, Report, ReportPoint, RowOrder};
use crate::clean::Look;
use crate::clock::{DAY, HOUR, MINUTE, rfc3339};
use crate::config::{Config, Overrides, Settings};
use crate::point::PointId;
use crate::store::Stamp;
use crate::{Digest, ErrorKind};

/// 2016-10-01
const OCTOBER: i64 = 1_475_280_000_000_000_000;

fn report(path: &str, points: &[&str], first_day: i64, last_day: i64) -> Report {
    Report {
        path: path.into(),
        stamp: Stamp {
            dev: 0,
            ino: 0,
            bytes: 1_000_000,
            mtime: 0,
            ctime: 0,
        },
        encoding: Encoding::Utf8,
        gzip: false,
        layout: Layout {
            header_line: 1,
            padded: 3,
            date_order: DateOrder::YearMonthDay,
            backward: false,
        },
        title: String::new(),
        date_range: None,
        points: points
            .iter()
            .map(|name| ReportPoint {
                id: PointId {
                    name: (*name).to_owned(),
                    suffix: String::new(),
                },
                definition: String::new(),
            })
            .collect(),
        interval: Some(15 * MINUTE),
        first: OCTOBER + first_day * DAY,
        last: OCTOBER + last_day * DAY,
        order: RowOrder::Ascending,
        complete: true,
    }
}

fn settings(more: &str) -> Settings {
    let text = format!("cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n{more}");
    Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap()
}

fn planned(reports: Vec<Report>, tasks: usize) -> crate::Result<Plan> {
    let inputs = reports
        .into_iter()
        .map(|report| Input {
            report,
            digest: None,
        })
        .collect();
    plan(inputs, &settings(""), tasks, |_, _, _| Look {
        before: 7 * DAY,
        after: 6 * DAY,
    })
}

#[test]
fn tasks_are_whole_months_that_leave_nothing_out_with_a_halo_on_both_sides() {
    let reports = vec![report("a", &["A"], 0, 60), report("b", &["A"], 61, 120)];
    for count in 1..8 {
        let plan = planned(reports.clone(), count).unwrap();
        assert!(plan.tasks.len() <= count.min(4), "{count}");
        assert_eq!(plan.tasks[0].window.own.start, i64::MIN);
        assert_eq!(plan.tasks.last().unwrap().window.own.end, i64::MAX);
        for pair in plan.tasks.windows(2) {
            let cut = pair[0].window.own.end;
            assert_eq!(cut, pair[1].window.own.start);
            assert!(rfc3339(cut).ends_with("-01T00:00:00Z"), "{}", rfc3339(cut));
            assert_eq!(pair[0].window.read.end, cut + 6 * DAY);
            assert_eq!(pair[1].window.read.start, cut - 7 * DAY);
        }
    }
    assert_eq!(planned(reports, 2).unwrap().tasks.len(), 2);
}

#[test]
fn a_task_reads_the_reports_that_its_halo_touches_and_no_others() {
    let reports = vec![
        report("a", &["A"], 0, 10),
        report("b", &["A"], 28, 40),
        report("c", &["A"], 55, 60),
    ];
    let plan = planned(reports, 2).unwrap();
    let inputs: Vec<&[usize]> = plan
        .tasks
        .iter()
        .map(|task| task.inputs.as_slice())
        .collect();
    assert_eq!(inputs, [&[0, 1][..], &[1, 2][..]]);
    assert_eq!(plan.bytes_to_read(), 4_000_000);
}

#[test]
fn precedence_is_by_first_timestamp_then_digest_and_never_by_path() {
    let mut inputs: Vec<Input> = [("z", 0, 9), ("a", 0, 1), ("m", 1, 5)]
        .into_iter()
        .map(|(path, day, digest)| Input {
            report: report(path, &["A"], day, 5),
            digest: Some(Digest([digest; 32])),
        })
        .collect();
    let order = |inputs: Vec<Input>| {
        let plan = plan(inputs, &settings(""), 1, |_, _, _| Look {
            before: 0,
            after: 0,
        })
        .unwrap();
        plan.inputs
            .iter()
            .map(|input| input.report.path.display().to_string())
            .collect::<String>()
    };
    assert_eq!(order(inputs.clone()), "azm");
    inputs.reverse();
    assert_eq!(order(inputs), "azm");
}

#[test]
fn kinds_are_sets_of_points_with_an_interval() {
    let mut hourly = report("d", &["A", "B"], 0, 1);
    hourly.interval = Some(HOUR);
    let reports = vec![
        report("a", &["A", "B"], 0, 1),
        report("b", &["B", "A"], 2, 3),
        report("c", &["A"], 4, 5),
        hourly,
    ];
    let plan = planned(reports, 1).unwrap();
    assert_eq!(plan.kinds.len(), 3);
    let kind_of = |path: &str| {
        let index = plan
            .inputs
            .iter()
            .position(|input| input.report.path.as_os_str() == path)
            .unwrap();
        plan.kind_of[index]
    };
    assert_eq!(kind_of("a"), kind_of("b"));
    assert_ne!(kind_of("a"), kind_of("d"));
}

#[test]
fn overlaps_are_pairs_that_share_points_and_time() {
    let reports = vec![
        report("a", &["A"], 0, 10),
        report("b", &["A"], 5, 15),
        report("c", &["B"], 0, 15),
        report("d", &["A"], 16, 20),
    ];
    let plan = planned(reports, 1).unwrap();
    let overlaps = plan.overlaps();
    assert_eq!(overlaps.len(), 1);
    assert_eq!(overlaps[0].range, (OCTOBER + 5 * DAY, OCTOBER + 10 * DAY));
}

#[test]
fn digests_are_needed_only_where_the_order_hangs_on_them() {
    let reports = [
        report("a", &["A"], 0, 1),
        report("b", &["B"], 0, 1),
        report("c", &["A"], 5, 6),
        report("d", &["A"], 5, 7),
    ];
    let reports: Vec<&Report> = reports.iter().collect();
    assert_eq!(ties(&reports), [2, 3]);
}

#[test]
fn an_interval_finer_than_the_finest_kind_is_refused_with_the_one_to_use() {
    let inputs = || {
        vec![Input {
            report: report("a", &["A"], 0, 1),
            digest: None,
        }]
    };
    let finer = |more: &str| {
        let text = format!("  allow_upsample: {more}\n");
        let mut settings = settings(&text);
        settings.resample_interval = crate::config::Span::from_nanos(5 * MINUTE);
        plan(inputs(), &settings, 1, |_, _, _| Look {
            before: 0,
            after: 0,
        })
    };
    let error = finer("false").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().unwrap().contains("--resample 15m"));
    assert!(finer("true").is_ok());
}

#[test]
fn a_point_stands_still_no_sooner_than_after_four_of_its_own_intervals() {
    let mut report = report("a", &["A", "B", "C"], 0, 10);
    for (point, definition) in report.points.iter_mut().zip(["1 hour", "COV", "5 minutes"]) {
        definition.clone_into(&mut point.definition);
    }
    let settings = settings("  points: {\"?\": {physical_type: water_temperature}}\n");
    let input = Input {
        report,
        digest: None,
    };
    let look = |_: &[_], points: &[crate::config::PointSpec], _: &crate::config::Equipment| Look {
        before: points
            .iter()
            .filter_map(|p| p.frozen)
            .map(|f| f.min_duration)
            .max()
            .unwrap(),
        after: 0,
    };
    let plan = plan(vec![input], &settings, 1, look).unwrap();
    let hours: Vec<i64> = plan
        .roster
        .iter()
        .map(|p| p.frozen.unwrap().min_duration / HOUR)
        .collect();
    assert_eq!(hours, [4, 2, 2]);
    let changes: Vec<bool> = plan.roster.iter().map(|p| p.change_of_value).collect();
    assert_eq!(changes, [false, true, false]);
}
