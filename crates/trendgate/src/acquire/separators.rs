//! What stands between the fields and the lines of a text, where a spreadsheet saved it anew: rewritten into commas and line feeds.
//!
//! Each line is rewritten by itself. Fields without quotes are given some: they may have commas of their own, such as the decimal comma of a
//! country that separates fields by `;`. Nothing is held back but
//! a byte or two, however long a field is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What separates the fields of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldSeparator {
    /// A comma.
    #[default]
    Comma,
    /// A semicolon.
    Semicolon,
    /// A tabulator.
    Tab,
    /// A vertical bar.
    Bar,
}

/// What ends a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LineEnd {
    /// A line feed, or a carriage return and a line feed.
    #[default]
    LineFeed,
    /// A carriage return alone.
    CarriageReturn,
}

/// The separators of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Separators {
    /// What separates fields.
    pub(crate) fields: FieldSeparator,
    /// What ends lines.
    pub(crate) lines: LineEnd,
}

impl FieldSeparator {
    const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Bar];

    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
        }
    }
}

impl std::fmt::Display for FieldSeparator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tabulator",
            Self::Bar => "vertical bar",
        })
    }
}

impl Separators {
    /// Those that a text which begins with `text` may have, the likeliest first; what is stated is the only one.
    pub(super) fn candidates(
        text: &[u8],
        stated: Option<FieldSeparator>,
    ) -> impl Iterator<Item = Self> + '_ {
        let has = |byte| memchr::memchr(byte, text).is_some();
        let lines = match !has(b'\n') && has(b'\r') {
            true => LineEnd::CarriageReturn,
            false => LineEnd::LineFeed,
        };
        let fields = FieldSeparator::ALL.into_iter();
        let may_be = move |fields: &FieldSeparator| match stated {
            Some(stated) => stated == *fields,
            None => *fields == FieldSeparator::Comma || has(fields.byte()),
        };
        // A bar may be the second byte of a character of Big5, and of others.
        let is_utf8 = || match std::str::from_utf8(text) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none(),
        };
        let is_bar = move |fields: &FieldSeparator| {
            *fields != FieldSeparator::Bar || stated.is_some() || is_utf8()
        };
        let fields = fields.filter(may_be).filter(is_bar);
        fields.map(move |fields| Self { fields, lines })
    }

    /// A text, or some whole lines of one, with commas and line feeds.
    pub(super) fn rewritten(self, text: &[u8]) -> Cow<'_, [u8]> {
        let Some(mut rewriter) = self.rewriter() else {
            return Cow::Borrowed(text);
        };
        let mut rewritten = Vec::with_capacity(text.len());
        rewriter.take(text, &mut rewritten);
        rewriter.finish(&mut rewritten);
        Cow::Owned(rewritten)
    }

    /// What rewrites a text, unless it has commas and line feeds.
    pub(super) fn rewriter(self) -> Option<Rewriter> {
        (self != Self::default()).then(|| Rewriter {
            separators: self,
            place: Place::Begin,
            carriage_return: false,
            begin: Some(Vec::new()),
        })
    }
}

/// Rewrites a text, some bytes at a time.
pub(super) struct Rewriter {
    separators: Separators,
    place: Place,
    /// Whether the last byte was a carriage return that may be of a line end.
    carriage_return: bool,
    /// The first bytes, until it is known whether they are a byte order mark.
    begin: Option<Vec<u8>>,
}

/// What a text in UTF-8 may begin with.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Where in a field the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At its beginning, or behind blanks there.
    Begin,
    /// In one that has no quotes, and is given some.
    Plain,
    /// Between its quotes.
    Quoted,
    /// Behind a quote that may be its last, and was not given yet, and so many blanks.
    Behind { blanks: usize },
}

impl Rewriter {
    /// Takes the next bytes, and puts what they come to behind `rewritten`.
    pub(super) fn take(&mut self, mut bytes: &[u8], rewritten: &mut Vec<u8>) {
        if let Some(mut begin) = self.begin.take() {
            let (more, rest) = bytes.split_at(bytes.len().min(MARK.len() - begin.len()));
            begin.extend_from_slice(more);
            bytes = rest;
            match begin.len() == MARK.len() {
                true if begin == MARK => rewritten.extend_from_slice(MARK),
                true => begin.iter().for_each(|byte| self.byte(*byte, rewritten)),
                false => self.begin = Some(begin),
            }
        }
        bytes.iter().for_each(|byte| self.byte(*byte, rewritten));
    }

