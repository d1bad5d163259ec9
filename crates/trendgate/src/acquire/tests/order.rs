//! Rows in whatever order they come, and reports read a window at a time.

use super::*;

#[test]
fn rows_out_of_order_and_files_from_late_to_early_come_out_sorted() {
    let line = |minute: i64| format!("\"2016/10/10\",\"00:{minute:02}:00\",\"{minute}\",\"1\"\n");
    let text = |minutes: &[i64]| report(&minutes.iter().map(|m| line(*m)).collect::<String>());
    let expected = show(&read(&text(&[0, 15, 30, 45])).unwrap().1);
    for order in [[45, 30, 15, 0], [15, 0, 45, 30]] {
        let (report, chunks, outcome) = read(&text(&order)).unwrap();
        assert_eq!(report.order, RowOrder::Unordered);
        assert_eq!(show(&chunks), expected);
        assert_eq!(outcome.tally.rows, 4);
    }
}

#[test]
fn rows_of_one_time_leave_as_they_come_and_a_chunk_says_that_they_go_on() {
    let rows: String = (0..100)
        .map(|value| format!("\"2016/10/10\",\"00:00:00\",\"{value}\",\"1\"\n"))
        .collect();
    let rows = rows + "\"2016/10/10\",\"00:15:00\",\"2\",\"2\"\n";
    let chunks = read(&report(&rows)).unwrap().1;
    let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.times.len()).collect();
    assert_eq!(sizes, [16, 16, 16, 16, 16, 16, 5]);
    let last = chunks.len() - 1;
    let goes_on = chunks.iter().map(|chunk| chunk.continues);
    assert!(goes_on.eq((0..=last).map(|place| place < last)));
    let values = chunks.iter().flat_map(|chunk| chunk.columns[0].clone());
    let expected = (0..100).map(f64::from).chain([2.0]);
    assert!(values.eq(expected), "in the order of the file");
}

