//! [`FlagSet`]s → the dataset's column of lists of flag names.

use super::flags::FlagSet;
use super::schema::flag_item;
use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use std::sync::Arc;

/// The dataset's column for these flags: each row's in the fixed order, each once.
///
/// ```
/// use trendgate::cleaner::{FlagSet, flag_lists};
/// use trendgate::vocabulary::Flag;
///
/// let rows = [FlagSet::CLEAN, [Flag::Frozen].into_iter().collect()];
/// assert_eq!(flag_lists(&rows).len(), 2);
/// ```
#[must_use]
pub fn flag_lists(flags: &[FlagSet]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(flag_item());
    for set in flags {
        set.iter()
            .for_each(|flag| lists.values().append_value(flag.name()));
        lists.append(true);
    }
    Arc::new(lists.finish())
}
