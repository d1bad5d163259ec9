//! Lists of flag names → [`FlagSet`]s.
//!
//! Enters: any Arrow way to write a list of texts (large, view, dictionary). Leaves: one [`FlagSet`] a row. Refuses: a null list, a null in a list, a name that is not a flag's.

use super::violation::{Violation, ViolationKind, Violations};
use crate::model::{Flag, FlagSet, QUALITY_FLAGS, flag_item};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// Whether `data_type` is a list of texts. A list that has no items in it anywhere, and so no item type, is one too; a
/// list of numbers never is.
pub(super) fn is_list_of_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => is_text(item.data_type()),
        _ => false,
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// The flags of each row. Rows at fault are added to `found`, counted from `first_row`, and given no flag.
pub(super) fn read(column: &ArrayRef, first_row: u64, found: &mut Violations) -> Vec<FlagSet> {
    match plain_lists(column) {
        Ok(lists) => read_lists(&lists, first_row, found),
        Err(error) => {
            // More than 2 GiB of text in one batch: Arrow's offsets end there.
            let (expected, got) = ("lists that Arrow can hold", error.to_string());
            found.add_column(ViolationKind::TypeMismatch, QUALITY_FLAGS, expected, got);
            vec![FlagSet::CLEAN; column.len()]
        }
    }
}

fn plain_lists(column: &ArrayRef) -> Result<ListArray, ArrowError> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let lists = cast_with_options(column, &DataType::List(flag_item()), &strict)?;
    Ok(lists.as_list().clone())
}

fn read_lists(lists: &ListArray, first_row: u64, found: &mut Violations) -> Vec<FlagSet> {
    let names: &StringArray = lists.values().as_string();
    let offsets = lists.value_offsets();
    let mut flags = Vec::with_capacity(lists.len());
    for row in 0..lists.len() {
        let at = first_row + row as u64;
        if lists.is_null(row) {
            found.add(null_flags(at, "null"));
            flags.push(FlagSet::CLEAN);
            continue;
        }
        let items = offset(offsets[row])..offset(offsets[row + 1]);
        flags.push(items.filter_map(|i| flag(names, i, at, found)).collect());
    }
    flags
}

/// Offsets of an Arrow list are never negative.
fn offset(value: i32) -> usize {
    usize::try_from(value).unwrap_or_default()
}

fn flag(names: &StringArray, item: usize, row: u64, found: &mut Violations) -> Option<Flag> {
    if names.is_null(item) {
        found.add(null_flags(row, "a null in the list"));
        return None;
    }
    let name = names.value(item);
    let flag = Flag::from_name(name);
    if flag.is_none() {
        found.add(unknown(row, name));
    }
    flag
}

fn null_flags(row: u64, got: &str) -> Violation {
    Violation {
        kind: ViolationKind::NullFlags,
        column: QUALITY_FLAGS.to_owned(),
        row: Some(row),
        expected: "a list of flags, [] where there is none".to_owned(),
        got: got.to_owned(),
    }
}

fn unknown(row: u64, name: &str) -> Violation {
    let known: Vec<&str> = Flag::ALL.iter().map(|flag| flag.name()).collect();
    Violation {
        kind: ViolationKind::UnknownFlag,
        column: QUALITY_FLAGS.to_owned(),
        row: Some(row),
        expected: format!("one of {}", known.join(", ")),
        got: format!("{name:?}"),
    }
}
