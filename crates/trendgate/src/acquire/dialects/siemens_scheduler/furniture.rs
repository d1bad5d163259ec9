//! A line below the header that is no row → whether it is the header again, the trailer, or belongs to the head of another report.
//!
//! Files are joined, and exports are appended to others, so that the head of another report may stand anywhere below the first one. Its
//! points are not those of the first, even where its header looks the same: only the lines above a header say what its keys stand for.
//! The header alone, once more, is furniture. Everything else of a head begins another report ([`division`](super::division)).

use super::SiemensScheduler;
use super::head::{self, header_keys, is_header_like, is_of_preamble, key_of};
use crate::acquire::dialects::DialectId;
use crate::acquire::fields::{field_texts, fields, is_blank, plain};
use crate::acquire::wide::{Furniture, Heads, Met, WideHead};
use crate::error::Result;
use std::borrow::Cow;

/// What a report's own head looks like, to know it again below.
#[derive(Debug, Clone, Default)]
pub(in crate::acquire::dialects) struct OwnHead {
    /// The first line that is not blank.
    title: Vec<u8>,
    header: Vec<u8>,
}

impl Heads for OwnHead {
    const DIALECT: DialectId = DialectId::of(&SiemensScheduler);

    fn head(text: &str) -> Result<Option<WideHead>> {
        head::head(text)
    }

    fn is_row(texts: &[Cow<'_, str>]) -> bool {
        head::is_row(texts)
    }

    /// It is told by quotes within the last cell, and by the title, which most reports of a site share.
    fn is_cut(&self, row: &[u8]) -> bool {
        let title = self.title.trim_ascii();
        let title = title.strip_prefix(b"\"").unwrap_or(title);
        let last = fields(row).last().unwrap_or_default();
        last.contains(&b'"') || !title.is_empty() && row.trim_ascii_end().ends_with(title)
    }
}

impl Furniture for OwnHead {
    fn see(&mut self, line: &[u8]) {
        let line = plain(line);
        if self.title.is_empty() && !is_blank(line) {
            self.title = line.to_vec();
        }
        self.header.clear();
        self.header.extend_from_slice(line);
    }

    fn meets(&self, line: &[u8], whole: bool) -> Met {
        let line = plain(line);
        // The beginning of the own header at the end of the file is where it was cut, as it may be cut within a row.
        if !whole && self.header.starts_with(line) && self.header != line {
            return Met::Nothing;
        }
        if line == self.title {
            return Met::Head;
        }
        let texts = field_texts(line);
        let own = field_texts(&self.header);
        let own = header_keys(&own);
        if is_header_like(&texts) {
            return if header_keys(&texts) == own {
                Met::Furniture
            } else {
                Met::Head
            };
        }
        // A row that was cut where another file was put behind it ends with a part of that file's first line.
        let ends_with_key = |text: &Cow<'_, str>| {
            let text = text.trim_end_matches('"');
            let key = key_of(text);
            key.len() < text.len() && own.iter().any(|own| key.ends_with(&**own))
        };
        if is_of_preamble(&texts) || texts.iter().any(ends_with_key) {
            return Met::Head;
        }
        Met::Nothing
    }

    fn has_trailer(&self) -> bool {
        true
    }

    fn is_trailer(&self, line: &[u8]) -> bool {
        is_trailer(line)
    }
}

/// Whether a line is the trailer of a report.
pub(in crate::acquire::dialects) fn is_trailer(line: &[u8]) -> bool {
    let starts = line.iter().find(|byte| !matches!(byte, b' ' | b'"'));
    starts == Some(&b'*') && memchr::memmem::find(line, b"End of Report").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "\"Key  Name:Suffix\"\r\n\"Point_1:\",\"A\",\"\",\"5 minutes\"\r\n\"Point_2:\",\"B\",\"\",\"COV\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n";

    #[test]
    fn the_header_again_is_furniture_and_any_other_part_of_a_head_is_none() {
        let own = OwnHead::of(HEAD);
        for (line, expected) in [
            (
                "\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"",
                Met::Furniture,
            ),
            ("\u{feff}Date,Time,Point_1,Point_2,,\r", Met::Furniture),
            ("日期,時間,Point_1,Point_2", Met::Furniture),
            ("DATUM,UHRZEIT,Point_1,Point_2", Met::Furniture),
            ("DATUM,UHRZEIT,Point_2,Point_1", Met::Head),
            ("<>Date,Time,Point_1", Met::Head),
            ("<>Date,Time,Point_1,Point_2,Point_3", Met::Head),
            ("<>Date,Time,CH1.T", Met::Head),
            ("\"Key  Name:Suffix\"", Met::Head),
            ("\u{feff}\"Key  Name:Suffix\"", Met::Head),
            ("\"Point_9:\",\"C\"", Met::Head),
            ("Point_1:,A,,COV", Met::Head),
            ("Time Interval:,5 Minutes", Met::Head),
            ("\"日期範圍:\",\"2016\"", Met::Head),
            ("Report Timings:,All Hours", Met::Head),
            (
                "\"2026/1/10\",\"00:00:00\",\"7\"Point_1:\",\"A\"",
                Met::Head,
            ),
            ("\"2026/1/10\",\"00:00:00\",\"7\"", Met::Nothing),
            ("\"2026/1/99\",\"00:00:00\",\"7\",\"Point_1\"", Met::Nothing),
            ("Printed by: nobody", Met::Nothing),
            ("", Met::Nothing),
        ] {
            assert_eq!(own.meets(line.as_bytes(), true), expected, "{line}");
        }
    }

    #[test]
    fn trailers_are_known() {
        assert!(is_trailer(b"\" ****** End of Report ******\""));
        assert!(is_trailer(b" *** End of Report ***,,,"));
        assert!(!is_trailer(b"\"End of Report\""));
    }

    #[test]
    fn the_file_may_end_within_the_header_but_not_within_another_head() {
        let own = OwnHead::of(HEAD);
        let header = HEAD.lines().last().unwrap();
        for end in 1..header.len() {
            let cut = &header.as_bytes()[..end];
            assert_eq!(own.meets(cut, false), Met::Nothing, "{end}");
        }
        assert_eq!(own.meets(header.as_bytes(), false), Met::Furniture);
        for other in [
            "<>Date,Time,CH1.T",
            "\"Point_1:\",\"A",
            "\"Key  Name:Suffix\"",
        ] {
            assert_eq!(own.meets(other.as_bytes(), false), Met::Head, "{other}");
        }
    }
}
