//! Whole proposals: whatever the points are called and whatever they hold, the text is a configuration that a run takes, and it
//! says of every point exactly what was judged.

use super::judge::ProposedStandStill;
use super::reading::{Point, ReadKind};
use super::*;
use crate::config::{Config, Overrides, Settings};
use crate::model::PointSpec;
use crate::progress::Watch;
use crate::store;
use crate::time::{Instant, MINUTE};
use proptest::prelude::*;
use std::path::Path;

fn id(name: &str, suffix: &str) -> PointId {
    PointId::new(name, suffix)
}

/// A site of one kind of report, with these points and values.
fn site(points: Vec<(PointId, Vec<f64>)>) -> SiteReading {
    let mut site = SiteReading {
        reports: 1,
        ..SiteReading::default()
    };
    site.kinds.push(ReadKind {
        points: points.iter().map(|(id, _)| id.clone()).collect(),
        interval: Some(15 * crate::time::MINUTE),
        files: vec!["a.csv".into()],
        steps: steps::RowSteps::default(),
    });
    for (id, values) in points {
        let mut point = Point::default();
        for (quarter, value) in (0..).zip(values) {
            point
                .values
                .add(Instant::EPOCH + MINUTE.times(15 * quarter), value);
        }
        point.values.end_report();
        site.points.insert(id, point);
    }
    site
}

