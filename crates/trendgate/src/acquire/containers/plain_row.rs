//! A row of a sheet, as its XML has it → its cells, where that is plain: in the forms in which the programs write it that save workbooks.

use super::cell_context::{CellContext, NumberKind};
use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};
use memchr::memchr;
use std::borrow::Cow;
use std::io;
use std::str::from_utf8;

/// What stands in a cell.
pub(super) enum PlainCell<'c> {
    /// A number that is written in its shortest form.
    Shortest(&'c [u8]),
    Value(DataRef<'c>),
}

/// That a sheet is not plain.
#[derive(Debug)]
struct NotPlain;

impl std::fmt::Display for NotPlain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the sheet is not plain")
    }
}

impl std::error::Error for NotPlain {}

pub(super) fn not_plain() -> io::Error {
    io::Error::other(NotPlain)
}

/// Whether `error` says that a sheet is not plain, and nothing worse.
pub(super) fn is_not_plain(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<NotPlain>())
}

/// Splits one attribute with a blank before it off a tag: its name, its value and what follows.
fn attribute(tag: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let tag = tag.strip_prefix(b" ")?;
    let name = memchr(b'=', tag)?;
    let value = tag[name + 1..].strip_prefix(b"\"")?;
    let end = memchr(b'"', value)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b':';
    let is_name = name > 0 && tag[..name].iter().all(is_plain);
    let is_value = !value[..end].contains(&b'&') && !value[..end].contains(&b'<');
    (is_name && is_value).then(|| (&tag[..name], &value[..end], &value[end + 1..]))
}

/// A row that is read.
pub(super) struct XmlRow<'a> {
    pub(super) context: &'a CellContext,
    /// Its number, unless it says another.
    pub(super) number: u32,
}

/// The tag of a cell.
#[derive(Default)]
struct CellTag<'c> {
    place: Option<&'c [u8]>,
    style: Option<&'c [u8]>,
    kind: Option<&'c [u8]>,
}

impl<'c> CellTag<'c> {
    fn of(mut tag: &'c [u8]) -> Option<Self> {
        let mut found = Self::default();
        while let [b' ', name, b'=', b'"', value @ ..] = tag {
            let end = value.iter().position(|byte| *byte == b'"')?;
            let place = match name {
                b'r' => &mut found.place,
                b's' => &mut found.style,
                b't' => &mut found.kind,
                _ => return None,
            };
            if place.replace(&value[..end]).is_some() {
                return None;
            }
            tag = &value[end + 1..];
        }
        matches!(tag, b"" | b" ").then_some(found)
    }
}

