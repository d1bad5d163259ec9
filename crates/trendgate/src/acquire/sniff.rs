//! A file → the reports in it, as far as plans need to know them.
//!
//! ```text
//! file ─ container ─▶ texts ─ beginning ─ encoding ─ dialect ─▶ reports
//! ```
//!
//! The beginning of a text grows until a dialect recognises it, or all refuse it. What else of the text is read is the dialect's choice:
//! its end, or all of it ([`survey`]).

use super::charset;
use super::containers::TextPlace;
use super::dialects::{self, Shown, Surveyed, TextHead};
use super::encoding::Encoding;
use super::file_bytes::{FileBytes, ReadSeek};
use super::foreign;
use super::lines::read_error;
use super::separators::Separators;
use super::text::{Text, TextForm, lossy};
use super::{Report, RowOrder, StatedReading, TimeRule};
use crate::error::{Error, Result};
use crate::progress::Cancel;
use crate::store::Stamp;
use crate::text_id::{Digests, TextId};
use std::borrow::Cow;
use std::io::{self, Read, SeekFrom};
use std::path::Path;

/// Bytes of the beginning that are looked at first, and of the end.
const SAMPLE: u64 = 64 << 10;
/// A beginning larger than this has no header.
const LARGEST_HEAD: u64 = 64 << 20;
/// What is a report begins to look like one before this.
pub(super) const LARGEST_PREFACE: usize = 4 << 20;
/// Most small reports are read at once into this.
const FIRST_READ: usize = 16 << 10;

pub(super) fn go_on(cancel: &Cancel) -> Result<()> {
    cancel.check("while looking at the files")
}

/// What looking at a file needs to know: how the times of its rows are read, what is stated of how it is written, and whether to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looking<'a> {
    pub(super) rule: &'a TimeRule,
    pub(super) stated: StatedReading,
    pub(super) cancel: &'a Cancel,
}

/// As [`sniff_until`], where nothing is stated, and not to be cancelled.
///
/// # Errors
/// As [`sniff_until`].
pub fn sniff(path: &Path, rule: &TimeRule) -> Result<Vec<Report>> {
    sniff_until(path, rule, StatedReading::default(), &Cancel::default())
}

/// Looks at the head and the tail of a file, of whose reading this is stated. The reports that they show: one, as a rule; of a text that
/// holds more, where that shows, all.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so;
/// [`Input`](crate::ErrorKind::Input) for a file that is no report, or more than one text, for a report that has a point twice, whose dates
/// can be read in two ways, or that has no rows; [`Future`](crate::ErrorKind::Future) for one that reaches into the future;
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub fn sniff_until(
    path: &Path,
    rule: &TimeRule,
    stated: StatedReading,
    cancel: &Cancel,
) -> Result<Vec<Report>> {
    let (file, mut opened) = FileBytes::on_disk(path)?;
    let looking = Looking {
        rule,
        stated,
        cancel,
    };
    let reports = reports_in(&file, &mut *opened, looking)?;
    let texts = reports.chunk_by(|one, other| one.text == other.text);
    match texts.count() {
        1 => Ok(reports),
        count => Err(Error::input(format!("the file holds {count} texts"))
            .at(path)
            .hint("give every text a file of its own")),
    }
}

/// The reports in `file`, which is open as `opened`: those of its first text, in their order, then those of the next.
///
/// # Errors
/// As [`sniff_until`].
pub(super) fn reports_in(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let places = TextPlace::all(file, opened).map_err(|error| read_error(file.path(), error))?;
    let mut reports = Vec::with_capacity(places.len());
    for place in places {
        reports.extend(reports_of(file, opened, place, looking)?);
    }
    Ok(reports)
}