    /// Ends the text. Its last field stays open, so that it is seen where the text was cut.
    pub(super) fn finish(&mut self, rewritten: &mut Vec<u8>) {
        let begin = self.begin.take().unwrap_or_default();
        begin.iter().for_each(|byte| self.byte(*byte, rewritten));
        if matches!(self.place, Place::Behind { .. }) {
            rewritten.push(b'"');
        }
        if self.carriage_return {
            rewritten.push(b'\r');
        }
    }

    fn byte(&mut self, byte: u8, rewritten: &mut Vec<u8>) {
        let carriage_return = std::mem::take(&mut self.carriage_return);
        match byte {
            b'\r' if self.separators.lines == LineEnd::CarriageReturn => {
                self.end_field(rewritten);
                rewritten.push(b'\n');
            }
            b'\n' => {
                self.end_field(rewritten);
                rewritten.extend_from_slice(if carriage_return { b"\r\n" } else { b"\n" });
            }
            _ => {
                if carriage_return {
                    self.of_field(b'\r', rewritten);
                }
                match byte {
                    b'\r' => self.carriage_return = true,
                    byte => self.of_field(byte, rewritten),
                }
            }
        }
    }

    /// A byte that ends no line.
    fn of_field(&mut self, byte: u8, rewritten: &mut Vec<u8>) {
        let separates = byte == self.separators.fields.byte();
        match (self.place, byte) {
            (Place::Begin | Place::Plain | Place::Behind { .. }, _) if separates => {
                self.end_field(rewritten);
                rewritten.push(b',');
            }
            (Place::Begin, b' ' | b'\t') => rewritten.push(byte),
            (Place::Begin, b'"') => {
                self.place = Place::Quoted;
                rewritten.push(b'"');
            }
            (Place::Begin, _) => {
                self.place = Place::Plain;
                rewritten.extend_from_slice(&[b'"', byte]);
            }
            (Place::Plain, b'"') => rewritten.extend_from_slice(b"\"\""),
            (Place::Quoted, b'"') => self.place = Place::Behind { blanks: 0 },
            (Place::Plain | Place::Quoted, _) => rewritten.push(byte),
            // A quote that is doubled.
            (Place::Behind { blanks: 0 }, b'"') => {
                self.place = Place::Quoted;
                rewritten.extend_from_slice(b"\"\"");
            }
            (Place::Behind { blanks }, b' ' | b'\t') => {
                self.place = Place::Behind { blanks: blanks + 1 };
            }
            // What stands behind the last quote is of the field, whatever it is.
            (Place::Behind { blanks }, _) => {
                self.place = Place::Plain;
                rewritten.extend_from_slice(b"\"\"");
                rewritten.extend(std::iter::repeat_n(b' ', blanks));
                self.of_field(byte, rewritten);
            }
        }
    }

