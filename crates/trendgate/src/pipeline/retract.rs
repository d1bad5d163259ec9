//! What a person names → the contents that are to leave the dataset, and what that would do.
//!
//! A report is named by its file (a frame by what it was called), by the digest of its content, or by the version that took it, together with all others of that
//! version. What is refused: a name that no report of the dataset has.

use super::growth::{Base, Looked};
use super::survey::location;
use super::{RunOptions, Settings, Survey, attempts, frames, own_cleaner, time_rule};
use crate::acquire;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Inputs, Months};
use crate::progress::{Cancel, Watch};
use crate::publish::{History, KnownSource, LivePart, Origin, PartEntry};
use crate::text_id::{FileId, TextId};
use crate::time::{self, Month};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Which reports are to leave the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retraction {
    /// The reports that this version took.
    Version(u64),
    /// The report of this content.
    Content(TextId),
    /// The report whose content this file has; if it has another one by now, or is gone, those that were read from it.
    File(PathBuf),
}

impl Retraction {
    /// What `name` names: a version by its number, a content by its digest (`blake3:…`), or else a file.
    ///
    /// ```
    /// use trendgate::Retraction;
    ///
    /// assert_eq!(Retraction::named("12"), Retraction::Version(12));
    /// assert_eq!(Retraction::named("a.csv"), Retraction::File("a.csv".into()));
    /// ```
    #[must_use]
    pub fn named(name: impl AsRef<OsStr>) -> Self {
        let name = name.as_ref();
        let text = name.to_str().unwrap_or_default();
        let version = text.parse().map(Self::Version);
        let version = version.or_else(|_| text.parse().map(Self::Content));
        version.unwrap_or_else(|_: String| Self::File(name.into()))
    }

    /// The contents.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) where there are none.
    pub(super) fn of(&self, history: &History, cancel: &Cancel) -> Result<BTreeSet<TextId>> {
        let found: BTreeSet<TextId> = match self {
            Self::Version(version) => {
                let sources = history.sources();
                let of = sources.filter(|(_, source)| source.version == *version);
                of.map(|(digest, _)| digest).collect()
            }
            Self::Content(digest) => {
                let known = history.is_accepted(digest);
                let known = known.then(|| history.current_id(*digest));
                known.into_iter().collect()
            }
            Self::File(path) => {
                if history.origin() == Some(Origin::Frames) {
                    let sources = history.sources();
                    let named = sources.filter(|(_, source)| source.path == *path);
                    return named_or_refused(named.map(|(id, _)| id).collect(), self, history);
                }
                let texts = match acquire::identify_texts(path, history.digests(), cancel) {
                    Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
                    texts => texts.unwrap_or_default(),
                };
                let ids = texts.into_iter().flat_map(|(_, file)| FileId::each(file));
                let known: BTreeSet<_> = ids.flat_map(|id| history.accepted_readings(id)).collect();
                let place = absolute(path);
                let member = member_place(path);
                let from = |(digest, source): (TextId, &KnownSource)| {
                    let shown = source.shown();
                    let is_it = source.path == place || member.as_ref() == Some(&shown);
                    is_it.then_some(digest)
                };
                match known.is_empty() {
                    true => history.sources().filter_map(from).collect(),
                    false => known,
                }
            }
        };
        named_or_refused(found, self, history)
    }

    fn words(&self) -> String {
        match self {
            Self::Version(version) => format!("that version {version} took"),
            Self::Content(digest) => format!("of the content {digest}"),
            Self::File(path) => format!("that was read from {}", path.display()),
        }
    }
}

/// What was found of what a person named, if there is anything.
fn named_or_refused(
    found: BTreeSet<TextId>,
    what: &Retraction,
    history: &History,
) -> Result<BTreeSet<TextId>> {
    if found.is_empty() {
        let kind = match history.origin() {
            Some(Origin::Frames) => "frame",
            Some(Origin::Reports) | None => "report",
        };
        let (site, words) = (history.site(), what.words());
        return Err(
            Error::usage(format!("{site} has no {kind} {words}")).hint(format!(
                "`trendgate show VERSION` lists the {kind}s of a version"
            )),
        );
    }
    Ok(found)
}

/// What a retraction would do.
#[derive(Debug)]
pub(crate) struct RetractionProspect {
    /// The last version.
    pub version: u64,
    /// The texts that would leave, by their content.
    pub leaving: Vec<(TextId, KnownSource)>,
    /// The months that would be made again without them.
    pub months: Vec<Month>,
    /// How many other reports would be read for that.
    pub read_again: usize,
    /// The parts that are committed of those months.
    pub parts: Vec<PartEntry>,
}

/// Finds out what [`retract`](super::retract()) would do, without writing anything.
///
/// # Errors
/// As [`retract`](super::retract()), but for what concerns writing.
pub(crate) fn prospect_retraction(
    settings: &Settings,
    what: &Retraction,
    options: RunOptions,
    watch: Watch<'_>,
) -> Result<RetractionProspect> {
    let time = time_rule(settings, time::now());
    let history = History::read(&settings.dirs, settings.site.as_str())?;
    let retracted = what.of(&history, watch.cancel)?;
    if history.origin() == Some(Origin::Frames) {
        return frames::prospect(&history, &retracted);
    }
    let leaving = retracted.iter();
    let leaving = leaving.filter_map(|id| Some((*id, history.source(id)?.clone())));
    let leaving = leaving.collect();
    let cleaner = own_cleaner(settings);
    let base = Base {
        retracted,
        ..attempts::base(settings, &cleaner, &time, &history, options, watch)?
    };
    let (mut new, mut survey) = (Inputs::new(None), Survey::default());
    let layout = base.lay_out(&mut new, &mut survey, &mut Looked::new(), None)?;
    let months = match layout.months {
        Months::Only(months) => months.into_iter().collect(),
        Months::All => Vec::new(),
    };
    let of_them = |part: &LivePart<'_>| months.contains(&Month::of(part.entry.time_range.first));
    let parts = history.live_parts().into_iter().filter(of_them);
    Ok(RetractionProspect {
        version: history.version(),
        leaving,
        read_again: layout.plan.inputs.ids().count(),
        parts: parts.map(|part| part.entry.clone()).collect(),
        months,
    })
}

/// Where a text stands that is named with its file, such as `week.zip!north.csv`, as manifests have it.
fn member_place(path: &Path) -> Option<PathBuf> {
    let text = path.to_str()?;
    let mut ends = text.match_indices('!').map(|(end, _)| end);
    let end =
        ends.find(|end| matches!(crate::store::what_is(Path::new(&text[..*end])), Ok(Some(_))));
    let end = end.or_else(|| text.find('!'))?;
    let file = absolute(Path::new(&text[..end]));
    Some(acquire::text_path(&file, Some(&text[end + 1..])))
}

/// The path as manifests have it, also of a file that is gone from a folder that is there.
fn absolute(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    match (crate::store::canonical(path), path.file_name()) {
        (Ok(_), _) | (_, None) => location(path),
        (Err(_), Some(name)) => {
            let folder = crate::store::canonical(&folder).unwrap_or(folder);
            folder.join(name)
        }
    }
}
