//! What each dialect with one value a line makes of its texts, whole, joined and torn.

use super::*;

fn block(name: &str, every: &str, rows: &str) -> String {
    format!(
        "Point Name:,{name},,\r\nTrend Location (Local):,P1,,\r\nTrend Every:,{every},,\r\nDate Range:,2/10/2025 00:00:00 - \
         2/13/2025 23:59:59,,\r\nReport Timings:,All Hours,,\r\n{}{}",
        rows.replace('\n', "\r\n"),
        ",,,\r\n ********,,,\r\n"
    )
}

const END: &str = " ******* End of Report *******,,,\r\n";

fn blocks() -> String {
    [
        block("A:ROOM T", "15 minutes", "2/12/2025,23:45:00,70.25, -N-\n2/13/2025,0:00:00,ERROR (0), -N-\n2/13/2025,0:15:00,13.5, *A3*\n"),
        block("A.FAN", "COV", "2/12/2025,23:01:09,ON, -N-\n2/12/2025,23:40:51,OFF, -N-\n"),
        block("A.DEAD", "15 minutes", ""),
        block("A.OAT", "15 minutes", "2/12/2025,23:45:00,1, -N-\n2/13/2025,0:00:00,2, -F-fault\n"),
    ]
    .concat()
        + END
}

#[test]
fn a_point_whose_other_trend_has_no_entry_loses_none() {
    let full = "2/12/2025,23:45:00,70.25, -N-\n2/13/2025,0:00:00,No Data, -N-\n2/13/2025,0:15:00,13.5, *A3*\n";
    for (empty, alone) in [("1 hour", false), ("COV", false), ("1 hour", true)] {
        let blocks = [block("A", "15 minutes", full), block("A", empty, "")];
        let orders = [[0, 1], [1, 0]];
        for [first, second] in orders {
            let rows = if alone {
                &full.lines().next().unwrap().to_owned()
            } else {
                full
            };
            let blocks = blocks.clone().map(|text| {
                text.replace(
                    &full.replace('\n', "\r\n"),
                    &format!("{}\r\n", rows.trim_end().replace('\n', "\r\n")),
                )
            });
            let text = blocks[first].clone() + &blocks[second] + END;
            let read = read_named(
                "a.csv",
                &text,
                "America/Anchorage",
                StatedReading::default(),
            )
            .unwrap();
            let numbers: u64 = read
                .iter()
                .flat_map(|(.., outcome)| &outcome.tally.points)
                .map(|point| point.numbers)
                .sum();
            assert_eq!(numbers, if alone { 1 } else { 2 }, "{empty} {first}");
            assert_eq!(
                read.iter()
                    .map(|(report, ..)| report.points.len())
                    .sum::<usize>(),
                1
            );
        }
    }
}

#[test]
fn blocks_of_points_are_reports_of_points_that_are_logged_alike() {
    let read = read_named(
        "a.csv",
        &blocks(),
        "America/Anchorage",
        StatedReading::default(),
    )
    .unwrap();
    let found: Vec<_> = read
        .iter()
        .map(|(report, ..)| {
            let points: Vec<String> = report
                .points
                .iter()
                .map(|point| point.id.to_string())
                .collect();
            (
                report.dialect.as_str(),
                report.interval,
                points,
                report.order,
                report.complete,
            )
        })
        .collect();
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (
                "siemens-points",
                Some(15 * MINUTE),
                names(&["A:ROOM T", "A.DEAD", "A.OAT"]),
                RowOrder::Unordered,
                true
            ),
            (
                "siemens-points",
                None,
                names(&["A.FAN"]),
                RowOrder::Ascending,
                true
            ),
        ]
    );
    assert!(read[1].0.points[0].trend.changes_only());
    let values = series(&read);
    assert_eq!(
        values["A:ROOM T"],
        ["2025-02-13T08:45:00Z 70.25", "2025-02-13T09:15:00Z 13.5"]
    );
    assert_eq!(
        values["A.FAN"],
        ["2025-02-13T08:01:09Z 1", "2025-02-13T08:40:51Z 0"]
    );
    assert_eq!(values["A.OAT"], ["2025-02-13T08:45:00Z 1"]);
    let tally = &read[0].2.tally;
    assert_eq!((tally.rows, tally.cells), (5, 5));
    assert_eq!(tally.points[0].unrecognised, 1);
    assert_eq!(
        tally.points[0].statuses,
        BTreeMap::from([("-N-".into(), 2), ("*A3*".into(), 1)])
    );
    assert_eq!(tally.points[2].missing, BTreeMap::from([("(status)", 1)]));
}

