//! Tables of Campbell loggers (TOA5): a wide table whose head says when the numbers of each column are of, and in which unit they are.
//!
//! The columns of a table are of two instants of a row: those of the time before it are one report of the text, samples another. Totals are sums
//! over a time that the table does not say: where nobody else does, their numbers are not taken, and it is said.

mod furniture;
mod head;
mod taken;

use super::{Decoder, Dialect, DialectGuide, HeadTexts, Recognised, Shown, Surveyed, TextHead};
use crate::acquire::ask::Ask;
use crate::acquire::fields::{fields, plain};
use crate::acquire::open_text::{OpenText, WholeText};
use crate::acquire::report::Layout;
use crate::acquire::sniff::Looking;
use crate::acquire::text::Text;
use crate::acquire::wide::{self, Heads, WideStart};
use crate::acquire::{Report, Trend};
use crate::error::{Error, Result};
use furniture::LoggerHead;
use std::sync::Arc;

pub(super) struct Toa5;

impl Dialect for Toa5 {
    fn id(&self) -> &'static str {
        "toa5"
    }

    fn title(&self) -> &'static str {
        "table of a Campbell logger (TOA5)"
    }

    fn guide(&self) -> DialectGuide {
        DialectGuide {
            known_by: "`TOA5` as the first field",
            special: "a wide table with units and processing in its head: means and extremes are of the time before their row, samples of its instant; RECORD is no point. Totals are added up where an `interval`, of the point or of the entry of `sources`, says over which time they are, else they are missing (`(total)`), and said",
        }
    }

    fn recognise(&self, text: &str, shown: Shown) -> Recognised {
        if !furniture::is_first_line(text.lines().next().unwrap_or_default()) {
            return Recognised::No;
        }
        let start = match head::head(text) {
            Ok(Some(head)) => {
                let own = LoggerHead::of(&text[..head.rows_at]);
                WideStart::new(LoggerHead::DIALECT, text, shown, head, Box::new(own))
            }
            Ok(None) if shown == Shown::Some => return Recognised::More,
            Ok(None) => Err(Error::input("the table ends within its head")
                .hint("collect it from the logger again")),
            Err(error) => Err(error),
        };
        match WideStart::recognised(start, shown) {
            Recognised::Yes(table) => Recognised::Yes(Box::new(LoggerTable { table })),
            other => other,
        }
    }

    fn head_texts<'t>(&self, bytes: &'t [u8]) -> Option<HeadTexts<'t>> {
        let lines = bytes.split(|byte| *byte == b'\n').map(plain);
        let lines: Vec<&[u8]> = lines.take(head::LINES).collect();
        let is_mark = |field: &[u8]| field == head::MARK.as_bytes();
        lines
            .first()
            .and_then(|line| fields(line).next())
            .filter(|field| is_mark(field))?;
        let mut texts = HeadTexts {
            first_name: 2,
            ..HeadTexts::default()
        };
        for (line, place) in lines.into_iter().zip(0..) {
            let odd = fields(line).filter(|field| !field.is_ascii());
            match place {
                1 => texts.names.extend(odd),
                _ => texts.others.extend(odd),
            }
        }
        Some(texts)
    }

    fn trend(&self, definition: &str) -> Trend {
        head::trend(definition)
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        let mut table = taken::whole(report);
        let surveyed = wide::survey(
            &mut table,
            text.read()?,
            looking,
            Box::<LoggerHead>::default(),
        )?;
        let taken = report.layout.taken.take();
        report.range = match &taken {
            Some(taken) => taken.outer(table.range),
            None => table.range,
        };
        report.layout = Layout {
            taken,
            ..table.layout
        };
        (report.order, report.complete) = (table.order, table.complete);
        Ok(surveyed)
    }

    fn divide(&self, text: WholeText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        reports_of(wide::divide::<LoggerHead>(text, looking)?)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        taken::decoder(text, report, ask).map(Decoder::Rows)
    }
}

/// A table that was recognised.
struct LoggerTable {
    table: Box<dyn TextHead>,
}

impl TextHead for LoggerTable {
    fn reports(self: Box<Self>, text: OpenText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        reports_of(self.table.reports(text, looking)?)
    }
}

/// The reports of tables; those of a text that was divided are that already.
fn reports_of(tables: Vec<Report>) -> Result<Vec<Report>> {
    let mut reports = Vec::with_capacity(tables.len());
    for table in tables {
        match table.layout.taken.is_some() {
            true => reports.push(table),
            false => reports.extend(head::reports(&table)?),
        }
    }
    let count = u32::try_from(reports.len()).unwrap_or(u32::MAX);
    for (report, ordinal) in reports.iter_mut().zip(0..) {
        report.ordinal = ordinal;
        if let Some(section) = &mut report.section {
            section.reports = count;
        }
    }
    Ok(reports)
}