    /// A field that is never closed stays so, as in a text with commas.
    fn end_field(&mut self, rewritten: &mut Vec<u8>) {
        if matches!(self.place, Place::Plain | Place::Behind { .. }) {
            rewritten.push(b'"');
        }
        self.place = Place::Begin;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::{fields, without_end};
    use super::*;
    use proptest::prelude::*;

    fn rewritten(text: &str, separators: Separators) -> String {
        let bytes = separators.rewritten(text.as_bytes()).into_owned();
        String::from_utf8(bytes).unwrap()
    }

    const SEMICOLON: Separators = Separators {
        fields: FieldSeparator::Semicolon,
        lines: LineEnd::LineFeed,
    };

    #[test]
    fn fields_are_quoted_and_what_is_quoted_stays() {
        for (text, expected) in [
            ("a;b;\r\nc;;d\r\n", "\"a\",\"b\",\r\n\"c\",,\"d\"\r\n"),
            ("7,5;8,25\n", "\"7,5\",\"8,25\"\n"),
            (
                "\"a;b\";\"say \"\"hi\"\"\";c\n",
                "\"a;b\",\"say \"\"hi\"\"\",\"c\"\n",
            ),
            ("a\"b,c;d\n", "\"a\"\"b,c\",\"d\"\n"),
            ("a; \"b;c\"; d\n", "\"a\", \"b;c\", \"d\"\n"),
            ("\"never closed;b\nc;d\n", "\"never closed;b\n\"c\",\"d\"\n"),
            // What has commas between its quotes has one field.
            ("\"a\",\"b\"\n", "\"a\"\",\"\"b\"\"\"\n"),
            ("7,5", "\"7,5"),
            ("\"7,5\"", "\"7,5\""),
            ("7\r", "\"7\r"),
            ("a\rb;c\n", "\"a\rb\",\"c\"\n"),
            ("\u{FEFF}\"a;b\";c\n", "\u{FEFF}\"a;b\",\"c\"\n"),
            ("\u{FEC0},;c\n", "\"\u{FEC0},\",\"c\"\n"),
            ("a", "\"a"),
            ("", ""),
        ] {
            assert_eq!(rewritten(text, SEMICOLON), expected, "{text}");
        }
        let mac = Separators {
            fields: FieldSeparator::Tab,
            lines: LineEnd::CarriageReturn,
        };
        assert_eq!(rewritten("a\tb\rc\td\r", mac), "\"a\",\"b\"\n\"c\",\"d\"\n");
        assert_eq!(rewritten("a,b\r\n", Separators::default()), "a,b\r\n");
    }

    #[test]
    fn separators_that_do_not_occur_are_no_candidates() {
        let of = |text: &str| {
            let all = Separators::candidates(text.as_bytes(), None);
            all.map(|one| (one.fields, one.lines)).collect::<Vec<_>>()
        };
        use FieldSeparator::{Comma, Semicolon, Tab};
        use LineEnd::{CarriageReturn, LineFeed};
        assert_eq!(of("a,b\r\n"), [(Comma, LineFeed)]);
        assert_eq!(
            of("a;b\tc\r"),
            [Comma, Semicolon, Tab].map(|f| (f, CarriageReturn))
        );
    }

    /// The fields of every line, without blanks around them.
    fn all_fields(text: &[u8]) -> Vec<Vec<String>> {
        let of_line = |line: &[u8]| {
            let fields = fields(without_end(line));
            let text = |field: &[u8]| String::from_utf8_lossy(field).trim().replace("\"\"", "\"");
            fields.map(text).collect()
        };
        text.split_inclusive(|byte| *byte == b'\n')
            .map(of_line)
            .collect()
    }

    proptest! {
        #[test]
        fn a_text_and_its_twin_with_commas_have_the_same_fields(
            cells in prop::collection::vec((0..4_u8, "[a7 ]{0,4}"), 1..12),
            width in 1..4_usize,
            end in "\r?\n",
        ) {
            let write = |separator: &str| {
                let cell = |(form, text): &(u8, String)| match form {
                    0 => format!("\"{text}\""),
                    1 => format!(" \"{text}{separator}\" "),
                    2 => format!("\"{text}\"\"\""),
                    _ => text.clone(),
                };
                let line = |cells: &[(u8, String)]| {
                    cells.iter().map(cell).collect::<Vec<_>>().join(separator) + &end
                };
                cells.chunks(width).map(line).collect::<String>()
            };
            let twin = all_fields(write(",").as_bytes());
            let own = SEMICOLON.rewritten(write(";").as_bytes()).into_owned();
            let own: Vec<Vec<String>> = all_fields(&own)
                .into_iter()
                .map(|line| line.into_iter().map(|field| field.replace(';', ",")).collect())
                .collect();
            prop_assert_eq!(own, twin);
        }

        #[test]
        fn a_text_is_rewritten_alike_however_it_is_cut(text in "[a,;\"\r\n7]{0,40}", cut in 0..40_usize) {
            let whole = rewritten(&text, SEMICOLON);
            let (one, other) = text.as_bytes().split_at(cut.min(text.len()));
            let mut rewriter = SEMICOLON.rewriter().unwrap();
            let mut parts = Vec::new();
            rewriter.take(one, &mut parts);
            rewriter.take(other, &mut parts);
            rewriter.finish(&mut parts);
            prop_assert_eq!(whole.as_bytes(), &parts);
        }
    }
}