fn reports_of(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    place: TextPlace,
    looking: Looking<'_>,
) -> Result<Vec<Report>> {
    let mut size = SAMPLE;
    loop {
        let (bytes, whole) = beginning(file, opened, &place, size)?;
        if let Some(error) = foreign::refusal(&bytes) {
            return Err(error.at(file.path()));
        }
        let shown = match whole {
            true => Shown::All,
            false if size >= LARGEST_HEAD => Shown::Most,
            false => Shown::Some,
        };
        match recognise(&bytes, shown, looking) {
            Ok(Some((form, head))) => {
                let whole = WholeText {
                    file,
                    place: &place,
                    form,
                };
                let text = OpenText { whole, opened };
                return head.reports(text, looking);
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
    let mut first = None;
    for separators in Separators::candidates(&decoded) {
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
            Err(error) => first.get_or_insert(Err(error)),
        };
    }
    first.unwrap_or(Ok(None))
}

/// As [`recognise`], of a text with commas and line feeds; it is UTF-8 where its bytes were `marked` as some encoding.
fn recognise_plain(
    plain: &[u8],
    marked: Option<Encoding>,
    shown: Shown,
    looking: Looking<'_>,
) -> Result<Option<(Encoding, Box<dyn TextHead>)>> {
    let stated = looking.stated.encoding;
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
    let head = dialects::recognise(&text[..end], shown)?;
    Ok(head.map(|head| (encoding, head)))
}

/// The first `size` bytes of a text, and whether that is all of it.
fn beginning(
    file: &FileBytes,
    opened: &mut dyn ReadSeek,
    place: &TextPlace,
    size: u64,
) -> Result<(Vec<u8>, bool)> {
    let path = file.path();
    rewind(opened, path)?;
    // One byte more tells whether there is more.
    let limit = size + 1;
    let mut bytes = Vec::with_capacity(FIRST_READ);
    let opened: Box<dyn ReadSeek> = Box::new(opened);
    place
        .unpack(opened.take(looked_at(file.stamp())), false)
        .and_then(|mut text| text.read_up_to(limit, &mut bytes))
        .map_err(|error| read_error(path, error))?;
    let whole = bytes.len() as u64 <= size;
    bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok((bytes, whole))
}

/// How many bytes of a file are looked at. What the kernel makes up as it is read says that it has no bytes. It is no report, whatever its
/// head is; whether it can be read at all is found out from that.
fn looked_at(stamp: Stamp) -> u64 {
    match stamp.bytes {
        0 => LARGEST_HEAD,
        bytes => bytes,
    }
}

fn rewind(opened: &mut dyn ReadSeek, path: &Path) -> Result<()> {
    let start = opened.seek(SeekFrom::Start(0));
    start
        .map(|_| ())
        .map_err(|error| Error::storage("cannot read", path, error))
}

/// A text whose dialect is known, and of which more can be read.
pub(super) struct OpenText<'a> {
    whole: WholeText<'a>,
    opened: &'a mut dyn ReadSeek,
}

impl<'a> OpenText<'a> {
    /// The text as one to be read whole.
    pub(super) fn whole(&self) -> WholeText<'a> {
        self.whole
    }

    /// What `seen` makes of its last lines.
    ///
    /// # Errors
    /// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so; [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    pub(super) fn last_lines<T>(
        &mut self,
        cancel: &Cancel,
        seen: impl FnOnce(&str) -> T,
    ) -> Result<T> {
        let bytes = match self.whole.place.is_packed() {
            true => self.unpacked_end(cancel)?,
            false => self.end()?,
        };
        let text = self.whole.form.decode(&bytes);
        // The first line may be cut.
        Ok(seen(text.split_once('\n').map_or("", |(_, rest)| rest)))
    }

    fn end(&mut self) -> Result<Vec<u8>> {
        // UTF-16 comes in pairs of bytes.
        let from = self.whole.stamp().bytes.saturating_sub(SAMPLE) & !1;
        let mut bytes = Vec::new();
        self.opened
            .seek(SeekFrom::Start(from))
            .and_then(|_| (&mut *self.opened).take(SAMPLE + 2).read_to_end(&mut bytes))
            .map_err(|error| Error::storage("cannot read", self.whole.path(), error))?;
        Ok(bytes)
    }

    /// As [`end`](Self::end), of a packed text: its end is known when it has been unpacked to its end.
    fn unpacked_end(&mut self, cancel: &Cancel) -> Result<Vec<u8>> {
        let path = self.whole.path();
        rewind(self.opened, path)?;
        let opened: Box<dyn ReadSeek> = Box::new(&mut *self.opened);
        let cannot_read = |error: io::Error| read_error(path, error);
        let text = self
            .whole
            .place
            .unpack(opened.take(looked_at(self.whole.stamp())), false);
        let mut text = text.map_err(cannot_read)?;
        let sample = usize::try_from(SAMPLE).unwrap_or(usize::MAX);
        let mut bytes: Vec<u8> = Vec::with_capacity(2 * sample);
        loop {
            go_on(cancel)?;
            // Always whole samples: UTF-16 comes in pairs of bytes.
            let read = text.read_up_to(SAMPLE, &mut bytes);
            if read.map_err(cannot_read)? == 0 {
                return Ok(bytes);
            }
            bytes.drain(..(bytes.len().saturating_sub(sample) / sample) * sample);
        }
    }
}

