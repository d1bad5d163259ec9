//! Where the work is done: a folder of our own, with the reports, and a folder of data for each thread.

use super::program::Program;
use super::{reports, tree};
use crate::{Result, at};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// After which a file counts as settled for the program.
const SETTLED: Duration = Duration::from_millis(2_100);

/// The folder, and the program that works in it. It goes with the last use of it.
#[derive(Debug)]
pub(super) struct Bench {
    root: PathBuf,
    pub(super) program: Program,
    pub(super) jobs: usize,
}

impl Bench {
    /// A new folder below `place`, with the reports of the seed.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn new(place: &Path, program: PathBuf, seed: u64, jobs: usize) -> Result<Self> {
        let root = place.join(format!("torture-{}", std::process::id()));
        let reports = root.join("reports");
        fs::create_dir_all(&reports).map_err(at(&reports))?;
        let program = Program {
            path: program,
            reports,
            mutation: None,
            small: false,
        };
        let bench = Self {
            root,
            program,
            jobs,
        };
        reports::write(&bench.program.reports, seed)?;
        // A report that was only just written is digested again by the next run: the calls of one step would not be those of
        // the next.
        std::thread::sleep(SETTLED);
        Ok(bench)
    }

    /// The memory of the machine where it has a file system of it: a kill or an error is the same there, and faster.
    pub(super) fn usual_place() -> PathBuf {
        let memory = Path::new("/dev/shm");
        match memory.is_dir() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        }
    }

    /// A folder of the bench.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The data of a thread.
    pub(super) fn data(&self, job: usize) -> PathBuf {
        self.root.join(format!("job-{job}/data"))
    }

    /// Makes the folders of the threads.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn ready_for_jobs(&self) -> Result {
        (0..self.jobs).try_for_each(|job| {
            let data = self.data(job);
            fs::create_dir_all(&data).map_err(at(&data))
        })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Err(error) = tree::remove(&self.root) {
            eprintln!("warning: {error}");
        }
    }
}