#[test]
fn rows_below_a_head_that_lost_its_first_line_are_of_no_point() {
    let whole = blocks();
    let lost = whole.replacen("Point Name:,A.FAN,,\r\n", "", 1);
    let read = read_named(
        "a.csv",
        &lost,
        "America/Anchorage",
        StatedReading::default(),
    )
    .unwrap();
    let values = series(&read);
    assert_eq!(
        values.keys().collect::<Vec<_>>(),
        ["A.DEAD", "A.OAT", "A:ROOM T"]
    );
    assert_eq!(read[0].2.tally.rejected_rows, 2);
    // A row that was cut where the next block begins.
    let torn = whole.replacen(
        "13.5, *A3*\r\n,,,\r\n ********,,,\r\nPoint Name:",
        "13.5Point Name:",
        1,
    );
    let read = read_named(
        "a.csv",
        &torn,
        "America/Anchorage",
        StatedReading::default(),
    )
    .unwrap();
    let values = series(&read);
    assert_eq!(values["A:ROOM T"], ["2025-02-13T08:45:00Z 70.25"]);
    assert_eq!(read[0].2.tally.rejected_rows, 3);
}

fn history(head: &str, rows: &[&str]) -> String {
    format!("{head}{}\r\n", rows.join("\r\n"))
}

const HISTORY: &str =
    "history:/SITE_B/AHU3_SupplyT\r\n\r\nTimestamp,Trend Flags,Status,Value (°C)\r\n";

const ROWS: [&str; 6] = [
    "15-May-25 12:30:01 PM WEST,{start},{ok},18.5",
    "15-May-25 12:45:01 PM WEST,{ },{ok},18.75",
    "15-May-25 01:00:01 PM WEST,{ },{fault,stale},19",
    "15-May-25 01:15:01 PM WEST,{ },{alarm,unackedAlarm},19.25",
    "15-May-25 01:30:01 PM WEST,{hidden},{ok},19.5",
    "15-May-25 01:45:01 PM WEST,{ },{null},19.75",
];

#[test]
fn histories_keep_values_in_alarm_and_miss_those_that_are_none() {
    let expected = [
        "2025-05-15T11:30:01Z 18.5",
        "2025-05-15T11:45:01Z 18.75",
        "2025-05-15T12:15:01Z 19.25",
    ];
    let text = history(HISTORY, &ROWS);
    let without_flags = text
        .replace("Trend Flags,", "")
        .replace(",{start}", "")
        .replace(",{ }", "")
        .replace("{hidden},{ok}", "{ok,null}");
    let quoted = text
        .replace("{fault,stale}", "\"{fault,stale}\"")
        .replace("{alarm,unackedAlarm}", "\"{alarm,unackedAlarm}\"");
    let french = text
        .replace("{alarm,unackedAlarm}", "{alarm}")
        .replace("{fault,stale}", "{fault}")
        .replace(
            "Timestamp,Trend Flags,Status,Value (°C)",
            "Horaire,Fanions,Statut,Mesure (°C)",
        )
        .replace(',', ";");
    for text in [text, without_flags, quoted, french] {
        let read = read_named("x.csv", &text, "Europe/Lisbon", StatedReading::default()).unwrap();
        let (report, _, outcome) = &read[0];
        assert_eq!(
            (read.len(), report.dialect.as_str()),
            (1, "niagara-history")
        );
        assert_eq!(series(&read)["AHU3_SupplyT"], expected, "{text}");
        let point = &outcome.tally.points[0];
        assert_eq!(point.missing, BTreeMap::from([("(status)", 3)]), "{text}");
        assert_eq!(
            (report.path_name.as_deref(), outcome.tally.furniture),
            (None, 0)
        );
    }
}

