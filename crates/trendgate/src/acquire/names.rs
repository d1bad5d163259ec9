//! Counts under names that the program knows, read back: the names become the program's own again.

use super::tokens;
use crate::model::Unit;
use serde::de::{Deserialize, Deserializer, Error};
use std::collections::BTreeMap;

/// Counts by the symbols of units.
pub(super) fn units<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    known(from, |name| Unit::parse(name).map(Unit::symbol))
}

/// Counts by the kinds of missing token.
pub(super) fn tokens<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    known(from, |name| {
        tokens::NAMES.into_iter().find(|known| *known == name)
    })
}

fn known<'de, D: Deserializer<'de>>(
    from: D,
    own: impl Fn(&str) -> Option<&'static str>,
) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    let counts = BTreeMap::<String, u64>::deserialize(from)?;
    let counts = counts.into_iter().map(|(name, count)| {
        let own = own(&name).ok_or_else(|| D::Error::custom(format!("no such name: {name}")))?;
        Ok((own, count))
    });
    counts.collect()
}
