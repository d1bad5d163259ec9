//! Numbers of consecutive rows, by point.
//!
//! A report is read row by row, and most bins are filled row by row: only what looks at one point by itself wants columns. So rows that were
//! read stay rows, and are turned into columns when somebody first looks at one.

use crate::model::ColumnId;
use serde::{Deserialize, Serialize, Serializer};
use std::ops::{Deref, DerefMut, Range};
use std::sync::OnceLock;

/// For each point the numbers of consecutive rows, NaN where there is none: to whoever looks a `Vec` of columns.
///
/// ```
/// use trendgate::cleaner::NumberColumns;
///
/// let columns = NumberColumns::from(vec![vec![1.0, 2.0], vec![3.0, 4.0]]);
/// assert_eq!(columns.len(), 2);
/// assert_eq!(columns[1][0], 3.0);
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<Vec<f64>>")]
pub struct NumberColumns {
    /// The columns, where there are no `rows`.
    columns: Vec<Vec<f64>>,
    /// The rows, until columns are made of them.
    rows: Option<Box<NumberRows>>,
}

/// Numbers row by row.
#[derive(Debug, Clone, Default)]
pub(crate) struct NumberRows {
    /// Row after row, the number of each column in `order`.
    pub(crate) cells: Vec<f64>,
    /// The columns that a row has, in its own order; of all others there is no number.
    pub(crate) order: Vec<ColumnId>,
    /// How many columns there are.
    width: usize,
    /// The columns, once somebody has looked.
    columns: OnceLock<Vec<Vec<f64>>>,
}

/// Rows turned into columns at a time.
const TURN: usize = 16;

impl NumberRows {
    /// How many there are.
    fn len(&self) -> usize {
        self.cells.len() / self.order.len().max(1)
    }

    /// The cells of these rows.
    pub(crate) fn of(&self, rows: Range<usize>) -> &[f64] {
        &self.cells[rows.start * self.order.len()..rows.end * self.order.len()]
    }

    /// The numbers of a place in the order of these rows.
    pub(crate) fn column(&self, place: usize, rows: Range<usize>) -> impl Iterator<Item = f64> {
        let cells = self.of(rows).iter().skip(place);
        cells.step_by(self.order.len()).copied()
    }

    /// Puts the columns into `columns`, which are empty.
    fn turn(&self, columns: &mut Vec<Vec<f64>>) {
        let each = self.order.len().max(1);
        columns.resize_with(self.width, Vec::new);
        columns
            .iter_mut()
            .for_each(|column| column.reserve(self.len()));
        // A few rows at a time, so that both sides of the turn stay in the cache.
        for cells in self.cells.chunks(TURN * each) {
            for (place, column) in self.order.iter().enumerate() {
                let rows = 0..cells.len() / each;
                columns[*column].extend(rows.map(|row| cells[row * each + place]));
            }
        }
        for column in columns {
            column.resize(self.len(), f64::NAN);
        }
    }
}

impl NumberColumns {
    /// The rows with these cells, of `width` columns each, one row after the other.
    pub(crate) fn of_rows(cells: Vec<f64>, width: usize) -> Self {
        let rows = NumberRows {
            cells,
            order: (0..width).map(ColumnId::new).collect(),
            width,
            columns: OnceLock::new(),
        };
        Self {
            columns: Vec::new(),
            rows: Some(Box::new(rows)),
        }
    }

    /// How many points there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let rows = self.rows();
        rows.map_or(self.columns.len(), |rows| rows.width)
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers row by row, if they are known so.
    pub(crate) fn rows(&self) -> Option<&NumberRows> {
        self.rows.as_deref()
    }

    /// The numbers of a column in these rows; none where none of them has it.
    pub(crate) fn numbers(
        &self,
        column: ColumnId,
        rows: Range<usize>,
    ) -> impl Iterator<Item = f64> {
        let (cells, place, each) = match &self.rows {
            None => (&self.columns[column][rows], 0, 1),
            Some(known) => match known.order.iter().position(|other| *other == column) {
                None => (&[][..], 0, 1),
                Some(place) => (known.of(rows), place, known.order.len()),
            },
        };
        cells.iter().skip(place).step_by(each).copied()
    }

    /// Makes columns of rows for good: both are held of what is only looked at.
    #[inline]
    pub(crate) fn forget_rows(&mut self) {
        if let Some(mut rows) = self.rows.take() {
            match rows.columns.take() {
                Some(columns) => self.columns = columns,
                None => rows.turn(&mut self.columns),
            }
        }
    }

    /// Takes all rows out.
    pub(crate) fn clear_rows(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
        if let Some(rows) = &mut self.rows {
            rows.cells.clear();
            rows.columns.take();
        }
    }

    /// Adds these of the rows of `others`, whose columns are those in `order` here. Whether it did: they are known by row there, and here are no
    /// rows yet, or rows of the same columns that are known by row. Where they are all rows, and `take` is set, their cells may be moved from there.
    pub(crate) fn extend_by_rows(
        &mut self,
        others: &mut Self,
        rows: Range<usize>,
        order: &[ColumnId],
        take: bool,
    ) -> bool {
        let Some(others) = others.rows.as_mut().filter(|_| !order.is_empty()) else {
            return false;
        };
        debug_assert_eq!(others.order.len(), order.len());
        let width = self.len();
        let here = match &mut self.rows {
            None if self.columns.iter().any(|column| !column.is_empty()) => return false,
            here => here.get_or_insert_default(),
        };
        if here.cells.is_empty() {
            here.width = width;
            here.order.clear();
            here.order.extend_from_slice(order);
        } else if here.order != order {
            return false;
        }
        match take && here.cells.is_empty() {
            true => std::mem::swap(&mut here.cells, &mut others.cells),
            false => here.cells.extend_from_slice(others.of(rows)),
        }
        here.columns.take();
        true
    }
}

