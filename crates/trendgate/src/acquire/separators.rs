//! What stands between the fields and the lines of a text, where a spreadsheet saved it anew: rewritten into commas and line feeds.
//!
//! Each line is rewritten by itself. A field with a comma of its own, such as the decimal comma of a country that separates fields by `;`, is
//! put into quotes. Whatever is in quotes stays as it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What separates the fields of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldSeparator {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
    /// A tabulator.
    Tab,
    /// `|`
    Bar,
}

/// What ends a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineEnd {
    /// A line feed, or a carriage return and a line feed.
    #[default]
    LineFeed,
    /// A carriage return alone.
    CarriageReturn,
}

/// The separators of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separators {
    /// Those of fields.
    pub fields: FieldSeparator,
    /// Those of lines.
    pub lines: LineEnd,
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
    /// Those that a text which begins with `text` may have, the likeliest first.
    pub(super) fn candidates(text: &[u8]) -> impl Iterator<Item = Self> + '_ {
        let has = |byte| memchr::memchr(byte, text).is_some();
        let lines = match !has(b'\n') && has(b'\r') {
            true => LineEnd::CarriageReturn,
            false => LineEnd::LineFeed,
        };
        let fields = FieldSeparator::ALL.into_iter();
        let fields =
            fields.filter(move |fields| *fields == FieldSeparator::Comma || has(fields.byte()));
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
            field: Vec::new(),
            place: Place::Begin,
            marked: 0,
        })
    }
}

/// Rewrites a text, some bytes at a time.
pub(super) struct Rewriter {
    separators: Separators,
    /// The bytes of a field without quotes, so far.
    field: Vec<u8>,
    place: Place,
    /// How many bytes of a mark the text has begun with.
    marked: usize,
}

/// What a text in UTF-8 may begin with.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Where in a field the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At its beginning.
    Begin,
    /// In one without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind its last quote.
    Behind,
}

impl Rewriter {
    /// Takes the next bytes, and puts what they come to behind `rewritten`.
    pub(super) fn take(&mut self, bytes: &[u8], rewritten: &mut Vec<u8>) {
        let ends_line = |byte| matches!(byte, b'\r' | b'\n');
        for byte in bytes {
            if MARK.get(self.marked) == Some(byte) {
                self.marked += 1;
                rewritten.push(*byte);
                continue;
            }
            self.marked = MARK.len();
            match (self.place, *byte) {
                (_, byte) if ends_line(byte) => {
                    self.end_field(rewritten);
                    rewritten.push(match self.separators.lines {
                        LineEnd::CarriageReturn => b'\n',
                        LineEnd::LineFeed => byte,
                    });
                }
                (Place::Begin | Place::Plain | Place::Behind, byte)
                    if byte == self.separators.fields.byte() =>
                {
                    self.end_field(rewritten);
                    rewritten.push(b',');
                }
                (Place::Begin | Place::Behind, b'"') => {
                    self.place = Place::Quoted;
                    rewritten.push(b'"');
                }
                (Place::Quoted, byte) => {
                    if byte == b'"' {
                        self.place = Place::Behind;
                    }
                    rewritten.push(byte);
                }
                (Place::Behind, byte) => rewritten.push(byte),
                (Place::Begin | Place::Plain, byte) => {
                    self.place = Place::Plain;
                    self.field.push(byte);
                }
            }
        }
    }

    /// Ends the text.
    pub(super) fn finish(&mut self, rewritten: &mut Vec<u8>) {
        self.end_field(rewritten);
    }

    fn end_field(&mut self, rewritten: &mut Vec<u8>) {
        self.place = Place::Begin;
        if memchr::memchr(b',', &self.field).is_none() {
            rewritten.append(&mut self.field);
            return;
        }
        rewritten.push(b'"');
        for byte in self.field.drain(..) {
            rewritten.push(byte);
            if byte == b'"' {
                rewritten.push(b'"');
            }
        }
        rewritten.push(b'"');
    }
}

#[cfg(test)]
mod tests {
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
    fn fields_with_commas_are_quoted_and_what_is_quoted_stays() {
        for (text, expected) in [
            ("a;b;\r\nc;;d\r\n", "a,b,\r\nc,,d\r\n"),
            ("7,5;8,25\n", "\"7,5\",\"8,25\"\n"),
            (
                "\"a;b\";\"say \"\"hi\"\"\";c\n",
                "\"a;b\",\"say \"\"hi\"\"\",c\n",
            ),
            ("a\"b,c;d\n", "\"a\"\"b,c\",d\n"),
            ("\"never closed;b\nc;d\n", "\"never closed;b\nc,d\n"),
            ("7,5", "\"7,5\""),
            ("\u{FEFF}\"a;b\";c\n", "\u{FEFF}\"a;b\",c\n"),
            ("", ""),
        ] {
            assert_eq!(rewritten(text, SEMICOLON), expected, "{text}");
        }
        let mac = Separators {
            fields: FieldSeparator::Tab,
            lines: LineEnd::CarriageReturn,
        };
        assert_eq!(rewritten("a\tb\rc\td\r", mac), "a,b\nc,d\n");
        assert_eq!(rewritten("a,b\r\n", Separators::default()), "a,b\r\n");
    }

    #[test]
    fn separators_that_do_not_occur_are_no_candidates() {
        let of = |text: &str| {
            let all = Separators::candidates(text.as_bytes());
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

    proptest! {
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
