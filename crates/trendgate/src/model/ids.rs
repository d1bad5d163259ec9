//! Ids: places in lists, each list with a type of its own.
//!
//! A place in one list says nothing in another, and with plain numbers a mix-up is not noticed: the columns of a report are counted by the report
//! and those of the dataset by the roster; a plan has its kinds and the log has others. A list is indexed by its id as it is by a number.
//! The columns within a report are no ids: they never leave its chunks but through the list that gives each of them its [`ColumnId`].

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(
                Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            )]
            #[serde(transparent)]
            pub struct $name(u32);

            impl $name {
                /// The id of what is at a place of the list.
                #[must_use]
                #[allow(
                    clippy::cast_possible_truncation,
                    reason = "2^32 of them would not fit in memory"
                )]
                pub const fn new(place: usize) -> Self {
                    Self(place as u32)
                }

                /// The place in the list.
                #[must_use]
                pub(crate) const fn index(self) -> usize {
                    self.0 as usize
                }
            }

            impl<T> Index<$name> for [T] {
                type Output = T;

                fn index(&self, id: $name) -> &T {
                    &self[id.index()]
                }
            }

            impl<T> IndexMut<$name> for [T] {
                fn index_mut(&mut self, id: $name) -> &mut T {
                    &mut self[id.index()]
                }
            }

            impl<T> Index<$name> for Vec<T> {
                type Output = T;

                fn index(&self, id: $name) -> &T {
                    &self[id.index()]
                }
            }

            impl<T> IndexMut<$name> for Vec<T> {
                fn index_mut(&mut self, id: $name) -> &mut T {
                    &mut self[id.index()]
                }
            }
        )*
    };
}

ids! {
    /// A column of the dataset: its place in the roster, and in whatever has one entry for each of its points.
    ///
    /// ```
    /// use trendgate::cleaner::ColumnId;
    ///
    /// assert_eq!(["chws", "chwr"][..][ColumnId::new(1)], "chwr");
    /// ```
    ColumnId;
    /// A kind of report: its place among those of a plan.
    ///
    /// ```
    /// use trendgate::cleaner::KindId;
    ///
    /// assert_eq!(["five minutes", "hourly"][..][KindId::new(0)], "five minutes");
    /// ```
    KindId;
    /// An input of a plan: its place in the order of precedence.
    InputId;
    /// A form of report (points and interval) among those that a list of inputs has or had.
    FormId;
    /// A kind of report that the dataset knows: its place among those of the log.
    KnownKindId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_as_small_as_it_can_be_is_written_as_its_place_and_finds_it_again() {
        assert_eq!(size_of::<ColumnId>(), 4);
        let (id, mut list) = (ColumnId::new(2), vec!["a", "b", "c"]);
        assert_eq!(serde_json::to_string(&id).unwrap(), "2");
        assert_eq!(serde_json::from_str::<ColumnId>("2").unwrap(), id);
        assert_eq!((list[id], list[1..][ColumnId::new(0)]), ("c", "b"));
        list[id] = "d";
        assert_eq!(list[id.index()], "d");
    }
}