impl XmlRow<'_> {
    /// Shows the cells of the row that is written as `row` to `take`; its number.
    pub(super) fn read(
        mut self,
        row: &[u8],
        mut take: impl FnMut(u32, u32, PlainCell<'_>) -> io::Result<()>,
    ) -> io::Result<u32> {
        if !row.is_ascii() && from_utf8(row).is_err() {
            return Err(not_plain());
        }
        let mut rest = self.begin(row.trim_ascii_start()).ok_or_else(not_plain)?;
        let mut column = 0;
        while !rest.is_empty() {
            let (tag, content, after) = cell(rest).ok_or_else(not_plain)?;
            if let Some(name) = tag.place {
                let (row, own) = place(name).ok_or_else(not_plain)?;
                if row != self.number {
                    return Err(not_plain());
                }
                column = own;
            }
            if let Some(value) = self.value(&tag, content).ok_or_else(not_plain)? {
                take(self.number, column, value)?;
            }
            column += 1;
            rest = after.trim_ascii_start();
        }
        Ok(self.number)
    }

    /// Reads the tag of the row; its cells.
    fn begin<'r>(&mut self, row: &'r [u8]) -> Option<&'r [u8]> {
        let row = row.strip_prefix(b"<row")?;
        let end = memchr(b'>', row)?;
        let (tag, cells) = (&row[..end], &row[end + 1..]);
        let (mut tag, cells) = match tag.strip_suffix(b"/") {
            Some(tag) => (tag, cells),
            None => (tag, cells.strip_suffix(b"</row>")?),
        };
        let mut is_numbered = false;
        while !tag.trim_ascii().is_empty() {
            let (name, value, rest) = attribute(tag)?;
            if name == b"r" {
                if is_numbered || value.first() == Some(&b'0') {
                    return None;
                }
                self.number = number(value)?.checked_sub(1)?;
                is_numbered = true;
            }
            tag = rest;
        }
        Some(cells.trim_ascii_start())
    }

    /// What stands in a cell, if anything does; the outer `None` where that is not plain.
    #[allow(clippy::option_option, reason = "a cell may be empty, or not be plain")]
    fn value<'c>(
        &'c self,
        tag: &CellTag<'_>,
        content: Content<'c>,
    ) -> Option<Option<PlainCell<'c>>> {
        let value = match (tag.kind, content) {
            (_, Content::None) => return Some(None),
            (Some(b"inlineStr"), Content::Inline(text, is_trimmed)) => {
                let text = plain_text(text)?;
                match text {
                    Cow::Borrowed(text) if is_trimmed => DataRef::SharedString(trimmed(text)),
                    Cow::Owned(text) if is_trimmed => DataRef::String(trimmed(&text).to_owned()),
                    text => of_text(text),
                }
            }
            (Some(b"str"), Content::Value(text)) => of_text(plain_text(text)?),
            (None | Some(b"n" | b"s" | b"e"), Content::Value(b"")) => return Some(None),
            (None | Some(b"n"), Content::Value(written)) => {
                return self.number(tag, written).map(Some);
            }
            (Some(b"s"), Content::Value(string)) => {
                let string = usize::try_from(number(string)?).ok()?;
                DataRef::SharedString(self.context.string(string)?)
            }
            (Some(b"b"), Content::Value(b"0")) => DataRef::Bool(false),
            (Some(b"b"), Content::Value(b"1")) => DataRef::Bool(true),
            (Some(b"e"), Content::Value(error)) => {
                DataRef::Error(from_utf8(error).ok()?.parse().ok()?)
            }
            (Some(b"d"), Content::Value(date)) => {
                DataRef::DateTimeIso(plain_text(date)?.into_owned())
            }
            _ => return None,
        };
        Some(Some(PlainCell::Value(value)))
    }

    fn number<'c>(&self, tag: &CellTag<'_>, written: &'c [u8]) -> Option<PlainCell<'c>> {
        let kind = match tag.style {
            Some(style) => self.context.kind(usize::try_from(number(style)?).ok()?)?,
            None => NumberKind::Plain,
        };
        if kind == NumberKind::Plain && is_shortest(written) {
            return Some(PlainCell::Shortest(written));
        }
        let value = fast_float2::parse(written).ok()?;
        let time = |kind| {
            let time = ExcelDateTime::new(value, kind, self.context.is_1904);
            DataRef::DateTime(time)
        };
        Some(PlainCell::Value(match kind {
            NumberKind::Plain => DataRef::Float(value),
            NumberKind::Date => time(ExcelDateTimeType::DateTime),
            NumberKind::Duration => time(ExcelDateTimeType::TimeDelta),
        }))
    }
}

