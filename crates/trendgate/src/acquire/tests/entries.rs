//! Texts with one value a line: the laws of reading for them.

mod added;
mod dialects;
mod ends;
mod several;
mod tables;

use super::*;
use std::collections::BTreeMap;

/// Reads the reports of a text of this name, of which this is stated.
fn read_named(
    name: &str,
    text: &str,
    zone: &str,
    stated: StatedReading,
) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new(name));
    let (rule, cancel) = (rule(zone), &Cancel::default());
    let looking = Looking {
        rule: &rule,
        stated: &stated,
        cancel,
        sorting: None,
    };
    let options = ReadOptions {
        chunk_cells: 64,
        block_bytes: 64,
        held_cells: 24,
        ..ReadOptions::default()
    };
    let (read, _) = read_alike(&file, looking, &options)?;
    read.iter().for_each(|(_, _, read)| account(&read.tally));
    Ok(read)
}

/// Reports, each with its rows and what became of its cells.
type ReadReports = Vec<(Report, Vec<Chunk>, ReadOutcome)>;

/// Reads the reports of a text, after checking that the same is read where its entries are sorted when it is looked at; of how many reports they were.
fn read_alike(
    file: &FileBytes,
    looking: Looking<'_>,
    options: &ReadOptions,
) -> Result<(ReadReports, usize)> {
    let read = |looking| {
        let reports = sniff::reports_in(file, &mut *file.open()?, looking)?;
        let sorted = reports
            .iter()
            .filter(|report| report.layout.sorted.is_some());
        let sorted = sorted.count();
        Ok((
            read_in_memory::read_all(file, reports, looking, options)?,
            sorted,
        ))
    };
    let sorting = EntryScratch {
        file: Arc::default(),
        most: 20,
    };
    let sorting = Looking {
        sorting: Some(&sorting),
        ..looking
    };
    let told = |result: &Result<(ReadReports, usize)>| match result {
        Err(error) => error.to_string(),
        Ok((read, _)) => {
            let outcomes = read
                .iter()
                .map(|(report, _, outcome)| (report.range, outcome));
            format!("{:?} {:?}", series(read), outcomes.collect::<Vec<_>>())
        }
    };
    let (plain, sorted) = (read(looking), read(sorting));
    assert_eq!(told(&plain), told(&sorted));
    let sorted = sorted.map_or(0, |(_, sorted)| sorted);
    Ok((plain?.0, sorted))
}

/// The numbers of each point, by its name: the instant and the value.
fn series(read: &[(Report, Vec<Chunk>, ReadOutcome)]) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (report, chunks, _) in read {
        for (place, point) in report.points.iter().enumerate() {
            let own = all.entry(point.id.to_string()).or_default();
            for chunk in chunks.iter().filter(|chunk| !chunk.times.is_empty()) {
                let cells = chunk.times.iter().zip(&chunk.columns[place]);
                let cells = cells.filter(|(_, value)| !value.is_nan());
                own.extend(cells.map(|(time, value)| format!("{time} {value}")));
            }
        }
    }
    all
}

/// An entry: its minute, its point, and its value.
type Logged = (i64, usize, Option<u32>);

const NAMES: [&str; 3] = ["A", "B C", "D:E"];

/// As a server writes entries, with the local time of each.
fn samples(entries: &[Logged], zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let start: jiff::Timestamp = "2025-10-25T20:00:00Z".parse().unwrap();
    let mut text = "ItemReference,TimeStamp,Value,IsReliable\n".to_owned();
    for (minute, name, value) in entries {
        let at = start + jiff::SignedDuration::from_mins(*minute);
        let at = zone
            .to_offset(at)
            .to_datetime(at)
            .strftime("%Y-%m-%d %H:%M:%S");
        let (value, reliable) = match value {
            Some(value) => (value.to_string(), "True"),
            None => ("7".to_owned(), "False"),
        };
        text += &format!("{},{at},{value},{reliable}\n", NAMES[*name]);
    }
    text
}

