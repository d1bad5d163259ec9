//! How a text is written down: line ends, quotes, encodings; and what cannot be read.

use super::*;

#[test]
fn a_line_without_end_in_utf_16_comes_to_an_end() {
    let text = report("\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n") + &"\0".repeat(700_000);
    let bytes: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let read = read_bytes(
        &bytes,
        Path::new("a.csv"),
        &rule("Asia/Taipei"),
        &ReadOptions::default(),
    )
    .unwrap();
    assert_eq!((read.2.tally.rows, read.2.tally.rejected_rows), (1, 1));
}

#[test]
fn line_ends_quotes_padding_and_encodings_change_nothing() {
    let text = report(
        "\"2016/10/10\",\"00:00:00\",\"51.4\",\" -0.2\"\n\"2016/10/10\",\"00:15:00\",\"No Data\",\"7\"\n",
    );
    let expected = read(&text).unwrap().1;
    let padded = PREAMBLE.replace("\r\n", ",,,\n").replace('"', "")
        + "2016/10/10,0:00,51.4,-0.2,,,\n2016/10/10,0:15,No Data,7,,,\n,,,\n";
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes) in [
        ("LF", text.replace("\r\n", "\n").into_bytes()),
        ("without quotes", text.replace('"', "").into_bytes()),
        ("with BOM", format!("\u{feff}{text}").into_bytes()),
        ("padded by a spreadsheet", padded.into_bytes()),
        ("UTF-16", utf16),
    ] {
        let read = read_bytes(
            &bytes,
            Path::new("a.csv"),
            &rule("Asia/Taipei"),
            &ReadOptions::default(),
        );
        let (_, chunks, outcome) = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(show(&chunks), show(&expected), "{name}");
        account(&outcome.tally);
    }
}

#[test]
fn a_report_in_big5_keeps_its_names() {
    let text = report("\"2016/10/10\",\"00:00:00\",\"1\",\"停止\"\n")
        .replace("A.B", "冰水溫度")
        .replace("<>Date", "日期");
    let bytes = encoding_rs::BIG5.encode(&text).0;
    let read = read_bytes(
        &bytes,
        Path::new("a.csv"),
        &rule("Asia/Taipei"),
        &ReadOptions::default(),
    )
    .unwrap();
    assert_eq!(read.0.form.encoding, Encoding::CP950);
    assert_eq!(read.0.points[0].id.name, "冰水溫度");
    assert_eq!(show(&read.1), ["2016-10-09T16:00:00Z 1 0"]);
}

fn refusal(text: &str) -> String {
    let error = read(text).unwrap_err();
    let hint = error.hint_text().unwrap_or_default();
    format!("{error}\nhelp: {hint}")
}