#[test]
fn where_a_history_says_that_logging_began_anew_its_rows_say_so() {
    let rows = [
        "15-May-25 12:00:00 PM WEST,{start},{ok},1",
        "15-May-25 12:15:00 PM WEST,{ },{ok},2",
        "15-May-25 12:30:00 PM WEST,{Start,outOfOrder},{fault},3",
    ];
    let read = |rows: &[&str]| {
        let text = history(HISTORY, rows);
        let read = read_named("x.csv", &text, "Europe/Lisbon", StatedReading::default());
        let (report, chunks, _) = only(read.unwrap());
        let restarts = chunks.iter().flat_map(|chunk| {
            let restarts = chunk.restarts.iter();
            restarts.map(|(row, column)| (chunk.times[*row].to_string(), *column))
        });
        (report.order, restarts.collect::<Vec<_>>())
    };
    let expected: Vec<_> = ["2025-05-15T11:00:00Z", "2025-05-15T11:30:00Z"]
        .map(|time| (time.to_owned(), 0))
        .into();
    assert_eq!(read(&rows), (RowOrder::Ascending, expected.clone()));
    let shuffled = [rows[2], rows[0], rows[1]];
    assert_eq!(read(&shuffled), (RowOrder::Unordered, expected));
}

#[test]
fn a_history_without_a_name_has_that_of_its_file_and_is_known_by_it() {
    let text = history(
        "Timestamp,Status,Value\r\n",
        &["15-May-25 12:30:01 PM WEST,{ok},1"],
    );
    let read = |name: &str| {
        only(read_named(name, &text, "Europe/Lisbon", StatedReading::default()).unwrap())
    };
    let (one, other) = (read("RTU_7.csv"), read("a/RTU_8.csv"));
    assert_eq!(one.0.points[0].id.to_string(), "RTU_7");
    assert_eq!(other.0.path_name.as_deref(), Some("RTU_8"));
    assert_ne!(one.2.id.text, other.2.id.text);
    assert!(one.2.id.text.readings().contains(&other.2.id.text));
    assert_eq!(read("b/RTU_7.csv").2.id.text, one.2.id.text);
}

#[test]
fn a_word_for_another_zone_is_refused_and_an_offset_is_read() {
    let text = history(HISTORY, &ROWS);
    let error = read_named("x.csv", &text, "Asia/Taipei", StatedReading::default()).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @r#"x.csv:4: the time has the zone word "WEST", which is none of the site's time zone at that time"#);
    for zone in ["+01:00", "+0100", "+01"] {
        let text = text.replace("WEST", zone);
        let read = read_named("x.csv", &text, "Asia/Taipei", StatedReading::default()).unwrap();
        assert_eq!(
            series(&read)["AHU3_SupplyT"][0],
            "2025-05-15T11:30:01Z 18.5"
        );
    }
    // Which pass of a doubled hour a time is of, its word says.
    let rows = [
        "26-Oct-25 01:30:00 AM WET,{ },{ok},2",
        "26-Oct-25 01:30:00 AM WEST,{ },{ok},1",
    ];
    let read = read_named(
        "x.csv",
        &history(HISTORY, &rows),
        "Europe/Lisbon",
        StatedReading::default(),
    )
    .unwrap();
    assert_eq!(
        series(&read)["AHU3_SupplyT"],
        ["2025-10-26T00:30:00Z 1", "2025-10-26T01:30:00Z 2"]
    );
}

#[test]
fn samples_of_a_server_need_an_order_of_dates_and_are_missing_where_they_are_not_reliable() {
    let text = "Value,Units,TimeStamp,IsReliable,PointName,ItemReference\n\
                70.0,degF,02/10/2024 00:00:00,True,ZN-T,D:N/A.ZN-T\n\
                1,,02/10/2024 00:00:00,True,SF-S,D:N/A.SF-S\n\
                71.5,degF,02/10/2024 00:15:00,False,ZN-T,D:N/A.ZN-T\n\
                Value,Units,TimeStamp,IsReliable,PointName,ItemReference\n\
                0,,02/10/2024 00:15:00,True,SF-S,D:N/A.SF-S\n";
    let error = read_named("x.csv", text, "UTC", StatedReading::default()).unwrap_err();
    assert!(
        error.to_string().contains("can be read as month/day/year"),
        "{error}"
    );
    let stated = StatedReading {
        date_order: Some(StatedOrder::MonthDayYear),
        ..StatedReading::default()
    };
    let read = read_named("x.csv", text, "UTC", stated).unwrap();
    let values = series(&read);
    assert_eq!(
        values["D:N/A.SF-S"],
        ["2024-02-10T00:00:00Z 1", "2024-02-10T00:15:00Z 0"]
    );
    assert_eq!(values["D:N/A.ZN-T"].len(), 1);
    let tally = &only(read).2.tally;
    assert_eq!(
        (tally.furniture, tally.rows, tally.rejected_rows),
        (1, 4, 0)
    );
    assert_eq!(
        tally.points[0].statuses,
        BTreeMap::from([("False".into(), 1)])
    );
}

