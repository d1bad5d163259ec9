//! Every call of a step × a loss of power there: the program is killed, the file system shut down as if the machine were, and
//! mounted again.

mod disk;

use disk::Disk;
pub(super) use disk::{FileSystem, unmount};

use super::bench::Bench;
use super::judge::{self, Leftovers};
use super::points::Point;
use super::program::SITE;
use super::scenario::Ready;
use super::strace::{self, Fault};
use super::tree;
use crate::Result;
use std::path::PathBuf;
use std::sync::Mutex;

/// What is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The journal is written before the end, data is not: names without content.
    Data,
    /// Neither is written.
    All,
}

impl Loss {
    /// The name in reports, and the flag of the ioctl.
    pub(super) const ALL: [(&str, Self); 2] = [("power1", Self::Data), ("power2", Self::All)];

    const fn flag(self) -> u32 {
        match self {
            Self::Data => 1,
            Self::All => 2,
        }
    }
}

/// The start state of a scenario as an image, and the disks of the threads.
pub(super) struct Rig {
    image: PathBuf,
    disks: Vec<Mutex<Disk>>,
}

impl Rig {
    /// Makes the image of the start state, and a disk for each thread.
    ///
    /// # Errors
    /// Where the machine cannot mount.
    pub(super) fn new(bench: &Bench, ready: &Ready, system: FileSystem) -> Result<Self> {
        let name = format!("power-{}-{}", system.name(), ready.scenario.name);
        let image = bench.folder(&name).with_extension("image");
        system.make(&image)?;
        let mut first = Disk::new(system, &image, &bench.folder(&name).join("start"))?;
        first.mount()?;
        let data = first.data();
        tree::restore(&ready.start, &data)?;
        first.unmount()?;
        let disks = (0..bench.jobs).map(|job| {
            let folder = bench.folder(&name).join(format!("job-{job}"));
            let copy = folder.with_extension("image");
            Disk::new(system, &copy, &folder).map(Mutex::new)
        });
        Ok(Self {
            disks: disks.collect::<Result<_>>()?,
            image,
        })
    }

    /// One trial on the disk of a thread; without a point, the power goes after the step has ended.
    ///
    /// # Errors
    /// The promise that was broken.
    pub(super) fn once(
        &self,
        bench: &Bench,
        job: usize,
        ready: &Ready,
        point: Option<&Point>,
        loss: Loss,
    ) -> Result {
        let disk = self.disks.get(job).ok_or("no disk for the thread")?;
        let mut disk = disk.lock().map_err(|error| error.to_string())?;
        disk.restore(&self.image)?;
        disk.mount()?;
        let judged = on_disk(bench, &mut disk, ready, point, loss);
        disk.unmount()?;
        judged
    }
}

fn on_disk(
    bench: &Bench,
    disk: &mut Disk,
    ready: &Ready,
    point: Option<&Point>,
    loss: Loss,
) -> Result {
    let data = disk.data();
    let words = bench.program.words(ready.scenario.step, SITE, &data);
    let outcome = match point {
        Some(point) => {
            // The trace is written elsewhere, or it would be lost, too.
            let trace = disk.beside("data");
            let (outcome, reached) = strace::disturb(&words, &trace, point, Fault::Kill)?;
            if !reached {
                return Err(format!("not reached: {}", outcome.said));
            }
            outcome
        }
        None => bench.program.go(ready.scenario.step, &data)?,
    };
    disk.lose_power(loss.flag())?;
    judge::at_once(&data, ready, &outcome, Leftovers::Some)?;
    judge::at_rest(&data, ready, &bench.program)
}
