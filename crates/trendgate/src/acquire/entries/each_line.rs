//! A text → its lines, one after the other, with what it is known by where that is asked for.

use crate::acquire::ReadOptions;
use crate::acquire::fields::plain;
use crate::acquire::lines::{Lines, is_cut, read_error};
use crate::acquire::open_text::WholeText;
use crate::acquire::sniff::{Looking, go_on};
use crate::acquire::text::Text;
use crate::error::Result;
use crate::text_id::FileId;
use std::ops::ControlFlow;

/// So many lines are gone through between two looks at whether to stop.
const LINES_BETWEEN_LOOKS: u64 = 1024;

/// Gives each line of a text, until `give` wants no more.
pub(super) fn each_line(
    text: WholeText<'_>,
    looking: Looking<'_>,
    give: impl FnMut(EntryLineAt, &[u8]) -> Result<ControlFlow<()>>,
) -> Result<()> {
    each_line_of(text.read()?.without_digest(), text, looking, give).map(drop)
}

/// What a text is known by that was read to its end; `None` where it changed meanwhile.
pub(super) fn id_of(read: Text, text: WholeText<'_>) -> Result<Option<FileId>> {
    let finished = read.finish();
    let finished = finished.map_err(|error| read_error(text.path(), error))?;
    let mut bytes = finished.file_bytes.into_iter();
    let is_same = finished.same && bytes.all(|bytes| bytes == text.stamp().bytes);
    Ok(is_same.then_some(finished.id))
}

/// As [`each_line`], of a text that is `read` from its first byte on; what is left of it.
pub(super) fn each_line_of(
    read: Text,
    text: WholeText<'_>,
    looking: Looking<'_>,
    mut give: impl FnMut(EntryLineAt, &[u8]) -> Result<ControlFlow<()>>,
) -> Result<Text> {
    let mut lines = Lines::new(read, ReadOptions::default().block_bytes);
    while let Some(line) = lines.next_line(text.path())? {
        if line.number.is_multiple_of(LINES_BETWEEN_LOOKS) {
            go_on(looking.cancel)?;
        }
        let bytes = lines.bytes(&line);
        let at = EntryLineAt {
            number: line.number,
            whole: !is_cut(bytes, line.whole),
        };
        if give(at, plain(bytes))?.is_break() {
            break;
        }
    }
    Ok(lines.into_text())
}

/// Where a line stands, and whether the text does not end in it.
#[derive(Clone, Copy)]
pub(super) struct EntryLineAt {
    pub(super) number: u64,
    pub(super) whole: bool,
}
