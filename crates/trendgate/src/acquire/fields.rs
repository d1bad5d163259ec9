//! A line → its fields. No allocation: a field is a stretch of the line.

use super::field_places::{equal, every};
use super::text::lossy;
use std::borrow::Cow;

/// The fields of a line, one after the other: quoted or not, separated by commas.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: Option<&'a [u8]>,
}

/// The fields of `line`, which has no line end.
pub(super) fn fields(line: &[u8]) -> Fields<'_> {
    Fields { rest: Some(line) }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (field, after) = first_field(rest);
        self.rest = after;
        Some(field)
    }
}

/// The first field of `line` without its quotes, and what follows its comma, if there is one. Blanks around quotes are no part of it.
#[inline]
pub(super) fn first_field(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    match line.first() {
        Some(b'"') => quoted_field(line),
        Some(b' ' | b'\t') if line.trim_ascii_start().first() == Some(&b'"') => {
            quoted_field(line.trim_ascii_start())
        }
        _ => match position::<b','>(line) {
            None => (line, None),
            Some(comma) => (&line[..comma], Some(&line[comma + 1..])),
        },
    }
}

/// The first field of a line that begins with its quote.
#[inline]
fn quoted_field(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut end = 1;
    loop {
        let quote = position::<b'"'>(&line[end..]);
        end = quote.map_or(line.len(), |quote| end + quote);
        if line.get(end + 1) != Some(&b'"') {
            break;
        }
        end += 2;
    }
    let field = &line[1..end];
    let after = line.get(end + 1..).unwrap_or_default();
    match after.first() {
        None => (field, None),
        Some(b',') => (field, Some(&after[1..])),
        Some(_) => match after.trim_ascii_start() {
            [] => (field, None),
            [b',', rest @ ..] => (field, Some(rest)),
            // Text after the closing quote belongs to the field; the cell will not be recognised, the row keeps its shape.
            _ => match memchr::memchr(b',', after) {
                None => (line, None),
                Some(comma) => (&line[..end + 1 + comma], Some(&after[comma + 1..])),
            },
        },
    }
}

/// Where `BYTE` stands first in `text`. Fields are short: most end within two words, which spares the call.
#[inline]
fn position<const BYTE: u8>(text: &[u8]) -> Option<usize> {
    const WORDS: usize = 2;
    for (at, word) in text.as_chunks::<8>().0.iter().take(WORDS).enumerate() {
        let found = equal(u64::from_le_bytes(*word), const { every(BYTE) });
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let seen = (text.len() / 8).min(WORDS) * 8;
    memchr::memchr(BYTE, &text[seen..]).map(|at| seen + at)
}

/// What follows `count` fields of `line`; `None` where nothing does.
#[inline]
pub(super) fn skipped(line: &[u8], count: usize) -> Option<&[u8]> {
    match count {
        0 => Some(line),
        _ => skip(line, count),
    }
}

#[cold]
fn skip(line: &[u8], count: usize) -> Option<&[u8]> {
    let mut rest = line;
    for _ in 0..count {
        rest = first_field(rest).1?;
    }
    Some(rest)
}

/// Whether `cells`, what stands in a row behind its time, has at least so many fields, and at most so many if those beyond the
/// least are blank.
pub(super) fn are_cells(cells: Option<&[u8]>, (least, most): (usize, usize)) -> bool {
    let mut count = 0;
    let mut rest = cells;
    while let Some(cells) = rest {
        let (cell, after) = first_field(cells);
        if count >= least && !is_blank(cell) {
            return false;
        }
        count += 1;
        rest = after;
    }
    (least..=most).contains(&count)
}

/// A line without its line end.
#[inline]
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A line without its end, and without the byte order mark that a file brings with it when it is put behind another one.
pub(super) fn plain(line: &[u8]) -> &[u8] {
    let line = without_end(line);
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

/// The text of a field, without the blanks around it.
pub(super) fn field_text(field: &[u8]) -> Cow<'_, str> {
    match lossy(field) {
        Cow::Borrowed(text) if memchr::memchr(b'"', field).is_none() => text.trim().into(),
        text => text.trim().replace("\"\"", "\"").into(),
    }
}

/// The texts of the fields of a line.
pub(super) fn field_texts(line: &[u8]) -> Vec<Cow<'_, str>> {
    fields(line).map(field_text).collect()
}

/// Whether a line holds nothing but blanks, commas and empty quotes.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter()
        .all(|byte| matches!(byte, b' ' | b'\t' | b',' | b'"' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        fields(line.as_bytes())
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect()
    }

    #[test]
    fn quoted_and_plain_fields_are_split_alike() {
        assert_eq!(split(r#""a"," b","","c,d""#), ["a", " b", "", "c,d"]);
        assert_eq!(split("a, b,,c"), ["a", " b", "", "c"]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("a,"), ["a", ""]);
        assert_eq!(split(r#""a", "b,c" ,  "d""#), ["a", "b,c", "d"]);
        assert_eq!(split(r#"  "a" x,b"#), [r#""a" x"#, "b"]);
        assert_eq!(split(r#""a"x,"b""#), [r#""a"x"#, "b"]);
        assert_eq!(split(r#""say ""hi""","b""#), [r#"say ""hi"""#, "b"]);
        assert_eq!(split(r#""never closed,b"#), ["never closed,b"]);
        assert_eq!(split(r#"""#), [""]);
    }

    #[test]
    fn a_field_ends_at_its_first_comma_however_long_it_and_its_line_are() {
        for (before, behind) in
            (0..40).flat_map(|before| (0..20).map(move |behind| (before, behind)))
        {
            let (field, rest) = ("x".repeat(before), "y,".repeat(behind));
            let line = format!("{field},{rest}");
            assert_eq!(
                first_field(line.as_bytes()),
                (field.as_bytes(), Some(rest.as_bytes()))
            );
            let line = format!("\"{field}\",{rest}");
            assert_eq!(
                first_field(line.as_bytes()),
                (field.as_bytes(), Some(rest.as_bytes()))
            );
            assert_eq!(first_field(field.as_bytes()), (field.as_bytes(), None));
        }
    }

    #[test]
    fn blank_lines_are_known_and_fields_are_skipped() {
        assert!(is_blank(b"\"\"\r\n"));
        assert!(is_blank(b",,,,"));
        assert!(!is_blank(b"0"));
        assert_eq!(skipped(b"a,\"b,c\",d", 0), Some(b"a,\"b,c\",d".as_slice()));
        assert_eq!(skipped(b"a,\"b,c\",d", 2), Some(b"d".as_slice()));
        assert_eq!(skipped(b"a,\"b,c\",d", 3), None);
    }
}
