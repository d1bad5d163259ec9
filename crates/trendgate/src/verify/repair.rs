//! The public names of the manifests, made anew from the log; nothing else is mended.
//!
//! Enters: a site whose lock is held. Leaves: what was done. The log is the truth: a public name that is missing is made, and
//! one that stands for other bytes is moved aside (never removed) before it is made. A record that is damaged is not mended:
//! where its public name is the same file, both are damaged; where it is another one, a person decides which is right.

use crate::error::{Error, Result};
use crate::path_bytes::{as_text, as_text_if_any};
use crate::publish::{Dirs, History, SiteLock, public_path, publish_name};
use crate::store::{self, Named, Put};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A public name that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Repaired {
    /// The version.
    pub version: u64,
    /// Its public name.
    #[serde(serialize_with = "as_text")]
    pub public: PathBuf,
    /// Where what had the name before was moved to.
    #[serde(serialize_with = "as_text_if_any")]
    pub moved_aside: Option<PathBuf>,
}

/// Makes the public names of a site whose log can be read, up to the first damage.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where a name cannot be moved or made;
/// [`Damaged`](crate::ErrorKind::Damaged) where something that is no file has it.
pub(crate) fn repair_site(dirs: &Dirs, lock: &SiteLock) -> Result<Vec<Repaired>> {
    let (history, _) = History::salvage(dirs, lock.site())?;
    let mut repaired = Vec::new();
    for version in history.versions() {
        let public = public_path(dirs, &version.manifest);
        let moved_aside = match store::named(&public)? {
            None => None,
            Some(Named::File(_)) if store::digest(&public)? == store::digest(&version.record)? => {
                continue;
            }
            Some(Named::File(_)) => Some(move_aside(&public)?),
            Some(_) => {
                return Err(Error::damaged("expected a manifest, found no file")
                    .at(public)
                    .hint("move it away and run this again"));
            }
        };
        publish_name(dirs, version)?;
        repaired.push(Repaired {
            version: version.number,
            public,
            moved_aside,
        });
    }
    Ok(repaired)
}

/// To the same name with `.aside-` and a number, which no reader takes for a manifest.
fn move_aside(path: &Path) -> Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".aside-{number}"));
        let aside = PathBuf::from(name);
        if store::rename_new(path, &aside)? == Put::Done {
            return Ok(aside);
        }
        number += 1;
    }
}
