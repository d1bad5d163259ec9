//! Words of the tables, and words that no table of this program has: a dataset may have been described by another program.

use super::physical::PhysicalType;
use super::point::Aggregation;
use super::units::Unit;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A table of this program whose entries have names.
pub trait Vocabulary: Copy + 'static {
    /// The name of an entry, as metadata and manifests write it.
    fn name(self) -> &'static str;

    /// The entry of exactly this name.
    fn named(name: &str) -> Option<Self>;
}

impl Vocabulary for Unit {
    fn name(self) -> &'static str {
        self.symbol()
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|unit| unit.symbol() == name)
    }
}

impl Vocabulary for PhysicalType {
    fn name(self) -> &'static str {
        self.name()
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl Vocabulary for Aggregation {
    fn name(self) -> &'static str {
        self.name()
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// An entry of a table, or a name that the table does not have. Written as its name.
///
/// ```
/// use trendgate::vocabulary::{Term, Unit};
///
/// let known: Term<Unit> = "kW".to_owned().into();
/// assert_eq!((known.name(), &known), ("kW", &Term::Known(Unit::Kilowatt)));
/// let other: Term<Unit> = "smoots".to_owned().into();
/// assert_eq!(other.name(), "smoots");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String", bound = "T: Vocabulary")]
pub enum Term<T: Vocabulary> {
    /// An entry.
    Known(T),
    /// A name that is none of an entry.
    Other(Box<str>),
}

impl<T: Vocabulary> Term<T> {
    /// What `name` stands for.
    #[must_use]
    pub(crate) fn of(name: &str) -> Self {
        T::named(name).map_or_else(|| Self::Other(name.into()), Self::Known)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(entry) => entry.name(),
            Self::Other(name) => name,
        }
    }

    /// The entry, if it is one.
    #[must_use]
    pub(crate) fn known(&self) -> Option<T> {
        match self {
            Self::Known(entry) => Some(*entry),
            Self::Other(_) => None,
        }
    }
}

impl<T: Vocabulary> fmt::Display for Term<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<T: Vocabulary> From<String> for Term<T> {
    fn from(name: String) -> Self {
        Self::of(&name)
    }
}

impl<T: Vocabulary> From<Term<T>> for String {
    fn from(term: Term<T>) -> Self {
        term.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_whether_a_table_has_it_or_not() {
        for name in ["°C", "ppm", "degC", ""] {
            let term = Term::<Unit>::of(name);
            assert_eq!(term.name(), name);
            let json = serde_json::to_string(&term).unwrap();
            assert_eq!(serde_json::from_str::<Term<Unit>>(&json).unwrap(), term);
        }
        assert_eq!(Term::of("°C"), Term::Known(Unit::Celsius));
        assert_eq!(
            Term::<Unit>::of("degC").known(),
            None,
            "an alias is no name"
        );
        assert_eq!(Term::of("flow"), Term::Known(PhysicalType::Flow));
    }
}
