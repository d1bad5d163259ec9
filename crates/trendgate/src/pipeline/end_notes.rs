//! Notes: small files that say how something ended last, for people and for alarms. They are not part of the dataset.
//!
//! ```text
//! manifests/.runs/{site}/{prefix}{time}.json      the time in nanoseconds since 1970, in 20 digits
//! ```
//!
//! Enters: a note, as JSON. Leaves: a new file, and the one before it; earlier ones go. Whoever asks gets the newest that is whole: so a note is
//! there however a writer ended. Not durable. Refused: folders that are not those of the dataset.

use crate::error::{Error, Result};
use crate::escape::escaped_json;
use crate::publish::{self, Dirs};
use crate::store::{self, Named};
use crate::time;
use serde::{Serialize, de::DeserializeOwned};
use std::path::{Path, PathBuf};

/// A larger file is not ours.
const MOST_BYTES: u64 = 1 << 20;

/// The newest note of a site with this prefix that is whole; `None` where there is none.
pub(super) fn newest<T: DeserializeOwned>(
    dirs: &Dirs,
    site: &str,
    prefix: &str,
) -> Result<Option<T>> {
    let mut files = files(&dirs.runs().join(site), prefix)?;
    files.reverse();
    let whole = |(_, path): &(i64, PathBuf)| {
        let bytes = store::read(path, MOST_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    Ok(files.iter().find_map(whole))
}

/// Keeps a note of a site, and the one with this prefix before it.
pub(super) fn keep(dirs: &Dirs, site: &str, prefix: &str, word: &impl Serialize) -> Result<()> {
    // Nothing is written into folders that are not those of the dataset.
    if dirs.agree().is_err() {
        return Ok(());
    }
    let runs = dirs.runs();
    let folder = runs.join(site);
    for folder in [&runs, &folder] {
        store::create_dir_all(folder)?;
        if store::named(folder)? != Some(Named::Folder) {
            return Err(Error::input("expected a folder, found something else").at(folder));
        }
    }
    let json = serde_json::to_string(word)
        .map_err(|e| Error::bug(format!("cannot write how something ended as JSON: {e}")))?;
    let before = files(&folder, prefix)?;
    let path = folder.join(format!("{prefix}{:020}.json", time::now().nanos()));
    if let Err(error) = store::write_all(&path, escaped_json(&json).as_bytes()) {
        // What is there of it is no note.
        let _ = store::remove_file(&path);
        return Err(error);
    }
    let earlier = before.split_last().map_or(&[][..], |(_, earlier)| earlier);
    earlier
        .iter()
        .try_for_each(|(_, path)| store::remove_file(path))
}

/// The files of a site with this prefix, by their times, the newest last.
fn files(folder: &Path, prefix: &str) -> Result<Vec<(i64, PathBuf)>> {
    let time = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
        let digits = name.strip_prefix(prefix)?;
        (digits.len() == 20).then_some(())?;
        Some((digits.parse().ok()?, path))
    };
    let listed = publish::list(folder)?.into_iter();
    let mut files: Vec<_> = listed.filter_map(time).collect();
    files.sort();
    Ok(files)
}