/// The cells of a row as a report writes them, and the number that each is.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (-9999..9999_i32).prop_map(|tenths| format!("{}", f64::from(tenths) / 10.0)),
        1 => Just("No Data".to_owned()),
        1 => Just("ON".to_owned()),
        1 => Just("1e30".to_owned()),
        1 => Just("gibberish".to_owned()),
        1 => "[ -~]{0,8}".prop_map(|text| text.replace(['"', ','], ".")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_share_out_the_rows_and_their_counts_add_up(
        rows in prop::collection::vec((1..9_i64, cell(), cell(), 0..20_u8), 1..120),
        cut in 0..900_i64,
        chunk_cells in 1..200_usize,
        block_bytes in 1..500_usize,
    ) {
        let start = jiff::civil::date(2016, 1, 1).to_datetime(jiff::civil::Time::midnight());
        let mut minutes = 0;
        let text: String = rows.iter().map(|(step, a, b, ragged)| {
            minutes += step;
            let at = start + jiff::SignedDuration::from_mins(minutes);
            let more = if *ragged == 0 { ",\"1\"" } else { "" };
            format!("\"{}\",\"{}\",\"{a}\",\"{b}\"{more}\n", at.strftime("%Y/%m/%d"), at.strftime("%H:%M:%S"))
        }).collect();
        let text = report(&text);
        let rule = rule("Asia/Taipei");
        let whole = match read(&text) {
            Ok(whole) => whole,
            // All rows ragged: nothing to share out.
            Err(error) => { prop_assert_eq!(error.kind(), ErrorKind::Input); return Ok(()); }
        };
        let dir = crate::store::test_folder();
        let path = dir.path().join("a.csv");
        std::io::Write::write_all(&mut crate::store::create_new(&path).unwrap(), text.as_bytes()).unwrap();
        let sniffed = sniff(&path, &rule).unwrap();
        let cut = Instant::from_nanos(1_451_577_600_000_000_000) + cut * MINUTE;
        let mut tally: Option<Tally> = None;
        let mut shown = Vec::new();
        for own in [TimeRange::new(Instant::MIN, cut), TimeRange::new(cut, Instant::MAX)] {
            let window = Window { read: own.widened(HOUR, DAY), own };
            let options = ReadOptions { chunk_cells, block_bytes, ..ReadOptions::default() };
            let mut reader = Reader::open(sniffed.clone(), window, &rule, vec![CellRule::default(); 2], &options).unwrap();
            let mut chunks = Vec::new();
            while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
                chunks.push(chunk);
            }
            let owned = |line: &String| {
                own.contains(line.split(' ').next().unwrap().parse().unwrap())
            };
            shown.extend(show(&chunks).into_iter().filter(owned));
            let outcome = reader.finish().unwrap();
            prop_assert_eq!(outcome.id, whole.2.id);
            prop_assert_eq!(outcome.rows_seen, whole.2.rows_seen);
            match &mut tally {
                None => tally = Some(outcome.tally),
                Some(tally) => tally.merge(&outcome.tally),
            }
        }
        prop_assert_eq!(shown, show(&whole.1));
        prop_assert_eq!(tally.unwrap(), whole.2.tally);
    }

    #[test]
    fn rows_are_read_the_same_however_few_are_held(
        rows in prop::collection::vec((prop_oneof![6 => Just(0), 6 => 1..4_i64, 1 => -40..0_i64], cell(), cell()), 1..150),
        doubled in any::<bool>(),
        later in any::<bool>(),
        chunk_cells in 1..60_usize,
        held_cells in 1..200_usize,
        cut in 0..120_i64,
    ) {
        // Half an hour before the clocks of New York go back, or a day later.
        let mut minutes = if doubled { 30 } else { 24 * 60 };
        let start = jiff::civil::date(2025, 11, 2).to_datetime(jiff::civil::Time::midnight());
        let text: String = rows.iter().map(|(step, a, b)| {
            minutes += step;
            let at = start + jiff::SignedDuration::from_mins(minutes);
            format!("\"{}\",\"{}\",\"{a}\",\"{b}\"\n", at.strftime("%Y/%m/%d"), at.strftime("%H:%M:%S"))
        }).collect();
        let time = TimeRule { ambiguous: if later { Choice::Later } else { Choice::Earlier }, ..rule("America/New_York") };
        let (text, name) = (report(&text), Path::new("a.csv"));
        let (report, chunks, outcome) = read_bytes(text.as_bytes(), name, &time, &ReadOptions::default()).unwrap();
        let few = ReadOptions { chunk_cells, held_cells, block_bytes: 64, ..ReadOptions::default() };
        let (_, pieces, other) = read_bytes(text.as_bytes(), name, &time, &few).unwrap();
        prop_assert_eq!(show(&pieces), show(&chunks));
        prop_assert_eq!(other.tally, outcome.tally);
        for all in [&chunks, &pieces] {
            let all: Vec<&Chunk> = all.iter().filter(|chunk| !chunk.times.is_empty()).collect();
            for pair in all.windows(2) {
                let goes_on = pair[0].times.last() == pair[1].times.first();
                prop_assert!(pair[0].continues || !goes_on);
            }
        }
        // What a task reads of it, with what it holds in scratch on disk.
        let cut = Instant::from_nanos(1_762_061_400_000_000_000) + cut * MINUTE;
        let folder = crate::store::test_folder();
        let scratch = std::sync::Arc::new(crate::scratch::SpillFile::new(Some(folder.path())));
        let later = TimeRange::new(cut, Instant::MAX);
        let window = Window { own: later, read: later };
        let read = |options: &ReadOptions| {
            let source = opened(&text);
            let rules = vec![CellRule::default(); 2];
            let reader = Reader::over(source, report.clone(), window, &time, rules, options).unwrap();
            let (mut reader, mut chunks) = (reader.spilling_to(&scratch), Vec::new());
            while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
                chunks.push(chunk);
            }
            (show(&chunks), reader.finish().unwrap().tally)
        };
        prop_assert_eq!(read(&few), read(&ReadOptions::default()));
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_lose_a_cell(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
    ) {
        let mut text = report("\"2016/10/10\",\"00:00:00\",\"51.4\",\"x\"\n\"2016/10/10\",\"00:15:00\",\"1\",\"2\"\n").into_bytes();
        let at = at.index(text.len());
        text.splice(at..at, bytes);
        let read: std::result::Result<_, Error> =
            read_bytes(&text, Path::new("a.csv"), &rule("America/New_York"), &ReadOptions { chunk_cells: 1, block_bytes: 64, ..ReadOptions::default() });
        if let Ok((_, chunks, outcome)) = read {
            account(&outcome.tally);
            let rows: usize = chunks.iter().map(|chunk| chunk.times.len()).sum();
            prop_assert_eq!(rows as u64, outcome.tally.rows);
            prop_assert_eq!(outcome.tally.rows + outcome.tally.rejected_rows, outcome.rows_seen);
        }
    }
}