#[test]
fn grids_name_their_points_and_say_their_own_zone() {
    let grid = "ver:\"3.0\" id:@p:demo:r:aa11-bb22 \"Demo, AHU SAT\" hisStart:2024-03-10T00:00:00-05:00 New_York\nts,val\n\
                2024-03-10T01:30:00-05:00 New_York,55.5\n\
                2024-03-10T01:45:00-05:00 New_York,NA\n\
                2024-03-10T03:00:00-04:00 New_York,T\n\
                2024-03-10T03:15:00-04:00 New_York,N\n";
    let several = "\nver:\"2.0\" dis:\"Plant\"\nts,v0 dis:\"Supply, 1\",v1 id:@p:x,v2\n\
                   2024-03-10T01:30:00Z UTC,1,2,\"a,b\"\n2024-03-10T01:45:00Z UTC,3,,F\n2024-03-10T02:00:00Z UTC,1\n";
    // The site lies elsewhere.
    let read = read_named(
        "a.zinc",
        &(grid.to_owned() + several),
        "Asia/Taipei",
        StatedReading::default(),
    )
    .unwrap();
    let values = series(&read);
    assert_eq!(
        values["Demo, AHU SAT"],
        ["2024-03-10T06:30:00Z 55.5", "2024-03-10T07:00:00Z 1"]
    );
    assert_eq!(
        values["Supply, 1"],
        ["2024-03-10T01:30:00Z 1", "2024-03-10T01:45:00Z 3"]
    );
    assert_eq!(values["p:x"], ["2024-03-10T01:30:00Z 2"]);
    assert_eq!(values["Plant/v2"], ["2024-03-10T01:45:00Z 0"]);
    let tally = &read[0].2.tally;
    assert_eq!((tally.rows, tally.cells, tally.rejected_rows), (10, 11, 1));
    assert_eq!(tally.points[3].unrecognised, 1);
}

/// What stands in a text behind another one is read under no point of the first: the values of these points, each with how many there are.
fn counts(name: &str, text: &str) -> BTreeMap<String, usize> {
    let read = read_named(name, text, "America/New_York", StatedReading::default()).unwrap();
    series(&read)
        .into_iter()
        .map(|(name, values)| (name, values.len()))
        .collect()
}

fn named<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected
        .map(|(name, count)| (name.to_owned(), count))
        .into()
}

#[test]
fn no_value_of_a_joined_history_shows_under_another_point() {
    let history = |name: &str, values: [u8; 2]| {
        let row = |(hour, value)| format!("15-May-25 0{hour}:00:00 AM EDT,{{ok}},{value}\n");
        let rows: String = (1..).zip(values).map(row).collect();
        format!("{name}Timestamp,Status,Value\n{rows}")
    };
    let (one, other) = (
        history("history:/S/A\n", [1, 2]),
        history("history:/S/B\n", [3, 4]),
    );
    assert_eq!(
        counts("x.csv", &(one.clone() + &other)),
        named([("A", 2), ("B", 2)])
    );
    assert_eq!(
        counts("x.csv", &format!("{one}\u{feff}{other}")),
        named([("A", 2), ("B", 2)])
    );
    // The first file ends within its last row.
    let torn = one.trim_end().to_owned() + &other;
    assert_eq!(counts("x.csv", &torn), named([("A", 1)]));
    // Nothing says which point the second table is of.
    let nameless = history("", [1, 2]) + "AHU4\n" + &history("", [3, 4]);
    assert_eq!(counts("x.csv", &nameless), named([("x", 2)]));
    let other_words = one.clone() + &history("", [3, 4]).replace("Value", "Setpoint");
    assert_eq!(counts("x.csv", &other_words), named([("A", 2)]));
    // The same header again is of the same point.
    assert_eq!(
        counts("x.csv", &(one.clone() + &history("", [3, 4]))),
        named([("A", 4)])
    );
    let refused = |text: &str| {
        read_named("x.csv", text, "America/New_York", StatedReading::default())
            .unwrap_err()
            .to_string()
    };
    assert!(refused(&(one.clone() + &other.replace("/S/B", "/T/A"))).contains("same last name"));
    assert!(refused(&one.replace("/S/A", "/S/")).contains("names no history"));
}