/// What a cell holds, as it is written.
#[derive(Clone, Copy)]
enum Content<'c> {
    None,
    Value(&'c [u8]),
    /// A text, and whether blanks around it are none of it.
    Inline(&'c [u8], bool),
}

/// Splits a cell off what is left of a row: its tag, what it holds, and what follows. A formula is passed over: its value stands behind it.
fn cell(rest: &[u8]) -> Option<(CellTag<'_>, Content<'_>, &[u8])> {
    let rest = rest.strip_prefix(b"<c")?;
    let end = memchr(b'>', rest)?;
    let (tag, body) = (&rest[..end], &rest[end + 1..]);
    if let Some(tag) = tag.strip_suffix(b"/") {
        return Some((CellTag::of(tag)?, Content::None, body));
    }
    let tag = CellTag::of(tag)?;
    let body = match body.strip_prefix(b"<f") {
        Some(formula) => behind_formula(formula)?,
        None => body,
    };
    if let Some(value) = body.strip_prefix(b"<v>") {
        let end = value.iter().position(|byte| *byte == b'<')?;
        let after = value[end..].strip_prefix(b"</v></c>")?;
        return Some((tag, Content::Value(&value[..end]), after));
    }
    let mut none = [&b"<v/></c>"[..], b"<v /></c>"].into_iter();
    if let Some(after) = none.find_map(|none| body.strip_prefix(none)) {
        return Some((tag, Content::Value(b""), after));
    }
    if let Some(text) = body.strip_prefix(b"<is><t") {
        let (is_trimmed, text) = match text.strip_prefix(b" xml:space=\"preserve\"") {
            Some(text) => (false, text),
            None => (true, text),
        };
        let text = text.strip_prefix(b">")?;
        let end = memchr(b'<', text)?;
        let after = text[end..].strip_prefix(b"</t></is></c>")?;
        return Some((tag, Content::Inline(&text[..end], is_trimmed), after));
    }
    Some((tag, Content::None, body.strip_prefix(b"</c>")?))
}

/// What follows a formula, of which `rest` is what stands behind the name of its element.
fn behind_formula(rest: &[u8]) -> Option<&[u8]> {
    let end = memchr(b'>', rest)?;
    let (tag, after) = (&rest[..end], &rest[end + 1..]);
    if tag.ends_with(b"/") {
        return Some(after);
    }
    after[memchr(b'<', after)?..].strip_prefix(b"</f>")
}

/// A text without escapes and line ends that XML has another of; the entities that stand for signs of XML are put in.
fn plain_text(text: &[u8]) -> Option<Cow<'_, str>> {
    let text = from_utf8(text).ok()?;
    let text = match text.contains('&') {
        true => Cow::Owned(with_entities(text)?),
        false => Cow::Borrowed(text),
    };
    (!text.contains('\r') && !text.contains("_x")).then_some(text)
}

fn with_entities(text: &str) -> Option<String> {
    const ENTITIES: [(&str, char); 5] = [
        ("amp;", '&'),
        ("lt;", '<'),
        ("gt;", '>'),
        ("quot;", '"'),
        ("apos;", '\''),
    ];
    let mut parts = text.split('&');
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let mut known = ENTITIES.iter();
        let (rest, sign) =
            known.find_map(|(name, sign)| Some((part.strip_prefix(name)?, *sign)))?;
        whole.push(sign);
        whole.push_str(rest);
    }
    Some(whole)
}

/// A text without the blanks around it that XML takes for none of it.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// A text as the writer of sheets takes it.
fn of_text(text: Cow<'_, str>) -> DataRef<'_> {
    match text {
        Cow::Borrowed(text) => DataRef::SharedString(text),
        Cow::Owned(text) => DataRef::String(text),
    }
}

/// Whether a number is written as it is printed: up to 15 digits, of which no two numbers have the same, and none of them idle.
fn is_shortest(written: &[u8]) -> bool {
    const MOST_DIGITS: usize = 15;
    let digits = written.strip_prefix(b"-").unwrap_or(written);
    let whole = digits.iter().take_while(|digit| digit.is_ascii_digit());
    let (whole, rest) = digits.split_at(whole.count());
    let is_whole = !whole.is_empty() && (whole == b"0" || whole[0] != b'0');
    let is_rest = match rest {
        [] => true,
        [b'.', fraction @ .., b'1'..=b'9'] => fraction.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_whole && is_rest && digits.len() <= MOST_DIGITS
}

/// The row and column of a cell, both from 0, by its name: `B2`.
pub(super) fn place(name: &[u8]) -> Option<(u32, u32)> {
    let letters = name.iter().take_while(|letter| letter.is_ascii_uppercase());
    let (letters, digits) = name.split_at(letters.count());
    if !matches!(letters.len(), 1..=3) || digits.first() == Some(&b'0') {
        return None;
    }
    let column = letters.iter().fold(0, |column, letter| {
        column * 26 + u32::from(letter - b'A') + 1
    });
    Some((number(digits)?.checked_sub(1)?, column - 1))
}

/// A number of up to seven digits.
fn number(digits: &[u8]) -> Option<u32> {
    if !matches!(digits.len(), 1..=7) {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}
