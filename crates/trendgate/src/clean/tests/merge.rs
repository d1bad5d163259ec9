//! The merge: of two numbers for one cell the first, rows of one time as one row.

use super::*;

/// What came out of a merge, row by row: time, cells, kinds with whether they have a sample, and extremes.
type Merged = Vec<(Instant, Vec<u64>, Vec<(KindId, bool)>, Vec<(ColumnId, u64)>)>;

fn merged(sources: Vec<Chunks>, batch: usize) -> (Merged, MergeCounts) {
    let own = TimeRange::ALL;
    let mut merger = Merger::new(sources, 4, batch, own, Repeats::FirstWins);
    let mut all = Vec::new();
    while let Some(rows) = merger.next_rows().unwrap() {
        for (row, time) in rows.times.iter().enumerate() {
            let cells = rows.columns.iter().map(|column| column[row].to_bits());
            let kinds = rows.kind_rows.iter().filter(|kind| kind.row == row);
            let extremes = rows.extremes.iter().filter(|extreme| extreme.row == row);
            let mut kinds: Vec<_> = kinds.map(|kind| (kind.kind, kind.sample)).collect();
            let mut extremes: Vec<_> = extremes.map(|e| (e.column, e.value.to_bits())).collect();
            kinds.sort_unstable();
            extremes.sort_unstable();
            all.push((*time, cells.collect(), kinds, extremes));
        }
    }
    (all, merger.finish())
}

/// A chunk in pieces of so many rows, which say whether their last time goes on.
fn in_pieces(chunk: &Chunk, rows: usize) -> std::collections::VecDeque<Chunk> {
    let all: Vec<usize> = (0..chunk.times.len()).collect();
    let piece = |rows: &[usize]| {
        let next = rows.last().map_or(0, |last| last + 1);
        Chunk {
            times: rows.iter().map(|row| chunk.times[*row]).collect(),
            samples: rows.iter().map(|row| chunk.samples[*row]).collect(),
            columns: (chunk.columns.iter())
                .map(|column| rows.iter().map(|row| column[*row]).collect())
                .collect(),
            extremes: (chunk.extremes.iter())
                .filter(|extreme| rows.contains(&extreme.row))
                .map(|extreme| Extreme {
                    row: extreme.row - rows[0],
                    ..*extreme
                })
                .collect(),
            continues: next > 0 && chunk.times.get(next) == chunk.times.get(next - 1),
            missing: None,
            restarts: Vec::new(),
            moved: Vec::new(),
        }
    };
    let pieces = all.chunks(rows).map(piece).enumerate();
    let by_turns = |(place, piece)| match place % 3 {
        2 => piece,
        _ => by_row(piece),
    };
    pieces.map(by_turns).collect()
}

/// First wins, cell by cell and row by row.
fn merged_by_the_book(sources: &[Chunks]) -> (Merged, MergeCounts) {
    let times = sources.iter().flat_map(|source| &source.chunks[0].times);
    let times: BTreeSet<Instant> = times.copied().collect();
    let mut counts = MergeCounts::default();
    let mut all = Vec::new();
    for time in times {
        let (mut cells, mut first) = (vec![f64::NAN; 4], [f64::NAN; 4]);
        let (mut kinds, mut extremes) = (BTreeMap::new(), BTreeMap::new());
        for source in sources {
            let chunk = &source.chunks[0];
            for row in (0..chunk.times.len()).filter(|row| chunk.times[*row] == time) {
                *kinds.entry(source.kind).or_insert(false) |= chunk.samples[row];
                for extreme in chunk.extremes.iter().filter(|extreme| extreme.row == row) {
                    let smallest = extremes.entry(source.columns[extreme.column]);
                    let smallest = smallest.or_insert(extreme.value);
                    *smallest = smallest.min(extreme.value);
                }
                for (column, values) in source.columns.iter().zip(&chunk.columns) {
                    let (kept, lost) = (&mut cells[*column], values[row]);
                    if lost.is_nan() {
                    } else if kept.is_nan() {
                        (*kept, first[column.index()]) = (lost, lost);
                        counts.used += 1;
                    } else if *kept == lost || first[column.index()] == lost {
                        counts.equal_duplicates += 1;
                    } else if is_rounded(first[column.index()], lost) {
                        counts.equal_duplicates += 1;
                        if kept.fract() == 0.0 {
                            *kept = lost;
                        }
                    } else {
                        counts.conflict_losers += 1;
                        let (column, kept) = (*column, *kept);
                        let conflict = CellConflict {
                            time,
                            column,
                            kept,
                            lost,
                        };
                        counts.examples.push(conflict);
                        counts.examples.truncate(10);
                    }
                }
            }
        }
        let cells = cells.into_iter().map(f64::to_bits).collect();
        let extremes = extremes.into_iter();
        let extremes = extremes.map(|(column, value)| (column, value.to_bits()));
        all.push((time, cells, kinds.into_iter().collect(), extremes.collect()));
    }
    (all, counts)
}

