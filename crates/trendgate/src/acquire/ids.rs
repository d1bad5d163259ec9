//! What is chosen from a list in the program, named by its id where it is written down.

use serde::Deserialize;
use std::borrow::Cow;

/// An id as it is written; not copied where it can be read in place.
#[derive(Deserialize)]
pub(super) struct WrittenId<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Makes `$name` stand for one entry of the static list `$list` of `dyn $kind`: it is compared, printed, written and read by its `id()`.
macro_rules! chosen {
    ($vis:vis $name:ident, $kind:ident, $list:ident, $what:literal) => {
        impl $name {
            /// Its id, which stays the same from version to version of the program.
            #[must_use]
            $vis fn as_str(self) -> &'static str {
                self.0.id()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(
                &self,
                to: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(
                from: D,
            ) -> std::result::Result<Self, D::Error> {
                let id = crate::acquire::ids::WrittenId::deserialize(from)?.0;
                let found = $list.iter().find(|one| one.id() == id);
                found.map(|one| Self(*one)).ok_or_else(|| {
                    serde::de::Error::custom(format!(concat!("no such ", $what, ": {}"), id))
                })
            }
        }
    };
}

pub(super) use chosen;
