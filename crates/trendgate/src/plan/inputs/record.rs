//! What is spilled of an input, and read back.
//!
//! Enters: an [`Input`]. Leaves: a [`Slot`], which plans are made of and which tells where the rest is; and the input again.

use super::super::slots::{Size, Slot, SlotPlace};
use super::{Input, Inputs, ReportForm, Standing};
use crate::acquire::{Layout, Report, RowOrder, StatedReading, TextForm, TextPlace, TextSection};
use crate::error::Result;
use crate::model::FormId;
use crate::store::Stamp;
use crate::text_id::TextId;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// So many forms are looked through before all are: a site has few, as a rule.
const LATEST_FORMS: usize = 16;

/// What is spilled of an input.
#[derive(Serialize, Deserialize)]
struct Record {
    path: OsString,
    stamp: Stamp,
    kept: Option<OsString>,
    text: TextPlace,
    form: TextForm,
    stated: StatedReading,
    path_name: Option<Box<str>>,
    ordinal: u32,
    section: Option<Box<TextSection>>,
    layout: Layout,
    disordered: bool,
    digest: Option<TextId>,
    known_by: Option<TextId>,
}

impl Inputs {
    pub(super) fn slot_of(&mut self, input: Input) -> Result<Slot> {
        let Input {
            report,
            digest,
            known_by,
            standing,
        } = input;
        let listed = report.section.is_some() || report.text.member.is_some();
        // Of the others the size is that of the text.
        let packed = report.text.is_packed() && !listed;
        let size = report.bytes();
        let entry = report.entry().map(Box::from);
        let at = self.records.put(&Record {
            path: report.path.into_os_string(),
            stamp: report.stamp,
            kept: report.kept.map(|kept| kept.into_path_buf().into()),
            text: report.text,
            form: report.form,
            stated: report.stated,
            path_name: report.path_name,
            ordinal: report.ordinal,
            section: report.section,
            layout: report.layout,
            disordered: report.order == RowOrder::Unordered,
            digest,
            known_by,
        })?;
        let form = self.form_id((report.points, report.interval, report.dialect, entry));
        Ok(Slot {
            range: report.range,
            size: Size::of(size),
            place: SlotPlace::new(
                at,
                form,
                [
                    (listed, SlotPlace::LISTED),
                    (packed, SlotPlace::PACKED),
                    (standing == Standing::Committed, SlotPlace::KNOWN),
                    (!report.complete, SlotPlace::CUT_SHORT),
                ],
            )?,
        })
    }

    /// What a form is known by. Of most reports the points are not only the same as those of an earlier one, but one and the same list.
    fn form_id(&mut self, form: ReportForm) -> FormId {
        let latest = self.forms.len().saturating_sub(LATEST_FORMS);
        let same = |known: &ReportForm| {
            Arc::ptr_eq(&known.0, &form.0)
                && (known.1, known.2, &known.3) == (form.1, form.2, &form.3)
        };
        if let Some(place) = self.forms[latest..].iter().position(same) {
            return FormId::new(latest + place);
        }
        if let Some(known) = self.form_of.get(&form) {
            return *known;
        }
        let next = FormId::new(self.forms.len());
        self.forms.push(form.clone());
        *self.form_of.entry(form).or_insert(next)
    }

    pub(super) fn fetch(&self, slot: Slot) -> Result<Input> {
        let record: Record = self.records.get(slot.place.at())?;
        let (points, interval, dialect, _) = &self.forms[slot.place.form()];
        Ok(Input {
            report: Report {
                path: record.path.into(),
                stamp: record.stamp,
                kept: record.kept.map(|kept| PathBuf::from(kept).into()),
                form: record.form,
                stated: record.stated,
                path_name: record.path_name,
                dialect: *dialect,
                ordinal: record.ordinal,
                section: record.section,
                text: record.text,
                layout: record.layout,
                heading: None,
                points: Arc::clone(points),
                interval: *interval,
                range: slot.range,
                order: match record.disordered {
                    true => RowOrder::Unordered,
                    false => RowOrder::Ascending,
                },
                complete: !slot.place.is(SlotPlace::CUT_SHORT),
            },
            digest: record.digest,
            known_by: record.known_by,
            standing: slot.place.standing(),
        })
    }
}
