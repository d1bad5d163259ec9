//! Siemens APOGEE reports that were printed in pages: a wide table whose header names the points themselves, with what stands on every page
//! between its rows.

mod furniture;
mod head;

use super::siemens_scheduler::SiemensScheduler;
use super::{Decoder, Dialect, DialectGuide, HeadTexts, Recognised, Shown, Surveyed};
use crate::acquire::ask::Ask;
use crate::acquire::fields::{fields, plain};
use crate::acquire::open_text::WholeText;
use crate::acquire::sniff::Looking;
use crate::acquire::text::Text;
use crate::acquire::wide::{self, Heads, WideStart};
use crate::acquire::{Report, Trend};
use crate::error::Result;
use crate::model::PointId;
use furniture::PrintedPages;
use std::sync::Arc;

pub(super) struct SiemensPages;

impl Dialect for SiemensPages {
    fn id(&self) -> &'static str {
        "siemens-pages"
    }

    fn title(&self) -> &'static str {
        "Siemens APOGEE report printed in pages"
    }

    fn guide(&self) -> DialectGuide {
        DialectGuide {
            known_by: "a header `<>Date,Time,NAME…` whose columns name the points",
            special: "a wide table as it was printed: page numbers, titles and rules between the rows are furniture",
        }
    }

    fn recognise(&self, text: &str, shown: Shown) -> Recognised {
        let start = match head::believed(text) {
            Ok(Some(head)) => {
                let own = PrintedPages::of(&text[..head.rows_at]);
                WideStart::new(PrintedPages::DIALECT, text, shown, head, Box::new(own))
            }
            Ok(None) if shown == Shown::Some => return Recognised::More,
            Ok(None) => return Recognised::No,
            Err(error) => Err(error),
        };
        WideStart::recognised(start, shown)
    }

    fn head_texts<'t>(&self, bytes: &'t [u8]) -> Option<HeadTexts<'t>> {
        let lines = bytes.split(|byte| *byte == b'\n').map(plain);
        let mut texts = HeadTexts::default();
        for (line, number) in lines.take(head::MOST_LINES).zip(1..) {
            let is_header = head::is_header_in_bytes(line);
            for (place, field) in fields(line).enumerate() {
                match field.is_ascii() {
                    true => {}
                    false if is_header && place >= 2 => texts.names.push(field),
                    false => texts.others.push(field),
                }
            }
            if is_header {
                texts.first_name = number;
                return Some(texts);
            }
        }
        None
    }

    fn point_id(&self, name: &str, suffix: &str) -> PointId {
        SiemensScheduler.point_id(name, suffix)
    }

    fn trend(&self, definition: &str) -> Trend {
        SiemensScheduler.trend(definition)
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        wide::survey(
            report,
            text.read()?,
            looking,
            Box::<PrintedPages>::default(),
        )
    }

    fn divide(&self, text: WholeText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        wide::divide::<PrintedPages>(text, looking)
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        wide::decoder(text, report, ask, Box::<PrintedPages>::default()).map(Decoder::Rows)
    }
}
