//! The plan, from made-up heads and tails.

use super::*;
use crate::acquire::{
    Columns, DateOrder, DialectId, DoubledEntries, Layout, Report, ReportPoint, RowOrder,
    StatedReading, TextForm, TextPlace, Trend,
};
use crate::clean::Look;
use crate::config::{Config, Overrides, Settings};
use crate::model::{InputId, PointId, PointSpec};
use crate::pipeline::own_cleaner;
use crate::store::Stamp;
use crate::time::{DAY, Extent, HOUR, Instant, MINUTE, Month, Span};
use crate::{Digest, ErrorKind, TextId};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// 2016-10-01
const OCTOBER: Instant = Instant::from_nanos(1_475_280_000_000_000_000);

pub(super) fn report(path: &str, points: &[&str], first_day: i64, last_day: i64) -> Report {
    Report {
        path: path.into(),
        stamp: Stamp {
            dev: 0,
            ino: 0,
            bytes: 1_000_000,
            mtime: Instant::EPOCH,
            ctime: Instant::EPOCH,
        },
        kept: None,
        form: TextForm::PLAIN,
        stated: StatedReading::default(),
        path_name: None,
        text: TextPlace::whole_file(),
        dialect: DialectId::default(),
        ordinal: 0,
        section: None,
        layout: Layout {
            header_line: 1,
            columns: Columns {
                date: 0,
                time: 1,
                cells: 2,
                padded: 3,
            },
            date_order: DateOrder::YearMonthDay,
            backward: false,
            stated_range: None,
            clock_faults: None,
            decimals: crate::acquire::Decimals::Assumed,
            doubled: DoubledEntries::default(),
            sorted: None,
            taken: None,
            table: None,
        },
        heading: None,
        points: points
            .iter()
            .map(|name| ReportPoint {
                id: PointId {
                    name: (*name).to_owned(),
                    suffix: String::new(),
                },
                definition: String::new(),
                trend: Trend::default(),
            })
            .collect(),
        interval: Some(15 * MINUTE),
        range: Extent::new(OCTOBER + first_day * DAY, OCTOBER + last_day * DAY),
        order: RowOrder::Ascending,
        complete: true,
    }
}

/// Gives a point this trend definition.
fn define(point: &mut ReportPoint, definition: &str) {
    definition.clone_into(&mut point.definition);
    point.trend = DialectId::default().trend(definition);
}

fn settings(more: &str) -> Settings {
    let text = format!("cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n{more}");
    Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap()
}

fn input(report: Report) -> Input {
    Input {
        report,
        digest: None,
        known_by: None,
        standing: Standing::New,
    }
}

/// The plan of these inputs alone.
fn plan_of(inputs: Vec<Input>, settings: &Settings, look: Look) -> crate::Result<Plan> {
    plan_months(inputs, settings, look, &Months::All, 1)
}

fn plan_months(
    inputs: Vec<Input>,
    settings: &Settings,
    look: Look,
    months: &Months,
    tasks: usize,
) -> crate::Result<Plan> {
    let inputs = settled(None, inputs);
    let points = DatasetPoints::new(&inputs.shapes(), settings.description(), &BTreeSet::new())?;
    plan(inputs, points, look, months, tasks)
}

/// These inputs in the order of precedence.
fn settled(folder: Option<&Path>, list: Vec<Input>) -> Inputs {
    let mut inputs = Inputs::new(folder);
    for input in list {
        inputs.push(input).unwrap();
    }
    inputs.settle(|_| Ok(()), |_| ()).unwrap();
    inputs
}

fn paths(inputs: &Inputs) -> Vec<String> {
    let path = |input: crate::Result<Input>| input.unwrap().report.path.display().to_string();
    inputs.iter().map(path).collect()
}

const WEEK: Look = Look {
    before: DAY.times(7),
    after: DAY.times(6),
};

const NOWHERE: Look = Look {
    before: Span::ZERO,
    after: Span::ZERO,
};

pub(super) fn planned(reports: Vec<Report>, tasks: usize) -> crate::Result<Plan> {
    let inputs = reports.into_iter().map(input).collect();
    plan_months(inputs, &settings(""), WEEK, &Months::All, tasks)
}

