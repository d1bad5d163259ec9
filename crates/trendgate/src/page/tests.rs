//! The facts of a page, held against manifests and `points`.

use super::*;
use crate::ErrorKind;
use crate::model::{Flag, Rule};
use crate::time::{HOUR, Instant, TimeRange};
use crate::verify::{SitePoints, Snapshot};

const NAMES: [&str; 3] = ["A.TEMP", "B.TEMP", "C.TEMP"];

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn figures_are_those_of_the_manifest_and_of_points() {
    let site = fixture::with_points(&NAMES);
    let facts = PageFacts::gather(&site.dirs, fixture::SITE, None, Instant::EPOCH).unwrap();
    let snapshot = Snapshot::of_site(&site.dirs, fixture::SITE).unwrap();
    assert_eq!(facts.findings.points, SitePoints::read(&snapshot).unwrap());
    let stated = &facts.head.statistics;
    assert_eq!(facts.findings.points.rows, stated.total_rows);
    let frozen = &stated.points["a_temp"].rules[&Rule::Frozen];
    assert!(frozen.flagged > 30, "{frozen:?}");
    let by_rule = &facts.findings.days.by_rule[&(Some(0), Rule::Frozen)];
    let sum = |days: &[u32]| days.iter().map(|bins| u64::from(*bins)).sum::<u64>();
    assert_eq!(sum(by_rule), frozen.flagged);
    assert_eq!(sum(&facts.findings.days.rows), stated.total_rows);
    for (place, values) in facts.findings.days.values.iter().enumerate() {
        let column = &facts.columns[place].name;
        assert_eq!(sum(values), stated.points[column].values, "{column}");
    }
    let outliers = &facts.findings.days.flagged[&Flag::Outlier][&Some(0)];
    assert_eq!(sum(outliers), 1, "one value cannot be");
}

#[test]
fn a_stretch_that_stands_still_is_drawn_with_its_bins_marked_and_its_last_good_value_known() {
    let site = fixture::with_points(&NAMES);
    let facts = PageFacts::gather(&site.dirs, fixture::SITE, None, Instant::EPOCH).unwrap();
    let frozen = facts
        .longest(Some(0), Anomaly::Found(Rule::Frozen))
        .unwrap();
    assert_eq!(frozen.extent.first, at("2016-10-10T17:00:00Z"));
    let (time, _) = frozen.last_good.unwrap();
    assert_eq!(time, at("2016-10-10T16:45:00Z"));
    let plot = &facts.plots[facts.plot_of(frozen).unwrap()];
    let marked = plot.columns.iter().filter(|column| column.marked).count() as u64;
    assert_eq!(marked, frozen.bins);
    assert!(facts.plots.len() <= MOST_PLOTS && plot.points() <= MOST_POINTS);
    let limit = facts.limits.words(Some("a_temp"), Rule::Frozen).unwrap();
    assert!(limit.starts_with("no change for "), "{limit}");
}

#[test]
fn points_without_a_value_at_the_same_time_are_together() {
    let site = fixture::with_points(&NAMES);
    let facts = PageFacts::gather(&site.dirs, fixture::SITE, None, Instant::EPOCH).unwrap();
    let [together] = facts.findings.together.as_slice() else {
        panic!("{:?}", facts.findings.together)
    };
    let points: Vec<_> = together
        .stretches
        .iter()
        .map(|one| (one.point, one.bins))
        .collect();
    assert_eq!(
        (together.anomaly, points),
        (Anomaly::Silent, vec![(Some(1), 21), (Some(2), 21)])
    );
}

#[test]
fn a_part_of_the_time_is_counted_by_itself() {
    let site = fixture::with_points(&NAMES);
    let from = at("2016-10-10T16:00:00Z");
    let gather = |range| PageFacts::gather(&site.dirs, fixture::SITE, Some(range), Instant::EPOCH);
    let facts = gather(TimeRange::new(from, from + HOUR.times(24))).unwrap();
    assert_eq!(facts.findings.points.rows, 96);
    assert_eq!(facts.findings.days.rows, [96], "one local day");
    let error = gather(TimeRange::new(Instant::MIN, at("2016-01-01T00:00:00Z"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(
        error
            .hint_text()
            .unwrap()
            .starts_with("the dataset goes from 2016-10-09T16:00:00Z")
    );
}

#[test]
fn a_stretch_that_the_range_cuts_off_is_told_with_its_beginning() {
    let site = fixture::with_points(&NAMES);
    let gather = |range| PageFacts::gather(&site.dirs, fixture::SITE, range, Instant::EPOCH);
    let frozen = (Some(0), Anomaly::Found(Rule::Frozen));
    let whole = gather(None).unwrap();
    let stretch = &whole.findings.stretches[&frozen].longest[0];
    assert_eq!(whole.began_before(stretch), None, "nothing is cut off");
    let extent = stretch.extent;
    let bin = whole.interval;
    for (from, began) in [
        (extent.first + bin * 4, Some(extent.first)),
        (extent.first, None),
        (extent.first - bin * 4, None),
    ] {
        let cut = gather(Some(TimeRange::new(from, Instant::MAX))).unwrap();
        let stretch = &cut.findings.stretches[&frozen].longest[0];
        assert_eq!(stretch.extent.first, from.max(extent.first));
        assert_eq!(cut.began_before(stretch), began);
        let words = format!("since <time datetime=\"{}\">", extent.first);
        let page = render(&cut, None).unwrap();
        assert_eq!(page.contains(&words), began.is_some());
        assert_eq!(page.contains(", in the range "), began.is_some());
    }
}

#[test]
fn a_counter_that_falls_is_told_with_the_readings_before_and_behind() {
    let site = fixture::with_points(&["A.TEMP", fixture::COUNTER]);
    let facts = PageFacts::gather(&site.dirs, fixture::SITE, None, Instant::EPOCH).unwrap();
    let falls = &facts.findings.falls["m_kwh"];
    assert_eq!(
        Some(falls.count),
        facts.head.statistics.points["m_kwh"].resets
    );
    let fall = falls.examples[0];
    assert_eq!((fall.before, fall.after), (999.0, 0.0));
    let page = render(&facts, None).unwrap();
    assert!(page.contains("999 → 0 kWh"), "with its unit");
    assert!(page.contains("(it ran over its last digit)"));
}
