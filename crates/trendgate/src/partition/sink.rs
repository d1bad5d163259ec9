//! A new file that is digested while it is written, and that can let go of its handle in between.
//!
//! After the first error nothing more is written: the system may have dropped pages and forgotten, so that trying again
//! could "succeed" on a broken file.

use crate::digest::{Digest, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::store;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) struct Sink {
    path: PathBuf,
    handle: Handle,
    hasher: Hasher,
    bytes: u64,
}

enum Handle {
    Open(File),
    Released,
    /// What comes after the rows, which is not to be written yet.
    Aside(Vec<u8>),
    Failed,
}

impl Sink {
    /// A file that must not exist yet.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let handle = Handle::Open(store::create_new(&path)?);
        Ok(Self {
            path,
            handle,
            hasher: Hasher::default(),
            bytes: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what was written durable and closes the file, which can be reopened. The fsync is not only for power loss:
    /// a close does not report failed writes, and a handle opened later need not learn of them.
    pub(super) fn release(&mut self) -> Result<()> {
        let open = std::mem::replace(&mut self.handle, Handle::Failed);
        let Handle::Open(file) = open else {
            return Err(self.spent());
        };
        store::fsync(&file, &self.path)?;
        self.handle = Handle::Released;
        Ok(())
    }

    /// Has what is written to a released file kept aside.
    pub(super) fn set_aside(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.handle, Handle::Failed) {
            Handle::Released => self.handle = Handle::Aside(Vec::new()),
            _ => return Err(self.spent()),
        }
        Ok(())
    }

    /// What was kept aside; the file is released as before.
    pub(super) fn aside(&mut self) -> Result<Vec<u8>> {
        match std::mem::replace(&mut self.handle, Handle::Released) {
            Handle::Aside(bytes) => Ok(bytes),
            _ => Err(self.spent()),
        }
    }

    /// Opens the file again, to write on.
    pub(super) fn reopen(&mut self) -> Result<()> {
        let released = std::mem::replace(&mut self.handle, Handle::Failed);
        let Handle::Released = released else {
            return Err(self.spent());
        };
        let file = store::open_append(&self.path)?;
        let found = store::Stamp::of(&file, &self.path)?.bytes;
        if found != self.bytes {
            let message = format!("expected {} bytes, as written, found {found}", self.bytes);
            return Err(Error::new(ErrorKind::Storage, message)
                .at(&self.path)
                .hint("something else writes to the staging folder; nothing was committed"));
        }
        self.handle = Handle::Open(file);
        Ok(())
    }

    /// Makes the file durable and closes it; its digest and size.
    pub(super) fn finish(&mut self) -> Result<(Digest, u64)> {
        self.release()?;
        self.handle = Handle::Failed;
        Ok((std::mem::take(&mut self.hasher).finish(), self.bytes))
    }

    fn spent(&self) -> Error {
        Error::bug("a part is not open for this step").at(&self.path)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match &mut self.handle {
            Handle::Open(file) => file,
            Handle::Aside(aside) => return aside.write(bytes),
            Handle::Released | Handle::Failed => {
                return Err(io::Error::other("the part is closed or has failed before"));
            }
        };
        match file.write(bytes) {
            Ok(written) => {
                self.hasher.update(&bytes[..written]);
                self.bytes += written as u64;
                Ok(written)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                self.handle = Handle::Failed;
                Err(e)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_file_over_a_release() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("part");
        let mut sink = Sink::create(path.clone()).unwrap();
        sink.write_all(b"rows").unwrap();
        sink.release().unwrap();
        assert!(sink.write_all(b"lost").is_err());
        sink.reopen().unwrap();
        sink.write_all(b"footer").unwrap();
        let (digest, bytes) = sink.finish().unwrap();
        assert_eq!(bytes, 10);
        assert_eq!(digest, Digest::of(b"rowsfooter"));
        let mut text = String::new();
        io::Read::read_to_string(&mut store::open(&path).unwrap(), &mut text).unwrap();
        assert_eq!(text, "rowsfooter");
    }

    #[test]
    fn what_is_set_aside_is_in_no_file() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("part");
        let mut sink = Sink::create(path.clone()).unwrap();
        sink.write_all(b"rows").unwrap();
        assert!(sink.set_aside().is_err(), "it is open");
        let mut sink = Sink::create(folder.path().join("other")).unwrap();
        sink.release().unwrap();
        sink.set_aside().unwrap();
        sink.write_all(b"later").unwrap();
        assert_eq!(sink.aside().unwrap(), b"later");
        sink.reopen().unwrap();
        assert_eq!(sink.finish().unwrap(), (Digest::of(b""), 0));
    }

    #[test]
    fn a_file_that_exists_is_never_written_over() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("part");
        Sink::create(path.clone()).unwrap().write_all(b"a").unwrap();
        let error = Sink::create(path).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert_eq!(error.io().unwrap().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_file_that_someone_else_touched_is_refused_and_not_tried_again() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("part");
        let mut sink = Sink::create(path.clone()).unwrap();
        sink.write_all(b"rows").unwrap();
        sink.release().unwrap();
        store::open_append(&path).unwrap().write_all(b"!").unwrap();
        let error = sink.reopen().unwrap_err();
        assert_eq!(error.message(), "expected 4 bytes, as written, found 5");
        assert_eq!(sink.reopen().unwrap_err().kind(), ErrorKind::Bug);
    }

    #[test]
    fn after_an_error_nothing_more_is_written() {
        let mut sink = Sink {
            path: "/dev/full".into(),
            handle: Handle::Open(store::open_append(Path::new("/dev/full")).unwrap()),
            hasher: Hasher::default(),
            bytes: 0,
        };
        let error = sink.write_all(b"rows").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let error = sink.write_all(b"rows").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(sink.finish().is_err());
    }
}
