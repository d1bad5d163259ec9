//! A file → the reports in it, as far as plans need to know them.
//!
//! ```text
//! file ─ container ─▶ texts ─ beginning ─ encoding ─ dialect ─▶ reports
//! ```
//!
//! The beginning of a text grows until a dialect recognises it, or all refuse it. What else of the text is read is the dialect's choice:
//! its end, or all of it ([`survey`]).

use super::charset;
use super::containers::{FileTexts, TextPlace};
use super::dialects::{self, Shown, Surveyed, TextHead};
use super::encoding::Encoding;
use super::entries::EntryScratch;
use super::excerpt::first_lines;
use super::file_bytes::{FileBytes, Handle, ReadSeek};
use super::foreign;
use super::foreign::is_binary;
use super::found::{looks, near};
use super::open_text::{LARGEST_HEAD, OpenText, SAMPLE, WholeText, beginning};
use super::report::{of_text, text_path};
use super::separators::Separators;
use super::text::{TextForm, lossy};
use super::{Report, RowOrder, StatedReading, StatedTexts, TimeRule};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Cancel;
use crate::store;
use std::borrow::Cow;
use std::path::Path;

/// What is a report begins to look like one before this.
pub(super) const LARGEST_PREFACE: usize = 4 << 20;
pub(super) fn go_on(cancel: &Cancel) -> Result<()> {
    cancel.check("while looking at the files")
}

/// What looking at a file needs to know: how the times of its rows are read, what is stated of how it is written, and whether to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looking<'a> {
    pub(super) rule: &'a TimeRule,
    pub(super) stated: &'a StatedReading,
    pub(super) cancel: &'a Cancel,
    /// Where the entries of a text that is read whole are sorted, if they are to be kept until it is decoded.
    pub(super) sorting: Option<&'a EntryScratch>,
}

/// As [`sniff_until`], where nothing is stated, and not to be cancelled.
///
/// # Errors
/// As [`sniff_until`].
pub fn sniff(path: &Path, rule: &TimeRule) -> Result<Vec<Report>> {
    sniff_until(path, rule, &StatedReading::default(), &Cancel::default())
}

/// Looks at the head and the tail of each text of a file, of whose texts this is stated. The reports that they show: one, as a rule; of
/// a text that holds more, where that shows, all.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so;
/// [`Input`](crate::ErrorKind::Input) for a file that holds no report, for a text that is none, for a report that has a point twice, whose
/// dates can be read in two ways, or that has no rows; [`Future`](crate::ErrorKind::Future) for one that reaches into the future;
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(crate) fn sniff_until(
    path: &Path,
    rule: &TimeRule,
    stated: &dyn StatedTexts,
    cancel: &Cancel,
) -> Result<Vec<Report>> {
    let (file, mut opened) = FileBytes::on_disk(path)?;
    reports_as_stated(
        &file,
        &mut *opened,
        stated,
        again(&StatedReading::default(), rule, cancel),
    )
}

/// The reports in `file`, which is open as `opened`: those of its first text, in their order, then those of the next. A text whose name is
/// not that of an export, and that is none, is passed over.
///
/// # Errors
/// As [`sniff_until`].
pub(super) fn reports_in(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    reports_as_stated(file, opened, looking.stated, looking)
}

/// As [`reports_in`], where something else may be stated of each text.
fn reports_as_stated(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    stated: &dyn StatedTexts,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let FileTexts { texts, refused, .. } = FileTexts::of(opened, file.path())?;
    if let Some(refused) = refused.first() {
        return Err(refused.error().at(file.path()));
    }
    let mut reports = Vec::with_capacity(texts.len());
    let mut none = None;
    for place in texts {
        let may_be_none = place
            .member_name()
            .is_some_and(|name| !is_export_name(name.as_ref()));
        let stated = stated.of_text(place.text_name());
        let looking = Looking {
            stated: &stated,
            ..looking
        };
        match reports_of(file, opened, place, looking) {
            Err(error) if may_be_none && error.is_foreign() => {
                none.get_or_insert(error);
            }
            found => reports.extend(found?),
        }
    }
    match reports.is_empty() {
        true => Err(none.unwrap_or_else(no_texts).at(file.path())),
        false => Ok(reports),
    }
}