#[test]
fn no_value_of_a_joined_grid_shows_under_another_point_and_no_two_points_have_one_name() {
    let grid = |tags: &str, columns: &str| {
        let cells = ",1".repeat(columns.matches(',').count());
        format!("ver:\"3.0\" {tags}\n{columns}\n2025-05-15T01:00:00-04:00 New_York{cells}\n")
    };
    let (one, other) = (grid("id:@a \"A\"", "ts,val"), grid("id:@b \"B\"", "ts,val"));
    assert_eq!(
        counts("x.zinc", &format!("{one}\n\u{feff}{other}")),
        named([("A", 1), ("B", 1)])
    );
    assert_eq!(
        counts("x.zinc", &(one.clone() + one.trim_end() + &other)),
        named([("A", 1)])
    );
    assert_eq!(
        counts("x.zinc", &(one.clone() + &other.replace("3.0", "4.0"))),
        named([("A", 1)])
    );
    assert_eq!(
        counts(
            "x.zinc",
            &grid("dis:\"P\"", "ts,v0 dis:\"a\\\"b\",v1 dis:\"a\\\"c\"")
        ),
        named([("a\"b", 1), ("a\"c", 1)])
    );
    let refused = |text: &str| {
        read_named("x.zinc", text, "America/New_York", StatedReading::default())
            .unwrap_err()
            .to_string()
    };
    assert!(refused(&grid("dis:\"P\"", "ts,v0 dis:\"T\",v1 dis:\"T\"")).contains("the name \"T\""));
    assert!(refused(&(one + &grid("id:@b \"A\"", "ts,val"))).contains("the name \"A\""));
}

#[test]
fn the_line_in_which_a_text_ends_names_no_point_and_joined_samples_are_of_their_own_columns() {
    let head = "Value,Priority,TimeStamp,IsReliable,ItemReference\n";
    let row = |value: u8, name: &str| format!("{value},9,2025-05-15 01:00:00,True,{name}\n");
    let text = head.to_owned() + &row(1, "D:A.1") + &row(2, "D:B.1");
    assert_eq!(
        counts("x.csv", &text[..text.len() - 3]),
        named([("D:A.1", 1)])
    );
    let other =
        "Priority,Value,TimeStamp,IsReliable,ItemReference\n9,3,2025-05-15 01:00:00,True,D:C\n";
    for mark in ["", "\u{feff}"] {
        let read = read_named(
            "x.csv",
            &format!("{text}{mark}{other}"),
            "UTC",
            StatedReading::default(),
        )
        .unwrap();
        assert_eq!(series(&read)["D:C"], ["2025-05-15T01:00:00Z 3"]);
    }
    let lacking = other.replace("Priority,Value", "Priority,PresentValue");
    assert_eq!(
        counts("x.csv", &(text.clone() + &lacking)),
        named([("D:A.1", 1), ("D:B.1", 1)])
    );
    let torn = text.trim_end().to_owned() + other;
    assert_eq!(counts("x.csv", &torn), named([("D:A.1", 1)]));
}

#[test]
fn blocks_of_other_days_are_held_against_no_range_but_their_own() {
    let march = block(
        "A",
        "15 minutes",
        "3/2/2025,0:00:00,1, -N-\n3/3/2025,0:00:00,2, -N-\n",
    );
    let february = block(
        "A",
        "15 minutes",
        "2/3/2025,0:00:00,1, -N-\n2/13/2025,0:00:00,2, -N-\n",
    );
    let march = march.replace(
        "2/10/2025 00:00:00 - 2/13/2025",
        "3/1/2025 00:00:00 - 3/31/2025",
    );
    let february = february.replace("2/10/2025", "2/1/2025");
    assert_eq!(
        counts("x.csv", &(february + &march + END)),
        named([("A", 4)])
    );
}

#[test]
fn a_name_far_below_with_bytes_that_are_no_characters_refuses_the_text() {
    let row = "2/12/2025,23:45:00,70.25, -N-\n";
    let first = block("A:ROOM T", "15 minutes", &row.repeat(9000));
    let text = first + &block("K?HLER", "15 minutes", row) + END;
    let bytes = text
        .bytes()
        .map(|byte| if byte == b'?' { 0xD6 } else { byte });
    let file = FileBytes::in_memory(&bytes.collect::<Vec<u8>>(), Path::new("a.csv"));
    let rule = rule("America/Anchorage");
    let looking = Looking {
        rule: &rule,
        stated: &StatedReading::default(),
        cancel: &Cancel::default(),
        sorting: None,
    };
    let read = sniff::reports_in(&file, &mut *file.open().unwrap(), looking);
    let error = read.unwrap_err().to_string();
    assert!(error.contains("no characters of UTF-8"), "{error}");
}
