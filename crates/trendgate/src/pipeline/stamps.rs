//! Files that the file system says are as they were → what their texts are known by, without reading them.
//!
//! Enters: a file with its stamp (device, inode, size, times of modification and change). Leaves: what its text is known by: from
//! `manifests/.log/{site}/stamps.json` where the stamp is the same, else from its bytes. A file that was changed less than two seconds
//! before it was digested is not remembered: it could be changed once more within the tick of the file system's clock. What an earlier
//! program remembered does not say what the texts are known by today, and is read once more. The list is never the authority: what is read into the dataset is digested while it is decoded, and a list that is torn, altered or gone
//! only costs time: it is not made durable.

use super::Trust;
use crate::acquire::{self, NamedId};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::parallel::locked;
use crate::progress::Cancel;
use crate::publish::{Dirs, log_folder};
use crate::store::{self, Stamp};
use crate::text_id::{Digests, FileId};
use crate::time::{self, SECOND, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Younger than this, a change may have a second one behind it.
const SETTLED: Span = SECOND.times(2);
/// Larger than this, the list is not ours.
const MOST_BYTES: u64 = 1 << 32;

/// A file by device and inode.
type StampPlace = (u64, u64);

/// The stamps that are remembered.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    known: BTreeMap<StampPlace, Stamped>,
    /// Those of the files that are there now.
    met: Mutex<BTreeMap<StampPlace, Stamped>>,
}

/// A file, and what its texts are known by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stamped(Stamp, StampedTexts);

/// The texts of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum StampedTexts {
    /// One text, which has no name of its own.
    One(FileId),
    /// Several, each with its name.
    Named(Vec<(String, FileId)>),
}

impl StampedTexts {
    fn of(ids: &[NamedId]) -> Self {
        match ids {
            [(None, id)] => Self::One(*id),
            ids => {
                let named = ids
                    .iter()
                    .filter_map(|(name, id)| Some((name.clone()?, *id)));
                Self::Named(named.collect())
            }
        }
    }

    fn ids(&self) -> Vec<NamedId> {
        match self {
            Self::One(id) => vec![(None, *id)],
            Self::Named(ids) => {
                let named = ids.iter().map(|(name, id)| (Some(name.clone()), *id));
                named.collect()
            }
        }
    }
}

impl Stamps {
    /// What the last run remembered.
    pub(super) fn read(dirs: &Dirs, site: &str, trust: Trust) -> Self {
        let known = match trust {
            Trust::Stamps => load(&path_of(dirs, site)).unwrap_or_default(),
            Trust::Nothing => Vec::new(),
        };
        let of_today = |entry: &Stamped| entry.1.ids().iter().all(|(_, id)| !id.text.is_earlier());
        let known = known.into_iter().filter(of_today);
        let place = |entry: Stamped| ((entry.0.dev, entry.0.ino), entry);
        Self {
            known: known.map(place).collect(),
            met: Mutex::default(),
        }
    }

    /// What the texts of a file of this stamp are known by, if that is remembered; `digests` says which digests there have to be of one
    /// that is compressed, or is not.
    pub(super) fn known(
        &self,
        stamp: Stamp,
        digests: impl Fn(bool) -> Digests,
    ) -> Option<Vec<NamedId>> {
        let has = |id: &FileId| {
            id.earlier.is_some() || digests(id.text_bytes.is_some()) == Digests::Today
        };
        let place = (stamp.dev, stamp.ino);
        let known = self.known.get(&place).filter(|known| known.0 == stamp)?;
        let ids = known.1.ids();
        ids.iter().all(|(_, id)| has(id)).then(|| {
            locked(&self.met).insert(place, known.clone());
            ids
        })
    }

    /// What the texts of the file at `path` are known by, which has this stamp.
    pub(super) fn identify(
        &self,
        path: &Path,
        stamp: Stamp,
        digests: Digests,
        cancel: &Cancel,
    ) -> Result<Vec<NamedId>> {
        if let Some(known) = self.known(stamp, |_| digests) {
            return Ok(known);
        }
        let ids = acquire::identify_texts(path, digests, cancel)?;
        let settled = stamp.mtime.max(stamp.ctime) < time::now() - SETTLED;
        if settled && Stamp::of(&store::open(path)?, path)? == stamp {
            let stamped = Stamped(stamp, StampedTexts::of(&ids));
            locked(&self.met).insert((stamp.dev, stamp.ino), stamped);
        }
        Ok(ids)
    }

