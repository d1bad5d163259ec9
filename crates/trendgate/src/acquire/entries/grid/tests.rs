use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Cells = BTreeMap<(Instant, u32), f64>;

fn instant(time: i64) -> Instant {
    Instant::from_nanos(1_000_000_007 + time * 60)
}

fn in_blocks(grid: EntryGrid, entries: usize) -> Cells {
    let mut cells = Cells::new();
    for block in grid.into_blocks(entries) {
        assert!(block.len() <= entries && block.times.is_sorted());
        for (row, time) in block.times.iter().enumerate() {
            cells.insert((*time, block.columns[row]), block.values[row]);
        }
    }
    cells
}

fn in_pieces(grid: EntryGrid) -> (Cells, SpilledGrid) {
    let scratch = SpillFile::default();
    let grid = grid.spill(&scratch).unwrap();
    let mut cells = Cells::new();
    for piece in 0..grid.piece_count() {
        let rows = grid.rows_of(piece);
        let numbers = grid.piece(piece, &scratch).unwrap();
        assert_eq!(numbers.len(), rows.len() * grid.columns);
        for (place, number) in numbers
            .iter()
            .enumerate()
            .filter(|(_, number)| !number.is_nan())
        {
            let row = rows.start + place % rows.len();
            assert_eq!(grid.piece_of(row), piece);
            let column = u32::try_from(place / rows.len()).unwrap();
            cells.insert((grid.time(row), column), *number);
        }
    }
    (cells, grid)
}

proptest! {
    #[test]
    fn a_grid_has_the_entries_that_it_took_and_takes_all_that_have_a_cell_of_their_own(
        entries in prop::collection::vec((0..200_i64, 0..4_u32, 0..100_u8), 2..120),
        step in prop::sample::select(vec![1_i64, 5, 60]),
        order in 0..4_usize,
        first in 2..60_usize,
        most in prop::sample::select(vec![10_usize, 400, 100_000]),
        finer in any::<bool>(),
    ) {
        let mut entries: Vec<_> = (entries.into_iter().enumerate())
            // Entries of the second half may stand between the rows of the first.
            .map(|(at, (time, column, value))| {
                let step = if finer && at >= first { 1 } else { step };
                (instant(time * step), column, f64::from(value))
            })
            .collect();
        match order {
            0 => entries.sort_by_key(|(time, column, _)| (*time, *column)),
            1 => entries.sort_by_key(|(time, column, _)| (*column, *time)),
            2 => entries.sort_by_key(|(time, column, _)| (std::cmp::Reverse(*time), *column)),
            _ => {}
        }
        let (begin, more) = entries.split_at(first.min(entries.len()));
        let plain = |(time, column, value): &_| PlainEntry { time: *time, column: *column, value: *value };
        let block: Vec<PlainEntry> = begin.iter().map(plain).collect();
        let all: Cells = begin.iter().map(|(time, column, value)| ((*time, *column), *value)).collect();
        let mut expected = all;
        let is_of_cells = expected.len() == begin.len();
        let is_of_times = begin.iter().any(|(time, ..)| *time != begin[0].0);
        let Some(mut grid) = EntryGrid::of(&block, most) else {
            prop_assert!(!is_of_cells || !is_of_times || most < 100_000);
            return Ok(());
        };
        prop_assert!(is_of_cells && is_of_times);
        let mut twin = EntryGrid::of(&block, most).unwrap();
        for entry in more {
            let is_taken = grid.put(plain(entry));
            prop_assert_eq!(is_taken, twin.put(plain(entry)));
            let (time, column, value) = entry;
            let is_new = !expected.contains_key(&(*time, *column));
            prop_assert!(is_new || !is_taken);
            prop_assert!(is_taken || !is_new || most < 100_000);
            if !is_taken {
                break;
            }
            expected.insert((*time, *column), *value);
        }
        prop_assert!(grid.cells <= most);
        prop_assert_eq!(grid.cells, grid.columns.iter().map(Vec::capacity).sum::<usize>());
        prop_assert_eq!(in_blocks(twin, first), expected.clone());
        let (cells, grid) = in_pieces(grid);
        prop_assert_eq!(grid.numbers.iter().sum::<u64>(), expected.len() as u64);
        for time in expected.keys().map(|(time, _)| *time) {
            let before = grid.rows_before(time);
            prop_assert_eq!(grid.time(before), time);
            prop_assert_eq!(grid.rows_before(Instant::from_nanos(time.nanos() - 1)), before);
            prop_assert_eq!(grid.rows_before(Instant::from_nanos(time.nanos() + 1)), before + 1);
        }
        prop_assert_eq!(grid.rows_before(Instant::MAX), grid.rows());
        prop_assert_eq!(grid.rows_before(Instant::MIN), 0);
        prop_assert_eq!(cells, expected);
    }
}

#[test]
fn a_long_column_and_many_short_ones_take_no_more_room_than_there_may_be() {
    let entry = |row: i64, column: u32| PlainEntry {
        time: instant(row),
        column,
        value: 1.0,
    };
    let most = 12_000;
    let block: Vec<_> = (0..1000).map(|row| entry(row, 0)).collect();
    let mut grid = EntryGrid::of(&block, most).unwrap();
    let short: Vec<_> = (1..5000).map(|column| entry(0, column)).collect();
    assert!(grid.put_all(&short) > 100);
    let rooms = grid.columns.iter().map(Vec::capacity);
    assert!(rooms.sum::<usize>() <= most);
}

#[test]
fn columns_that_grow_row_after_row_fit_in_little_more_than_their_cells() {
    let (rows, columns) = (5_000, 20);
    let entries = |rows: std::ops::Range<i64>| {
        let entry = |row, column| PlainEntry {
            time: instant(row),
            column,
            value: 1.0,
        };
        rows.flat_map(|row| (0..columns).map(move |column| entry(row, column)))
            .collect::<Vec<_>>()
    };
    let most = usize::try_from(rows * i64::from(columns)).unwrap() * 5 / 4;
    let mut grid = EntryGrid::of(&entries(0..4_000), most).unwrap();
    let later = entries(4_000..rows);
    assert_eq!(grid.put_all(&later), later.len());
}

#[test]
fn entries_that_go_back_in_time_move_what_is_there_a_few_times_only() {
    let entry = |row: i64| PlainEntry {
        time: instant(row),
        column: 0,
        value: 1.0,
    };
    let block: Vec<_> = (9_000..10_000).rev().map(entry).collect();
    let mut grid = EntryGrid::of(&block, 5_000).unwrap();
    let mut moves = 0;
    for row in (0..9_000).rev() {
        let first = grid.first;
        if !grid.put(entry(row)) {
            break;
        }
        moves += usize::from(grid.first != first);
    }
    assert_eq!(grid.rows, 5_000);
    assert!(moves < 30, "{moves}");
}
