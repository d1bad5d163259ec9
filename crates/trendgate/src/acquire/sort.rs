//! Rows of a report that is not in time order → chunks in time order.
//!
//! The sort is stable: rows of one time stay in the order of the file. The rows of one report (as far as the task's window
//! reaches) are held in memory, 8 bytes a cell.

use super::{Chunk, Extreme};

/// The rows of `chunks` by time, in chunks of about `chunk_rows` rows that never part rows of one time.
pub(super) fn by_time(chunks: Vec<Chunk>, chunk_rows: usize) -> Vec<Chunk> {
    let mut order: Vec<(i64, usize, usize)> = Vec::new();
    for (number, chunk) in chunks.iter().enumerate() {
        order.extend(
            chunk
                .times
                .iter()
                .enumerate()
                .map(|(row, time)| (*time, number, row)),
        );
    }
    order.sort_by_key(|(time, ..)| *time);
    let mut sorted = Vec::new();
    let mut rest = order.as_slice();
    while let Some((last, ..)) = rest.get(chunk_rows.min(rest.len()).saturating_sub(1)) {
        let end = rest.partition_point(|(time, ..)| time <= last);
        sorted.push(gather(&chunks, &rest[..end]));
        rest = &rest[end..];
    }
    sorted
}

fn gather(chunks: &[Chunk], rows: &[(i64, usize, usize)]) -> Chunk {
    let points = chunks.first().map_or(0, |chunk| chunk.columns.len());
    let column = |column: usize| {
        rows.iter()
            .map(|(_, chunk, row)| chunks[*chunk].columns[column][*row])
            .collect()
    };
    let mut gathered = Chunk {
        times: rows.iter().map(|(time, ..)| *time).collect(),
        samples: rows
            .iter()
            .map(|(_, chunk, row)| chunks[*chunk].samples[*row])
            .collect(),
        columns: (0..points).map(column).collect(),
        extremes: Vec::new(),
    };
    for (place, (_, chunk, row)) in rows.iter().enumerate() {
        let extremes = &chunks[*chunk].extremes;
        let from = extremes.partition_point(|extreme| extreme.row < *row);
        let here = extremes[from..]
            .iter()
            .take_while(|extreme| extreme.row == *row);
        gathered.extremes.extend(here.map(|extreme| Extreme {
            row: place,
            ..*extreme
        }));
    }
    gathered
}