impl Deref for NumberColumns {
    type Target = Vec<Vec<f64>>;

    fn deref(&self) -> &Vec<Vec<f64>> {
        match &self.rows {
            None => &self.columns,
            Some(rows) => rows.columns.get_or_init(|| {
                let mut columns = Vec::new();
                rows.turn(&mut columns);
                columns
            }),
        }
    }
}

impl DerefMut for NumberColumns {
    fn deref_mut(&mut self) -> &mut Vec<Vec<f64>> {
        self.forget_rows();
        &mut self.columns
    }
}

impl Serialize for NumberColumns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl PartialEq for NumberColumns {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Vec<Vec<f64>>> for NumberColumns {
    fn from(columns: Vec<Vec<f64>>) -> Self {
        Self {
            columns,
            rows: None,
        }
    }
}

impl From<NumberColumns> for Vec<Vec<f64>> {
    fn from(mut columns: NumberColumns) -> Self {
        std::mem::take(&mut *columns)
    }
}

impl FromIterator<Vec<f64>> for NumberColumns {
    fn from_iter<I: IntoIterator<Item = Vec<f64>>>(columns: I) -> Self {
        Vec::from_iter(columns).into()
    }
}

impl IntoIterator for NumberColumns {
    type Item = Vec<f64>;
    type IntoIter = std::vec::IntoIter<Vec<f64>>;

    fn into_iter(self) -> Self::IntoIter {
        Vec::from(self).into_iter()
    }
}

impl<'a> IntoIterator for &'a NumberColumns {
    type Item = &'a Vec<f64>;
    type IntoIter = std::slice::Iter<'a, Vec<f64>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut NumberColumns {
    type Item = &'a mut Vec<f64>;
    type IntoIter = std::slice::IterMut<'a, Vec<f64>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of the columns `order`, in that order.
    type Rows = (Vec<usize>, Vec<Vec<f64>>);

    fn rows() -> impl Strategy<Value = Rows> {
        let order = Just(vec![0, 1, 2, 3]).prop_shuffle();
        (order, 1..=4_usize).prop_flat_map(|(mut order, each)| {
            order.truncate(each);
            let row = prop::collection::vec(prop_oneof![Just(f64::NAN), -9.0..9.0], each);
            (Just(order), prop::collection::vec(row, 0..40))
        })
    }

    fn bits(columns: &[Vec<f64>]) -> Vec<Vec<u64>> {
        let bits = |column: &Vec<f64>| column.iter().map(|number| number.to_bits()).collect();
        columns.iter().map(bits).collect()
    }

    proptest! {
        /// Whatever is added by row, by column, taken whole or in part, and looked at meanwhile: the columns are those of a plain table.
        #[test]
        fn columns_do_not_tell_how_their_rows_came(
            steps in prop::collection::vec((rows(), any::<[bool; 4]>(), 0..40_usize), 1..8),
        ) {
            let mut columns = NumberColumns::from(vec![Vec::new(); 4]);
            let mut plain = vec![Vec::new(); 4];
            for ((order, rows), [clear, take, look, by_column], from) in steps {
                if clear {
                    columns.clear_rows();
                    plain.iter_mut().for_each(Vec::clear);
                }
                let from = if take { 0 } else { from.min(rows.len()) };
                let mut others = NumberColumns::of_rows(rows.concat(), order.len());
                let here: Vec<_> = order.iter().copied().map(ColumnId::new).collect();
                let before = bits(&plain);
                for row in &rows[from..] {
                    plain.iter_mut().for_each(|column| column.push(f64::NAN));
                    for (column, number) in order.iter().zip(row) {
                        if let Some(last) = plain[*column].last_mut() {
                            *last = *number;
                        }
                    }
                }
                let range = from..rows.len();
                if by_column || !columns.extend_by_rows(&mut others, range.clone(), &here, take) {
                    prop_assert_eq!(bits(&columns), before);
                    for column in &mut columns {
                        column.resize(column.len() + range.len(), f64::NAN);
                    }
                    for (column, values) in order.iter().zip(&others) {
                        let here = &mut columns[*column];
                        let base = here.len() - range.len();
                        here[base..].copy_from_slice(&values[range.clone()]);
                    }
                }
                if look {
                    prop_assert_eq!(bits(&columns), bits(&plain));
                }
            }
            prop_assert_eq!(columns.len(), 4);
            prop_assert_eq!(bits(&Vec::from(columns)), bits(&plain));
        }
    }

    #[test]
    fn rows_stay_rows_until_a_column_is_changed() {
        let mut columns = NumberColumns::of_rows(vec![1.0, 2.0, 3.0, 4.0], 2);
        assert_eq!(columns[1], [2.0, 4.0]);
        assert!(columns.rows().is_some());
        columns[0][1] = 5.0;
        assert!(columns.rows().is_none());
        assert_eq!(*columns, [[1.0, 5.0], [2.0, 4.0]]);
    }
}