/// A text that is read from its first byte to its last, once or more.
#[derive(Clone, Copy)]
pub(super) struct WholeText<'a> {
    file: &'a FileBytes,
    place: &'a TextPlace,
    form: TextForm,
}

impl WholeText<'_> {
    /// The path of its file.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// What its file was when it was opened.
    pub(super) fn stamp(&self) -> Stamp {
        self.file.stamp()
    }

    /// Where in its file it stands.
    pub(super) fn place(&self) -> &TextPlace {
        self.place
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        self.place.name(self.path())
    }

    /// How it is written.
    pub(super) fn form(&self) -> TextForm {
        self.form
    }

    /// All of it, from its first byte on.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    pub(super) fn read(&self) -> Result<Text> {
        let file = self.file.open_as_stamped()?;
        let text = Text::new(file, self.place, self.form, Digests::Today);
        text.map_err(|error| read_error(self.path(), error))
    }

    /// What the bytes of its file are known by, `text` being what its own are.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the file cannot be read.
    pub(super) fn file_id(&self, text: TextId) -> Result<TextId> {
        if !self.place.is_packed() {
            return Ok(text);
        }
        let file = TextPlace::whole_file();
        let bytes = Text::new(
            self.file.open_as_stamped()?,
            &file,
            TextForm::PLAIN,
            Digests::Today,
        );
        let finished = bytes.and_then(Text::finish);
        let finished = finished.map_err(|error| read_error(self.path(), error))?;
        Ok(finished.id.text)
    }
}

/// Reads all rows: finds from when to when the report has accepted rows, whether they are in order and which way the file
/// runs, whether it is complete, and the decimal signs of its numbers. Where the head of another report stands below, the reports of the text take its place. Called where
/// head and tail do not tell, and where what they say has to be beyond doubt.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so; [`Future`](crate::ErrorKind::Future) for rows in the future;
/// [`Input`](crate::ErrorKind::Input) for a file without any readable row;
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub fn survey(report: Report, rule: &TimeRule, cancel: &Cancel) -> Result<Vec<Report>> {
    if report.dialect.has_entries() {
        // All of it was read when it was planned.
        return Ok(vec![report]);
    }
    let file = FileBytes::known(&report.path, report.stamp);
    let looking = again(&report, rule, cancel);
    survey_in(report, &file, looking)
}

/// As a report was looked at before.
fn again<'a>(report: &Report, rule: &'a TimeRule, cancel: &'a Cancel) -> Looking<'a> {
    Looking {
        rule,
        stated: report.stated,
        cancel,
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
        Surveyed::Several => dialect.divide(whole, looking),
    }
}

/// As [`survey`], of a report that a reader [needs whole](super::ReadStep::NeedsWhole): if there is nothing in it that was not known, only
/// sorting is left to try.
///
/// # Errors
/// As [`survey`].
pub fn read_whole(report: Report, rule: &TimeRule, cancel: &Cancel) -> Result<Vec<Report>> {
    let file = FileBytes::known(&report.path, report.stamp);
    let looking = again(&report, rule, cancel);
    read_whole_in(report, &file, looking)
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
