//! Tables → groups of one form, each of which one entry of `sources` describes.

use super::naming::{PointNaming, naming};
use crate::acquire::{
    Edge, FoundBeside, FoundFact, FoundForm, FoundHeader, FoundTable, FoundText, FoundValues,
    FoundWhy,
};
use crate::time::{DAY, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A text that is a table.
#[derive(Debug)]
pub(super) struct FoundTableText {
    pub(super) path: PathBuf,
    /// Its name in its file, where it has one.
    pub(super) member: Option<String>,
    pub(super) is_sheet: bool,
    /// What it is; texts that are alike share it.
    pub(super) table: Rc<FoundTable>,
    /// Its first rows, and the least and the greatest time of its sample.
    pub(super) rows: Vec<(Span, u64)>,
    pub(super) span: (Span, Span),
}

/// What texts are that were found to be tables: each kind of table is kept once, however many texts are of it.
#[derive(Debug, Default)]
pub(super) struct TableTexts {
    pub(super) texts: Vec<FoundTableText>,
    known: BTreeMap<String, Rc<FoundTable>>,
}

impl TableTexts {
    /// Takes a text of the file at `path`, if it is a table; whether it is one.
    pub(super) fn take(&mut self, path: &Path, text: FoundText) -> bool {
        let Some(mut table) = text.table else {
            return false;
        };
        let (rows, span) = (std::mem::take(&mut table.rows), table.span);
        let is_proved = matches!(table.time.why, FoundWhy::Proved(_));
        let words = table.time.zone_words.iter().map(|(word, _)| word);
        let words: Vec<&String> = words.collect();
        let alike = format!(
            "{} {is_proved} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            form(&table),
            table.statuses,
            (&table.time.notes, &table.time.edge),
            table.time.formats,
            table.points,
            table.skip,
            table.words,
            table.missing,
            words
        );
        let table = self.known.entry(alike).or_insert_with(|| Rc::new(table));
        self.texts.push(FoundTableText {
            path: path.to_owned(),
            member: text.member,
            is_sheet: text.is_sheet,
            table: Rc::clone(table),
            rows,
            span,
        });
        true
    }
}

impl FoundTableText {
    /// The path from which it has names: that of a member leads through its archive.
    pub(super) fn named_path(&self) -> PathBuf {
        match &self.member {
            Some(member) if !self.is_sheet => self.path.join(member.replace('\\', "/")),
            _ => self.path.clone(),
        }
    }
}

/// Texts of one form.
#[derive(Debug)]
pub(super) struct TableGroup {
    pub(super) texts: Vec<FoundTableText>,
    /// How their times are written, and why; what else they may be.
    pub(super) format: FoundFact<String>,
    /// Columns that are no points in any of them.
    pub(super) skip: Vec<FoundFact<String>>,
    pub(super) naming: FoundFact<PointNaming>,
}

impl TableGroup {
    /// Its first text, which stands for all of them where they are alike.
    pub(super) fn first(&self) -> &FoundTableText {
        &self.texts[0]
    }

    /// Which end of its interval the time of a row is, and the interval: what is not proved has to fit all of the texts.
    pub(super) fn edge(&self) -> (Option<&FoundFact<Edge>>, Option<&FoundFact<Span>>) {
        let times = || self.texts.iter().map(|text| &text.table.time);
        let with = times().find(|time| time.edge.is_some());
        let Some(time) = with else {
            return (None, None);
        };
        let begins_so = |text: &FoundTableText| {
            let since = text.span.0.nanos().rem_euclid(DAY.nanos());
            let step = time.interval.as_ref().map(|interval| interval.what.nanos());
            text.table.time.edge.is_some() || step == Some(since)
        };
        let is_proved = time.edge.as_ref().is_some_and(|edge| is_proved(&edge.why));
        match is_proved || self.texts.iter().all(begins_so) {
            true => (time.edge.as_ref(), time.interval.as_ref()),
            false => (None, None),
        }
    }

    /// The columns with words about values, each beside the one that it is about: with the words and the columns of all its texts.
    pub(super) fn statuses(&self) -> Option<FoundFact<FoundBeside>> {
        let mut said = self
            .texts
            .iter()
            .filter_map(|text| text.table.statuses.as_ref());
        let mut all = said.next()?.clone();
        for other in said {
            all.why = all.why.max(other.why.clone());
            for (own, more) in [
                (&mut all.what.good, &other.what.good),
                (&mut all.what.without, &other.what.without),
            ] {
                own.extend(more.iter().cloned());
                own.sort_unstable();
                own.dedup();
            }
        }
        Some(all)
    }

    /// The files of its texts, each once.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.texts.iter().map(|text| text.path.clone()).collect();
        files.dedup();
        files
    }
}

/// The groups, the smallest first: the last one is described by what matches most files.
pub(super) fn grouped(texts: Vec<FoundTableText>) -> Vec<TableGroup> {
    let mut alike: BTreeMap<String, Vec<FoundTableText>> = BTreeMap::new();
    for text in texts {
        alike.entry(form(&text.table)).or_default().push(text);
    }
    let by_format = alike.into_values().flat_map(by_format);
    let mut groups: Vec<TableGroup> = by_format
        .flat_map(|(texts, format)| named(texts, &format))
        .collect();
    groups.sort_by_key(|group| group.texts.len());
    groups
}