#[test]
fn tasks_are_whole_months_that_leave_nothing_out_with_a_halo_on_both_sides() {
    let reports = vec![report("a", &["A"], 0, 60), report("b", &["A"], 61, 120)];
    for count in 1..8 {
        let plan = planned(reports.clone(), count).unwrap();
        assert!(plan.tasks.len() <= count.min(4), "{count}");
        assert_eq!(plan.tasks[0].window.own.start, Instant::MIN);
        assert_eq!(plan.tasks.last().unwrap().window.own.end, Instant::MAX);
        for pair in plan.tasks.windows(2) {
            let cut = pair[0].window.own.end;
            assert_eq!(cut, pair[1].window.own.start);
            assert!(cut.to_string().ends_with("-01T00:00:00Z"), "{cut}");
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
    let inputs: Vec<Vec<usize>> = plan
        .tasks
        .iter()
        .map(|task| task.inputs.iter().map(InputId::index).collect())
        .collect();
    assert_eq!(inputs, [[0, 1], [1, 2]]);
    assert_eq!(plan.bytes_to_read(), 4_000_000);
}

#[test]
fn precedence_is_by_first_timestamp_then_digest_and_never_by_path() {
    let mut inputs: Vec<Input> = [("z", 0, 9), ("a", 0, 1), ("m", 1, 5)]
        .into_iter()
        .map(|(path, day, digest)| Input {
            digest: Some(TextId::from(Digest([digest; 32]))),
            ..input(report(path, &["A"], day, 5))
        })
        .collect();
    let order = |inputs: Vec<Input>| {
        let plan = plan_of(inputs, &settings(""), NOWHERE).unwrap();
        paths(&plan.inputs).concat()
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
        let index = paths(&plan.inputs).iter().position(|other| other == path);
        plan.kind_of(InputId::new(index.unwrap()))
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
    assert_eq!(
        overlaps[0].range,
        Extent::new(OCTOBER + 5 * DAY, OCTOBER + 10 * DAY)
    );
}

#[test]
fn digests_are_needed_only_where_the_order_hangs_on_them() {
    let of =
        |a: &[&str], b: &[&str]| ties(&[input(report("a", a, 0, 1)), input(report("b", b, 0, 2))]);
    assert_eq!(of(&["A"], &["B"]), [0_usize; 0]);
    assert_eq!(of(&["A"], &["A"]), [0, 1]);
    assert_eq!(of(&["A", "B"], &["C", "A"]), [0, 1]);
}

#[test]
fn inputs_are_shown_where_they_begin_together_and_come_back_as_they_were_put_in() {
    let folder = crate::store::test_folder();
    let digest = |n| Some(TextId::from(Digest([n; 32])));
    let known = Input {
        standing: Standing::Committed,
        digest: digest(3),
        ..input(report("z", &["A"], 0, 4))
    };
    let mut cut_short = report("nål", &["B"], 1, 2);
    cut_short.complete = false;
    cut_short.text =
        serde_json::from_str::<TextPlace>(r#"{"container":"gzip","member":null}"#).unwrap();
    (cut_short.ordinal, cut_short.order) = (1, RowOrder::Unordered);
    let list = vec![
        input(cut_short.clone()),
        input(report("b", &["A"], 0, 1)),
        known.clone(),
        input(report("a", &["A"], 0, 4)),
    ];
    let mut inputs = Inputs::new(Some(folder.path()));
    for input in list {
        inputs.push(input).unwrap();
    }
    let mut shown = 0;
    let learn = |group: &mut Vec<Input>| {
        shown += group.len();
        for input in group.iter_mut() {
            let n = if input.report.path == Path::new("b") {
                1
            } else {
                3
            };
            input.digest = digest(n);
        }
        Ok(())
    };
    let twice = |group: &mut Vec<Input>| {
        assert_eq!(
            group[2].report.path,
            Path::new("a"),
            "the known one comes first"
        );
        group.truncate(2);
    };
    inputs.settle(learn, twice).unwrap();
    assert_eq!(shown, 3);
    assert_eq!(paths(&inputs), ["b", "z", "nål"]);
    assert_eq!(inputs.get(InputId::new(1)).unwrap(), known);
    assert_eq!(
        inputs.get(InputId::new(2)).unwrap(),
        input(cut_short.clone())
    );
    assert_eq!(inputs.cut_short().count(), 1);
    assert_eq!(inputs.most_text(), 12_000_000);
    assert_eq!(inputs.shapes().len(), 2);
    assert_eq!(inputs.take(InputId::new(1)).unwrap(), known);
    inputs.push(known).unwrap();
    let new = inputs.only_new();
    assert_eq!(paths(&new), ["b", "nål"]);
    assert_eq!(new.extent(InputId::new(1)), cut_short.range);
}

#[test]
fn many_inputs_are_spilled_and_come_back_in_order() {
    let folder = crate::store::test_folder();
    let list: Vec<Input> = (0..3000)
        .map(|n| {
            input(report(
                &format!("report {n:04}"),
                &["A"],
                (n * 7) % 3001,
                4000,
            ))
        })
        .collect();
    let inputs = settled(Some(folder.path()), list.clone());
    let first = |input: &Input| input.report.range.first;
    let mut sorted = list;
    sorted.sort_by_key(first);
    for (place, input) in inputs.iter().enumerate() {
        assert_eq!(input.unwrap(), sorted[place]);
    }
    let mut inputs = inputs;
    inputs.spill().unwrap();
    assert_eq!(inputs.len(), 3000);
    let wanted = || {
        inputs
            .ids()
            .filter(|id| (5..2990).contains(&id.index()) && id.index() % 300 > 7)
    };
    for (next, input) in inputs.each(wanted()).zip(wanted()) {
        let next = next.unwrap();
        let first = sorted[input].report.range.first;
        assert_eq!((next.input, next.first()), (input, first));
        assert_eq!(inputs.of(&next).unwrap(), sorted[input]);
    }
    assert_eq!(inputs.get(InputId::new(77)).unwrap(), sorted[77]);
    assert!(inputs.get(InputId::new(3000)).is_err());
    inputs.unspill().unwrap();
    assert_eq!(inputs.len(), 3000);
    assert_eq!(inputs.get(InputId::new(2999)).unwrap(), sorted[2999]);
    assert_eq!(
        crate::store::list_dir(folder.path()).unwrap().len(),
        0,
        "the file has no name"
    );
}

#[test]
fn an_interval_finer_than_the_finest_kind_is_refused_with_the_one_to_use() {
    let inputs = || vec![input(report("a", &["A"], 0, 1))];
    let finer = |more: &str| {
        let text = format!("  allow_upsample: {more}\n");
        let mut settings = settings(&text);
        settings.resample_interval = 5 * MINUTE;
        plan_of(inputs(), &settings, NOWHERE)
    };
    let error = finer("false").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().unwrap().contains("--resample 15m"));
    assert!(finer("true").is_ok());
}

#[test]
fn a_point_stands_still_no_sooner_than_after_four_of_its_own_intervals() {
    let mut report = report("a", &["A", "B", "C", "D"], 0, 10);
    let points = Arc::get_mut(&mut report.points).unwrap();
    for (point, definition) in points
        .iter_mut()
        .zip(["1 hour", "COV", "5 minutes", "COV  1 hour"])
    {
        define(point, definition);
    }
    let settings = settings("  points: {\"?\": {physical_type: water_temperature}}\n");
    let plan = plan_of(vec![input(report)], &settings, NOWHERE).unwrap();
    let hours: Vec<i64> = plan
        .roster
        .iter()
        .map(|p| p.frozen.unwrap().min_duration / HOUR)
        .collect();
    assert_eq!(hours, [4, 2, 2, 4]);
    let changes: Vec<bool> = plan.roster.iter().map(|p| p.change_of_value).collect();
    assert_eq!(changes, [false, true, false, false]);
}

#[test]
fn values_hold_of_points_that_log_their_changes_and_have_no_grid() {
    let names = ["A", "B", "C", "D", "E"];
    let trends = ["COV", "COV  1 hour", "5 minutes", "COV", "5 minutes"];
    let defined = |interval| {
        let mut report = Report {
            interval,
            ..report("a", &names, 0, 10)
        };
        let points = Arc::get_mut(&mut report.points).unwrap().iter_mut();
        points
            .zip(trends)
            .for_each(|(point, trend)| define(point, trend));
        report
    };
    let settings = settings(
        "  max_hold: 2d\n  points: {A: {physical_type: status}, D: {interval: 15m}, E: {interval: cov}}\n",
    );
    let held = |reports: &[Report]| {
        let shapes: Vec<Shape<'_>> = reports.iter().map(Shape::of).collect();
        let points = DatasetPoints::new(&shapes, settings.description(), &BTreeSet::new()).unwrap();
        let hold = |spec: &PointSpec| {
            let by = spec.aggregation.name();
            spec.hold
                .map_or_else(|| by.to_owned(), |hold| format!("{by} {hold}"))
        };
        let look = points.look(&own_cleaner(&settings)).before;
        (points.roster.iter().map(hold).collect::<Vec<_>>(), look)
    };
    let (gridless, grid) = (defined(None), defined(Some(15 * MINUTE)));
    let expected = ["held_max 2d", "mean", "mean", "mean", "held_mean 2d"];
    assert_eq!(held(std::slice::from_ref(&gridless)).0, expected);
    assert_eq!(
        held(std::slice::from_ref(&grid)).0,
        ["max", "mean", "mean", "mean", "held_mean 2d"]
    );
    // One report without a grid is enough.
    assert_eq!(held(&[grid, gridless]).0, expected);
    let plain = report("b", &["C"], 0, 10);
    assert_eq!(held(&[plain]).1, 7 * DAY + 15 * MINUTE);
}

#[test]
fn a_report_without_an_interval_has_that_which_is_stated_of_all_its_points() {
    let settings = settings(
        "  allow_upsample: true\n  points: {\"?\": {interval: 30m}, C: {interval: cov}, D: {interval: 1h}}\n",
    );
    let intervals = |names: &[&str], interval| {
        let report = Report {
            interval,
            ..report("a", names, 0, 10)
        };
        let plan = plan_of(vec![input(report)], &settings, NOWHERE).unwrap();
        plan.kinds[0].interval
    };
    assert_eq!(intervals(&["A", "B"], None), Some(30 * MINUTE));
    assert_eq!(intervals(&["A", "C"], None), Some(30 * MINUTE));
    assert_eq!(intervals(&["A", "D"], None), None);
    assert_eq!(intervals(&["C"], None), None);
    assert_eq!(intervals(&["A"], Some(15 * MINUTE)), Some(15 * MINUTE));
}

#[test]
fn months_that_are_asked_for_are_made_in_stretches_that_hold_no_others() {
    let inputs = || {
        vec![
            input(report("a", &["A"], 0, 200)),
            input(report("b", &["A"], 100, 101)),
        ]
    };
    let wanted = [0, 35, 65, 130].map(|day| Month::of(OCTOBER + day * DAY));
    let months = Months::Only(wanted.into());
    for (tasks, expected) in [(1, 2), (2, 3), (9, 4)] {
        let plan = plan_months(inputs(), &settings(""), WEEK, &months, tasks).unwrap();
        assert_eq!(plan.tasks.len(), expected, "{tasks}");
        let made: Vec<Month> = plan
            .tasks
            .iter()
            .flat_map(|task| {
                let own = task.window.own;
                let last = own.end - Span::from_nanos(1);
                Month::between(Extent::new(own.start, last))
            })
            .collect();
        assert_eq!(made, wanted, "{tasks}");
        let last = plan.tasks.last().unwrap();
        assert_eq!(
            last.inputs,
            Selection::from_iter([InputId::new(0)]),
            "b is nowhere near"
        );
        assert_eq!(last.window.read.start, last.window.own.start - 7 * DAY);
    }
}

#[test]
fn a_frame_tells_which_points_another_report_makes_it_judge_differently() {
    let settings = settings(
        "  points: {\"?\": {physical_type: power}, C: {physical_type: flow, running: B}}\n",
    );
    let of = |reports: &[Report], dead: &[&str]| {
        let shapes: Vec<Shape<'_>> = reports.iter().map(Shape::of).collect();
        let dead = dead.iter().map(|column| (*column).to_owned()).collect();
        DatasetPoints::new(&shapes, settings.description(), &dead).unwrap()
    };
    let plain = report("a", &["B", "C"], 0, 1);
    let mut slow = report("b", &["A", "B"], 0, 1);
    let points = Arc::get_mut(&mut slow.points).unwrap();
    define(&mut points[1], "1 hour");
    let before = of(std::slice::from_ref(&plain), &[]);
    let same = of(&[plain.clone(), report("c", &["A"], 5, 6)], &[]);
    assert!(
        before.judged_differently(&same).is_empty(),
        "A comes before the others, and changes no rule"
    );
    let changed = before.judged_differently(&of(&[plain, slow], &[]));
    let names: Vec<&str> = changed.iter().map(|id| id.name.as_str()).collect();
    assert_eq!(names, ["B", "C"], "C runs by B");
}