    /// Remembers the files that were met, for the next run.
    pub(super) fn keep(&self, dirs: &Dirs, site: &str) -> Result<()> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if met.is_empty() || *met == self.known {
            return Ok(());
        }
        let entries: Vec<&Stamped> = met.values().collect();
        let json = serde_json::to_vec(&entries)
            .map_err(|e| Error::bug(format!("cannot write the stamps as JSON: {e}")))?;
        let mut bytes = format!("{}\n", Digest::of(&json)).into_bytes();
        bytes.extend(json);
        let path = path_of(dirs, site);
        store::remove_file(&path)?;
        store::write_all(&path, &bytes).map(drop)
    }
}

fn path_of(dirs: &Dirs, site: &str) -> PathBuf {
    log_folder(dirs, site).join("stamps.json")
}

fn load(path: &Path) -> Option<Vec<Stamped>> {
    let bytes = store::read(path, MOST_BYTES).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let digest: Digest = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    let json = &bytes[end + 1..];
    (digest == Digest::of(json)).then(|| serde_json::from_slice(json).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_id::TextId;
    use crate::time::HOUR;

    #[test]
    fn a_file_that_has_not_changed_is_not_read_again_and_a_list_that_was_altered_is_nothing() {
        let folder = crate::store::test_folder();
        let dirs = Dirs::under(folder.path());
        store::create_dir_all(&log_folder(&dirs, "S")).unwrap();
        let file = folder.path().join("a.csv");
        store::write_all_synced(&file, b"rows").unwrap();
        let mut stamp = Stamp::of(&store::open(&file).unwrap(), &file).unwrap();
        let fresh = Stamps::read(&dirs, "S", Trust::Stamps);
        let id = |bytes: &[u8]| FileId {
            text: TextId::of(bytes),
            text_bytes: None,
            earlier: None,
        };
        let identify = |stamps: &Stamps, stamp| {
            let found = stamps.identify(&file, stamp, Digests::Today, &Cancel::default());
            let [(None, id)] = found.unwrap()[..] else {
                panic!("one text without a name");
            };
            id
        };
        assert_eq!(identify(&fresh, stamp), id(b"rows"));
        assert!(
            fresh.met.lock().unwrap().is_empty(),
            "it was written just now"
        );
        // As if it had been there for an hour, with a digest that only the list can know.
        stamp.mtime -= HOUR;
        let other = id(b"other");
        let entry = ((stamp.dev, stamp.ino), (stamp, other));
        let (place, (stamped, known)) = entry;
        let stamped = Stamped(stamped, StampedTexts::One(known));
        fresh.met.lock().unwrap().insert(place, stamped);
        fresh.keep(&dirs, "S").unwrap();
        let next = Stamps::read(&dirs, "S", Trust::Stamps);
        assert_eq!(identify(&next, stamp), other);
        let identify_earlier = |stamps: &Stamps| {
            let cancel = Cancel::default();
            let found = stamps.identify(&file, stamp, Digests::AndEarlier, &cancel);
            found.unwrap()
        };
        let found = identify_earlier(&next);
        assert_eq!(
            (found[0].1.text, found[0].1.earlier.map(|ids| ids.text)),
            (TextId::of(b"rows"), Some(Digest::of(b"rows").into())),
            "the list does not say what was asked for"
        );
        let paranoid = Stamps::read(&dirs, "S", Trust::Nothing);
        assert_eq!(identify(&paranoid, stamp), id(b"rows"));
        stamp.bytes += 1;
        assert_eq!(identify(&next, stamp), id(b"rows"));
        let list = path_of(&dirs, "S");
        let mut bytes = store::read(&list, 1 << 20).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        store::remove_file(&list).unwrap();
        store::write_all_synced(&list, &bytes).unwrap();
        assert_eq!(load(&list), None);
    }

    #[test]
    fn what_an_earlier_program_remembered_is_read_again() {
        let folder = crate::store::test_folder();
        let dirs = Dirs::under(folder.path());
        store::create_dir_all(&log_folder(&dirs, "S")).unwrap();
        let list = path_of(&dirs, "S");
        let stamp = r#"{"dev":1,"ino":2,"bytes":4,"mtime":0,"ctime":0}"#;
        let remembered = |text: &str| {
            let json = format!(r#"[[{stamp},{{"text":"{text}","packed":null,"text_bytes":4}}]]"#);
            let bytes = format!("{}\n{json}", Digest::of(json.as_bytes()));
            store::remove_file(&list).unwrap();
            store::write_all_synced(&list, bytes.as_bytes()).unwrap();
            Stamps::read(&dirs, "S", Trust::Stamps).known.len()
        };
        assert_eq!(remembered(&TextId::of(b"rows").to_string()), 1);
        assert_eq!(remembered(&Digest::of(b"rows").to_string()), 0);
    }
}
