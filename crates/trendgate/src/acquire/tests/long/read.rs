//! Long tables, planned and read through the seam that wide ones use.

use super::*;

/// Reads a report from disk, with few rows in memory at a time; its rows, what became of its cells, and how often rows were spilled.
fn read_from_disk(
    report: &Report,
    scratch: &Path,
    rule: &TimeRule,
) -> (Vec<Chunk>, ReadOutcome, usize) {
    let options = ReadOptions {
        chunk_cells: 16,
        held_cells: 40,
        block_bytes: 64,
        ..ReadOptions::default()
    };
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let rules = vec![CellRule::default(); report.points.len()];
    let reader = Reader::open(report.clone(), everything, rule, rules, &options).unwrap();
    let scratch = Arc::new(crate::scratch::SpillFile::new(Some(scratch)));
    let (mut reader, mut chunks, mut spilled) = (reader.spilling_to(&scratch), Vec::new(), 0);
    while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
        spilled += usize::from(chunk.times.is_empty());
        chunks.push(chunk);
    }
    assert!(reader.bytes_read() > 0);
    (chunks, reader.finish().unwrap(), spilled)
}

#[test]
fn long_and_wide_reports_in_the_texts_of_a_zip_are_planned_and_read_through_one_seam() {
    let rule = rule("Asia/Taipei");
    // Plant A in no order, and of one time several rows; Plant B in order.
    let mut rows = vec![
        (45, "A.T", "4", "ok"),
        (0, "A.T", "1", "ok"),
        (0, "A.F", "10", "ok"),
        (30, "A.T", "3", "ok"),
        (15, "A.T", "2", "fault"),
        (30, "A.T", "3.5", "ok"),
        (15, "A.F", "No Data", "ok"),
        (45, "A.F", "what", "ok"),
    ];
    let many: Vec<u32> = (0..60).map(|place| 60 + place * 37 % 60).collect();
    rows.extend(many.iter().map(|minute| (*minute, "A.F", "7", "ok")));
    let plant_a = long("Plant A", &rows).replace("15:00,A.T", "15:00,A.T,A.T");
    let plant_b = long("Plant B", &[(0, "B.P", "5", "ok"), (5, "B.P", "6", "ok")]);
    let both = plant_a + &plant_b;
    let wide = report(
        "\"2026/02/01\",\"00:00:00\",\"51.4\",\"1\"\n\"2026/02/01\",\"00:15:00\",\"ON\",\"2\"\n",
    );
    let packed = zip(&[("plants.txt", &both, true), ("wide.csv", &wide, false)]);
    let folder = crate::store::test_folder();
    let path = folder.path().join("week.zip");
    std::fs::write(&path, packed).unwrap();

    let (file, _) = FileBytes::on_disk(&path).unwrap();
    let reports = reports(&file, &rule);
    let found: Vec<_> = reports
        .iter()
        .map(|report| {
            let member = report.text.member_name().unwrap();
            let (dialect, title) = (
                report.dialect.as_str(),
                &report.heading.as_ref().unwrap().title,
            );
            (
                member,
                report.ordinal,
                dialect,
                title.as_str(),
                report.order,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "plants.txt",
                0,
                "long-fixture",
                "Plant A",
                RowOrder::Unordered
            ),
            (
                "plants.txt",
                1,
                "long-fixture",
                "Plant B",
                RowOrder::Ascending
            ),
            (
                "wide.csv",
                0,
                "siemens-scheduler",
                "Key  Name:Suffix",
                RowOrder::Ascending
            ),
        ]
    );

    let (chunks, outcome, spilled) = read_from_disk(&reports[0], folder.path(), &rule);
    let tally = outcome.tally;
    account(&tally);
    assert!(spilled > 2, "{spilled}");
    let mut expected: Vec<(i64, &str)> = vec![
        (0, "1 -"),
        (0, "- 10"),
        (15, "- -"),
        (30, "3 -"),
        (30, "3.5 -"),
        (45, "4 -"),
        (45, "- -"),
    ];
    expected.extend((60..120).map(|minute| (minute, "- 7")));
    let found = minutes(&chunks);
    let found: Vec<_> = found
        .iter()
        .map(|(time, row)| (*time, row.as_str()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!((tally.rows, tally.rejected_rows, tally.cells), (67, 1, 68));
    let [temperature, flow] = &tally.points[..] else {
        panic!("two points")
    };
    assert_eq!((temperature.numbers, flow.numbers), (4, 61));
    assert_eq!((flow.missing["No Data"], flow.unrecognised), (1, 1));
    assert_eq!(outcome.id.text, crate::TextId::of(both.as_bytes()));
    assert_eq!(outcome.id.text_bytes, Some(both.len() as u64));

    let (chunks, other, _) = read_from_disk(&reports[1], folder.path(), &rule);
    account(&other.tally);
    assert_eq!(minutes(&chunks), [(0, "5".to_owned()), (5, "6".to_owned())]);
    assert_eq!(other.id, outcome.id);

    let (chunks, outcome, _) = read_from_disk(&reports[2], folder.path(), &rule);
    let (_, plain, of_plain) = read(&wide).unwrap();
    assert_eq!(show(&chunks), show(&plain));
    assert_eq!(outcome.tally, of_plain.tally);
    assert_eq!(outcome.id.text, of_plain.id.text);
}

#[test]
fn a_value_whose_status_is_not_good_is_missing_and_counted() {
    let rows = [
        (0, "A", "1", "ok"),
        (1, "A", "2", "fault"),
        (2, "A", "3", "down"),
    ];
    let (_, chunks, outcome) = read(&long("A", &rows)).unwrap();
    assert_eq!(
        minutes(&chunks),
        [(0, "1".into()), (1, "-".into()), (2, "-".into())]
    );
    let point = &outcome.tally.points[0];
    assert_eq!((point.numbers, point.missing[BAD]), (1, 2));
}

#[test]
fn a_report_is_planned_once_and_decoded_from_what_was_written_down_of_it() {
    let rule = rule("Asia/Taipei");
    let rows = [
        (3, "A", "1", "ok"),
        (1, "B", "2", "ok"),
        (2, "A", "3", "ok"),
    ];
    let text = long("A", &rows[..2]) + &long("B", &rows);
    let bytes = zip(&[("a.txt", &text, true)]);
    let file = FileBytes::in_memory(&bytes, Path::new("a.zip"));
    let report = reports(&file, &rule).pop().unwrap();
    let written = postcard::to_allocvec(&(
        &report.text,
        report.form,
        report.dialect,
        report.ordinal,
        &report.layout,
    ));
    let (text, form, dialect, ordinal, layout) = postcard::from_bytes(&written.unwrap()).unwrap();
    let again = Report {
        text,
        form,
        dialect,
        ordinal,
        layout,
        ..report.clone()
    };
    assert_eq!(again, report);
    let cancel = &Cancel::default();
    let looking = Looking {
        rule: &rule,
        stated: &StatedReading::default(),
        cancel,
        sorting: None,
    };
    let read = read_in_memory::read_all(&file, vec![again], looking, &ReadOptions::default());
    let (_, chunks, outcome) = only(read.unwrap());
    account(&outcome.tally);
    assert_eq!(
        minutes(&chunks),
        [(1, "- 2".into()), (2, "3 -".into()), (3, "1 -".into())]
    );
    let unknown = postcard::to_allocvec("of-tomorrow").unwrap();
    assert!(postcard::from_bytes::<DialectId>(&unknown).is_err());
    assert!(postcard::from_bytes::<ContainerId>(&unknown).is_err());
}

#[test]
fn a_text_of_no_dialect_is_refused_with_what_each_of_them_looked_for() {
    let error = read("a,b\n1,2\n").unwrap_err().to_string();
    insta::assert_snapshot!(error, @"a.csv: not a trend report: looked for what texts of siemens-scheduler, siemens-points, niagara-history, metasys-long, zinc, siemens-pages, toa5, long-fixture have, and found none of it; it has no column of times by which it would be a table");
    // What is of one of them and cannot be read is that one's to say.
    let error = read("Point_1:,A\na,b\n").unwrap_err().to_string();
    assert!(
        error.contains("a trend report without its header"),
        "{error}"
    );
}

#[test]
fn a_file_of_several_reports_is_not_taken_for_one() {
    let one = long("A", &[(0, "A", "1", "ok")]);
    assert_eq!(read(&one).unwrap().0.ordinal, 0);
    let both = read_each(&(one.clone() + &one)).unwrap();
    let ordinals: Vec<u32> = both.iter().map(|(report, ..)| report.ordinal).collect();
    assert_eq!(ordinals, [0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_long_table_in_any_order_is_read_as_its_rows_sorted_by_time(
        table in prop::collection::vec((0..90_u32, 0..3_usize, 0..100_u32, any::<bool>()), 1..80),
        chunk_cells in 1..200_usize,
        held_cells in 1..200_usize,
    ) {
        let names = ["A", "B", "C"];
        let texts: Vec<String> = table.iter().map(|(.., value, _)| value.to_string()).collect();
        let rows: Vec<_> = table.iter().zip(&texts).map(|((minute, name, _, good), text)| {
            (*minute, names[*name], text.as_str(), if *good { "ok" } else { "fault" })
        }).collect();
        let options = ReadOptions { chunk_cells, held_cells, block_bytes: 64, ..ReadOptions::default() };
        let (report, chunks, outcome) =
            read_bytes(long("A", &rows).as_bytes(), Path::new("a.txt"), &rule("Asia/Taipei"), &options).unwrap();
        account(&outcome.tally);
        let mut sorted: Vec<_> = rows.iter().collect();
        sorted.sort_by_key(|(minute, ..)| *minute);
        let expected: Vec<_> = sorted.iter().map(|(minute, name, value, status)| {
            let cell = |point: &ReportPoint| match point.id.name == *name && *status == "ok" {
                true => value.to_string(),
                false => "-".to_owned(),
            };
            let cells: Vec<String> = report.points.iter().map(cell).collect();
            (i64::from(*minute), cells.join(" "))
        }).collect();
        prop_assert_eq!(minutes(&chunks), expected);
    }
}

/// A long table: for each row the minute, the point, the value and the status.
fn long(title: &str, rows: &[(u32, &str, &str, &str)]) -> String {
    let line = |(minute, name, value, status): &(u32, &str, &str, &str)| {
        let time = format!("{:02}:{:02}:00", minute / 60, minute % 60);
        format!("2026/02/01 {time},{name},{value},{status}\n")
    };
    let lines: String = rows.iter().map(line).collect();
    format!("{BEGIN}{title}\n{HEADER}\n{lines}")
}

/// As [`show`], without chunks that have no rows, each row with the minute of the day in the place of its time.
fn minutes(chunks: &[Chunk]) -> Vec<(i64, String)> {
    // 2026-02-01T00:00:00+08:00
    let midnight = Instant::EPOCH + 1_769_875_200 * SECOND;
    let rows = show(chunks).into_iter();
    let times = chunks.iter().flat_map(|chunk| &chunk.times);
    rows.zip(times)
        .map(|(row, time)| {
            let cells = row.split_once(' ').unwrap().1.to_owned();
            (time.since(midnight) / MINUTE, cells)
        })
        .collect()
}

fn reports(file: &FileBytes, rule: &TimeRule) -> Vec<Report> {
    let mut opened = file.open().unwrap();
    let cancel = &Cancel::default();
    sniff::reports_in(
        file,
        &mut *opened,
        Looking {
            rule,
            stated: &StatedReading::default(),
            cancel,
            sorting: None,
        },
    )
    .unwrap()
}
