//! Names for versions: a tag is of one version of a site, until it is removed.
//!
//! Enters: a name, and the version that it is to be of. Leaves: `manifests/.log/{site}/tags/{name}`, one file a tag: a line with the digest of what
//! is behind it, and a JSON object, put there only if there is none. What a tagged version refers to is not collected, and its record is not
//! compacted. Refused: a name that no tag can have, a name that another version has, and a version that is not there or cannot be read any more.

use super::log::{self, last_compacted, numbers, read_light, record_path};
use super::recover::name_of;
use super::write::write_record;
use super::{Dirs, SiteLock, lock, refuse_expired, stage};
use crate::digest::Digest;
use crate::error::{Error, Missing, Result};
use crate::store::{self, Named, Put};
use crate::time::{self, Instant, MICROSECOND};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The form of a tag; another first number is another form.
const TAG_VERSION: &str = "1.0";

/// No tag is larger than this; what is, is not ours.
const MOST_BYTES: u64 = 1 << 16;

/// The length of the longest name.
const LONGEST: usize = 100;

/// A name for a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Tag {
    /// The name.
    pub name: String,
    /// The version that it is of.
    pub version: u64,
    /// When it was given.
    pub created_at: Instant,
}

/// The file of a tag.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TagFile {
    tag_version: String,
    site_id: String,
    name: String,
    version: u64,
    /// The digest of the record of that version.
    record: Digest,
    created_at: Instant,
}

