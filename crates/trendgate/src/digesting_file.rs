//! A new file that is digested while it is written.
//!
//! After the first error nothing more is written: the system may have dropped pages and forgotten, so that trying again
//! could "succeed" on a broken file.

use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::store;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A new file, with the digest and the number of the bytes that went into it.
pub(crate) struct DigestingFile {
    path: PathBuf,
    /// None once it is finished, or has failed.
    file: Option<File>,
    hasher: Hasher,
    bytes: u64,
}

impl DigestingFile {
    /// A file that must not exist yet.
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        let file = Some(store::create_new(&path)?);
        Ok(Self {
            path,
            file,
            hasher: Hasher::default(),
            bytes: 0,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file durable and closes it; its digest and size. The fsync is not only for power loss: a close does not report failed
    /// writes, and a handle opened later need not learn of them.
    pub(crate) fn finish(&mut self) -> Result<(Digest, u64)> {
        let file = self.file.take();
        let file =
            file.ok_or_else(|| Error::bug("the file is not open any more").at(&self.path))?;
        store::fsync(&file, &self.path)?;
        Ok((std::mem::take(&mut self.hasher).finish(), self.bytes))
    }
}

impl Write for DigestingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else {
            return Err(io::Error::other("the file is closed or has failed before"));
        };
        match file.write(bytes) {
            Ok(written) => {
                self.hasher.update(&bytes[..written]);
                self.bytes += written as u64;
                Ok(written)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                self.file = None;
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
    use crate::error::ErrorKind;

    #[test]
    fn the_digest_is_that_of_the_file_which_is_closed_then() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("part");
        let mut file = DigestingFile::create(path.clone()).unwrap();
        file.write_all(b"rows").unwrap();
        file.write_all(b"footer").unwrap();
        assert_eq!(file.finish().unwrap(), (Digest::of(b"rowsfooter"), 10));
        assert!(file.write_all(b"more").is_err());
        assert_eq!(file.finish().unwrap_err().kind(), ErrorKind::Bug);
        let mut text = String::new();
        io::Read::read_to_string(&mut store::open(&path).unwrap(), &mut text).unwrap();
        assert_eq!(text, "rowsfooter");
    }

    #[test]
    fn a_file_that_exists_is_never_written_over() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("part");
        DigestingFile::create(path.clone())
            .unwrap()
            .write_all(b"a")
            .unwrap();
        let error = DigestingFile::create(path).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert_eq!(error.io().unwrap().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn after_an_error_nothing_more_is_written() {
        let mut file = DigestingFile {
            path: "/dev/full".into(),
            file: Some(store::open_append(Path::new("/dev/full")).unwrap()),
            hasher: Hasher::default(),
            bytes: 0,
        };
        let error = file.write_all(b"rows").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let error = file.write_all(b"rows").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(file.finish().is_err());
    }
}
