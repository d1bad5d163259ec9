//! What all workbooks have in common: their sheets as members, the refusal of damaged ones, and the widths of sheets.

use super::{Contents, Member, MemberPlace};
use crate::error::{Error, Result};
use crate::guarded::guarded;
use calamine::{Sheet, SheetType, SheetVisible};
use std::collections::BTreeSet;
use std::io;

/// The text of a sheet is held in memory.
pub(super) const LARGEST_SHEET: usize = 1 << 30;

pub(super) const SAVE_AS_CSV: &str = "save each of its sheets as CSV, and give those";

/// What is wrong with a workbook that cannot be read.
pub(in crate::acquire) const DAMAGED_WORKBOOK: &str = "the workbook is damaged: ";

pub(super) fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{DAMAGED_WORKBOOK}{what}"),
    )
}

/// The refusal of a sheet with more than so many bytes of text.
pub(super) fn too_long(bytes: usize) -> io::Error {
    damaged(&format!(
        "one of its sheets has more than {} MB of text",
        bytes / 1_000_000
    ))
}

/// What `read` makes of a workbook that anyone may have written.
pub(super) fn held<T>(read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    guarded(read).unwrap_or_else(|| Err(damaged("its reader gave up")))
}

/// The texts of a workbook with these sheets, each of about so many bytes.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where two have one name.
pub(super) fn contents(sheets: &[Sheet], bytes: u64) -> Result<Contents> {
    let mut contents = Contents::default();
    let mut names = BTreeSet::new();
    for (order, sheet) in (0..).zip(sheets) {
        let name = sheet.name.clone();
        if !names.insert(name.clone()) {
            return Err(Error::input("two sheets of the workbook have this name")
                .of_member(name)
                .hint(SAVE_AS_CSV));
        }
        if sheet.visible != SheetVisible::Visible || sheet.typ != SheetType::WorkSheet {
            contents.passed_over.push(name);
            continue;
        }
        contents.texts.push(Some(Member {
            name,
            order,
            bytes,
            place: MemberPlace::Sheet,
        }));
    }
    Ok(contents)
}