/// What a naive reader makes of them: for each point its numbers in order of time.
fn naively(entries: &[Logged]) -> BTreeMap<String, Vec<String>> {
    let start: Instant = "2025-10-25T20:00:00Z".parse().unwrap();
    let mut sorted = entries.to_vec();
    sorted.sort_by_key(|(minute, ..)| *minute);
    let mut all = BTreeMap::new();
    for (minute, name, value) in sorted {
        let own: &mut Vec<String> = all.entry(NAMES[name].to_owned()).or_default();
        own.extend(value.map(|value| format!("{} {value}", start + minute * MINUTE)));
    }
    all
}

fn entries() -> impl Strategy<Value = Vec<Logged>> {
    prop::collection::vec(
        (
            0..600_i64,
            0..3_usize,
            prop::option::weighted(0.8, 0..99_u32),
        ),
        1..80,
    )
    .prop_flat_map(|entries| {
        let all = (entries.iter().cloned())
            .map(|(minute, name, value)| (minute, name, value.or(Some(7))));
        prop_oneof![Just(all.collect()), Just(entries)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn entries_in_any_order_are_read_as_a_naive_reader_sorts_them(
        entries in entries(),
        chunk_cells in 1..100_usize,
        held_cells in 1..300_usize,
        order in 0..3_usize,
    ) {
        let mut entries = entries;
        match order {
            0 => entries.sort_by_key(|(minute, name, _)| (*minute, *name)),
            1 => entries.sort_by_key(|(minute, name, _)| (*name, *minute)),
            _ => {}
        }
        let text = samples(&entries, "Asia/Taipei");
        let options = ReadOptions { chunk_cells, held_cells, block_bytes: 64, ..ReadOptions::default() };
        let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
        let looking = Looking {
            rule: &rule("Asia/Taipei"),
            stated: &StatedReading::default(),
            cancel: &Cancel::default(),
            sorting: None,
        };
        let (read, sorted) = read_alike(&file, looking, &options).unwrap();
        // A status that says that there is no value is one of what is read again.
        prop_assert_eq!(sorted == 1, entries.iter().all(|(.., value)| value.is_some()));
        read.iter().for_each(|(_, _, read)| account(&read.tally));
        prop_assert_eq!(series(&read), naively(&entries));
        let (report, chunks, outcome) = &read[0];
        prop_assert_eq!(outcome.tally.cells, entries.len() as u64);
        // A cell without a number is there where an entry is, and nowhere else.
        let missing = chunks.iter().filter_map(|chunk| chunk.missing.as_ref()).map(Vec::len);
        let without = entries.iter().filter(|(.., value)| value.is_none()).count();
        prop_assert_eq!(missing.sum::<usize>(), without);
        // Each time has as many rows as the point that has most entries of it, and all of a chunk that ends says of its last time is so.
        let times: Vec<Instant> = chunks.iter().flat_map(|chunk| chunk.times.clone()).collect();
        prop_assert!(times.is_sorted());
        prop_assert_eq!((times[0], times[times.len() - 1]), (report.range.first, report.range.last));
        for pair in chunks.windows(2) {
            let goes_on = pair[0].times.last() == pair[1].times.first();
            prop_assert!(pair[0].continues || !goes_on || pair[0].times.is_empty());
        }
        let mut of_one: BTreeMap<(i64, usize), usize> = BTreeMap::new();
        entries.iter().for_each(|(minute, name, _)| *of_one.entry((*minute, *name)).or_default() += 1);
        let mut most: BTreeMap<i64, usize> = BTreeMap::new();
        for ((minute, _), count) in of_one {
            let most = most.entry(minute).or_default();
            *most = count.max(*most);
        }
        prop_assert_eq!(times.len(), most.values().sum::<usize>());
    }

    #[test]
    fn parts_of_the_time_add_up_to_the_whole(entries in entries(), cut in 0..600_i64) {
        let text = samples(&entries, "Asia/Taipei");
        let rule = rule("Asia/Taipei");
        let sorting = EntryScratch { file: Arc::default(), most: 20 };
        let looking = Looking {
            rule: &rule,
            stated: &StatedReading::default(),
            cancel: &Cancel::default(),
            sorting: Some(&sorting),
        };
        let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
        let report = sniff::reports_in(&file, &mut *file.open().unwrap(), looking).unwrap().remove(0);
        let start: Instant = "2025-10-25T20:00:00Z".parse().unwrap();
        let cut = start + cut * MINUTE;
        let read = |own: TimeRange| {
            let window = Window { own, read: own };
            let rules = vec![CellRule::default(); report.points.len()];
            let options = ReadOptions::default();
            // The whole from the text, its parts from what was sorted, where it was.
            let sorted = Reader::of_sorted(&report, (window, &rules), &options, &sorting.file).unwrap();
            let sorted = sorted.filter(|_| own != TimeRange::ALL);
            let mut reader = sorted.unwrap_or_else(|| {
                Reader::over(opened(&text), report.clone(), window, &rule, rules, &options).unwrap()
            });
            let mut chunks = Vec::new();
            while let ReadStep::Rows(chunk) = reader.next_chunk().unwrap() {
                chunks.push(chunk);
            }
            (report.clone(), chunks, reader.finish().unwrap())
        };
        let whole = read(TimeRange::ALL);
        let (before, behind) = (read(TimeRange { end: cut, ..TimeRange::ALL }), read(TimeRange { start: cut, ..TimeRange::ALL }));
        // A range that ends before it begins has nothing in it.
        let none = read(TimeRange { start: cut, end: cut - MINUTE });
        prop_assert_eq!((none.1.len(), none.2.tally.cells), (0, 0));
        let mut tally = before.2.tally.clone();
        tally.merge(&behind.2.tally);
        prop_assert_eq!(&tally, &whole.2.tally);
        prop_assert_eq!(series(&[before, behind]), series(&[whole]));
    }

    #[test]
    fn both_passes_of_a_doubled_hour_are_told_by_each_point_whatever_the_lines_go_by(
        steps in prop::collection::vec(prop::sample::select(vec![10_i64, 15, 20, 30]), 3),
        by_point in any::<bool>(),
        backward in any::<bool>(),
    ) {
        let mut entries: Vec<Logged> = (0..3)
            .flat_map(|name| {
                let step = steps[name];
                (0..10 * 60 / step).map(move |at| (at * step, name, Some(u32::try_from(at).unwrap())))
            })
            .collect();
        match by_point {
            true => entries.sort_by_key(|(minute, name, _)| (*name, *minute)),
            false => entries.sort_by_key(|(minute, name, _)| (*minute, *name)),
        }
        if backward {
            entries.reverse();
        }
        let text = samples(&entries, "Europe/Berlin");
        let read = read_named("a.csv", &text, "Europe/Berlin", StatedReading::default()).unwrap();
        prop_assert_eq!(series(&read), naively(&entries));
        let tally = &read[0].2.tally;
        let doubled: i64 = steps.iter().map(|step| 120 / step).sum();
        prop_assert_eq!((tally.ambiguous_resolved, tally.ambiguous_by_rule), (u64::try_from(doubled).unwrap(), 0));
    }

    #[test]
    fn a_piece_of_a_text_is_read_as_in_the_whole(entries in entries(), from in 0..80_usize, to in 0..80_usize) {
        let text = samples(&entries, "Asia/Taipei");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let rows = &lines[1..];
        let (from, to) = (from.min(rows.len()), to.min(rows.len()));
        prop_assume!(from < to);
        let piece = lines[0].to_owned() + &rows[from..to].concat();
        let whole = series(&read_named("a.csv", &text, "Asia/Taipei", StatedReading::default()).unwrap());
        let piece = series(&read_named("a.csv", &piece, "Asia/Taipei", StatedReading::default()).unwrap());
        for (name, values) in piece {
            prop_assert!(values.iter().all(|value| whole[&name].contains(value)), "{name}");
        }
    }
}