impl TagFile {
    fn parse(bytes: &[u8], site: &str, name: &str) -> Result<Self> {
        let torn = || Error::damaged("expected a digest and a tag, found neither");
        let text = std::str::from_utf8(bytes).map_err(|_| torn())?;
        let (stated, json) = text.split_once('\n').ok_or_else(torn)?;
        let stated: Digest = stated.parse().map_err(|_| torn())?;
        let found = Digest::of(json.as_bytes());
        if stated != found {
            return Err(Error::damaged(format!("expected {stated}, found {found}")));
        }
        let tag: Self = serde_json::from_str(json)
            .map_err(|e| Error::damaged(format!("expected a tag: {e}")))?;
        if !tag.tag_version.starts_with("1.") {
            let found = format!("expected a tag of the form 1.x, found {}", tag.tag_version);
            return Err(Error::damaged(found).hint("read it by a newer trendgate"));
        }
        match tag.site_id == site && tag.name == name {
            true => Ok(tag),
            false => Err(Error::damaged(format!(
                "expected the tag {name} of {site}, found {} of {}",
                tag.name, tag.site_id
            ))),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_string(self)
            .map_err(|e| Error::bug(format!("cannot write a tag as JSON: {e}")))?;
        Ok(format!("{}\n{json}", Digest::of(json.as_bytes())).into_bytes())
    }

    fn told(self) -> Tag {
        Tag {
            name: self.name,
            version: self.version,
            created_at: self.created_at,
        }
    }
}

/// Whether a tag can be called so: at most 100 of ASCII letters, digits, `.`, `_` and `-`, the first a letter or a digit, and not all of them digits.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(fits)
        && !is_number(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn refuse_name(name: &str) -> Result<()> {
    match is_name(name) {
        true => Ok(()),
        false => Err(Error::usage(format!("no tag can be called {name:?}")).hint(
            "at most 100 letters, digits, '.', '_' and '-', the first a letter or a digit, and not digits alone",
        )),
    }
}

/// The folder of a site's tags.
fn folder(dirs: &Dirs, site: &str) -> PathBuf {
    log::folder(dirs, site).join("tags")
}

/// What the names of a site's drafts of tags begin with, in staging.
pub(super) fn draft_prefix(site: &str) -> String {
    format!(".tag-{site}.")
}

/// The names of the tags of a site, sorted. What has a name that no tag has is not ours.
fn names(dirs: &Dirs, site: &str) -> Result<Vec<String>> {
    let folder = folder(dirs, site);
    let found = match store::named(&folder)? {
        Some(Named::Folder) => store::list_dir(&folder)?,
        _ => Vec::new(),
    };
    let names = found.iter().filter_map(|path| name_of(path));
    let names = names.filter(|name| is_name(name)).map(str::to_owned);
    Ok(names.collect())
}

/// The tag of this name; `None` where there is none.
fn read(dirs: &Dirs, site: &str, name: &str) -> Result<Option<TagFile>> {
    let path = folder(dirs, site).join(name);
    let Some(what) = store::named(&path)? else {
        return Ok(None);
    };
    let hint = "restore the file, or remove it: then what it was of is kept no longer";
    let Named::File(_) = what else {
        return Err(Error::damaged("expected a tag, found no file")
            .at(path)
            .hint(hint));
    };
    let bytes = match store::read(&path, MOST_BYTES) {
        Ok(bytes) => bytes,
        // It was removed in between.
        Err(_) if store::named(&path)?.is_none() => return Ok(None),
        Err(error) => return Err(error),
    };
    TagFile::parse(&bytes, site, name)
        .map(Some)
        .map_err(|error| error.at(path).hint(hint))
}

/// The tags of a site, by their names.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) naming one that is not what was written; [`Storage`](crate::ErrorKind::Storage) where one cannot be read.
pub(crate) fn tags(dirs: &Dirs, site: &str) -> Result<Vec<Tag>> {
    let names = names(dirs, site)?.into_iter();
    let read = names.filter_map(|name| read(dirs, site, &name).transpose());
    read.map(|tag| tag.map(TagFile::told)).collect()
}

/// The versions of a site that have a tag.
///
/// # Errors
/// As [`tags`].
pub(super) fn tagged(dirs: &Dirs, site: &str) -> Result<BTreeSet<u64>> {
    let tags = tags(dirs, site)?.into_iter();
    Ok(tags.map(|tag| tag.version).collect())
}

/// The version that a number or the name of a tag means. A number need not be that of a version that is there.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) where there is no such tag, with those that there are; [`Damaged`](crate::ErrorKind::Damaged) where it is not
/// what was written, or where its version is another one now.
pub(crate) fn version_of(dirs: &Dirs, site: &str, text: &str) -> Result<u64> {
    if is_number(text) {
        return text
            .parse()
            .map_err(|_| Error::usage(format!("expected a version, found {text}")));
    }
    refuse_name(text)?;
    let tag = read(dirs, site, text)?.ok_or_else(|| no_such_tag(dirs, site, text))?;
    is_of_record(dirs, site, &tag)?;
    Ok(tag.version)
}

fn no_such_tag(dirs: &Dirs, site: &str, name: &str) -> Error {
    let error = Error::missing(Missing::Version, format!("{site} has no tag {name:?}"));
    match names(dirs, site) {
        Ok(names) if !names.is_empty() => error.hint(format!("it has {}", names.join(", "))),
        _ => error.hint("it has no tags; `trendgate tag NAME` makes one"),
    }
}

/// Refuses a tag whose version is not there, or is not the one that it was given to.
fn is_of_record(dirs: &Dirs, site: &str, tag: &TagFile) -> Result<()> {
    let record = record_path(dirs, site, tag.version);
    let hint = "the log is not the one that the tag was made in: remove the tag, and give it again";
    if store::named(&record)?.is_none() {
        let message = format!(
            "tag {} is of version {}, which is not in the log",
            tag.name, tag.version
        );
        return Err(Error::damaged(message)
            .at(folder(dirs, site).join(&tag.name))
            .hint(hint));
    }
    let (_, found) = store::digest(&record)?;
    match found == tag.record {
        true => Ok(()),
        false => Err(Error::damaged(format!(
            "tag {} is of version {} with the record {}, found {found}",
            tag.name, tag.version, tag.record
        ))
        .at(folder(dirs, site).join(&tag.name))
        .hint(hint)),
    }
}

/// What is wrong with the tags of a site, each with its file.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where they cannot be listed.
pub(crate) fn faults(dirs: &Dirs, site: &str) -> Result<Vec<(PathBuf, Error)>> {
    let mut faults = Vec::new();
    for name in names(dirs, site)? {
        let path = folder(dirs, site).join(&name);
        let fault = read(dirs, site, &name).and_then(|tag| match tag {
            Some(tag) => is_of_record(dirs, site, &tag)
                .and_then(|()| refuse_expired(dirs, site, tag.version)),
            None => Ok(()),
        });
        match fault {
            // Removed while it was looked at.
            Err(_) if store::named(&path)?.is_none() => {}
            Err(error) => faults.push((path, error)),
            Ok(()) => {}
        }
    }
    Ok(faults)
}

/// Gives a version a tag, durably: the last version, unless it is said which. One that it has already is the same tag.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) where no tag can be called so, where another version has it, and where the version is not there, was
/// compacted or has expired; [`Damaged`](crate::ErrorKind::Damaged) where its record is; [`Storage`](crate::ErrorKind::Storage) where the file
/// cannot be written.
pub(crate) fn tag(dirs: &Dirs, lock: &SiteLock, name: &str, version: Option<u64>) -> Result<Tag> {
    let site = lock.site();
    refuse_name(name)?;
    let new = made(dirs, site, name, version)?;
    let folder = folder(dirs, site);
    store::create_dir_all(&folder)?;
    // Also where it was there: who made it may have been killed before its name was durable.
    lock::sync_up(dirs, [folder.as_path()])?;
    let draft = (dirs.staging).join(format!("{}{}", draft_prefix(site), stage::new_id()));
    let put = write_record(&draft, &new.bytes()?)
        .and_then(|()| store::hard_link(&draft, &folder.join(name)));
    let removed = store::remove_file(&draft);
    let put = put?;
    removed?;
    store::fsync_dir(&folder)?;
    // A name that exists can be our own, on a network file system that repeats requests: what is under it decides.
    let found = read(dirs, site, name)?;
    let found = found.ok_or_else(|| Error::bug("a tag that was made is gone"))?;
    match (put, found.version == new.version) {
        (_, true) => Ok(found.told()),
        (Put::Exists, false) => Err(Error::usage(format!(
            "tag {name} is of version {} of {site} already",
            found.version
        ))
        .hint("use another name, or remove the tag first")),
        (Put::Done, false) => Err(
            Error::damaged("expected the tag that was made, found another").at(folder.join(name)),
        ),
    }
}

/// The file of a tag that can be given.
fn made(dirs: &Dirs, site: &str, name: &str, version: Option<u64>) -> Result<TagFile> {
    let compacted = last_compacted(dirs, site)?;
    let numbers = numbers(&log::folder(dirs, site))?;
    let last = numbers.last().copied().unwrap_or(0);
    let version = version.unwrap_or(last);
    if version > 0 && version <= compacted {
        return Err(log::compacted(
            site,
            &format!("version {version}"),
            compacted,
        ));
    }
    if version == 0 || version > last {
        let message = format!(
            "expected a version of {site} from {} to {last}, found {version}",
            compacted + 1
        );
        return Err(
            Error::missing(Missing::Version, message).hint("`trendgate log` lists the versions")
        );
    }
    refuse_expired(dirs, site, version)?;
    read_light(dirs, site, version)?;
    Ok(TagFile {
        tag_version: TAG_VERSION.to_owned(),
        site_id: site.to_owned(),
        name: name.to_owned(),
        version,
        record: store::digest(&record_path(dirs, site, version))?.1,
        created_at: time::now().floor(MICROSECOND),
    })
}

/// Removes a tag, durably; what only it kept goes with the next collection.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) where there is none of this name; [`Storage`](crate::ErrorKind::Storage) where it cannot be removed.
pub(crate) fn untag(dirs: &Dirs, lock: &SiteLock, name: &str) -> Result<()> {
    let site = lock.site();
    refuse_name(name)?;
    let folder = folder(dirs, site);
    let path: &Path = &folder.join(name);
    match store::named(path)? {
        Some(Named::File(_)) => {}
        Some(_) => return Err(Error::damaged("expected a tag, found no file").at(path)),
        None => return Err(no_such_tag(dirs, site, name)),
    }
    store::remove_file(path)?;
    store::fsync_dir(&folder)
}
