//! Batches, replacements, evidence, retractions and rebuilds against what the definitions say of a plain map of cells.

use super::*;
use crate::text_id::TextId;

const COLUMNS: [&str; 3] = ["a", "b", "c"];
const RULES: [&str; 2] = ["SPIKE", "VISIT"];

/// A row of a frame: its flags, its cells (0 for null), and what is stated of a column (3 for the whole row) by a rule.
type AnyRow = (u8, [u8; 3], Option<(usize, usize, bool)>);

/// A frame: its rows by bin.
#[derive(Debug, Clone)]
struct AnyFrame {
    columns: [bool; 3],
    rows: BTreeMap<i64, AnyRow>,
}

/// Rows of a dataset by bin: flags, and numbers by column.
type DatasetRows = BTreeMap<i64, (Vec<Flag>, BTreeMap<String, f64>)>;

/// What is done to the dataset.
#[derive(Debug, Clone)]
enum Deed {
    Batch(OnConflict, Vec<(AnyFrame, Option<OnConflict>)>),
    /// Once more, to replace, the content of the frame at this place.
    Again(usize),
    Retract(usize),
    Rebuild,
}

/// Bins about the ends of January and of February.
fn any_bin() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0_i64..30, 1 => 8070_i64..8085]
}

fn any_frame() -> impl Strategy<Value = AnyFrame> {
    let stated = prop::option::weighted(0.3, (0_usize..4, 0_usize..2, any::<bool>()));
    let row = (0_u8..32, prop::array::uniform3(0_u8..4), stated);
    let rows = prop::collection::btree_map(any_bin(), row, 1..12);
    let columns = prop::sample::select(vec![
        [true, false, false],
        [false, true, false],
        [true, true, false],
        [true, true, true],
    ]);
    (columns, rows).prop_map(|(columns, rows)| AnyFrame { columns, rows })
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let on_conflict = || prop::sample::select(OnConflict::ALL.to_vec());
    let frames = prop::collection::vec(
        (any_frame(), prop::option::weighted(0.4, on_conflict())),
        1..4,
    );
    prop_oneof![
        6 => (on_conflict(), frames).prop_map(|(batch, frames)| Deed::Batch(batch, frames)),
        1 => (0_usize..8).prop_map(Deed::Again),
        2 => (0_usize..8).prop_map(Deed::Retract),
        1 => Just(Deed::Rebuild),
    ]
}

impl AnyFrame {
    fn named(&self) -> Vec<&'static str> {
        let columns = COLUMNS.iter().zip(self.columns);
        columns
            .filter_map(|(name, has)| has.then_some(*name))
            .collect()
    }

    fn flags(bits: u8) -> Vec<Flag> {
        FlagSet::from_bits(bits).iter().collect()
    }

    fn batch(&self) -> RecordBatch {
        let rows = self.rows.iter().map(|(bin, (flags, cells, _))| {
            let cells = cells.iter().zip(self.columns).filter(|(_, has)| *has);
            let cells = cells.map(|(cell, _)| match cell {
                0 => NAN,
                cell => f64::from(*cell),
            });
            (*bin, Self::flags(*flags), cells.collect())
        });
        frame(&self.named(), &rows.collect::<Vec<Row>>())
    }

    /// What it states: bin, column, rule and flag.
    fn stated(&self) -> Vec<(i64, Option<&'static str>, &'static str, Option<Flag>)> {
        let rows = self.rows.iter();
        let stated = rows.filter_map(|(bin, (flags, _, stated))| {
            let (column, rule, with_flag) = (*stated)?;
            let column = COLUMNS.get(column).copied();
            let column = column.filter(|name| self.named().contains(name));
            let flag = Self::flags(*flags).first().copied().filter(|_| with_flag);
            Some((*bin, column, RULES[rule], flag))
        });
        stated.collect()
    }

    fn options(&self, on_conflict: Option<OnConflict>) -> FrameOptions {
        let stated = self.stated();
        FrameOptions {
            on_conflict,
            evidence: match stated.is_empty() {
                true => Vec::new(),
                false => vec![evidence(&stated)],
            },
        }
    }
}

/// A column, or the whole row, and a rule.
type StatedBy = (Option<&'static str>, &'static str);

/// What the definitions say of a row; of what is stated the flag, and the bin with whose end it is known.
#[derive(Debug, Clone, Default, PartialEq)]
struct PlainRow {
    flags: FlagSet,
    cells: BTreeMap<&'static str, u8>,
    stated: BTreeMap<StatedBy, (Option<Flag>, i64)>,
}

#[derive(Debug, Clone, Default)]
struct Plain(BTreeMap<i64, PlainRow>);

impl Plain {
    /// Adds a frame; how many of its numbers contradict.
    fn add(&mut self, frame: &AnyFrame, replaces: bool) -> u64 {
        let mut contradict = 0;
        let last = *frame.rows.keys().next_back().unwrap();
        for (bin, (flags, cells, _)) in &frame.rows {
            let row = self.0.entry(*bin).or_default();
            let of_frame = COLUMNS.iter().zip(cells).zip(frame.columns);
            let of_frame = of_frame.filter(|(_, has)| *has);
            let flags = FlagSet::from_bits(*flags);
            if replaces {
                let named = frame.named();
                row.stated
                    .retain(|(column, _), _| column.is_some_and(|name| !named.contains(&name)));
                row.flags = flags;
                for (flag, _) in row.stated.values() {
                    flag.iter().for_each(|flag| row.flags.insert(*flag));
                }
            } else {
                row.flags = row.flags.union(flags);
            }
            for ((name, cell), _) in of_frame {
                match (row.cells.get(name), cell) {
                    (_, 0) if replaces => _ = row.cells.remove(name),
                    (_, 0) => {}
                    (Some(stands), cell) if !replaces => {
                        contradict += u64::from(stands != cell);
                    }
                    (_, cell) => _ = row.cells.insert(name, *cell),
                }
            }
        }
        for (bin, column, rule, flag) in frame.stated() {
            let row = self.0.get_mut(&bin).unwrap();
            row.stated.entry((column, rule)).or_insert((flag, last));
        }
        contradict
    }