/// Whether one of two numbers is the other without its only decimal.
fn is_rounded(first: f64, other: f64) -> bool {
    let tenths = |number: f64| (number * 10.0).round();
    (first.fract() == 0.0) != (other.fract() == 0.0) && (tenths(first) - tenths(other)).abs() <= 5.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn many_rows_of_one_time_are_one_row_however_they_are_cut(
        rows in prop::collection::vec((0..5_i64, 0..2_usize, 0..3_usize, prop::array::uniform2(cell())), 1..60),
        pieces in prop::array::uniform4(1..6_usize),
        batch in 1..5_usize,
    ) {
        let kinds = kinds([None; 3]);
        let source = |report: usize| {
            let kind = report % 2;
            let mine = rows.iter().filter(|(_, of, nth, _)| (*of, *nth) == (kind, report / 2));
            let row = |(minute, _, _, cells): &(i64, usize, usize, [Option<f64>; 2])| {
                Row { time: Instant::EPOCH + *minute * MINUTE, kind, cells: cells.to_vec(), restarts: false }
            };
            let mut mine: Vec<Row> = mine.map(row).collect();
            mine.sort_by_key(|row| row.time);
            let chunk = to_chunk(&mine.iter().collect::<Vec<_>>(), 2);
            Chunks { kind: KindId::new(kind), columns: kinds[kind].columns.clone(), chunks: [chunk].into() }
        };
        let whole = || {
            let mut sources: Vec<Chunks> = (0..6).map(source).collect();
            sources.sort_by_key(Source::starts);
            sources
        };
        let mut cut = whole();
        for (source, rows) in cut.iter_mut().zip(pieces.iter().cycle()) {
            source.chunks = in_pieces(&source.chunks[0], *rows);
        }
        let expected = merged_by_the_book(&whole());
        prop_assert_eq!(&merged(whole(), batch), &expected);
        prop_assert_eq!(&merged(cut, batch), &expected);
    }
}

/// The epoch, and nothing else.
const MOMENT: TimeRange = TimeRange::new(Instant::EPOCH, Instant::from_nanos(1));

/// A report of columns 0 and 1 whose rows are all at one time, with some of them moved.
fn at_one_time(kind: usize, rows: &[[f64; 2]], moved: &[usize]) -> Chunks {
    let chunk = Chunk {
        times: vec![Instant::EPOCH; rows.len()],
        columns: (0..2)
            .map(|c| rows.iter().map(|row| row[c]).collect())
            .collect(),
        samples: rows
            .iter()
            .map(|row| row.iter().any(|cell| !cell.is_nan()))
            .collect(),
        moved: moved.to_vec(),
        ..Chunk::default()
    };
    Chunks {
        kind: KindId::new(kind),
        columns: [0, 1].map(ColumnId::new).to_vec(),
        chunks: [chunk].into(),
    }
}

#[test]
fn conflicts_between_reports_are_told_by_column_and_those_of_a_report_with_itself_are_not_among_them()
 {
    let sources = vec![
        at_one_time(0, &[[1.0, 2.0], [1.0, 9.0]], &[]),
        at_one_time(0, &[[5.0, 2.0], [6.0, f64::NAN]], &[]),
    ];
    let mut merger = Merger::new(sources, 4, 8, MOMENT, Repeats::FirstWins);
    while merger.next_rows().unwrap().is_some() {}
    let conflicts: Vec<_> = (merger.conflicts().iter())
        .map(|(column, of)| (column.index(), of.cells, of.first.kept, of.first.lost))
        .collect();
    assert_eq!(conflicts, [(0, 2, 1.0, 5.0)]);
    assert_eq!(merger.finish().conflict_losers, 3);
}

