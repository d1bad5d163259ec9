//! A file system in a file, that can be mounted, lose its power, and be mounted again.

use crate::tree;
use crate::{Result, at};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use testkit::programs::{run, works};

/// Shuts file systems down: an ioctl, which this crate, free of `unsafe`, cannot do itself.
const SWITCH: &str = include_str!("switch.py");

/// Which file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSystem {
    Ext4,
    Xfs,
}

impl FileSystem {
    pub(crate) const ALL: [Self; 2] = [Self::Ext4, Self::Xfs];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
        }
    }

    /// Makes one in a new file. XFS is not to be had below 300 MiB, most of which stays a hole.
    ///
    /// # Errors
    /// Where its program is not there.
    pub(crate) fn make(self, image: &Path) -> Result {
        let file = fs::File::create(image).map_err(at(image))?;
        let mebibytes: u64 = match self {
            Self::Ext4 => 24,
            Self::Xfs => 300,
        };
        file.set_len(mebibytes << 20).map_err(at(image))?;
        let mut make = Command::new(format!("mkfs.{}", self.name()));
        match self {
            Self::Ext4 => make.args(["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"]),
            Self::Xfs => make.args(["-q", "-f"]),
        };
        run(make.arg(image))
    }

    /// The options of a mount. The copies of an image have one UUID, which XFS would not have twice.
    const fn options(self) -> &'static str {
        match self {
            Self::Ext4 => "loop",
            Self::Xfs => "loop,nouuid",
        }
    }

    /// Whether it can be made, mounted and shut down here, and loses what was not durable.
    ///
    /// # Errors
    /// The reason why not.
    pub(crate) fn probe(self, folder: &Path) -> Result {
        let image = folder.join(format!("probe-{}.image", self.name()));
        fs::create_dir_all(folder).map_err(at(folder))?;
        self.make(&image)?;
        let mut disk = Disk::new(self, &image, &folder.join(format!("probe-{}", self.name())))?;
        disk.mount()?;
        let witness = disk.data();
        fs::write(&witness, "not durable").map_err(at(&witness))?;
        disk.lose_power(2)?;
        let lost = !witness.exists();
        disk.unmount()?;
        match lost {
            true => Ok(()),
            false => Err("what was not durable survives the shutdown".to_owned()),
        }
    }
}

/// Unmounts what is mounted at `place`; a process that was killed may take a moment to let go of it.
///
/// # Errors
/// Where it does not come free within a second.
pub(crate) fn unmount(place: &Path) -> Result {
    for _ in 0..200 {
        if works(Command::new("umount").arg(place)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    run(Command::new("umount").arg(place))
}

/// The process that shuts file systems down when told to.
#[derive(Debug)]
pub(crate) struct Switch {
    process: Child,
    tell: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
}

impl Switch {
    fn new() -> Result<Self> {
        let python = ["/usr/bin/python3", "python3"];
        let found = python.iter().find(|path| which(path));
        let mut process = Command::new(found.ok_or("python3 is not there")?)
            .args(["-c", SWITCH])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start python3: {error}"))?;
        let tell = process.stdin.take();
        let hear = process.stdout.take().ok_or("python3 has no output")?;
        Ok(Self {
            process,
            tell,
            hear: BufReader::new(hear),
        })
    }

    fn off(&mut self, mount: &Path, flag: u32) -> Result {
        let broken = |error: std::io::Error| format!("switch.py: {error}");
        let tell = self.tell.as_mut().ok_or("switch.py has ended")?;
        writeln!(tell, "{flag} {}", mount.display()).map_err(broken)?;
        let mut answer = String::new();
        self.hear.read_line(&mut answer).map_err(broken)?;
        match answer.trim() {
            "off" => Ok(()),
            other => Err(format!("cannot shut {} down: {other}", mount.display())),
        }
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        // Without its input it ends by itself.
        drop(self.tell.take());
        let _ = self.process.wait();
    }
}

fn copied(from: &Path, to: &Path) -> Result {
    let mut copy = Command::new("cp");
    run(copy.arg("--sparse=always").arg(from).arg(to))
}

fn which(program: &str) -> bool {
    works(Command::new(program).arg("--version"))
}

/// An image and the place where it is mounted.
#[derive(Debug)]
pub(crate) struct Disk {
    system: FileSystem,
    image: PathBuf,
    place: PathBuf,
    mounted: bool,
    switch: Switch,
}

impl Disk {
    /// The disk of an image, to be mounted in `folder`.
    ///
    /// # Errors
    /// Where the folder cannot be made, or there is no Python.
    pub(crate) fn new(system: FileSystem, image: &Path, folder: &Path) -> Result<Self> {
        let place = folder.join("mount");
        fs::create_dir_all(&place).map_err(at(&place))?;
        Ok(Self {
            system,
            image: image.to_owned(),
            place,
            mounted: false,
            switch: Switch::new()?,
        })
    }

    /// The folder of the data on it.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.join("data")
    }

    /// A path of that name that is not on it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.place.with_file_name(name)
    }

    /// Makes it a copy of another image; holes stay holes.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(crate) fn restore(&self, image: &Path) -> Result {
        copied(image, &self.image)
    }

    /// Keeps its image, while it is not mounted; holes stay holes.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(crate) fn copy_to(&self, image: &Path) -> Result {
        copied(&self.image, image)
    }

    pub(crate) fn mount(&mut self) -> Result {
        let mut mount = Command::new("mount");
        mount.args(["-o", self.system.options()]);
        run(mount.arg(&self.image).arg(&self.place))?;
        self.mounted = true;
        Ok(())
    }

    /// Unmounts it.
    ///
    /// # Errors
    /// As [`unmount`].
    pub(crate) fn unmount(&mut self) -> Result {
        unmount(&self.place).map(|()| self.mounted = false)
    }

    /// Nothing more gets to the disk from now; then it is mounted again, as after a boot.
    ///
    /// # Errors
    /// Where it cannot be shut down.
    pub(crate) fn lose_power(&mut self, flag: u32) -> Result {
        self.switch.off(&self.place, flag)?;
        self.unmount()?;
        self.mount()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted
            && let Err(error) = self.unmount()
        {
            eprintln!("warning: {error}");
        }
        let _ = tree::remove(&self.place);
    }
}
