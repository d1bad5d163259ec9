//! What a window makes of rows that complete and of rows that replace.

use super::*;
use crate::clean::{CellConflict, Repeats};
use crate::model::Flag;

fn flags(all: &[&[Flag]]) -> Vec<FlagSet> {
    all.iter()
        .map(|row| row.iter().copied().collect())
        .collect()
}

fn merged(window: &MergeWindow) -> (Vec<Bin>, Vec<FlagSet>, Vec<f64>) {
    (
        window.bins.clone(),
        window.flags.clone(),
        window.points[0].clone(),
    )
}

#[test]
fn the_first_number_stands_flags_unite_and_inserted_rows_give_way() {
    let mut silent = |_: CellPlace, _: f64, _: f64| {};
    let mut window = MergeWindow::new(Instant::EPOCH, Span::from_nanos(5), 4, 1);
    let mut cells = FirstWins::new(Repeats::FirstWins);
    let insufficient = flags(&[&[Flag::InsufficientData], &[Flag::InsufficientData]]);
    let gap = FrameRows {
        times: &[5, 10].map(Instant::from_nanos),
        flags: &insufficient,
        points: vec![(ColumnId::new(0), &[f64::NAN; 2])],
        evidence: Vec::new(),
    };
    window
        .complete(&gap, &|_| Bin::Inserted, &mut cells, &mut silent)
        .unwrap();
    let mut differ = Vec::new();
    let frozen = flags(&[&[Flag::Frozen], &[], &[]]);
    let first = FrameRows {
        times: &[-5, 5, 15].map(Instant::from_nanos),
        flags: &flags(&[&[], &[Flag::Frozen], &[]]),
        points: vec![(ColumnId::new(0), &[9.0, 1.0, 2.0])],
        evidence: Vec::new(),
    };
    let second = FrameRows {
        times: &[5, 15, 20].map(Instant::from_nanos),
        flags: &frozen,
        points: vec![(ColumnId::new(0), &[1.0, 3.0, 9.0])],
        evidence: Vec::new(),
    };
    window
        .complete(&first, &|_| Bin::Row, &mut cells, &mut silent)
        .unwrap();
    window
        .complete(
            &second,
            &|_| Bin::Row,
            &mut cells,
            &mut |place, stands, number| {
                differ.push((place.time.nanos(), stands, number));
            },
        )
        .unwrap();
    assert_eq!(differ, [(15, 2.0, 3.0)]);
    let (bins, united, values) = merged(&window);
    assert_eq!(bins, [Bin::Empty, Bin::Row, Bin::Inserted, Bin::Row]);
    assert_eq!(united, flags(&[&[], &[Flag::Frozen], &[], &[]]));
    assert_eq!((values[1], values[3]), (1.0, 2.0));
    let counts = cells.counts();
    assert_eq!(
        (counts.used, counts.equal_duplicates, counts.conflict_losers),
        (2, 1, 1)
    );
    let lost = CellConflict {
        time: Instant::from_nanos(15),
        column: ColumnId::new(0),
        kept: 2.0,
        lost: 3.0,
    };
    assert_eq!(counts.examples, [lost]);
}

#[test]
fn a_repeated_cell_is_refused_where_that_is_wanted() {
    let mut silent = |_: CellPlace, _: f64, _: f64| {};
    let mut window = MergeWindow::new(Instant::EPOCH, Span::from_nanos(5), 4, 1);
    let mut cells = FirstWins::new(Repeats::Refuse);
    let rows = FrameRows {
        times: &[Instant::from_nanos(5)],
        flags: &[FlagSet::CLEAN],
        points: vec![(ColumnId::new(0), &[1.0])],
        evidence: Vec::new(),
    };
    window
        .complete(&rows, &|_| Bin::Row, &mut cells, &mut silent)
        .unwrap();
    let repeated = window
        .complete(&rows, &|_| Bin::Row, &mut cells, &mut silent)
        .unwrap_err();
    assert_eq!((repeated.time.nanos(), repeated.column.index()), (5, 0));
}

fn said(
    time: i64,
    column: Option<usize>,
    rule: &str,
    flag: Option<Flag>,
) -> StatedEvidence<ColumnId> {
    StatedEvidence {
        time: Instant::from_nanos(time),
        column: column.map(ColumnId::new),
        reason: StatedReason {
            rule: rule.to_owned(),
            flag,
            value: f64::NAN,
            low: f64::NAN,
            high: f64::NAN,
            known_at: Instant::from_nanos(time + 5),
        },
    }
}

#[test]
fn what_replaces_has_the_last_word_on_its_cells_and_flags_of_other_columns_stay_by_their_reasons() {
    let mut window = MergeWindow::new(Instant::EPOCH, Span::from_nanos(5), 3, 2);
    let mut cells = FirstWins::new(Repeats::FirstWins);
    let times = [0, 5, 10].map(Instant::from_nanos);
    let (outlier, frozen) = (Some(Flag::Outlier), Some(Flag::Frozen));
    let first = FrameRows {
        times: &times,
        flags: &flags(&[
            &[Flag::Outlier, Flag::Frozen],
            &[Flag::HeatImbalance],
            &[Flag::Outlier],
        ]),
        points: vec![
            (ColumnId::new(0), &[1.0, 2.0, 3.0]),
            (ColumnId::new(1), &[4.0, 5.0, 6.0]),
        ],
        evidence: vec![
            said(0, None, "VISIT", None),
            said(0, Some(0), "SPIKE", outlier),
            said(0, Some(1), "STUCK", frozen),
            said(10, Some(0), "SPIKE", outlier),
        ],
    };
    window
        .complete(&first, &|_| Bin::Row, &mut cells, &mut |_, _, _| {})
        .unwrap();
    let correction = FrameRows {
        times: &times[..2],
        flags: &flags(&[&[], &[]]),
        points: vec![(ColumnId::new(0), &[f64::NAN, 7.0])],
        evidence: vec![said(5, Some(0), "MENDED", None)],
    };
    window.replace(&correction, &mut cells);
    let counts = cells.counts();
    assert_eq!((counts.used, counts.conflict_losers), (5, 2));
    // What stood still in the other column still does; what no reason explains is gone with the row's flags.
    assert_eq!(
        window.flags,
        flags(&[&[Flag::Frozen], &[], &[Flag::Outlier]])
    );
    let points: Vec<Vec<Option<f64>>> = window
        .points
        .iter()
        .map(|point| {
            point
                .iter()
                .map(|cell| Some(*cell).filter(|c| !c.is_nan()))
                .collect()
        })
        .collect();
    assert_eq!(
        points,
        [
            [None, Some(7.0), Some(3.0)],
            [Some(4.0), Some(5.0), Some(6.0)]
        ]
    );
    let said: Vec<_> = window
        .reasons
        .keys()
        .map(|(time, column, rule)| (time.nanos(), column.map(ColumnId::index), rule.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (0, Some(1), "STUCK"),
            (5, Some(0), "MENDED"),
            (10, Some(0), "SPIKE")
        ]
    );
}