/// The refusal of a file of texts without one that could be read.
pub(crate) fn no_texts() -> Error {
    Error::input("nothing in the file is a trend report")
        .foreign()
        .hint("remove the file, or set batch.input_pattern so that it is not taken for a report")
}

/// A file that is open, with the texts in it.
pub(crate) struct TextFile {
    file: FileBytes,
    opened: Handle,
    texts: FileTexts,
    sorting: Option<EntryScratch>,
}

impl TextFile {
    /// Opens the file at `path`, and finds its texts.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where it is damaged, or holds texts in a way that is not read;
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::of(FileBytes::on_disk(path)?)
    }

    /// As [`open`](Self::open), of a file of so many bytes that was at `path`, from what is kept of it at `kept`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn open_kept(path: &Path, kept: &Path, bytes: u64) -> Result<Self> {
        Self::of(FileBytes::kept(path, kept, bytes)?)
    }

    fn of((file, mut opened): (FileBytes, Handle)) -> Result<Self> {
        let texts = FileTexts::of(&mut *opened, file.path())?;
        Ok(Self {
            file,
            opened,
            texts,
            sorting: None,
        })
    }

    /// The same, where the entries of texts that are read whole are sorted at once, and kept there.
    #[must_use]
    pub(crate) fn sorting_in(self, sorting: Option<&EntryScratch>) -> Self {
        Self {
            sorting: sorting.cloned(),
            ..self
        }
    }

    /// Its texts, and what of it is none.
    #[must_use]
    pub(crate) fn texts(&self) -> &FileTexts {
        &self.texts
    }

    /// The text that has this name in it, or the one that has none.
    ///
    /// # Errors
    /// [`Changing`](crate::ErrorKind::Changing) where there is none.
    pub(crate) fn text(&self, name: Option<&str>) -> Result<TextPlace> {
        let found = self
            .texts
            .texts
            .iter()
            .find(|place| place.member_name() == name);
        found.cloned().ok_or_else(|| {
            let shown = text_path(self.file.path(), name);
            Error::new(ErrorKind::Changing, "the file holds this text no more").at(shown)
        })
    }

    /// As [`sniff_until`], of one of its texts.
    ///
    /// # Errors
    /// As [`sniff_until`].
    pub(crate) fn sniff(
        &mut self,
        place: &TextPlace,
        rule: &TimeRule,
        stated: &StatedReading,
        cancel: &Cancel,
    ) -> Result<Vec<Report>> {
        let looking = Looking {
            sorting: self.sorting.as_ref(),
            ..again(stated, rule, cancel)
        };
        reports_of(&self.file, &mut *self.opened, place.clone(), looking)
    }
}

/// Looks at the text of `report` once more, as its file is now.
///
/// # Errors
/// As [`sniff_until`], and [`Changing`](crate::ErrorKind::Changing) where its file does not hold it any more.
pub(crate) fn sniff_again(
    report: &Report,
    rule: &TimeRule,
    cancel: &Cancel,
) -> Result<Vec<Report>> {
    let mut file = TextFile::open(&report.path)?;
    let place = file.text(report.text.member_name())?;
    file.sniff(&place, rule, &report.stated, cancel)
}

/// Whether the file at `path` is one whose texts have other bytes than itself, as far as it can be read.
pub(crate) fn is_packed(path: &Path) -> bool {
    let place = store::open(path).ok();
    let place = place.and_then(|mut file| TextPlace::only(&mut file).ok());
    place.is_some_and(|place| place.is_packed())
}

/// Whether the file at `path` is one whose texts are sheets, as far as it can be read.
pub(crate) fn is_workbook(path: &Path) -> bool {
    let place = store::open(path).ok();
    let place = place.and_then(|mut file| TextPlace::only(&mut file).ok());
    place.is_some_and(|place| place.is_in_workbook())
}

/// Whether a file of this name is taken for an export, whatever is in it.
#[must_use]
pub(crate) fn is_export_name(path: &Path) -> bool {
    const EXTENSIONS: [&str; 7] = ["csv", "tsv", "dat", "xls", "xlsx", "ods", "zinc"];
    let is_one = |path: &Path| {
        let extension = path.extension();
        extension.is_some_and(|own| {
            EXTENSIONS
                .iter()
                .any(|known| own.eq_ignore_ascii_case(known))
        })
    };
    let is_gz = path
        .extension()
        .is_some_and(|own| own.eq_ignore_ascii_case("gz"));
    is_one(path) || is_gz && path.file_stem().is_some_and(|stem| is_one(stem.as_ref()))
}

