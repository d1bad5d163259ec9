//! Where a dataset stands: its folders, and `trendgate.json`, which names three of them.
//!
//! Enters: the folder of a dataset, or the names that a configuration states. Leaves: [`Dirs`]. The file is put there by the first run,
//! before that takes its lock, if nobody has put it there yet; it never changes. A dataset without one has the usual names: those of
//! before there was such a file. Refused: other names than those of the dataset, and names that lead out of its folder.

use super::log;
use crate::error::{Error, ErrorKind, Missing, Result};
use crate::kept_source::SourceId;
use crate::store::{self, Named, Put, What};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// The directories of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dirs {
    /// What they stand in.
    #[serde(with = "crate::path_bytes::exact")]
    pub root: PathBuf,
    /// The committed parts, by site, year and month.
    #[serde(with = "crate::path_bytes::exact")]
    pub processed: PathBuf,
    /// What is being written; never read by anyone else.
    #[serde(with = "crate::path_bytes::exact")]
    pub staging: PathBuf,
    /// The manifests, and the log of versions in `.log`.
    #[serde(with = "crate::path_bytes::exact")]
    pub manifests: PathBuf,
    /// The evidence files, by site, year and month.
    #[serde(with = "crate::path_bytes::exact")]
    pub evidence: PathBuf,
    /// What is kept of the files that reports were read from, by site.
    #[serde(with = "crate::path_bytes::exact")]
    pub sources: PathBuf,
}

impl Dirs {
    /// The directories that the program writes to.
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        let all = [
            &self.processed,
            &self.staging,
            &self.manifests,
            &self.evidence,
            &self.sources,
        ];
        all.map(Clone::clone).into()
    }

    /// How the last run of each site ended, by site.
    #[must_use]
    pub(crate) fn runs(&self) -> PathBuf {
        self.manifests.join(".runs")
    }

    /// What kept the runs of a site from committing, or was lost.
    #[must_use]
    pub(crate) fn error_log(&self, site: &str) -> PathBuf {
        self.manifests.join(format!("errors-{site}.jsonl"))
    }

    /// What runs of a site rejected, as far as its log does not have it.
    #[must_use]
    pub(crate) fn rejects(&self, site: &str) -> PathBuf {
        self.manifests.join(format!("rejects-{site}.jsonl"))
    }

    /// Where a file of a site is kept.
    #[must_use]
    pub fn source(&self, site: &str, id: SourceId) -> PathBuf {
        self.sources.join(site).join(id.file_name())
    }
}

/// The names of the folders that a configuration can name, in the folder of the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FolderNames {
    processed: String,
    manifests: String,
    staging: String,
}

/// What `trendgate.json` holds. Unknown fields are passed over.
#[derive(Debug, Serialize, Deserialize)]
struct DatasetFile {
    format: u32,
    #[serde(flatten)]
    names: FolderNames,
}

/// The name of the file.
const FILE: &str = "trendgate.json";
/// The format that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
/// No file of this name is larger.
const MOST_BYTES: u64 = 64 << 10;
/// What else stands in the folder of a dataset.
const RESERVED: [&str; 3] = ["evidence", "sources", FILE];

const OTHER_NAMES: &str = "state those of the dataset in batch.output_base_dir, manifest_dir and staging_dir, or none of them; a dataset of \
    other names needs a folder of its own";

impl Default for FolderNames {
    fn default() -> Self {
        Self {
            processed: "processed".into(),
            manifests: "manifests".into(),
            staging: ".staging".into(),
        }
    }
}

impl fmt::Display for FolderNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processed,
            manifests,
            staging,
        } = self;
        write!(
            f,
            "processed {processed:?}, manifests {manifests:?}, staging {staging:?}"
        )
    }
}

impl FolderNames {
    /// The names, if each is that of a folder of its own in the folder of the dataset.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) naming the one that is not.
    pub(crate) fn new(processed: &str, manifests: &str, staging: &str) -> Result<Self> {
        let names = Self {
            processed: processed.into(),
            manifests: manifests.into(),
            staging: staging.into(),
        };
        names
            .fault()
            .map_or(Ok(names), |fault| Err(Error::config(fault)))
    }

    fn all(&self) -> [&str; 3] {
        [&self.processed, &self.manifests, &self.staging]
    }

    fn fault(&self) -> Option<String> {
        let [one, two, three] = self.all();
        if one == two || one == three || two == three {
            return Some(format!("expected three different folders, found {self}"));
        }
        self.all().into_iter().find_map(|name| {
            let mut parts = Path::new(name).components();
            let plain = matches!(parts.next(), Some(Component::Normal(part)) if part == name);
            if !plain {
                return Some(format!("expected the name of a folder, found {name:?}"));
            }
            let taken = RESERVED.contains(&name);
            taken.then(|| format!("{name:?} is the name of something else in a dataset"))
        })
    }

