//! Ids: the places of things in the lists that a plan makes of them, each list with a type of its own.
//!
//! A place in one list says nothing in another. Above all, the columns of a report are counted by the report, and the columns of the dataset
//! by the roster: the first are plain numbers, and a [`ColumnId`] is never one of them.

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

macro_rules! ids {
    ($($name:ident $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(
                Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            )]
            #[serde(transparent)]
            pub struct $name(u32);

            impl $name {
                /// That of the thing at a place of its list.
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
                pub const fn index(self) -> usize {
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
    ColumnId "A column of the dataset: its place in the roster, and in whatever has one entry for each of its points.";
    KindId "A kind of report: its place among those of a plan.";
    KnownKindId "A kind of report that the dataset knows: its place among those of the log.";
}