    fn of<'a>(frames: impl Iterator<Item = &'a (AnyFrame, bool)>) -> Self {
        let mut plain = Self::default();
        for (frame, replaces) in frames {
            plain.add(frame, *replaces);
        }
        plain
    }

    /// The rows, those that are inserted among them; and these with the row by which they are known.
    fn dataset(&self) -> (DatasetRows, BTreeMap<i64, i64>) {
        let rows = self.0.iter().map(|(bin, row)| {
            let cells = row.cells.iter();
            let cells = cells.map(|(name, cell)| ((*name).to_owned(), f64::from(*cell)));
            (*bin, (row.flags.iter().collect(), cells.collect()))
        });
        let mut rows: BTreeMap<i64, _> = rows.collect();
        let bins: Vec<i64> = rows.keys().copied().collect();
        let mut inserted = BTreeMap::new();
        for pair in bins.windows(2).filter(|pair| pair[1] - pair[0] <= 13) {
            for bin in pair[0] + 1..pair[1] {
                rows.insert(bin, (vec![Flag::InsufficientData], BTreeMap::new()));
                inserted.insert(bin, pair[1]);
            }
        }
        (rows, inserted)
    }

    fn stated(&self) -> Vec<StatedLine> {
        let rows = self.0.iter().flat_map(|(bin, row)| {
            row.stated.iter().map(|((column, rule), (flag, known))| {
                (
                    *bin,
                    column.map(str::to_owned),
                    (*rule).to_owned(),
                    *flag,
                    *known + 1,
                )
            })
        });
        rows.collect()
    }
}

fn holds(root: &Path, frames: &[(AnyFrame, bool, TextId)]) {
    let plain: Vec<_> = frames
        .iter()
        .map(|(frame, replaces, _)| (frame.clone(), *replaces))
        .collect();
    let plain = Plain::of(plain.iter());
    let (rows, gaps) = plain.dataset();
    assert_eq!(stated(root), plain.stated());
    assert_eq!(inserted(root), gaps);
    assert_eq!(dataset(root), rows);
}

/// Does one deed to the dataset and to the list of its frames.
fn act(root: &Path, frames: &mut Vec<(AnyFrame, bool, TextId)>, deed: &Deed) {
    match deed {
        Deed::Batch(default, new) => {
            let mut batch = begin(root).on_conflict(*default);
            let plain: Vec<_> = frames
                .iter()
                .map(|(f, replaces, _)| (f.clone(), *replaces))
                .collect();
            let mut plain = Plain::of(plain.iter());
            let (mut taken, mut contradict) = (Vec::new(), 0);
            for (place, (frame, on_conflict)) in new.iter().enumerate() {
                let rows = frame.batch();
                let options = frame.options(*on_conflict);
                let source = format!("{}.csv", frames.len() + place);
                let added = batch.add_with(
                    &source,
                    &rows.schema(),
                    [Ok(rows.clone())],
                    &options,
                    Watch::unwatched(),
                );
                let added = added.unwrap();
                if added.status != Status::Accepted {
                    continue;
                }
                let on_conflict = on_conflict.unwrap_or(*default);
                let replaces = on_conflict == OnConflict::Replace;
                let found = plain.add(frame, replaces);
                contradict += found * u64::from(on_conflict == OnConflict::Raise);
                taken.push((frame.clone(), replaces, added.digest));
            }
            match batch.commit(Watch::unwatched()) {
                Ok(_) => {
                    assert_eq!(contradict, 0);
                    frames.extend(taken);
                }
                Err(Refusal::Conflicts(conflicts)) => {
                    assert_eq!(conflicts.total, contradict);
                    let listed = contradict.min(50);
                    assert_eq!(conflicts.conflicts.len() as u64, listed);
                }
                Err(refusal) => panic!("{refusal:?}"),
            }
        }
        Deed::Again(place) => {
            let Some((frame, ..)) = frames.get(*place).cloned() else {
                return;
            };
            act(
                root,
                frames,
                &Deed::Batch(OnConflict::Replace, vec![(frame, None)]),
            );
        }
        Deed::Retract(place) => {
            let Some((_, _, digest)) = frames.get(*place).cloned() else {
                return;
            };
            let settings = settings(root, "");
            let what = pipeline::Retraction::Content(digest);
            retract(&settings, &what, Watch::unwatched()).unwrap();
            frames.remove(*place);
        }
        Deed::Rebuild => {
            if !frames.is_empty() {
                rebuild(&settings(root, ""), Watch::unwatched()).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whatever is done: the dataset is what its frames make one after the other, and stays that when it is made again.
    #[test]
    fn the_dataset_is_what_its_frames_make_one_after_the_other(
        first in any_frame(),
        deeds in prop::collection::vec(any_deed(), 1..6),
    ) {
        let root = crate::store::test_folder();
        let mut frames = Vec::new();
        act(root.path(), &mut frames, &Deed::Batch(OnConflict::Keep, vec![(first, None)]));
        for deed in &deeds {
            act(root.path(), &mut frames, deed);
            holds(root.path(), &frames);
        }
        rebuild(&settings(root.path(), ""), Watch::unwatched()).unwrap();
        holds(root.path(), &frames);
    }
}