#[test]
fn what_cannot_be_read_is_refused_with_place_and_remedy() {
    insta::assert_snapshot!(refusal(&report("")), @"
    a.csv:6: the report has a header and no rows
    help: the logger gave nothing for this time, or the export was cut short; remove the file
    ");
    insta::assert_snapshot!(refusal(&report("\"2016/10/10\",\"00:00:00\",\"1\"\n")), @"
    a.csv:7: no row under the header could be read: expected a date, a time and 2 cells; the first one has 1 cell
    help: export the report again, with date and time in the first two columns
    ");
    insta::assert_snapshot!(refusal(&report("\"10th of May\",\"00:00:00\",\"1\",\"2\"\n")), @r#"
    a.csv:7: no row under the header could be read: expected a date, a time and 2 cells; the first one has "10th of May" for a date
    help: export the report again, with date and time in the first two columns
    "#);
    insta::assert_snapshot!(refusal(&report("\"2016/10/10\",\"noon\",\"1\",\"2\"\n")), @r#"
    a.csv:7: no row under the header could be read: expected a date, a time and 2 cells; the first one has "noon" for a time
    help: export the report again, with date and time in the first two columns
    "#);
    insta::assert_snapshot!(refusal(&report("\"2099/10/10\",\"00:00:00\",\"1\",\"2\"\n")), @"
    a.csv:7: the row's time 2099-10-09T16:00:00Z is in the future
    help: all rows of the report are in the future: the time zone is probably wrong (--timezone)
    ");
    insta::assert_snapshot!(refusal(&report("\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n\"2099/10/10\",\"00:00:00\",\"1\",\"2\"\n")), @"
    a.csv:8: the row's time 2099-10-09T16:00:00Z is in the future
    help: check the logger's clock and the time zone (--timezone)
    ");
    insta::assert_snapshot!(refusal(&report("\"5/6/2016\",\"00:00:00\",\"1\",\"2\"\n")), @r#"
    a.csv:7: the dates can be read as month/day/year and as day/month/year: "5/6/2016" and all others fit either
    help: state `date_order` (mdy, dmy or ymd) under cleaner, or in an entry of cleaner.sources; or export the report with dates as year/month/day, or over a month's end
    "#);
    let swapped: String = ["2025/01/03", "2025/02/03", "2025/03/03", "2025/04/03"]
        .iter()
        .flat_map(|day| {
            [
                format!("\"{day}\",\"00:00:00\",\"1\",\"2\"\n"),
                format!("\"{day}\",\"23:45:00\",\"1\",\"2\"\n"),
            ]
        })
        .collect();
    insta::assert_snapshot!(refusal(&report(&swapped)), @"
    a.csv:9: day and month have changed places: after 2025-01-03 comes 2025-02-03, which are next to each other only with day and month exchanged
    help: a spreadsheet does this when it saves a report: export it again and do not open it there
    ");
}

#[test]
fn a_file_that_is_gone_through_is_left_in_the_middle_where_that_is_wanted() {
    let dir = crate::store::test_folder();
    let path = dir.path().join("a.csv");
    // The last row is the first in time, so that all rows have to be looked at.
    let rows = (1..9000).chain([0]).map(|row| {
        let (day, minute) = (1 + row / 1440, row % 1440);
        let (hour, minute) = (minute / 60, minute % 60);
        format!("\"2016/10/{day}\",\"{hour:02}:{minute:02}:00\",\"1\",\"2\"\n")
    });
    crate::store::write_all(&path, report(&rows.collect::<String>()).as_bytes()).unwrap();
    let rule = rule("Asia/Taipei");
    let whole = sniff(&path, &rule).unwrap();
    assert_eq!(whole.range.length(), 8999 * MINUTE);
    // Each is left at the first look that says so.
    let stopped = |cancel: &Cancel, result: Result<()>| {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Stopped);
        cancel.looks()
    };
    let cancel = Cancel::after(3);
    let sniffed = sniff_until(&path, &rule, &StatedReading::default(), &cancel).map(|_| ());
    assert_eq!(stopped(&cancel, sniffed), Some(4));
    let cancel = Cancel::after(5);
    let surveyed = survey(whole.clone(), &rule, &cancel).map(|_| ());
    assert_eq!(stopped(&cancel, surveyed), Some(6));
    let cancel = Cancel::after(1);
    let digested = identify_until(&path, Digests::Today, &cancel).map(|_| ());
    assert_eq!(stopped(&cancel, digested), Some(2));
    assert_eq!(
        identify_until(&path, Digests::Today, &Cancel::after(9)).unwrap(),
        identify(&path).unwrap()
    );
}

#[test]
fn a_file_that_grows_while_it_is_read_is_changing() {
    let dir = crate::store::test_folder();
    let path = dir.path().join("a.csv");
    let text = report("\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\n");
    std::io::Write::write_all(
        &mut crate::store::create_new(&path).unwrap(),
        text.as_bytes(),
    )
    .unwrap();
    let rule = rule("Asia/Taipei");
    let report = sniff(&path, &rule).unwrap();
    let window = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let open = || {
        Reader::open(
            report.clone(),
            window,
            &rule,
            vec![CellRule::default(); 2],
            &ReadOptions::default(),
        )
    };
    assert_eq!(
        open().unwrap().finish().unwrap().id,
        identify(&path).unwrap()
    );
    let reader = open().unwrap();
    std::io::Write::write_all(&mut crate::store::open_append(&path).unwrap(), b"more").unwrap();
    assert_eq!(reader.finish().unwrap_err().kind(), ErrorKind::Changing);
    let reopened: Result<Reader> = open();
    assert_eq!(
        reopened.map(|_| ()).unwrap_err().kind(),
        ErrorKind::Changing
    );
}

/// A report of two points as a spreadsheet saves it anew, with `;`.
fn saved_anew() -> String {
    let rows = "2016/10/10;00:00:00;1,5;2\r\n2016/10/10;00:15:00;8;1,234,567\r\n";
    PREAMBLE.replace('"', "").replace(',', ";") + rows
}

#[test]
fn a_text_with_other_separators_that_is_cut_short_has_the_whole_rows_of_it_alone() {
    let text = saved_anew();
    let whole = show(&read(&text).unwrap().1);
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[1], "2016-10-09T16:15:00Z 8 1234567");
    let first = text.find("2016/10/10;00:15").unwrap();
    for end in first..text.len() {
        let (_, chunks, outcome) = read(&text[..end]).unwrap();
        assert_eq!(show(&chunks), whole[..1], "{:?}", &text[first..end]);
        assert_eq!(outcome.tally.rejected_rows, u64::from(end > first));
    }
}

#[test]
fn a_separator_that_separates_nothing_hides_no_head() {
    let (report, ..) = read(&saved_anew()).unwrap();
    assert_eq!(report.form.separators.fields, FieldSeparator::Semicolon);
    let rows = "\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\r\n";
    let quoted = format!("{PREAMBLE}{rows}");
    for (above, said) in [
        ("Point_1:,A|B,,5 minutes\r\n", "two lines above the header"),
        ("Point_1:,A;B,,5 minutes\r\n", "two lines above the header"),
        (
            "2016/10/09,00:00:00,1|2,3\r\n",
            "a row stands above the header",
        ),
    ] {
        let error = read(&format!("{above}{quoted}")).unwrap_err();
        assert!(error.message().contains(said), "{above}: {error}");
    }
}
