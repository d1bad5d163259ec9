//! What is said of a point counts in every form of export: words of its own with any numbers, and a scale.

use super::super::described::tests::table;
use super::*;
use std::collections::BTreeMap;

/// The numbers of each point of a text, where M has words of its own and E a scale.
fn described(name: &str, text: &str, stated: &StatedReading) -> BTreeMap<String, Vec<f64>> {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new(name));
    let (rule, cancel) = (rule("Asia/Taipei"), &Cancel::default());
    let looking = Looking {
        rule: &rule,
        stated,
        cancel,
        sorting: None,
    };
    let reports = sniff::reports_in(&file, &mut *file.open().unwrap(), looking).unwrap();
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let rules = |report: &Report| {
        let of_point = |point: &ReportPoint| match point.id.to_string().as_str() {
            "M" => CellRule {
                on: vec!["HAND".to_owned()],
                off: vec!["OFF".to_owned()],
                words: vec![("AUTO".to_owned(), 2.0), ("Stage 2".to_owned(), 3.5)],
                ..CellRule::default()
            },
            "E" => CellRule {
                scale: Some(10.0),
                ..CellRule::default()
            },
            _ => CellRule::default(),
        };
        report.points.iter().map(of_point).collect()
    };
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for report in reports {
        let (cells, points) = (rules(&report), report.points.clone());
        let options = ReadOptions::default();
        let mut reader =
            Reader::over(opened(text), report, everything, &rule, cells, &options).unwrap();
        while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
            for (point, column) in points.iter().zip(chunk.columns) {
                let numbers = column.into_iter().filter(|value| !value.is_nan());
                let all = values.entry(point.id.to_string()).or_default();
                all.extend(numbers);
            }
        }
        let tally = reader.finish().unwrap().tally;
        account(&tally);
        let lost: u64 = tally.points.iter().map(|point| point.unrecognised).sum();
        assert_eq!(lost, 0, "{name}");
    }
    values
}

/// The states of M, and the numbers of E as they are written.
const STATES: [&str; 4] = ["AUTO", "hand", "Off", "Stage 2"];
const NUMBERS: [&str; 4] = ["7.5", "8", "0.25 kWh", "-1"];

/// A text whose rows are made of a time of day, a state and a number.
fn text(head: &str, row: impl Fn(&str, &str, &str) -> String) -> String {
    let rows = STATES.iter().zip(NUMBERS).zip(0..);
    let rows = rows.map(|((state, number), hour)| row(&format!("0{hour}:00:00"), state, number));
    head.to_owned() + &rows.collect::<String>()
}

#[test]
fn words_with_any_numbers_and_scales_count_in_every_form() {
    let head = testkit::Report::new(["M", "E"]).defined("1 hour");
    let head = head.interval("1 Hour");
    let scheduler = text(&head.head(), |time, state, number| {
        format!("\"2024/05/20\",\"{time}\",\"{state}\",\"{number}\"\r\n")
    });
    let block = |name: &str| {
        format!(
            "Point Name:,{name},,\r\nTrend Location (Local):,P1,,\r\nTrend Every:,1 hour,,\r\nDate Range:,5/20/2024 00:00:00 - \
             5/20/2024 23:59:59,,\r\nReport Timings:,All Hours,,\r\n"
        )
    };
    let end = ",,,\r\n ********,,,\r\n";
    let points = [
        text(&block("M"), |time, state, _| {
            format!("5/20/2024,{time},{state}, -N-\r\n")
        }),
        end.to_owned(),
        text(&block("E"), |time, _, number| {
            format!("5/20/2024,{time},{number}, -N-\r\n")
        }),
        format!("{end} ******* End of Report *******,,,\r\n"),
    ]
    .concat();
    let pages = text("<>Date,Time,M,E\r\n", |time, state, number| {
        format!("5/20/2024,{time},{state},{number}\r\n")
    });
    let metasys = text(
        "Value,Units,TimeStamp,IsReliable,PointName,ItemReference\n",
        |time, state, number| {
            let number = number.trim_end_matches(" kWh");
            format!(
                "{state},,20/05/2024 {time},True,x,M\n{number},kWh,20/05/2024 {time},True,x,E\n"
            )
        },
    );
    let toa5 = text(
        "\"TOA5\",\"R\",\"CR1\",\"1\",\"s\",\"p\",\"5\",\"T\"\n\"TIMESTAMP\",\"M\",\"E\"\n\"TS\",\"\",\"kWh\"\n\"\",\"Smp\",\"Smp\"\n",
        |time, state, number| format!("\"2024-05-20 {time}\",\"{state}\",{number}\n"),
    );
    let zinc = text(
        "ver:\"3.0\"\nts,v0 dis:\"M\",v1 dis:\"E\"\n",
        |time, state, number| {
            let number = number.replace(' ', "");
            format!("2024-05-20T{time}+08:00 Taipei,\"{state}\",{number}\n")
        },
    );
    let wide = text("when,M,E\n", |time, state, number| {
        format!("2024-05-20 {time},{state},{number}\n")
    });
    let stated = StatedReading {
        table: Some(Box::new(table("iso", &["when"]))),
        ..StatedReading::default()
    };
    let nothing = StatedReading::default();
    let expected = BTreeMap::from([
        ("E".to_owned(), vec![75.0, 80.0, 2.5, -10.0]),
        ("M".to_owned(), vec![2.0, 1.0, 0.0, 3.5]),
    ]);
    for (form, text, stated) in [
        ("scheduler", &scheduler, &nothing),
        ("points", &points, &nothing),
        ("pages", &pages, &nothing),
        ("metasys", &metasys, &nothing),
        ("toa5", &toa5, &nothing),
        ("zinc", &zinc, &nothing),
        ("wide", &wide, &stated),
    ] {
        assert_eq!(described(form, text, stated), expected, "{form}");
    }
    // One point a text.
    let history = |name: &str, unit: &str, which: fn(usize) -> &'static str| {
        let head = format!("history:/S/{name}\n\nTimestamp,Trend Flags,Status,Value{unit}\n");
        let rows = (0..4).map(|hour| {
            let value = which(hour);
            format!(
                "20-May-24 0{}:00:00 AM +08:00,{{ }},{{ok}},{value}\n",
                hour + 1
            )
        });
        described("niagara", &(head + &rows.collect::<String>()), &nothing)
    };
    assert_eq!(history("M", "", |hour| STATES[hour])["M"], expected["M"]);
    assert_eq!(
        history("E", " (kWh)", |hour| NUMBERS[hour].trim_end_matches(" kWh"))["E"],
        expected["E"]
    );
}
