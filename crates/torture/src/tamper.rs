//! A dataset at rest × one changed byte, or one file that is another's: `verify` has to notice, wherever it is.

use super::bench::Bench;
use super::program::{Ending, Program, Step};
use super::scenario::Ready;
use super::tree::{self, Item};
use crate::{Result, at};
use std::fs;
use std::path::{Path, PathBuf};
use testkit::prng::mix;

/// How many bytes of each file are changed, one at a time; of a manifest, where most bytes stand for something, more.
const PLACES: u64 = 64;
const PLACES_OF_A_MANIFEST: u64 = 256;

/// One change of one file.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    path: String,
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    /// One byte is another.
    Byte(u64),
    /// One byte is another under both names of a manifest: what writing into the file does, which is one file of two names.
    InPlace(u64),
    /// It is a manifest that is whole, but of another run over the same reports.
    Other(PathBuf),
}

/// A dataset at rest, and the spots of its files.
pub(super) struct Specimen {
    rest: PathBuf,
    scenario: &'static str,
    spots: Vec<Spot>,
    /// The run that would acknowledge the last version once more.
    last: Option<Step>,
}

impl Specimen {
    /// What the scenario comes to, with the spots that the seed gives.
    ///
    /// # Errors
    /// Where it cannot be made, or is not in order by itself.
    pub(super) fn new(bench: &Bench, program: &Program, ready: &Ready, seed: u64) -> Result<Self> {
        let size = if program.small { "-small" } else { "" };
        let rest = bench.folder(&format!("specimen-{}{size}", ready.scenario.name));
        ready.start.put(&rest)?;
        super::scenario::steps(program, ready.scenario.after, &rest)?;
        let outcome = program.go(Step::Verify, &rest)?;
        if !outcome.is_good() {
            return Err(format!("verify, of what nobody touched: {}", outcome.said));
        }
        let mut spots = Vec::new();
        for (path, item) in tree::list(&rest)? {
            let Item::File { bytes, .. } = item else {
                continue;
            };
            // The names of a dataset's folders have no digest: other names lead to other folders, which is seen where they are missed.
            let names = path == "trendgate.json";
            if bytes == 0 || names || path.ends_with("/lock") || tree::is_aside(&path) {
                continue;
            }
            let places = match path.ends_with(".json") {
                true => PLACES_OF_A_MANIFEST,
                false => PLACES,
            };
            spots.extend((0..places.min(bytes)).map(|place| Spot {
                path: path.clone(),
                change: Change::Byte((mix(seed ^ place) ^ place) % bytes),
            }));
        }
        spots.extend(in_place(&rest, seed)?);
        spots.extend(swapped(program, ready, &rest)?);
        Ok(Self {
            rest,
            scenario: ready.scenario.name,
            last: ready.scenario.after.last().copied(),
            spots,
        })
    }

    /// The trials, by the name that `--only` takes.
    pub(super) fn trials(&self) -> impl Iterator<Item = (String, (&Self, &Spot))> {
        self.spots.iter().enumerate().map(move |(number, spot)| {
            let name = format!("{}:tamper:{number}", self.scenario);
            (name, (self, spot))
        })
    }

    /// One trial in the folder of a thread.
    ///
    /// # Errors
    /// Where the change is not noticed.
    pub(super) fn once(&self, program: &Program, data: &Path, spot: &Spot) -> Result {
        tree::restore(&self.rest, data)?;
        spot.make(data)?;
        let outcome = program.go(Step::Verify, data)?;
        if outcome.ending != Ending::Exit(1) {
            return Err(spot.unnoticed("verify", outcome.ending));
        }
        // A run that acknowledges a version anew looks at its public name, too.
        if let (Change::Other(_), Some(step)) = (&spot.change, self.last) {
            let outcome = program.go(step, data)?;
            if outcome.ending != Ending::Exit(1) {
                return Err(spot.unnoticed("run", outcome.ending));
            }
        }
        Ok(())
    }
}

impl Spot {
    /// Makes the change in a dataset. Of a file of two names the other one keeps what it had, unless the change is in place.
    fn make(&self, data: &Path) -> Result {
        let path = data.join(&self.path);
        let before = fs::read(&path).map_err(at(&path))?;
        match &self.change {
            Change::Other(file) => put(&path, &fs::read(file).map_err(at(file))?),
            Change::Byte(place) => put(&path, &with_another(&before, *place)),
            Change::InPlace(place) => {
                let after = with_another(&before, *place);
                for name in tree::list(data)?.into_keys() {
                    let path = data.join(name);
                    if path.is_file() && fs::read(&path).map_err(at(&path))? == before {
                        put(&path, &after)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn unnoticed(&self, who: &str, ending: Ending) -> String {
        format!(
            "{}: {:?}, and {who} ended with {ending:?}",
            self.path, self.change
        )
    }
}

/// Bytes of each record, to be changed under its public name, too.
fn in_place(rest: &Path, seed: u64) -> Result<Vec<Spot>> {
    let mut spots = Vec::new();
    for (path, item) in tree::list(rest)? {
        if let Item::File { bytes, .. } = item
            && path.starts_with("manifests/.log/")
            && path.ends_with(".json")
            && !tree::is_aside(&path)
        {
            spots.extend((0..PLACES).map(|place| Spot {
                path: path.clone(),
                change: Change::InPlace(mix(seed ^ place) % bytes),
            }));
        }
    }
    Ok(spots)
}

/// A public manifest that is another run's.
fn swapped(program: &Program, ready: &Ready, rest: &Path) -> Result<Option<Spot>> {
    let other = rest.with_extension("other");
    ready.start.put(&other)?;
    super::scenario::steps(program, ready.scenario.after, &other)?;
    let [ours, theirs] = [public(rest)?, public(&other)?];
    // Where the start state has it already, it is the same file.
    let different = ours.zip(theirs).filter(|(ours, theirs)| ours != theirs);
    Ok(different.map(|(path, theirs)| Spot {
        path,
        change: Change::Other(other.join(theirs)),
    }))
}

fn public(data: &Path) -> Result<Option<String>> {
    let mut paths = tree::list(data)?.into_keys();
    Ok(paths.rfind(|path| path.starts_with("manifests/manifest-")))
}

/// The bytes with one of them another. A digit stays a digit and a letter a letter: what can still be read is the harder case.
fn with_another(bytes: &[u8], place: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = usize::try_from(place).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1;
    }
    bytes
}

/// Gives a name another file.
fn put(path: &Path, bytes: &[u8]) -> Result {
    fs::remove_file(path).map_err(at(path))?;
    fs::write(path, bytes).map_err(at(path))
}
