//! A base record: what the versions up to one add up to, in place of their records.
//!
//! Enters: a [`History`] as of a version that is past the retention, and what is kept of files. Leaves: `manifests/.log/{site}/base-{version}.sealed`,
//! put there only if there is none; and from it the history again, with the records behind it. Unlike a checkpoint it is the authority: once it has
//! its name, records up to its version count for nothing, whether or not they are still there. Refused: a base record that is torn, altered, of
//! another site or version, or of a form that is not known; and versions that it stands for, by [`compacted`].
//!
//! The file is a line with the digest of what is behind it, and a JSON object in one Zstandard frame. Where several are there, the highest counts.

use super::fold::{FileFold, Fold};
use super::{History, MOST_BYTES, folder, list};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::path_bytes::as_json;
use crate::publish::manifest::{Details, KeptSource, Manifest, SourceLists, unpack};
use crate::publish::write::{packed, write_record};
use crate::publish::{Dirs, FileEntry, PartEntry, stage};
use crate::store::{self, Put};
use crate::text_id::TextId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The form of a base record; another first number is another form.
const BASE_VERSION: &str = "1.0";

/// What the versions up to one add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BaseRecord {
    base_version: String,
    site_id: String,
    /// The last version that it stands for.
    pub(in crate::publish) version: u64,
    /// The latest time that a version up to that one carries.
    pub(in crate::publish) created_at: Instant,
    fold: Fold,
    /// What the last of these versions, and those with files in the dataset as of it, say of themselves; without what stands beside records.
    manifests: Vec<Manifest>,
    /// What is kept of files that these versions read.
    pub(in crate::publish) kept: Vec<KeptSource>,
    /// The contents that these versions took from each place.
    pub(in crate::publish) taken: Vec<TakenFrom>,
}

/// The contents that were taken from one place, each with the version that took it, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::publish) struct TakenFrom {
    #[serde(with = "as_json")]
    pub(in crate::publish) path: PathBuf,
    pub(in crate::publish) contents: Vec<(u64, TextId)>,
}

impl BaseRecord {
    /// What `history` adds up to; the rest is what it says of files that it read.
    pub(in crate::publish) fn of(
        history: &History,
        kept: Vec<KeptSource>,
        taken: Vec<TakenFrom>,
    ) -> Self {
        let version = history.version();
        let owners: BTreeSet<u64> = (history.fold.files.owners()).chain([version]).collect();
        let without_lists = |manifest: &Manifest| {
            let mut manifest = Manifest {
                inputs: Vec::new(),
                inputs_file: None,
                details_file: None,
                ..manifest.clone()
            };
            SourceLists::take(&mut manifest);
            Details::take(&mut manifest);
            manifest
        };
        let manifests = owners
            .iter()
            .filter_map(|owner| history.manifest_of(*owner));
        let times = history.versions.iter().map(|it| it.manifest.created_at);
        let before = history.base().map(|base| base.created_at);
        Self {
            base_version: BASE_VERSION.to_owned(),
            site_id: history.site.clone(),
            version,
            created_at: times.chain(before).max().unwrap_or(Instant::MIN),
            fold: history.fold.clone(),
            manifests: manifests.map(without_lists).collect(),
            kept,
            taken,
        }
    }

    pub(super) fn fold(&self) -> &Fold {
        &self.fold
    }

    /// The files of the dataset as of its version.
    pub(super) fn files(&self) -> &FileFold {
        &self.fold.files
    }

    /// What one of the versions says that it has the manifest of.
    pub(super) fn manifest_of(&self, version: u64) -> Option<&Manifest> {
        self.manifests.iter().find(|it| it.version == version)
    }

