//! Reports that stand in one file make the dataset that they make in a file each.

use super::*;
use std::io::Write;

const TRAILER: &str = "\" **** End of Report ****\"\r\n";

/// The rows of each kind as reports of their own, which follow each other and may share rows at their ends.
fn reports(kinds: &[Vec<Row>], count: usize, shared: usize, trailers: u32) -> Vec<String> {
    let mut texts = Vec::new();
    for (kind, rows) in kinds.iter().enumerate() {
        for rows in rows.chunks(rows.len().div_ceil(count)) {
            // Rows of the kind that stand behind these in memory, too.
            let from = rows.as_ptr_range().start;
            let all = &kinds[kind];
            let place = all.iter().position(|row| std::ptr::eq(row, from)).unwrap();
            let end = (place + rows.len() + shared).min(all.len());
            let mut text = report(kind, &all[place..end]);
            if trailers >> (texts.len() % 32) & 1 == 0 {
                text.truncate(text.len() - TRAILER.len());
            }
            texts.push(text);
        }
    }
    texts
}

/// As gzip.
pub(super) fn packed(text: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(text).unwrap();
    to.finish().unwrap()
}

/// Writes a text in one of the ways in which exports are written.
fn write_as(folder: &Path, text: &str, form: usize) {
    let utf16 = || {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let (name, bytes) = match form {
        0 => ("all.csv", text.as_bytes().to_vec()),
        1 => ("all.csv.gz", packed(text.as_bytes())),
        2 => ("all.csv", utf16()),
        _ => ("all.csv", text.replace(',', ";").into_bytes()),
    };
    fs::write(folder.join(name), bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn reports_joined_in_one_file_in_any_order_make_the_dataset_of_a_file_each(
        kinds in prop::collection::vec(rows(), 1..4),
        count in 1..6_usize,
        shared in 0..3_usize,
        trailers in any::<u32>(),
        order in any::<u64>(),
        form in 0..4_usize,
        threads in 1..4_usize,
    ) {
        let mut texts = reports(&kinds, count, shared, trailers);
        let base = tempfile::tempdir().unwrap();
        let make = |name: &str, threads: usize, put: &dyn Fn(&Path)| {
            let folder = base.path().join(name);
            fs::create_dir(&folder).unwrap();
            put(&folder);
            let settings = settings(&base.path().join(format!("{name}-data")), "15m", threads, "");
            let summary = commit(&folder, &settings);
            let dataset = read(&settings, &summary);
            let evidence = evidence(&settings, &summary, &dataset);
            (dataset, evidence, summary)
        };
        let (rows, why, alone) = make("alone", 1, &|folder| {
            for (place, text) in texts.iter().enumerate() {
                fs::write(folder.join(format!("{place}.csv")), text).unwrap();
            }
        });
        let place = |text: &String| trendgate::TextId::of(format!("{order}{text}").as_bytes());
        texts.sort_by_cached_key(place);
        let (joined_rows, joined_why, joined) = make("joined", threads, &|folder| write_as(folder, &texts.concat(), form));
        prop_assert_eq!(rows, joined_rows);
        prop_assert_eq!(why, joined_why);
        let [one, other] = [&alone, &joined].map(|summary| &summary.committed.manifest);
        prop_assert_eq!(&one.gaps, &other.gaps);
        prop_assert_eq!(one.cells, other.cells);
        prop_assert_eq!(&one.statistics.points, &other.statistics.points);
        prop_assert_eq!(digests(one), digests(other));
        // One entry for the file, with what each report came to.
        let [alone, joined] = [&alone, &joined].map(|summary| read_manifest(&summary.committed.record).unwrap().inputs);
        prop_assert_eq!((joined.len(), other.input_files_count), (1, 1));
        let sum = |of: &dyn Fn(&trendgate::manifest::InputEntry) -> u64| alone.iter().map(of).sum::<u64>();
        prop_assert_eq!(joined[0].rows, sum(&|entry| entry.rows));
        prop_assert_eq!(joined[0].cells, sum(&|entry| entry.cells));
        prop_assert_eq!(joined[0].points, sum(&|entry| entry.points));
        if texts.len() > 1 {
            let reports = &joined[0].texts[0].reports;
            prop_assert_eq!(reports.len(), texts.len());
            let lines: Vec<u64> = reports.iter().map(|report| report.line).collect();
            let ends = texts.iter().scan(1, |line, text| {
                let begin = *line;
                *line += text.lines().count() as u64;
                Some(begin)
            });
            prop_assert_eq!(lines, ends.collect::<Vec<_>>());
            prop_assert_eq!(reports.iter().map(|report| report.rows).sum::<u64>(), joined[0].rows);
        }
    }
}

#[test]
fn heads_that_neither_end_of_a_file_shows_are_met_when_it_is_read() {
    let base = tempfile::tempdir().unwrap();
    let rows = plain_rows(9000);
    let shift = |by: i64| -> Vec<Row> {
        let rows = rows.iter().cloned();
        rows.map(|(minutes, a, b)| (minutes + by, a, b)).collect()
    };
    let texts = [(0, 0), (1, 5), (2, 0)].map(|(kind, by)| report(kind, &shift(by)));
    let make = |name: &str, files: &[String]| {
        let folder = base.path().join(name);
        fs::create_dir(&folder).unwrap();
        for (place, text) in files.iter().enumerate() {
            fs::write(folder.join(format!("{place}.csv")), text).unwrap();
        }
        let settings = settings(&base.path().join(format!("{name}-data")), "15m", 2, "");
        let summary = commit(&folder, &settings);
        (
            read(&settings, &summary),
            summary.committed.manifest.input_files_count,
        )
    };
    assert!(texts.iter().all(|text| text.len() > 200_000));
    let (alone, files) = make("alone", &texts);
    assert_eq!(files, 3);
    assert_eq!(make("joined", &[texts.concat()]), (alone, 1));
}

#[test]
fn a_text_in_which_one_report_is_bad_is_rejected_whole_and_the_report_is_named() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let mut late = plain_rows(10);
    late.iter_mut().for_each(|row| row.0 += 60 * 24 * 366 * 80);
    let bad = report(1, &plain_rows(10)) + &report(2, &late) + &report(2, &plain_rows(4));
    fs::write(folder.join("b.csv"), bad).unwrap();
    let settings = settings(&base.path().join("data"), "15m", 2, "");
    let summary = commit(&folder, &settings);
    assert_eq!(summary.failed.len(), 1);
    let error = &summary.failed[0].error;
    assert_eq!(
        (error.kind(), error.line_number()),
        (ErrorKind::Future, Some(24))
    );
    assert!(
        error
            .message()
            .ends_with("(in the report whose head begins in line 18)"),
        "{error}"
    );
    assert_eq!(summary.committed.manifest.cells.input, 20);
    let columns = &summary.committed.manifest.schema;
    assert!(columns.iter().all(|column| !column.name.starts_with("k1")));
}
