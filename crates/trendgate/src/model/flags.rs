//! The quality flags that a row can carry: the only place where they are defined.
//!
//! Inside the program a row's flags are a [`FlagSet`], one byte. In the dataset they are a list of strings, in the order
//! of [`Flag::ALL`], `[]` when the row is clean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! flags {
    ($($variant:ident $name:literal, $doc:literal;)*) => {
        /// A reason to distrust a row.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[non_exhaustive]
        pub enum Flag {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        /// ```
        /// use trendgate::vocabulary::Flag;
        ///
        /// assert_eq!(Flag::Frozen.name(), "FROZEN");
        /// assert!(Flag::Frozen.description().contains("stood still"));
        /// ```
        impl Flag {
            /// Every flag, in the order in which a row lists them. It is only ever appended to: readers give each flag a bit, by its place.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The flag as the dataset writes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it means, as a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }
        }
    };
}

flags! {
    Frozen "FROZEN", "A point that should move has stood still for too long.";
    HeatImbalance "HEAT_IMBALANCE", "The heat that a chiller moved does not fit the load that it reports.";
    AffinityViolation "AFFINITY_VIOLATION", "A pump's or fan's power does not follow the cube of its speed.";
    Outlier "OUTLIER", "A value was impossible and removed, or is implausible and kept.";
    InsufficientData "INSUFFICIENT_DATA", "Too little data stands behind the row.";
}

impl Flag {
    /// The flag that the dataset writes as `name`.
    ///
    /// ```
    /// use trendgate::vocabulary::Flag;
    ///
    /// assert_eq!(Flag::from_name("FROZEN"), Some(Flag::Frozen));
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flag| flag.name() == name)
    }
}

/// The flags of one row.
///
/// ```
/// use trendgate::cleaner::FlagSet;
/// use trendgate::vocabulary::Flag;
///
/// let mut flags = FlagSet::CLEAN;
/// assert!(flags.is_clean());
/// flags.insert(Flag::Outlier);
/// let both = flags.union([Flag::Frozen].into_iter().collect());
/// assert!(both.contains(Flag::Frozen) && !flags.contains(Flag::Frozen));
/// assert!(both.iter().eq([Flag::Frozen, Flag::Outlier]));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FlagSet(u8);

impl FlagSet {
    /// No flag: a clean row.
    pub const CLEAN: Self = Self(0);

    /// Adds `flag`.
    pub fn insert(&mut self, flag: Flag) {
        self.0 |= 1 << flag as u8;
    }

    /// The flags of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// One bit a flag, by its place in [`Flag::ALL`].
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// The flags that [`bits`](Self::bits) gave.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether `flag` is among them.
    #[must_use]
    pub const fn contains(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_clean(self) -> bool {
        self.0 == 0
    }

    /// The flags, in the order of [`Flag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL
            .iter()
            .copied()
            .filter(move |flag| self.contains(*flag))
    }
}

impl FromIterator<Flag> for FlagSet {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut set = Self::CLEAN;
        for flag in flags {
            set.insert(flag);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_found_again_by_its_name_and_serialises_to_it() {
        for flag in Flag::ALL.iter().copied() {
            assert_eq!(Flag::from_name(flag.name()), Some(flag));
            let json = serde_json::to_string(&flag).unwrap();
            assert_eq!(json, format!("\"{}\"", flag.name()));
        }
        assert_eq!(Flag::from_name("frozen"), None);
    }

    #[test]
    fn a_set_lists_its_flags_in_the_fixed_order() {
        let set: FlagSet = [Flag::InsufficientData, Flag::Frozen].into_iter().collect();
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [Flag::Frozen, Flag::InsufficientData]
        );
        assert!(!set.is_clean());
        assert!(!set.contains(Flag::Outlier));
    }
}