    /// The parts of the dataset as of its version.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &PartEntry> {
        self.fold.files.part_entries()
    }

    /// The evidence files of the dataset as of its version.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = &FileEntry> {
        self.fold.files.evidence_entries()
    }

    /// Its number.
    pub(crate) fn number(&self) -> u64 {
        self.version
    }

    /// What is kept of files that its versions read.
    pub(crate) fn kept_sources(&self) -> impl Iterator<Item = KeptSource> {
        self.kept.iter().copied()
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(self)
            .map_err(|e| Error::bug(format!("cannot write a base record as JSON: {e}")))?;
        let frame = packed(&json)?;
        let mut bytes = format!("{}\n", Digest::of(&frame)).into_bytes();
        bytes.extend(frame);
        Ok(bytes)
    }

    /// Reads the one of this version, and proves it whole.
    pub(in crate::publish) fn read(dirs: &Dirs, site: &str, version: u64) -> Result<Self> {
        let path = path_of(dirs, site, version);
        let bytes = store::read(&path, MOST_BYTES)?;
        Self::parse(&bytes, site, version).map_err(|error| error.at(path))
    }

    fn parse(bytes: &[u8], site: &str, version: u64) -> Result<Self> {
        let torn = || Error::damaged("expected a digest and a base record, found neither");
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (digest, frame) = bytes.split_at(end.ok_or_else(torn)?);
        let frame = &frame[1..];
        let stated: Digest = (std::str::from_utf8(digest).ok())
            .and_then(|digest| digest.parse().ok())
            .ok_or_else(torn)?;
        let found = Digest::of(frame);
        if stated != found {
            return Err(Error::damaged(format!("expected {stated}, found {found}")));
        }
        let json = unpack("base record", frame)?;
        let json = json.as_slice();
        let wrong = |e| Error::damaged(format!("expected a base record: {e}"));
        let form: Form = serde_json::from_slice(json).map_err(wrong)?;
        if !form.base_version.starts_with("1.") {
            let message = format!(
                "expected a base record of the form 1.x, found {}",
                form.base_version
            );
            return Err(Error::damaged(message).hint("read it by a newer trendgate"));
        }
        let base: Self = serde_json::from_slice(json).map_err(wrong)?;
        if base.site_id != site || base.version != version {
            return Err(Error::damaged(format!(
                "expected the base record of version {version} of {site}, found that of version {} of {}",
                base.version, base.site_id
            )));
        }
        if !base.fold.files.is_of(site) {
            return Err(Error::damaged("it names files that are none of its site's"));
        }
        (base.manifests.iter()).try_for_each(Manifest::within_its_site)?;
        Ok(base)
    }

    /// Gives it its name, durably, unless there is one by that name: then that has to say the same. What is read back afterwards is what is meant.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where it cannot be written, [`Damaged`](ErrorKind::Damaged) where another one has the name. No record may be
    /// removed then.
    pub(in crate::publish) fn put(&self, dirs: &Dirs) -> Result<()> {
        let site = self.site_id.as_str();
        let draft = dirs
            .staging
            .join(format!("{}{}", draft_prefix(site), stage::new_id()));
        let path = path_of(dirs, site, self.version);
        let bytes = self.to_bytes()?;
        if Self::parse(&bytes, site, self.version)? != *self {
            return Err(Error::bug("a base record does not say what was meant").at(path));
        }
        let written = write_record(&draft, &bytes)
            .and_then(|()| store::hard_link(&draft, &path))
            .and_then(|put| {
                store::fsync_dir(&folder(dirs, site))?;
                Ok(put)
            });
        let removed = store::remove_file(&draft);
        let put = written?;
        removed?;
        match Self::read(dirs, site, self.version)? {
            read if read == *self => Ok(()),
            _ if put == Put::Exists => Err(Error::damaged(
                "expected a base record of the same versions, found another one",
            )
            .at(path)
            .hint("someone else compacts this site, or did: nothing was removed; readers go by what is there, and the next `gc --compact` goes on from it")),
            _ => Err(Error::new(
                ErrorKind::Storage,
                "expected the base record that was written, found another one",
            )
            .at(path)
            .hint("nothing was removed; `trendgate verify` says what is damaged")),
        }
    }
}

/// What has to be known of a base record before the rest of it is.
#[derive(Deserialize)]
struct Form {
    base_version: String,
}

/// Where the base record of a version stands.
pub(in crate::publish) fn path_of(dirs: &Dirs, site: &str, version: u64) -> PathBuf {
    folder(dirs, site).join(format!("base-{version:020}.sealed"))
}

/// What the names of a site's drafts of base records begin with, in staging.
pub(in crate::publish) fn draft_prefix(site: &str) -> String {
    format!(".base-{site}.")
}

/// The versions that have a base record in a log, ascending.
pub(in crate::publish) fn bases(log: &Path) -> Result<Vec<u64>> {
    let version = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let number = name.strip_prefix("base-")?.strip_suffix(".sealed")?;
        (number.len() == 20).then_some(())?;
        number.parse().ok()
    };
    let mut found: Vec<u64> = list(log)?.into_iter().filter_map(version).collect();
    found.sort_unstable();
    Ok(found)
}

/// The last version that was compacted; 0 where none was.
///
/// # Errors
/// [`Storage`](ErrorKind::Storage) where the log cannot be listed.
pub(crate) fn last_compacted(dirs: &Dirs, site: &str) -> Result<u64> {
    let last = bases(&folder(dirs, site))?.pop();
    Ok(last.unwrap_or(0))
}

/// The error of whoever asks for a version that was compacted into the base record of `base`.
pub(crate) fn compacted(site: &str, what: &str, base: u64) -> Error {
    let message = format!(
        "{what} of {site} was compacted: the versions up to {base} are one base record, and what each of them was cannot be told any more"
    );
    Error::usage(message).hint(format!(
        "the first version that can be asked for is {}; `trendgate log` lists them",
        base + 1
    ))
}
