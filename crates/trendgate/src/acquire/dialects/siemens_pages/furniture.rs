//! A line below the header that is no row → what stands on a page beside rows, the header again, or the head of another report.
//!
//! ```text
//! 9/14/2023,0:15:00,69.5,YES
//! ,,,- 1 -                                          the number of a page ends it
//! 9/20/2023,,Some Owner N,ame                       texts of a page, broken at fixed widths
//! Selection,:  PNL1,.22:AU,"X TEMP AI,"
//! _________,_________,______________,___________    a rule
//! 9/14/2023,0:20:00,70,NO
//! ```
//!
//! The number of a page, a rule and the header again are furniture wherever they stand. Texts are furniture only below the number of a page,
//! up to the next rule, header or row; and what may be a part of a row that was torn never is: it is rejected, and counted as such.

use super::SiemensPages;
use super::head;
use crate::acquire::cells::{Cell, classify};
use crate::acquire::dialects::DialectId;
use crate::acquire::dialects::siemens_scheduler::furniture::{OwnHead, is_trailer};
use crate::acquire::dialects::siemens_scheduler::head::{
    begins_with_words, declares_point, header_keys, is_row,
};
use crate::acquire::fields::{field_texts, plain};
use crate::acquire::wide::{Furniture, Heads, Met, WideHead};
use crate::acquire::{CellRule, Decimal, dates};
use crate::error::Result;
use std::borrow::Cow;

/// What stands on the pages of a report beside its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct PrintedPages {
    own: OwnHead,
    header: Vec<u8>,
}

impl Heads for PrintedPages {
    const DIALECT: DialectId = DialectId::of(&SiemensPages);

    fn head(text: &str) -> Result<Option<WideHead>> {
        head::head(text)
    }

    fn is_row(texts: &[Cow<'_, str>]) -> bool {
        is_row(texts)
    }

    fn is_cut(&self, row: &[u8]) -> bool {
        self.own.is_cut(row)
    }
}

impl Furniture for PrintedPages {
    fn see(&mut self, line: &[u8]) {
        self.own.see(line);
        self.header = plain(line).to_vec();
    }

    fn meets(&self, line: &[u8], whole: bool) -> Met {
        let line = plain(line);
        // The beginning of the own header at the end of the file is where it was cut, as it may be cut within a row.
        if !whole && self.header.starts_with(line) && self.header != line {
            return Met::Nothing;
        }
        let texts = field_texts(line);
        if begins_with_words(&texts) && !header_keys(&texts).is_empty() {
            let own = field_texts(&self.header);
            return match header_keys(&texts) == header_keys(&own) {
                true => Met::Furniture,
                false => Met::Head,
            };
        }
        if declares_point(&texts) || holds_header(&texts) {
            Met::Head
        } else if is_rule(&texts) {
            Met::Furniture
        } else if ends_page(&texts) {
            Met::PageBreak
        } else if may_be_torn(&texts) {
            Met::Nothing
        } else {
            Met::PageText
        }
    }

    fn has_trailer(&self) -> bool {
        false
    }

    fn is_trailer(&self, line: &[u8]) -> bool {
        is_trailer(line)
    }