/// What a run makes of a proposal.
fn roster(yaml: &str, ids: impl IntoIterator<Item = PointId>) -> Vec<PointSpec> {
    let overrides = Overrides {
        site: Some("S".to_owned()),
        timezone: Some("Asia/Taipei".to_owned()),
        ..Overrides::default()
    };
    let config = Config::parse(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let settings =
        Settings::new(&config, &overrides).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    settings
        .points()
        .roster(ids)
        .unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

/// Asserts that a run takes the proposal, and describes each point as it was judged: no more and no less.
fn faithful(site: SiteReading) -> String {
    let ids: Vec<PointId> = site.points.keys().cloned().collect();
    let verdicts = verdicts(&site);
    let stuck = unwritable(ids.iter());
    let proposal = proposal(site, &SiteWishes::default());
    for spec in roster(&proposal.yaml, ids) {
        let (physical, unit, still) = match &verdicts[&spec.id] {
            PointVerdict::Proposed(proposed) if !stuck.contains_key(&spec.id) => {
                (proposed.physical_type, proposed.unit, proposed.frozen)
            }
            _ => (None, None, None),
        };
        assert_eq!(
            spec.physical_type, physical,
            "{:?}\n{}",
            spec.id, proposal.yaml
        );
        assert_eq!(spec.unit, unit, "{:?}\n{}", spec.id, proposal.yaml);
        let of_type = physical.and_then(crate::model::PhysicalType::stand_still);
        let expected = match still {
            None => of_type.map(|rule| rule.min_duration),
            Some(ProposedStandStill::From(duration)) => Some(duration),
            Some(ProposedStandStill::Off) => None,
        };
        let own = spec.frozen.map(|rule| rule.min_duration);
        assert_eq!(own, expected, "{:?}", spec.id);
    }
    proposal.yaml
}

fn from(name: &str, low: f64, step: f64) -> (PointId, Vec<f64>) {
    let at = |i: u32| low + step * f64::from(i % 40);
    (id(name, ""), (0..400).map(at).collect())
}

#[test]
fn a_name_that_is_no_key_of_yaml_is_left_to_be_what_it_is() {
    let name = "CHWST \u{0}".to_owned() + &"\u{1}".repeat(120);
    let yaml = faithful(site(vec![from(&name, 6.5, 0.1), from("B.KW", 100.0, 1.0)]));
    let long: Vec<&str> = yaml
        .lines()
        .filter(|line| line.contains("U00000001"))
        .collect();
    assert!(long.iter().all(|line| line.trim_start().starts_with('#')));
    let says = |line: &&str| line.ends_with("is no key of YAML");
    assert!(long.iter().any(says), "{long:?}");
}

#[test]
fn names_in_any_script_and_with_any_punctuation_are_quoted() {
    let yaml = faithful(site(vec![
        from("冰水主管溫度", 6.5, 0.1),
        from("it's \"the\" CHST: #1", 6.5, 0.1),
        from("- {a}: [KW]", 100.0, 1.0),
        from("null", 1.0, 1.0),
        from("be\u{7}ll.KW", 100.0, 1.0),
        from("back\\slash.KW", 100.0, 1.0),
    ]));
    insta::assert_snapshot!(yaml, @r##"
    # A starter configuration, written by trendgate init from 1 report with 0 rows. A run takes it as it stands and guesses nothing.
    # Of 6 points 4 are proposed (0 of them marked CHECK), 2 are not, and 0 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    cleaner:
      # site_id: PLANT01   # required, and no report says it; give it here, or as --site
      # timezone: Asia/Taipei   # required, and no report says it; the IANA zone of their clock, here or as --timezone
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 6 points: a.csv
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "back\\slash.KW": {physical_type: power, unit: kW}
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "be\U00000007ll.KW": {physical_type: power, unit: kW}
        # guess: name ends in CHST; 400 values from 6.5 to 10.4 in steps of 0.1; usual in °C only
        "it's \"the\" CHST: #1": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in 溫度, of 冰水; 400 values from 6.5 to 10.4 in steps of 0.1; usual in °C only
        "冰水主管溫度": {physical_type: chilled_water_temperature, unit: °C}

        # Not mapped: averaged as they are, without a unit and without rules, until somebody says what they are.
        # the name states kW, and not what is measured; 400 values from 100 to 139 in steps of 1
        # "- {a}: [KW]": {physical_type: ?}
        # the name has no word that is known; 400 values from 1 to 40 in steps of 1
        # "null": {physical_type: ?}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    "##);
}

#[test]
fn points_that_would_share_a_column_or_take_a_reserved_one_get_names() {
    let yaml = faithful(site(vec![
        from("A.KW", 100.0, 1.0),
        from("A-KW", 100.0, 1.0),
        from("a kw", 100.0, 1.0),
        from("a_kw_2", 100.0, 1.0),
        from("Timestamp", 1.0, 1.0),
        from("...", 1.0, 1.0),
        from("!!!", 1.0, 1.0),
    ]));
    insta::assert_snapshot!(yaml, @r##"
    # A starter configuration, written by trendgate init from 1 report with 0 rows. A run takes it as it stands and guesses nothing.
    # Of 7 points 4 are proposed (0 of them marked CHECK), 3 are not, and 0 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    # 5 points get a column of another name: look for "column".
    cleaner:
      # site_id: PLANT01   # required, and no report says it; give it here, or as --site
      # timezone: Asia/Taipei   # required, and no report says it; the IANA zone of their clock, here or as --timezone
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 7 points: a.csv
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "A-KW": {physical_type: power, unit: kW}
        # CHECK: "A-KW" gives the column a_kw too; the column is called a_kw_3 instead
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "A.KW": {name: "a_kw_3", physical_type: power, unit: kW}
        # CHECK: "A-KW" gives the column a_kw too; the column is called a_kw_4 instead
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "a kw": {name: "a_kw_4", physical_type: power, unit: kW}
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "a_kw_2": {physical_type: power, unit: kW}

        # Not mapped: averaged as they are, without a unit and without rules, until somebody says what they are.
        # CHECK: its name has no letter or digit; the column is called point_2 instead
        # the name has no word that is known; 400 values from 1 to 40 in steps of 1
        "!!!": {name: "point_2"}
        # CHECK: its name has no letter or digit; the column is called point_3 instead
        # the name has no word that is known; 400 values from 1 to 40 in steps of 1
        "...": {name: "point_3"}
        # CHECK: the column timestamp is reserved; the column is called timestamp_2 instead
        # the name has no word that is known; 400 values from 1 to 40 in steps of 1
        "Timestamp": {name: "timestamp_2"}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    "##);
}

#[test]
fn a_suffix_is_kept_from_what_is_said_of_the_bare_name_and_a_pattern_is_not_written_as_a_name() {
    let yaml = faithful(site(vec![
        from("A.KW", 100.0, 1.0),
        (id("A.KW", "x"), vec![3.0, 4.0, 7.0]),
        (id("A.KW", "dead"), Vec::new()),
        from("B*.KW", 100.0, 1.0),
        from("BC.XYZ", 100.0, 1.0),
    ]));
    insta::assert_snapshot!(yaml, @r##"
    # A starter configuration, written by trendgate init from 1 report with 0 rows. A run takes it as it stands and guesses nothing.
    # Of 5 points 2 are proposed (0 of them marked CHECK), 2 are not, and 1 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    cleaner:
      # site_id: PLANT01   # required, and no report says it; give it here, or as --site
      # timezone: Asia/Taipei   # required, and no report says it; the IANA zone of their clock, here or as --timezone
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 5 points: a.csv
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        "A.KW": {physical_type: power, unit: kW}
        # guess: name ends in KW; 3 values from 3 to 7
        "A.KW:x": {physical_type: power, unit: kW}
        # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
        # "B*.KW": {physical_type: power, unit: kW}   # its * or ? would be taken for a pattern: describe it by a pattern that only it matches

        # Not mapped: averaged as they are, without a unit and without rules, until somebody says what they are.
        # the name has no word that is known; 400 values from 100 to 139 in steps of 1
        # "BC.XYZ": {physical_type: ?}

        # Dead: no number in any report.
        "A.KW:dead": {}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    "##);
}

#[test]
fn two_points_that_are_written_alike_are_left_out_and_texts_that_may_be_states_are_shown() {
    let mut site = site(vec![
        (id("A", "KW"), vec![3.0, 4.0, 7.0]),
        from("A:KW", 100.0, 1.0),
        from("B.KW", 100.0, 1.0),
        (id("B.KW", "?"), Vec::new()),
        (id("MODE", ""), Vec::new()),
    ]);
    let tally = &mut site.points.get_mut(&id("MODE", "")).unwrap().tally;
    tally.unrecognised = 9;
    tally.unrecognised_examples.add(1, "AUTO");
    tally.unrecognised_examples.add(2, "HAND #2");
    let proposal = proposal(site, &SiteWishes::default());
    assert!(
        Config::parse(&proposal.yaml)
            .unwrap()
            .cleaner
            .points
            .is_empty()
    );
    let lines = proposal.yaml.lines().map(str::trim);
    let lines = lines.skip_while(|line| !line.starts_with("# ---"));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r##"
    # --- Reports of every 15m with 5 points: a.csv
    # guess: name ends in KW; 3 values from 3 to 7
    # "A:KW": {physical_type: power, unit: kW}   # a name with a colon and a name with a suffix are both written so
    # CHECK: "A:KW" gives the column a_kw too; no line here can change that, and a run will refuse it
    # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
    # "A:KW": {name: "a_kw_2", physical_type: power, unit: kW}   # a name with a colon and a name with a suffix are both written so
    # guess: name ends in KW; 400 values from 100 to 139 in steps of 1
    # "B.KW": {physical_type: power, unit: kW}   # its line would describe a point with a suffix too, which can have none of its own

    # Dead: no number in any report.
    # CHECK: "B.KW" gives the column b_kw too; no line here can change that, and a run will refuse it
    # "B.KW:?": {name: "b_kw_2"}   # its * or ? would be taken for a pattern: describe it by a pattern that only it matches
    # "MODE": {states: {on: [?], off: [?]}}   # other texts 9 (AUTO, HAND #2); defined

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    "##);
}

#[test]
fn a_site_in_fahrenheit_gets_its_units_point_by_point_and_open_ones_stay_open() {
    let yaml = faithful(site(vec![
        from("CH1.CHWST", 44.0, 0.1),
        from("CH1.CWST", 75.0, 0.1),
        from("CH1.GPM", 800.0, 1.0),
        from("CH2.FLOW", 800.0, 1.0),
        from("BOILER.WT", 50.0, 0.5),
    ]));
    insta::assert_snapshot!(yaml, @r##"
    # A starter configuration, written by trendgate init from 1 report with 0 rows. A run takes it as it stands and guesses nothing.
    # Of 5 points 4 are proposed (0 of them marked CHECK), 1 are not, and 0 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    cleaner:
      # site_id: PLANT01   # required, and no report says it; give it here, or as --site
      # timezone: Asia/Taipei   # required, and no report says it; the IANA zone of their clock, here or as --timezone
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 5 points: a.csv
        # guess: name ends in WT; 400 values from 50 to 69.5 in steps of 0.5; usual in °C, °F; the site's other temperatures are in °F
        "BOILER.WT": {physical_type: water_temperature, unit: °F}
        # guess: name ends in CHWST; 400 values from 44 to 47.9 in steps of 0.1; usual in °F only
        "CH1.CHWST": {physical_type: chilled_water_temperature, unit: °F}
        # guess: name ends in CWST; 400 values from 75 to 78.9 in steps of 0.1; usual in °F only
        "CH1.CWST": {physical_type: condenser_water_temperature, unit: °F}
        # guess: name ends in GPM; 400 values from 800 to 839 in steps of 1
        "CH1.GPM": {physical_type: flow, unit: GPM}

        # Not mapped: averaged as they are, without a unit and without rules, until somebody says what they are.
        # name ends in FLOW; the unit is not known: usual in L/min, GPM, m³/h, L/s; 400 values from 800 to 839 in steps of 1
        # "CH2.FLOW": {physical_type: flow, unit: ?}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    "##);
}

#[test]
fn a_point_of_several_kinds_is_written_once() {
    let mut site = site(vec![from("A.KW", 100.0, 1.0), from("B.KW", 100.0, 1.0)]);
    site.kinds.push(ReadKind {
        points: [id("A.KW", "")].into(),
        interval: Some(crate::time::HOUR),
        files: vec!["b.csv".into()],
        steps: steps::RowSteps::default(),
    });
    let yaml = faithful(site);
    assert_eq!(yaml.matches("\"A.KW\"").count(), 1, "{yaml}");
    assert!(yaml.contains("resample_interval: 15m"), "{yaml}");
}

#[test]
fn the_site_and_the_zone_are_written_where_they_are_given_and_never_made_up() {
    let given = SiteWishes {
        site: Some("PLANT.01".to_owned()),
        timezone: Some("Asia/Taipei".to_owned()),
    };
    let points = || site(vec![from("A.KW", 100.0, 1.0)]);
    let parsed = |wanted: &SiteWishes| {
        Config::parse(&proposal(points(), wanted).yaml)
            .unwrap()
            .cleaner
    };
    let with = parsed(&given);
    assert_eq!((with.site_id, with.timezone), (given.site, given.timezone));
    let without = parsed(&SiteWishes::default());
    assert_eq!((without.site_id, without.timezone), (None, None));
}

#[test]
fn a_wrong_site_or_zone_and_a_folder_without_reports_are_refused() {
    let folder = crate::store::test_folder();
    let refusal = |wanted: SiteWishes| {
        propose(&[folder.path().to_owned()], &wanted, Watch::unwatched()).unwrap_err()
    };
    let wanted = |site: Option<&str>, zone: Option<&str>| SiteWishes {
        site: site.map(str::to_owned),
        timezone: zone.map(str::to_owned),
    };
    use crate::ErrorKind::{Config, Input};
    assert_eq!(refusal(wanted(Some("a/b"), None)).kind(), Config);
    assert_eq!(refusal(wanted(None, Some("Taipei"))).kind(), Config);
    assert_eq!(refusal(SiteWishes::default()).kind(), Input);
}

/// A folder beside the workspace.
fn beside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

#[test]
fn the_damaged_reports_that_can_be_read_are_proposed_and_the_others_are_named() {
    let proposal = propose(
        &[beside("examples/damaged")],
        &SiteWishes {
            timezone: Some("Asia/Taipei".to_owned()),
            ..SiteWishes::default()
        },
        Watch::unwatched(),
    )
    .unwrap();
    let names = proposal
        .failed
        .iter()
        .filter_map(|(path, _)| path.file_name());
    let names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "empty.csv",
            "future.csv",
            "no_rows.csv",
            "noise.csv",
            "other.csv",
            "photo.csv"
        ]
    );
    assert!(Config::parse(&proposal.yaml).is_ok(), "{}", proposal.yaml);
}

#[test]
fn the_real_reports_are_proposed_as_an_engineer_would_map_them() {
    let reports = beside("../shared/data/kmuh");
    if store::what_is(&reports).unwrap().is_none() {
        eprintln!("SKIPPED: the real reports are not at {}", reports.display());
        return;
    }
    let proposal = propose(&[reports], &SiteWishes::default(), Watch::unwatched()).unwrap();
    let points = Config::parse(&proposal.yaml).unwrap().cleaner.points;
    let counts = &proposal.counts;
    assert_eq!(counts.proposed + counts.unmapped, 58);
    assert_eq!((counts.dead, counts.reports, counts.renamed), (62, 6, 0));
    let shown = |name: &str| {
        let point = points.get(name)?;
        Some(format!(
            "{} {} {}",
            point
                .physical_type
                .map_or("-", crate::model::PhysicalType::name),
            point.unit.map_or("-", crate::model::Unit::symbol),
            point
                .frozen
                .and_then(|frozen| frozen.min_duration)
                .map_or("-".to_owned(), |duration| duration.to_string())
        ))
    };
    for (name, expected) in [
        ("CH5.CHRT", Some("chilled_water_temperature °C -")),
        // Logs its changes of value, but every ten minutes as well.
        ("CH5.CHST", Some("chilled_water_temperature °C -")),
        ("CWRT3.WT", Some("condenser_water_temperature °C 2d")),
        ("CHS1.WT", Some("chilled_water_temperature °C 8h")),
        ("AH0101 T", Some("air_temperature °C 3d")),
        ("AH0202 DT", Some("air_temperature °C 8h")),
        ("ZONE3.AVGT", Some("air_temperature °C -")),
        ("MMCB.KW", Some("power kW -")),
        ("MMCB.KWH", Some("energy_counter kWh -")),
        ("MMCB.SA", Some("current A -")),
        ("ZWP-1.F", Some("frequency Hz -")),
        ("ZWP-1.PCT", Some("position % -")),
        // Differences of temperatures, and pressures whose unit nothing tells.
        ("CH5.CTDT", None),
        ("ZWP-Z1.WDP", None),
    ] {
        assert_eq!(shown(name).as_deref(), expected, "{name}");
    }
}

fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("KW"),
        Just("CHST"),
        Just("T"),
        Just("ST"),
        Just("冰水溫度"),
        Just("SP"),
        Just("F"),
        Just("PCT"),
        Just("A"),
        Just(":"),
        Just("#"),
        Just("\""),
        Just("'"),
        Just("*"),
        Just(" "),
        Just("\n"),
        Just("\\"),
        Just("timestamp"),
        Just("~"),
        Just("- "),
        Just("\u{85}"),
    ];
    prop_oneof![
        prop::collection::vec(word, 1..5).prop_map(|words| words.join(".")),
        prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
    ]
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![Just(0.0), Just(1.0), -50.0..120.0_f64, 0.0..1e9_f64];
    prop::collection::vec(value, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_points_are_a_run_takes_the_proposal_and_describes_them_as_judged(
        points in prop::collection::btree_map((name(), prop_oneof![4 => Just(String::new()), 1 => name()]), values(), 1..12),
    ) {
        let points: BTreeMap<_, _> = points.into_iter().map(|((name, suffix), values)| (id(&name, &suffix), values)).collect();
        let points: Vec<_> = points.into_iter().collect();
        let ids = || points.iter().map(|(id, _)| id);
        let stuck = unwritable(ids());
        // What no configuration can make a run take is still written as one that can be read.
        if renamed(ids()).keys().any(|id| stuck.contains_key(id)) {
            prop_assert!(Config::parse(&proposal(site(points), &SiteWishes::default()).yaml).is_ok());
        } else {
            faithful(site(points));
        }
    }
}

#[test]
fn an_order_of_dates_that_others_prove_is_a_comment_and_a_clock_that_never_changes_a_line() {
    let folder = store::test_folder();
    let put = |name: &str, dates: &[&str]| {
        let hours = |date: &&str| {
            (0..24)
                .map(|hour| format!("{date},{hour:02}:00:00,1\n"))
                .collect::<String>()
        };
        let rows: String = dates.iter().map(hours).collect();
        let text = format!(
            "Point_1:,A.T,,5 minutes\nTime Interval:,1 Hour\nDate,Time,Point_1\n{rows}***** End of Report *****\n"
        );
        std::io::Write::write_all(
            &mut store::create_new(&folder.path().join(name)).unwrap(),
            text.as_bytes(),
        )
        .unwrap();
    };
    let lines = |words: [&str; 2]| {
        let wanted = SiteWishes {
            timezone: Some("America/Chicago".to_owned()),
            ..SiteWishes::default()
        };
        let yaml = propose(&[folder.path().to_owned()], &wanted, Watch::unwatched())
            .unwrap()
            .yaml;
        let config = Config::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        let said: Vec<String> = yaml
            .lines()
            .filter(|line| words.iter().any(|word| line.contains(word)))
            .map(str::to_owned)
            .collect();
        (
            said.join("\n"),
            config.cleaner.date_order,
            config.cleaner.clock.map(|clock| clock.to_string()),
        )
    };
    put("a.csv", &["2/13/2026"]);
    put("b.csv", &["2/14/2026"]);
    assert_eq!(lines(["date_order", "clock:"]), (String::new(), None, None));
    put("open.csv", &["2/3/2026"]);
    put("spring.csv", &["3/8/2026", "3/9/2026"]);
    let (said, order, clock) = lines(["CHECK: the dates", "date_order:"]);
    insta::assert_snapshot!(said, @"
      # CHECK: the dates of 1 report can be read in several ways; 3 others prove month/day/year, none another. If theirs are written so, too, let the last line be one:
      # date_order: mdy
    ");
    assert_eq!((order, clock.as_deref()), (None, Some("-06:00")));
    let (said, ..) = lines(["daylight", "clock:"]);
    insta::assert_snapshot!(said, @r#"
      # CHECK: 1 report shows a clock that does not keep daylight saving time.
      clock: "-06:00"
    "#);
}