#[test]
fn moved_rows_come_after_all_others_of_their_time_and_are_samples_only_where_they_give_a_number() {
    const NONE: f64 = f64::NAN;
    // Reports in order of precedence; what stands; used, lost by moved rows, equal, different; the kinds that are samples.
    let cases = [
        // Within one report, however its rows lie.
        (
            vec![at_one_time(0, &[[1.0, 2.0], [3.0, 4.0]], &[0])],
            [3.0, 4.0],
            [2, 2, 0, 0],
            vec![true],
        ),
        (
            vec![at_one_time(0, &[[1.0, NONE], [3.0, 4.0]], &[1])],
            [1.0, 4.0],
            [2, 1, 0, 0],
            vec![true],
        ),
        // Across reports, whichever comes first; equal numbers lose, too.
        (
            vec![
                at_one_time(0, &[[1.0, 2.0]], &[0]),
                at_one_time(1, &[[1.0, 4.0]], &[]),
            ],
            [1.0, 4.0],
            [2, 2, 0, 0],
            vec![false, true],
        ),
        (
            vec![
                at_one_time(0, &[[1.0, 2.0]], &[0]),
                at_one_time(1, &[[NONE, 4.0]], &[]),
            ],
            [1.0, 4.0],
            [2, 1, 0, 0],
            vec![true, true],
        ),
        // Among themselves the first wins; what is not moved is judged as ever.
        (
            vec![
                at_one_time(0, &[[1.0, NONE]], &[0]),
                at_one_time(1, &[[2.0, 5.0]], &[0]),
            ],
            [1.0, 5.0],
            [2, 1, 0, 0],
            vec![true, true],
        ),
        (
            vec![
                at_one_time(0, &[[1.0, 2.0], [1.0, 3.0]], &[]),
                at_one_time(1, &[[8.0, 9.0]], &[0]),
            ],
            [1.0, 2.0],
            [2, 2, 1, 1],
            vec![true, false],
        ),
    ];
    for (number, (sources, stands, counted, samples)) in cases.into_iter().enumerate() {
        let mut merger = Merger::new(sources, 2, 16, MOMENT, Repeats::FirstWins);
        let rows = merger.next_rows().unwrap().unwrap().clone();
        assert_eq!(rows.times, [Instant::EPOCH], "case {number}");
        assert_eq!(
            [rows.columns[0][0], rows.columns[1][0]],
            stands,
            "case {number}"
        );
        let found: Vec<bool> = rows.kind_rows.iter().map(|row| row.sample).collect();
        assert_eq!(found, samples, "case {number}");
        assert!(merger.next_rows().unwrap().is_none());
        let counts = merger.finish();
        let all = [
            counts.used,
            counts.moved_lost,
            counts.equal_duplicates,
            counts.conflict_losers,
        ];
        assert_eq!(all, counted, "case {number}");
    }
}

#[test]
fn a_moved_row_repeats_no_cell_even_where_that_is_forbidden() {
    let sources = vec![
        at_one_time(0, &[[1.0, 2.0]], &[0]),
        at_one_time(1, &[[3.0, 4.0]], &[]),
    ];
    let mut merger = Merger::new(sources, 2, 16, MOMENT, Repeats::Refuse);
    let rows = merger.next_rows().unwrap().unwrap();
    assert_eq!(*rows.columns, [[3.0], [4.0]]);
    assert_eq!(merger.finish().moved_lost, 2);
}

#[test]
fn rows_of_a_report_that_is_alone_stay_rows() {
    let times = |hours: std::ops::Range<i64>| {
        hours
            .map(|hour| START + HOUR.times(hour))
            .collect::<Vec<_>>()
    };
    let chunk = |hours: std::ops::Range<i64>| Chunk {
        times: times(hours.clone()),
        samples: vec![true; hours.clone().count()],
        columns: NumberColumns::of_rows(
            hours.flat_map(|hour| [hour as f64, f64::NAN]).collect(),
            2,
        ),
        ..Chunk::default()
    };
    let source = Chunks {
        kind: KindId::new(0),
        columns: [2, 0].map(ColumnId::new).to_vec(),
        chunks: [chunk(0..15), chunk(15..22)].into(),
    };
    let mut merger = Merger::new(vec![source], 3, 16, TimeRange::ALL, Repeats::FirstWins);
    for hours in [0..15, 15..22] {
        let rows = merger.next_rows().unwrap().unwrap();
        assert_eq!(rows.times, times(hours.clone()));
        let by_row = rows.columns.rows().unwrap();
        assert_eq!(by_row.order, [2, 0].map(ColumnId::new));
        assert_eq!(
            rows.columns[2],
            hours.map(|hour| hour as f64).collect::<Vec<_>>()
        );
        assert!(rows.columns[..2].iter().flatten().all(|cell| cell.is_nan()));
    }
    assert_eq!(merger.finish().used, 22);
}