    /// What the file in `root` says; `None` where there is none.
    fn read(root: &Path) -> Result<Option<Self>> {
        let path = root.join(FILE);
        let damaged = |message: String| {
            let hint = "restore it from a copy: it says how the folders of the dataset are called";
            Error::damaged(message).at(&path).hint(hint)
        };
        match store::named(&path)? {
            None => return Ok(None),
            Some(Named::File(_)) => {}
            Some(Named::Folder) => return Err(damaged("expected a file, found a folder".into())),
            Some(Named::Other) => {
                return Err(damaged("expected a file, found a link or a device".into()));
            }
        }
        let bytes = store::read(&path, MOST_BYTES)?;
        let form: DatasetFile = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(format!("expected the names of folders: {error}")))?;
        if form.format != FORMAT {
            let message = format!("expected format {FORMAT}, found {}", form.format);
            return Err(damaged(message).hint("a newer Trendgate may have written it"));
        }
        form.names
            .fault()
            .map_or(Ok(Some(form.names)), |fault| Err(damaged(fault)))
    }
}

impl Dirs {
    /// The usual directories under `root`, whatever `trendgate.json` says.
    #[must_use]
    pub(crate) fn under(root: &Path) -> Self {
        Self::named(root, &FolderNames::default())
    }

    /// The directories of these names under `root`.
    #[must_use]
    pub(crate) fn named(root: &Path, names: &FolderNames) -> Self {
        Self {
            root: root.to_owned(),
            processed: root.join(&names.processed),
            staging: root.join(&names.staging),
            manifests: root.join(&names.manifests),
            evidence: root.join("evidence"),
            sources: root.join("sources"),
        }
    }

    /// The directories of the dataset in `root`, as `trendgate.json` names them; the usual ones where there is no such file.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) where the file names no folders, or one that leads out of `root`;
    /// [`Storage`](ErrorKind::Storage) where it cannot be read.
    pub(crate) fn find(root: &Path) -> Result<Self> {
        match FolderNames::read(root)? {
            None => Ok(Self::under(root)),
            Some(names) => {
                let dirs = Self::named(root, &names);
                dirs.stay_inside()?;
                Ok(dirs)
            }
        }
    }

    /// The directories of the dataset in `root`, where a configuration states their names.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) with both where the dataset has others; otherwise as [`Dirs::find`].
    pub(crate) fn stated(root: &Path, names: &FolderNames) -> Result<Self> {
        let dirs = Self::named(root, names);
        dirs.agree()?;
        Ok(dirs)
    }

    /// As [`Dirs::stated`], where `root` itself is not what the configuration states: a dataset without `trendgate.json` keeps its usual
    /// names then, because it was made when what was stated did not count.
    ///
    /// # Errors
    /// As [`Dirs::stated`].
    pub(crate) fn moved(root: &Path, names: &FolderNames) -> Result<Self> {
        match FolderNames::read(root)?.is_none() && log::any_site(&Self::under(root))? {
            true => Ok(Self::under(root)),
            false => Self::stated(root, names),
        }
    }

    /// The directories of the dataset that a manifest belongs to, by where it stands: under its public name or in the log.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where there is no such file; [`Usage`](ErrorKind::Usage) where it is in no folder; otherwise as
    /// [`Dirs::find`].
    pub fn of_manifest(path: &Path) -> Result<Self> {
        let manifest = store::canonical(path)?;
        let place = |steps: usize| manifest.ancestors().nth(steps);
        let in_log = place(2).is_some_and(|folder| folder.file_name() == Some(".log".as_ref()));
        let Some(folder) = place(if in_log { 3 } else { 1 }) else {
            let message = "expected a manifest in the folder of the manifests, found it in none";
            return Err(Error::usage(message).at(&manifest));
        };
        Ok(Self {
            manifests: folder.to_owned(),
            ..Self::find(&folder.join(".."))?
        })
    }

    /// These directories, if there is anything of a dataset in them: a version, or what a run left that ended before it committed one.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) where there is not, saying what is there instead; [`Storage`](ErrorKind::Storage) where that cannot
    /// be found out.
    pub(crate) fn existing(self) -> Result<Self> {
        let traces = [
            self.root.join(FILE),
            self.manifests.join(".log"),
            self.runs(),
            self.staging.clone(),
        ];
        for path in traces {
            if store::named(&path)?.is_some() {
                return Ok(self);
            }
        }
        let what = match store::what_is(or_here(&self.root))? {
            Some(What::Folder) => "there is no dataset in this folder",
            Some(What::File) => "expected the folder of a dataset, found a file",
            None => "no such folder",
        };
        Err(Error::missing(Missing::Path, what).at(or_here(&self.root)))
    }

