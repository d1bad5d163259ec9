//! Sheets that sum up other sheets of their workbook → why they are no points.
//!
//! A sheet of totals has dates, too: of each month, or of what was looked at. What says that it is one is its name, or that its times are in no
//! steps while those of other sheets of the workbook are. It is left out, and said: a person can take it all the same.

use super::groups::{FoundTableText, TableGroup};
use crate::time::Span;

/// What such sheets are called, as it stands in their names in small letters.
const NAMES: [&str; 22] = [
    "summary",
    "overview",
    "total",
    "statistic",
    "pivot",
    "zusammenfassung",
    "übersicht",
    "summen",
    "auswertung",
    "résumé",
    "synthèse",
    "resumen",
    "riepilogo",
    "resumo",
    "samenvatting",
    "汇总",
    "彙總",
    "總計",
    "总计",
    "合計",
    "摘要",
    "統計",
];

/// Fewer steps from row to row say nothing.
const FEWEST: usize = 3;

/// Why the tables of a group are left out, one of several `groups`; `None` where they are not.
pub(super) fn reason(group: &TableGroup, groups: &[TableGroup]) -> Option<String> {
    let files = group.files();
    let others = || {
        let others = groups.iter().filter(|other| !std::ptr::eq(*other, group));
        let texts = others.flat_map(|other| &other.texts);
        texts.filter(|text| text.is_sheet && files.contains(&text.path))
    };
    let are_sheets = group.texts.iter().all(|text| text.is_sheet);
    if !are_sheets || others().all(is_named_so) {
        return None;
    }
    let text = group.first();
    let name = text.member.as_deref().unwrap_or_default();
    if group.texts.iter().all(is_named_so) {
        return Some(format!(
            "Left out: the name of the sheet {name:?} says that it sums up others; take the signs of comments away to read it"
        ));
    }
    let is_steady = |text: &FoundTableText| is_steady(text) == Some(true);
    let is_unsteady = group
        .texts
        .iter()
        .all(|text| self::is_steady(text) == Some(false));
    (is_unsteady && others().any(is_steady)).then(|| {
        format!(
            "Left out: the times of the sheet {name:?} are in no even steps, and those of others are: it seems to sum them up; take the signs of comments away to read it"
        )
    })
}

fn is_named_so(text: &FoundTableText) -> bool {
    let name = text.member.as_deref().unwrap_or_default().to_lowercase();
    NAMES.iter().any(|word| name.contains(word))
}

/// Whether most of the first rows are one step apart; `None` where they are too few.
fn is_steady(text: &FoundTableText) -> Option<bool> {
    let steps = text.rows.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let steps: Vec<Span> = steps.filter(|step| *step != Span::ZERO).collect();
    let usual = steps
        .iter()
        .map(|step| steps.iter().filter(|other| *other == step).count());
    let usual = usual.max().filter(|_| steps.len() >= FEWEST)?;
    Some(usual * 2 > steps.len())
}
