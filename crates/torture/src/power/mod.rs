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

/// The disks of the threads, and for each an image with the start state of a scenario.
pub(super) struct Rig {
    images: Vec<PathBuf>,
    disks: Vec<Mutex<Disk>>,
}

impl Rig {
    /// Makes a disk for each thread, and the image of the start state.
    ///
    /// # Errors
    /// Where the machine cannot mount.
    pub(super) fn new(bench: &Bench, ready: &Ready, system: FileSystem) -> Result<Self> {
        let name = format!("power-{}-{}", system.name(), ready.scenario.name);
        let folder = bench.folder(&name);
        let (mut images, mut disks) = (Vec::new(), Vec::new());
        for job in 0..bench.jobs {
            let folder = folder.join(format!("job-{job}"));
            let (image, copy) = (
                folder.with_extension("start"),
                folder.with_extension("image"),
            );
            let mut disk = Disk::new(system, &copy, &folder)?;
            system.make(&copy)?;
            disk.mount()?;
            ready.start.put(&disk.data())?;
            disk.unmount()?;
            disk.copy_to(&image)?;
            disks.push(Mutex::new(disk));
            images.push(image);
        }
        Ok(Self { images, disks })
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
        disk.restore(self.images.get(job).ok_or("no image for the thread")?)?;
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
    judge::at_once(&data, ready, &outcome, &Leftovers::Some)?;
    judge::at_rest(&data, ready, &bench.program)
}
