//! Siemens APOGEE/Insight scheduler reports: a wide table below a preamble that says what its columns are.

pub(super) mod furniture;
pub(super) mod head;
mod known_heads;
mod trend;

use super::{Decoder, Dialect, DialectGuide, HeadTexts, Recognised, Shown, Surveyed};
use crate::acquire::ask::Ask;
use crate::acquire::fields::{field_text, fields};
use crate::acquire::find_ranges::RowPlace;
use crate::acquire::lines::Lines;
use crate::acquire::open_text::WholeText;
use crate::acquire::sniff::{LARGEST_PREFACE, Looking};
use crate::acquire::text::Text;
use crate::acquire::wide::{self, Heads, WideHead, WideStart};
use crate::acquire::{Report, TimeRule, Trend};
use crate::error::Result;
use crate::model::PointId;
use furniture::OwnHead;
pub(super) use head::key_of;
pub(crate) use head::point_id;
use std::sync::Arc;
pub(super) use trend::trend;

pub(super) struct SiemensScheduler;

impl Dialect for SiemensScheduler {
    fn id(&self) -> &'static str {
        "siemens-scheduler"
    }

    fn title(&self) -> &'static str {
        "Siemens APOGEE/Insight scheduler report"
    }

    fn guide(&self) -> DialectGuide {
        DialectGuide {
            known_by: r#"lines `"Point_1:","NAME","","5 minutes"` above a header `"<>Date","Time","Point_1",…`"#,
            special: "one row a time, one column a point; the lines above the header say which point a column is, how often it is logged, and of which days the report is",
        }
    }

    fn recognise(&self, text: &str, shown: Shown) -> Recognised {
        // Of tens of thousands of points the lines that name them alone are longer than other beginnings may be.
        let shown = match shown {
            Shown::Some if text.len() >= LARGEST_PREFACE && !head::ends_in_preamble(text) => {
                Shown::Most
            }
            shown => shown,
        };
        let start = match head::head(text) {
            Ok(Some(head)) => start(text, shown, head),
            Ok(None) if shown == Shown::Some => return Recognised::More,
            Ok(None) => return Recognised::No,
            Err(error) => Err(error),
        };
        WideStart::recognised(start, shown)
    }

    fn head_texts<'t>(&self, bytes: &'t [u8]) -> Option<HeadTexts<'t>> {
        // Every byte a character: enough to find the head, and no two names become one. What is wrong with the head is found again, and
        // said, when it is recognised.
        let text = encoding_rs::mem::decode_latin1(bytes);
        let (found, _) = head::read(&text).ok()??;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let lines = lines.take(usize::try_from(found.header_line).unwrap_or(usize::MAX));
        let mut texts = HeadTexts::default();
        for (line, number) in lines.zip(1..) {
            let key = fields(line).next().map(field_text);
            let is_point = head::declares_point(key.as_slice());
            for (place, field) in fields(line.trim_ascii_end()).enumerate() {
                if field.is_ascii() {
                    continue;
                }
                if !is_point || !(1..=2).contains(&place) {
                    texts.others.push(field);
                    continue;
                }
                if texts.names.is_empty() {
                    texts.first_name = number;
                }
                texts.names.push(field);
            }
        }
        Some(texts)
    }

    fn point_id(&self, name: &str, suffix: &str) -> PointId {
        point_id(name, suffix)
    }

    fn trend(&self, definition: &str) -> Trend {
        trend(definition)
    }

    fn survey(
        &self,
        report: &mut Report,
        text: WholeText<'_>,
        looking: Looking<'_>,
    ) -> Result<Surveyed> {
        wide::survey(report, text.read()?, looking, Box::<OwnHead>::default())
    }

    fn divide(&self, text: WholeText<'_>, looking: Looking<'_>) -> Result<Vec<Report>> {
        wide::divide::<OwnHead>(text, looking)
    }

    fn find_row(&self, lines: Lines, report: &Report, time: &TimeRule) -> Result<Option<RowPlace>> {
        wide::find_row(lines, report, time, Box::<OwnHead>::default())
    }

    fn decoder(&self, text: Text, report: &Arc<Report>, ask: Ask<'_>) -> Result<Decoder> {
        let decoder = wide::decoder(text, report, ask, Box::<OwnHead>::default());
        decoder.map(Decoder::Rows)
    }
}

fn start(text: &str, shown: Shown, head: WideHead) -> Result<WideStart> {
    let own = OwnHead::of(&text[..head.rows_at]);
    WideStart::new(OwnHead::DIALECT, text, shown, head, Box::new(own))
}