/// What texts of one form have in common, but for what is told from all of them together.
fn form(table: &FoundTable) -> String {
    let time = &table.time;
    let parts = time
        .formats
        .first()
        .map_or_else(String::new, |format| ordered_in_no_way(format));
    let header = match &table.header {
        FoundHeader::With { words, .. } => format!("{words:?}"),
        FoundHeader::Absent(names) => format!("none {names:?}"),
    };
    let form = match &table.form {
        FoundForm::Wide => "wide".to_owned(),
        FoundForm::Long(long) => {
            let status = long.status.as_ref().map(|status| &status.what.column);
            // One entry takes all columns of values there are.
            let value = match &long.value.what {
                FoundValues::Column(name) => name,
                FoundValues::Columns(_) => "*",
            };
            format!("long {:?} {value:?} {status:?}", long.point.what)
        }
        FoundForm::Day(day) => format!("day {:?} {:?}", day.labels.what, day.point),
    };
    // What is to be checked of the edge is told from all of them together.
    let edge = time.edge.as_ref().filter(|edge| is_proved(&edge.why));
    let interval = time.interval.as_ref().filter(|_| edge.is_some());
    let edge = edge.map(|edge| edge.what);
    let interval = interval.map(|interval| interval.what);
    let clock = time.clock.as_ref().map(|clock| &clock.what);
    let units = table.units.as_ref().map(|units| &units.what);
    let beside = table.statuses.as_ref().map(|said| &said.what.beside);
    let exchanged = time.exchanged.is_some();
    let encoding = table.encoding.as_ref().map(|said| said.what);
    format!(
        "{exchanged} {encoding:?} {form} {beside:?} {:?} {parts} {header} {units:?} {:?} {edge:?} {interval:?} {clock:?}",
        time.columns, table.separator
    )
}

fn is_proved(why: &FoundWhy) -> bool {
    matches!(why, FoundWhy::Proved(_))
}

/// A format without the order of day, month and a short year.
fn ordered_in_no_way(format: &str) -> String {
    format
        .replace("%m", "%#")
        .replace("%d", "%#")
        .replace("%y", "%#")
}

/// Texts of one form by the format of their times: what one of them proves is taken for those that prove none.
fn by_format(texts: Vec<FoundTableText>) -> Vec<(Vec<FoundTableText>, FoundFact<String>)> {
    let mut proved: BTreeMap<String, Vec<FoundTableText>> = BTreeMap::new();
    let mut open = Vec::new();
    for text in texts {
        match (&text.table.time.why, text.table.time.formats.first()) {
            (FoundWhy::Proved(_), Some(format)) => {
                proved.entry(format.clone()).or_default().push(text)
            }
            _ => open.push(text),
        }
    }
    let fits = |format: &String| {
        open.iter()
            .all(|text: &FoundTableText| text.table.time.formats.contains(format))
    };
    let only = (proved.len() == 1)
        .then(|| proved.keys().find(|format| fits(format)).cloned())
        .flatten();
    match only {
        Some(format) => proved.entry(format).or_default().append(&mut open),
        None if open.is_empty() => {}
        None => {
            let format = open[0]
                .table
                .time
                .formats
                .first()
                .cloned()
                .unwrap_or_default();
            let said = FoundFact {
                what: format,
                why: open[0].table.time.why.clone(),
            };
            let mut all = of_proved(proved);
            all.push((open, said));
            return all;
        }
    }
    of_proved(proved)
}

fn of_proved(
    proved: BTreeMap<String, Vec<FoundTableText>>,
) -> Vec<(Vec<FoundTableText>, FoundFact<String>)> {
    let all = proved.into_iter().map(|(format, texts)| {
        let mut proofs = texts
            .iter()
            .filter(|text| matches!(text.table.time.why, FoundWhy::Proved(_)));
        let why = proofs.next().map_or_else(
            || FoundWhy::Check(String::new()),
            |text| text.table.time.why.clone(),
        );
        (texts, FoundFact { what: format, why })
    });
    all.collect()
}

/// Texts of one form and format, with where their points have their names from.
fn named(texts: Vec<FoundTableText>, format: &FoundFact<String>) -> Vec<TableGroup> {
    naming(texts)
        .into_iter()
        .map(|(texts, naming)| TableGroup {
            skip: skipped(&texts),
            texts,
            format: format.clone(),
            naming,
        })
        .collect()
}

/// What is no point in any of the texts.
fn skipped(texts: &[FoundTableText]) -> Vec<FoundFact<String>> {
    let points: BTreeSet<&String> = texts.iter().flat_map(|text| &text.table.points).collect();
    let mut skip: Vec<FoundFact<String>> = Vec::new();
    for said in texts.iter().flat_map(|text| &text.table.skip) {
        let is_known = skip.iter().any(|known| known.what == said.what);
        if !is_known && !points.contains(&said.what) {
            skip.push(said.clone());
        }
    }
    skip
}