fn reports_of(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    place: TextPlace,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let found = reports_at(file, opened, &place, looking);
    found.map_err(|error| of_text(&place, error))
}

fn reports_at(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    place: &TextPlace,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let mut size = SAMPLE;
    loop {
        let (bytes, whole) = beginning(file, opened, place, size)?;
        if let Some(error) = foreign::refusal(&bytes, place.member.is_some()) {
            return Err(error.at(file.path()));
        }
        let shown = match whole {
            true => Shown::All,
            false if size >= LARGEST_HEAD => Shown::Most,
            false => Shown::Some,
        };
        match recognise(&bytes, shown, looking) {
            Ok(Some((form, head))) => {
                let whole = WholeText { file, place, form };
                let text = OpenText { whole, opened };
                return with_additions(head.reports(text, looking)?, looking);
            }
            Err(error) if shown != Shown::Some => return Err(error.at_if_nowhere(file.path())),
            Ok(None) | Err(_) => size *= 4,
        }
    }
}

/// How a text that begins with `bytes` is written, and its head; `None` where more of it has to be seen. Of the separators that it may have
/// those are its own with which a dialect recognises it.
fn recognise(
    bytes: &[u8],
    shown: Shown,
    looking: Looking<'_>,
) -> Result<Option<(TextForm, Box<dyn TextHead>)>> {
    // UTF-16 has no commas before it is decoded; in all other encodings they are those of ASCII.
    let marked = Encoding::marked(bytes);
    if let Some(marked) = marked {
        charset::hold_against(marked, looking.stated.encoding)?;
    }
    let decoded = match marked.map(|marked| marked.decode(bytes)) {
        Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Some(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
        None => Cow::Borrowed(bytes),
    };
    let mut first: Option<Result<_>> = None;
    let (table, added) = (&looking.stated.table, &looking.stated.added);
    let of_table = table.as_ref().and_then(|table| table.separator);
    let stated = of_table.or_else(|| added.as_ref().and_then(|added| added.separator));
    let candidates = Separators::candidates(&decoded, stated);
    for separators in candidates {
        let plain = separators.rewritten(&decoded);
        match recognise_plain(&plain, marked, shown, looking) {
            Ok(Some((encoding, head))) => {
                let form = TextForm {
                    encoding,
                    separators,
                };
                return Ok(Some((form, head)));
            }
            Ok(None) => first.get_or_insert(Ok(None)),
            // One that names a line is of a text that was understood so far.
            Err(error) if is_further(&error, first.as_ref()) => first.insert(Err(error)),
            Err(error) => first.get_or_insert(Err(error)),
        };
    }
    match first.unwrap_or(Ok(None)) {
        Err(error)
            if error.is_decided_by(dialects::DESCRIPTION) && looking.stated.table.is_none() =>
        {
            Err(with_looks(error, &decoded, (marked, looking)))
        }
        found => found,
    }
}

/// The refusal of a text of no dialect that nothing describes, with what it looks like.
fn with_looks(
    error: Error,
    text: &[u8],
    (marked, looking): (Option<Encoding>, Looking<'_>),
) -> Error {
    if is_binary(&lossy(text)) || text.trim_ascii().is_empty() {
        return error;
    }
    let encoding = match marked {
        Some(_) => Encoding::Utf8,
        None => charset::likely(text, &looking.rule.zone),
    };
    let text = encoding.decode(text);
    let looks = looks(text.as_bytes()).unwrap_or_else(|| near(text.as_bytes()));
    error
        .and_that(&looks.like)
        .excerpt(first_lines(&text))
        .hint(looks.described)
}

/// Whether `error` names a line, so that the text was understood so far, and the first one does not.
fn is_further<T>(error: &Error, first: Option<&Result<T>>) -> bool {
    let first = first.and_then(|first| first.as_ref().err());
    error.line_number().is_some() && first.is_some_and(|first| first.line_number().is_none())
}

/// As [`recognise`], of a text with commas and line feeds; it is UTF-8 where its bytes were `marked` as some encoding.
fn recognise_plain(
    plain: &[u8],
    marked: Option<Encoding>,
    shown: Shown,
    looking: Looking<'_>,
) -> Result<Option<(Encoding, Box<dyn TextHead>)>> {
    let stated = looking.stated;
    let (encoding, text) = match marked {
        Some(marked) => (marked, lossy(plain)),
        None => {
            let encoding = charset::detect(plain, stated, &looking.rule.zone)?;
            (encoding, encoding.decode(plain))
        }
    };
    // The last line may be cut.
    let end = match text.rfind('\n') {
        Some(end) if shown != Shown::All => end + 1,
        _ => text.len(),
    };
    let head = dialects::recognise(&text[..end], shown, looking)?;
    Ok(head.map(|head| (encoding, head)))
}

/// Reads all rows: finds from when to when the report has accepted rows, whether they are in order and which way the file
/// runs, whether it is complete, and the decimal signs of its numbers. Where the head of another report stands below, the reports of the text take its place. Called where
/// head and tail do not tell, and where what they say has to be beyond doubt.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so; [`Future`](crate::ErrorKind::Future) for rows in the future;
/// [`Input`](crate::ErrorKind::Input) for a file without any readable row;
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub(crate) fn survey(report: Report, rule: &TimeRule, cancel: &Cancel) -> Result<Vec<Report>> {
    if report.dialect.has_entries() && report.layout.clock_faults.is_some() {
        // All of it was read when it was planned.
        return Ok(vec![report]);
    }
    let file = FileBytes::of(&report);
    let (stated, place) = (report.stated.clone(), report.text.clone());
    survey_in(report, &file, again(&stated, rule, cancel)).map_err(|error| of_text(&place, error))
}

/// As a report was looked at before.
fn again<'a>(stated: &'a StatedReading, rule: &'a TimeRule, cancel: &'a Cancel) -> Looking<'a> {
    Looking {
        rule,
        stated,
        cancel,
        sorting: None,
    }
}