    fn has_pages(&self) -> bool {
        true
    }
}

/// Whether a header begins within a line, behind a row that was cut where another report was put behind it.
fn holds_header(texts: &[Cow<'_, str>]) -> bool {
    let mut pairs = texts.windows(2);
    pairs.any(|pair| {
        let begins = pair[0].rfind("<>").map(|at| &pair[0][at..]);
        begins.is_some_and(|word| begins_with_words(&[Cow::Borrowed(word), pair[1].clone()]))
    })
}

/// Whether a line that is not blank is the number of a page (`- 1 -`, `Page 1 of 3`, `第 1 頁`), or goes to the next one.
pub(super) fn ends_page(texts: &[Cow<'_, str>]) -> bool {
    let written: Vec<&str> = written(texts).collect();
    // A form feed is no letter, and leaves an empty text.
    if written.is_empty() {
        return true;
    }
    // Cells in a row have no blank between a number and a dash.
    let is_in_words = written.len() == 1 || written.iter().any(|text| text.contains(' '));
    if !is_in_words && may_be_torn(texts) {
        return false;
    }
    let text: String = written.concat();
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let text = text.to_lowercase();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let between = |before: &str, behind: &str| {
        let number = text.strip_prefix(before);
        number.and_then(|number| number.strip_suffix(behind))
    };
    let of_page = between("page", "").is_some_and(|number| {
        let numbers = number.split_once("of").or_else(|| number.split_once('/'));
        numbers.map_or_else(
            || is_number(number),
            |(one, all)| is_number(one) && is_number(all),
        )
    });
    let marks = [("-", "-"), ("–", "–"), ("第", "頁"), ("第", "页")];
    let mut marked = marks
        .iter()
        .filter_map(|(before, behind)| between(before, behind));
    of_page || marked.any(is_number)
}

/// Whether a line is a rule.
fn is_rule(texts: &[Cow<'_, str>]) -> bool {
    let mut fields = written(texts).peekable();
    let letters = fields.peek().map_or(0, |first| first.len());
    letters > 2 && fields.all(|field| field.bytes().all(|byte| byte == b'_'))
}

/// Whether a line may be a row, or a part of one, that was torn: its first two fields begin as a date and a time do, or all that is written in
/// it can be read as a part of a row. The date of a page stands alone.
fn may_be_torn(texts: &[Cow<'_, str>]) -> bool {
    let begins = |place: usize| {
        let first = texts.get(place).and_then(|text| text.bytes().next());
        first.is_some_and(|byte| byte.is_ascii_digit())
    };
    let is_part = |text: &str| {
        let digits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'/' | b':' | b'.' | b'-');
        text.bytes().all(digits) || dates::is_date(text.as_bytes()) || is_value(text)
    };
    let written: Vec<&str> = written(texts).collect();
    match written[..] {
        [only] if is_whole_date(only) => false,
        _ => begins(0) && begins(1) || written.iter().all(|text| is_part(text)),
    }
}

/// Whether a text is a date that was not torn within its year.
fn is_whole_date(text: &str) -> bool {
    let has_year = text
        .as_bytes()
        .windows(4)
        .any(|four| four.iter().all(u8::is_ascii_digit));
    has_year && dates::is_date(text.as_bytes())
}

/// Whether a text is what a cell may be.
fn is_value(text: &str) -> bool {
    let cell = classify(text.as_bytes(), &CellRule::default(), Decimal::Assumed);
    cell != Cell::Unrecognised
}

/// The fields that are not blank.
fn written<'t>(texts: &'t [Cow<'_, str>]) -> impl Iterator<Item = &'t str> {
    let fields = texts.iter().map(|text| &**text);
    fields.filter(|field| !field.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_a_page_is_told_from_rows_and_heads() {
        let own = PrintedPages::of("<>Date,Time,PNL1.22:AUX,PNL1.22:OCC\r\n");
        for (line, expected) in [
            (",,,- 1 -", Met::PageBreak),
            ("- 12 -,,,", Met::PageBreak),
            (",,-,12 -", Met::PageBreak),
            ("Page 3", Met::PageBreak),
            (",,Page 3 of,12", Met::PageBreak),
            ("第 3 頁", Met::PageBreak),
            ("\u{c}", Met::PageBreak),
            ("9/20/2023,,Some Owner N,ame", Met::PageText),
            ("9/20/2023,,,", Met::PageText),
            ("9/20/2023,Some Owne,r Name", Met::PageText),
            (",,Trend Sample,Report ( T", Met::PageText),
            ("Selection,:  PNL1,.22:AU,\"X TEMP AI,\"", Met::PageText),
            ("(2 Point,s),,", Met::PageText),
            ("Date Rang,e: 9/14/2,023 - 9/15/2023", Met::PageText),
            ("Time Interval:,5 Minutes", Met::PageText),
            (
                "_________,_________,______________,___________",
                Met::Furniture,
            ),
            ("<>Date,Time,PNL1.22:AUX,PNL1.22:OCC,,", Met::Furniture),
            ("日期,時間,PNL1.22:AUX,PNL1.22:OCC", Met::Furniture),
            ("<>Date,Time,PNL1.22:OCC,PNL1.22:AUX", Met::Head),
            ("<>Date,Time,PNL1.22:AUX", Met::Head),
            ("<>Date,Time,Point_1", Met::Head),
            ("\"Point_1:\",\"A\",\"\",\"5 minutes\"", Met::Head),
            ("9/14/2023,0:45:00,72.5,YE<>Date,Time,A", Met::Head),
            // Rows that were torn, and parts of them.
            ("9/14/2023,,70,NO", Met::Nothing),
            ("9/14/2023,0:", Met::Nothing),
            ("9/14/2023,0:20:0x,70,what", Met::Nothing),
            ("9/14/2", Met::Nothing),
            ("9/14/2023,70,NO", Met::Nothing),
            (",,70,NO", Met::Nothing),
            ("70,NO", Met::Nothing),
            ("0:20:00,70,NO", Met::Nothing),
            (",NO", Met::Nothing),
            (",,-1,-", Met::Nothing),
            (",-,1,-", Met::Nothing),
            (",,---,---", Met::Nothing),
            (",,,12", Met::Nothing),
        ] {
            assert_eq!(own.meets(line.as_bytes(), true), expected, "{line}");
        }
    }

    #[test]
    fn the_file_may_end_within_the_header() {
        let header = "<>Date,Time,PNL1.22:AUX,PNL1.22:OCC";
        let own = PrintedPages::of(header);
        for end in 1..header.len() {
            let met = own.meets(&header.as_bytes()[..end], false);
            assert_eq!(met, Met::Nothing, "{end}");
        }
        assert_eq!(own.meets(header.as_bytes(), false), Met::Furniture);
        assert_eq!(own.meets(b"<>Date,Time,CH1.T", false), Met::Head);
    }
}