    fn names(&self) -> FolderNames {
        let name = |dir: &Path| {
            dir.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let [processed, manifests, staging] = [&self.processed, &self.manifests, &self.staging]
            .map(|dir| name(dir).unwrap_or_default());
        FolderNames {
            processed,
            manifests,
            staging,
        }
    }

    /// Refuses names that the dataset does not have.
    pub(crate) fn agree(&self) -> Result<()> {
        let ours = self.names();
        match names_of_dataset(&self.root)? {
            Some(theirs) if theirs != ours => Err(Error::config(format!(
                "the dataset has the folders {theirs}, and the configuration states {ours}"
            ))
            .at(self.root.join(FILE))
            .hint(OTHER_NAMES)),
            Some(_) => self.stay_inside(),
            None => Ok(()),
        }
    }

    /// Refuses a name that is a link out of the folder. A link in the place of a usual folder was put there by the owner of the dataset, and is
    /// followed.
    fn stay_inside(&self) -> Result<()> {
        if self.names() == FolderNames::default() {
            return Ok(());
        }
        for dir in [&self.processed, &self.manifests, &self.staging] {
            if store::named(dir)? == Some(Named::Other)
                && !store::canonical(dir)?.starts_with(store::canonical(or_here(&self.root))?)
            {
                let message = format!("{FILE} names a folder that is a link to somewhere else");
                return Err(Error::damaged(message).at(dir));
            }
        }
        Ok(())
    }

    /// Puts `trendgate.json` where no dataset is yet. `put` says whether this call made the file, also where it fails after that.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where the dataset has other names; [`Storage`](ErrorKind::Storage).
    pub(super) fn settle(&self, site: &str, put: &mut bool) -> Result<()> {
        self.agree()?;
        if names_of_dataset(&self.root)?.is_some() {
            return Ok(());
        }
        let id = super::stage::new_id();
        let draft = self.staging.join(format!("{}{id}", draft_prefix(site)));
        let linked = write(&draft, &self.names())
            .and_then(|()| store::hard_link(&draft, &self.root.join(FILE)));
        *put = matches!(linked, Ok(Put::Done));
        let removed = store::remove_file(&draft);
        match linked {
            Ok(Put::Done) => {
                removed?;
                store::fsync_dir(or_here(&self.root))
            }
            // Someone else was first: that stands, even where our own try failed.
            _ if FolderNames::read(&self.root)?.is_some() => removed.and_then(|()| self.agree()),
            Ok(Put::Exists) => Err(
                Error::new(ErrorKind::Storage, "a name that existed is gone")
                    .at(self.root.join(FILE)),
            ),
            // The usual names need no file, so they need no right to make one either.
            Err(error) if self.names() == FolderNames::default() && error.is_forbidden() => removed,
            Err(error) => Err(error),
        }
    }

    /// Takes the file away that this run has put there, if nothing of a dataset is left beside it. Someone may come at that very
    /// moment: who takes a lock looks for the file after that, and this looks for locks after taking it away; one of the two puts it
    /// back.
    pub(super) fn unsettle(&self, site: &str) {
        let logs = self.manifests.join(".log");
        let gone = |path: &Path| matches!(store::named(path), Ok(None));
        let taken = gone(&logs) && store::remove_file(&self.root.join(FILE)).is_ok();
        if taken
            && !gone(&logs)
            && let Err(error) = self.settle(site, &mut false)
        {
            tracing::warn!(name: "place_not_restored", %error, "{FILE} could not be put back");
        }
    }
}

/// The names that the dataset in `root` has; `None` where none is there yet.
fn names_of_dataset(root: &Path) -> Result<Option<FolderNames>> {
    match FolderNames::read(root)? {
        Some(names) => Ok(Some(names)),
        None => Ok(log::any_site(&Dirs::under(root))?.then(FolderNames::default)),
    }
}

fn write(path: &Path, names: &FolderNames) -> Result<()> {
    let form = DatasetFile {
        format: FORMAT,
        names: FolderNames::new(&names.processed, &names.manifests, &names.staging)?,
    };
    let mut text = serde_json::to_vec_pretty(&form)
        .map_err(|error| Error::bug(format!("cannot write {FILE} as JSON: {error}")))?;
    text.push(b'\n');
    store::write_all_synced(path, &text)
}

/// What the names of drafts of the file begin with, in staging.
pub(super) fn draft_prefix(site: &str) -> String {
    format!(".trendgate-{site}.")
}

fn or_here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    }
}

#[cfg(test)]
mod tests;