fn survey_in(mut report: Report, file: &FileBytes, looking: Looking<'_>) -> Result<Vec<Report>> {
    if report.section.is_some() {
        // It was, when its text was read whole.
        return Ok(vec![report]);
    }
    let (place, form, dialect) = (report.text.clone(), report.form, report.dialect);
    let whole = WholeText {
        file,
        place: &place,
        form,
    };
    match dialect.survey(&mut report, whole, looking)? {
        Surveyed::One => Ok(vec![report]),
        Surveyed::Several => with_additions(dialect.divide(whole, looking)?, looking),
    }
}

/// The same reports, with what is stated of the points of wide tables; texts with one value a line are read with it.
///
/// # Errors
/// [`Input`](ErrorKind::Input) for a wide table whose dates were exchanged, as it is stated: it has none that are known to be real.
fn with_additions(mut reports: Vec<Report>, looking: Looking<'_>) -> Result<Vec<Report>> {
    if let Some(added) = &looking.stated.added {
        let tables = reports.iter_mut();
        for report in tables.filter(|report| !report.dialect.has_entries()) {
            if added.mend.is_some() {
                return Err(mend_of_wide(report));
            }
            added.add_to(report);
        }
    }
    Ok(reports)
}

fn mend_of_wide(report: &Report) -> Error {
    Error::input(format!(
        "`mend: exchanged_day_month` is of described tables, and of dialects with one value a line: {} has one row a time",
        report.dialect.as_str()
    ))
    .at(&report.path)
    .hint("export it again, and do not open it in a spreadsheet; files of other forms need an entry of their own")
}

/// As [`survey`], of a report that a reader [needs whole](super::ReadStep::NeedsWhole): if there is nothing in it that was not known, only
/// sorting is left to try.
///
/// # Errors
/// As [`survey`].
pub(crate) fn read_whole(report: Report, rule: &TimeRule, cancel: &Cancel) -> Result<Vec<Report>> {
    let file = FileBytes::of(&report);
    let (stated, place) = (report.stated.clone(), report.text.clone());
    read_whole_in(report, &file, again(&stated, rule, cancel))
        .map_err(|error| of_text(&place, error))
}

/// As [`read_whole`], of a report in `file`.
pub(super) fn read_whole_in(
    report: Report,
    file: &FileBytes,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let known = report.clone();
    let mut found = survey_in(report, file, looking)?;
    if let [only] = &mut found[..]
        && *only == known
    {
        only.order = RowOrder::Unordered;
    }
    Ok(found)
}
