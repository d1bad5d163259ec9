//! What an entry of the configuration adds to the dialect of a text, whether that has one value a line or one column a point.

use super::*;
use crate::acquire::Additions;

fn added(json: &str) -> StatedReading {
    StatedReading {
        added: Some(Box::new(serde_json::from_str::<Additions>(json).unwrap())),
        ..StatedReading::default()
    }
}

const HISTORY: &str = "history:/station/T1\n\
                       Timestamp,Status,Value\n\
                       03-Nov-24 12:00:00 AM SGT,{ok},18.5\n\
                       03-Nov-24 12:15:00 AM SGT,{ok},-9999\n\
                       03-Nov-24 12:30:00 AM SGT,{ok},idle\n\
                       03-Nov-24 12:45:00 AM SGT,{ok},19\n";

#[test]
fn a_word_for_a_zone_that_is_explained_is_taken() {
    let read = |stated| read_named("x.csv", HISTORY, "Asia/Singapore", stated);
    let error = read(StatedReading::default()).unwrap_err();
    assert!(
        error.hint_text().unwrap().contains("`abbreviations: {SGT:"),
        "{error}"
    );
    let other = read(added(r#"{"abbreviations": {"SST": "+08:00"}}"#));
    assert!(other.is_err());
    for meaning in ["+08:00", "Asia/Singapore"] {
        let stated = added(&format!(
            "{{\"abbreviations\": {{\"SGT\": \"{meaning}\"}}}}"
        ));
        let found = series(&read(stated).unwrap());
        assert_eq!(found["T1"][0], "2024-11-02T16:00:00Z 18.5");
    }
}

#[test]
fn words_and_numbers_that_mean_nothing_are_missing_and_counted_as_such() {
    let stated = r#"{"abbreviations": {"SGT": "+08:00"}, "missing": ["-9999", "idle"]}"#;
    let read = read_named("x.csv", HISTORY, "Asia/Singapore", added(stated)).unwrap();
    assert_eq!(series(&read)["T1"].len(), 2);
    let point = &only(read).2.tally.points[0];
    assert_eq!(point.missing, BTreeMap::from([("(stated)", 2)]));
    let wide = report("2016/10/10,00:00:00,-9999.0,7\n2016/10/10,00:15:00,Idle,-9999.5\n");
    let stated = added(r#"{"missing": ["-9999", "idle"]}"#);
    let (_, chunks, outcome) = only(read_named("x.csv", &wide, "UTC", stated).unwrap());
    assert_eq!(
        show(&chunks),
        ["2016-10-10T00:00:00Z - 7", "2016-10-10T00:15:00Z - -9999.5"]
    );
    let missing = BTreeMap::from([("(stated)", 2)]);
    assert_eq!(outcome.tally.points[0].missing, missing);
}

#[test]
fn a_prefix_stands_before_the_names_of_points_of_either_form() {
    let stated = r#"{"abbreviations": {"SGT": "+08:00"}, "prefix": "Tower/"}"#;
    let read = read_named("x.csv", HISTORY, "Asia/Singapore", added(stated)).unwrap();
    assert_eq!(series(&read)["Tower/T1"].len(), 3);
    let wide = report("2016/10/10,00:00:00,1,7\n");
    let plain = only(read_named("x.csv", &wide, "UTC", StatedReading::default()).unwrap()).0;
    let read = read_named("x.csv", &wide, "UTC", added(r#"{"prefix": "Tower/"}"#)).unwrap();
    let (prefixed, chunks, _) = only(read);
    for (point, plain) in prefixed.points.iter().zip(plain.points.iter()) {
        assert_eq!(point.id.to_string(), format!("Tower/{}", plain.id));
        assert_eq!(
            (&point.definition, point.trend),
            (&plain.definition, plain.trend)
        );
    }
    assert_eq!(show(&chunks), ["2016-10-10T00:00:00Z 1 7"]);
    assert_ne!(prefixed.reading(), plain.reading());
}

#[test]
fn an_interval_is_that_of_points_of_which_the_text_states_none() {
    let one = |stated: &str| {
        let text = HISTORY.replace(" SGT", "");
        only(read_named("x.csv", &text, "UTC", added(stated)).unwrap()).0
    };
    let every = one(r#"{"interval": "15m"}"#);
    assert_eq!(every.interval, Some(15 * crate::time::MINUTE));
    let point = &every.points[0];
    assert_eq!(every.dialect.trend(&point.definition), point.trend);
    let changes = one(r#"{"change_of_value": true}"#);
    assert_eq!(changes.interval, None);
    assert!(changes.points[0].trend.changes_only());
    // A report that says its own keeps that.
    let wide = report("2016/10/10,00:00:00,1,7\n");
    let stated = added(r#"{"interval": "1m"}"#);
    let own = only(read_named("x.csv", &wide, "UTC", stated).unwrap()).0;
    let plain = only(read_named("x.csv", &wide, "UTC", StatedReading::default()).unwrap()).0;
    assert_eq!(own.interval, plain.interval);
    assert_eq!(own.points, plain.points);
}

#[test]
fn a_separator_that_is_stated_is_the_only_one_that_is_tried() {
    let text = HISTORY.replace(" SGT", "").replace(',', ";");
    let read = |sign: &str| {
        let stated = added(&format!("{{\"separator\": \"{sign}\"}}"));
        read_named("x.csv", &text, "UTC", stated).map(|read| series(&read))
    };
    assert_eq!(read("semicolon").unwrap()["T1"].len(), 3);
    assert!(read("bar").is_err());
}

#[test]
fn times_near_the_grid_of_their_points_interval_are_on_it() {
    let at = |seconds: [&str; 3]| {
        let rows = seconds.map(|time| format!("03-Nov-24 12:{time} AM +08:00,{{ok}},1\n"));
        format!(
            "history:/station/T1\nTimestamp,Status,Value\n{}",
            rows.concat()
        )
    };
    let history = at(["00:04", "14:55", "30:06"]);
    let read = |text: &str, stated: &str| {
        let read = read_named("x.csv", text, "Asia/Singapore", added(stated)).unwrap();
        let mut all: Vec<String> = series(&read).into_values().flatten().collect();
        all.sort_unstable();
        all
    };
    let snapped = [
        "2024-11-02T16:00:00Z 1",
        "2024-11-02T16:15:00Z 1",
        "2024-11-02T16:30:06Z 1",
    ];
    assert_eq!(
        read(&history, r#"{"interval": "15m", "snap": "5s"}"#),
        snapped
    );
    // Without a zone in the time the grid is that of the wall clock.
    let of_wall = history.replace(" +08:00", "");
    assert_eq!(
        read(&of_wall, r#"{"interval": "15m", "snap": "5s"}"#),
        snapped
    );
    let as_it_stands = read(&history, r#"{"snap": "5s"}"#);
    assert_eq!(as_it_stands[0], "2024-11-02T16:00:04Z 1");
    // The interval of the text goes before, and a point that logs its changes has none.
    let blocks = "Point Name:,A,,\nTrend Every:,15 minutes,,\n,,,\n2/13/2025,23:59:57,1, -N-\n2/14/2025,0:14:57,2, -N-\n ********,,,\n\
                  Point Name:,B,,\nTrend Every:,COV,,\n,,,\n2/13/2025,23:59:57,3, -N-\n ********,,,\n";
    assert_eq!(
        read(blocks, r#"{"interval": "1h", "snap": "5s"}"#),
        [
            "2025-02-13T15:59:57Z 3",
            "2025-02-13T16:00:00Z 1",
            "2025-02-13T16:15:00Z 2"
        ]
    );
}

#[test]
fn times_near_the_grid_of_a_wide_table_are_on_it() {
    let wide =
        report("2016/10/10,00:00:03,1,7\n2016/10/10,00:14:56,2,8\n2016/10/10,23:59:58,3,9\n");
    let read = |stated: &str| only(read_named("x.csv", &wide, "UTC", added(stated)).unwrap());
    let (report, chunks, _) = read(r#"{"interval": "15m", "snap": "5s"}"#);
    assert_eq!(
        show(&chunks),
        [
            "2016-10-10T00:00:00Z 1 7",
            "2016-10-10T00:15:00Z 2 8",
            "2016-10-11T00:00:00Z 3 9"
        ]
    );
    assert_eq!(report.range.last, "2016-10-11T00:00:00Z".parse().unwrap());
    let (report, ..) = read(r#"{"interval": "15m"}"#);
    assert_eq!(report.range.last, "2016-10-10T23:59:58Z".parse().unwrap());
}

#[test]
fn where_no_date_is_known_to_be_a_real_one_none_is_exchanged_back() {
    let stated = r#"{"mend": "exchanged_day_month", "abbreviations": {"SGT": "+08:00"}}"#;
    let refusal = |text: &str| {
        let read = read_named("x.csv", text, "Asia/Singapore", added(stated));
        read.unwrap_err().to_string()
    };
    insta::assert_snapshot!(refusal(HISTORY), @"x.csv: `mend: exchanged_day_month` is about the real dates of a spreadsheet, and this text is no sheet of one");
    let wide = report("2016/10/10,00:00:00,1,7\n2016/10/10,00:15:00,2,8\n");
    insta::assert_snapshot!(refusal(&wide), @"x.csv: `mend: exchanged_day_month` is of described tables, and of dialects with one value a line: siemens-scheduler has one row a time");
}
