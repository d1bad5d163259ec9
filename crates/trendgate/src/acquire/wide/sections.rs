//! The sections of a text that holds several wide tables → its reports.
//!
//! Enters: where each of them begins, its head, and what its rows prove of the order of dates, as its dialect found when it went through the
//! text. Leaves: the reports. The text is gone through once more, for their times and their digests. Refuses: the whole text, where one of
//! them cannot be read.

use super::Furniture;
use super::date_order::OrderOfDates;
use super::start::{WideHead, planned};
use super::survey::survey_lines;
use crate::acquire::dialects::DialectId;
use crate::acquire::lines::{Lines, read_error};
use crate::acquire::open_text::WholeText;
use crate::acquire::section::{LinePlace, TextSection};
use crate::acquire::sniff::Looking;
use crate::acquire::{ReadOptions, Report};
use crate::error::{Error, ErrorKind, Result};
use crate::text_id::FileId;

/// A report of a text, as far as the lines of the text say.
pub(super) struct WideSection {
    /// Where its head begins.
    pub(super) begin: LinePlace,
    pub(super) head: WideHead,
    /// What its rows prove of the order of dates.
    pub(super) order: OrderOfDates,
    /// Whether the beginning of the next head stands in its last line.
    pub(super) cut: bool,
}

/// The reports of a text of `dialect` whose sections are these; `known` is what the text was known by when they were found.
///
/// # Errors
/// As [`survey`](crate::acquire::survey()).
pub(super) fn sections(
    dialect: DialectId,
    text: WholeText<'_>,
    sections: Vec<WideSection>,
    known: FileId,
    looking: Looking<'_>,
    others: impl Fn() -> Box<dyn Furniture>,
) -> Result<Vec<Report>> {
    let file = text.file_id(known.text)?;
    let begins: Vec<LinePlace> = sections.iter().map(|section| section.begin).collect();
    let starts = begins.iter().skip(1).map(|begin| begin.byte).collect();
    let whole = text.read()?.digesting(starts);
    let mut lines = Lines::new(whole, ReadOptions::default().block_bytes);
    let count = u32::try_from(begins.len()).unwrap_or(u32::MAX);
    let mut reports = Vec::with_capacity(begins.len());
    for (ordinal, section) in (0..).zip(sections) {
        let begin = section.begin;
        let next = begins.get(reports.len() + 1);
        let place = TextSection {
            lines: begin.line..next.map_or(u64::MAX, |next| next.line),
            bytes: begin.byte..next.map_or(u64::MAX, |next| next.byte),
            digest: known.text,
            cut: section.cut,
            text: known,
            file,
            reports: count,
        };
        let of_report = |error: Error| error.of_report(begin.line).at_if_nowhere(text.path());
        let header_line = section.head.header_line;
        let order = section.order.decided();
        let order = order.ok_or_else(|| of_report(section.order.refusal(header_line)))?;
        let mut report = planned(dialect, text, looking, section.head, order);
        report.ordinal = ordinal;
        report.section = Some(Box::new(place));
        let read = survey_lines(&mut report, lines, looking, others());
        let read = read.map_err(|error| report.blamed(error))?;
        lines = read.ok_or_else(|| changed(text))?;
        reports.push(report);
    }
    let end = lines.next_place();
    let finished = lines.into_text().finish_sections();
    let (finished, digests, size) = finished.map_err(|error| read_error(text.path(), error))?;
    if finished.id != known || digests.len() != reports.len() {
        return Err(changed(text));
    }
    let of_reports = reports
        .iter_mut()
        .filter_map(|report| report.section.as_mut());
    for (section, digest) in of_reports.zip(digests) {
        section.digest = digest;
        section.lines.end = section.lines.end.min(end.line);
        section.bytes.end = section.bytes.end.min(size);
    }
    Ok(reports)
}

fn changed(text: WholeText<'_>) -> Error {
    Error::new(ErrorKind::Changing, "the report changed while it was read")
        .at(text.path())
        .hint("run again when its writer has finished")
}
