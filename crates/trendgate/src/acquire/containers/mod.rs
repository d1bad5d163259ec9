//! Files → the bytes of texts.
//!
//! A container is a way in which a file holds texts: one that is the file itself, one that is compressed. It is one file here, and one line
//! in [`CONTAINERS`]. Which characters the bytes of a text stand for is no business of it.

mod gzip;
mod plain;

use super::file_bytes::{FileBytes, ReadSeek};
use super::ids::chosen;
use crate::digest::Digest;
pub(super) use gzip::TRAILING;
pub(crate) use gzip::is_gzip;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Take};
use std::path::Path;

/// A way in which a file holds texts.
pub(super) trait Container: Sync {
    /// Its name, which stays the same from version to version of the program.
    fn id(&self) -> &'static str;

    /// Whether files of this name are such.
    fn is_named(&self, path: &Path) -> bool;

    /// Whether the bytes of its texts are others than those of the file.
    fn is_packed(&self) -> bool;

    /// The names of the texts in it; none, where it holds one text that has no name of its own.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    fn members(&self, _file: &mut dyn ReadSeek) -> io::Result<Vec<Option<String>>> {
        Ok(vec![None])
    }

    /// Begins to read the text `member` of `file`, which stands at its first byte. The packed bytes are digested on the way where
    /// `digested` says so and there are any.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        member: Option<&str>,
        digested: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>>;
}

/// The bytes of a text on their way out of a file.
pub(super) trait Unpack: Read + Send {
    /// Reads on, up to `limit` bytes or to the end of the text.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    fn read_up_to(&mut self, limit: u64, into: &mut Vec<u8>) -> io::Result<usize> {
        self.take(limit).read_to_end(into)
    }

    /// Bytes of the file taken so far.
    fn file_bytes(&self) -> u64;

    /// Reads what is left of the file behind the text, which was read to its end, and says what was read of it.
    ///
    /// # Errors
    /// Where the file cannot be read.
    fn finish(self: Box<Self>) -> io::Result<Unpacked>;
}

/// What is known of a file, one text of which was read to its end.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    /// Its bytes, where reading the text took all of them.
    pub(super) file_bytes: Option<u64>,
    /// The digest of its packed bytes, where that was asked for.
    pub(super) packed: Option<Digest>,
}

/// Every container; the first one that a name fits is taken.
static CONTAINERS: &[&dyn Container] = &[
    &gzip::Gzip,
    #[cfg(test)]
    &super::tests::zip::ZipFixture,
    &plain::Plain,
];

/// A container, by its id.
#[derive(Clone, Copy)]
pub struct ContainerId(&'static dyn Container);

chosen!(ContainerId, Container, CONTAINERS, "container");

/// Which text of a file is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPlace {
    /// How the file holds its texts.
    pub container: ContainerId,
    /// The text's name in it; `None` where it holds one text that has no name of its own.
    pub member: Option<String>,
}

impl TextPlace {
    /// The text that a file is.
    #[must_use]
    pub fn whole_file() -> Self {
        Self {
            container: ContainerId(&plain::Plain),
            member: None,
        }
    }

    /// The one text in a file of this name, if it holds no more.
    #[must_use]
    pub fn by_name(path: &Path) -> Self {
        Self {
            container: by_name(path),
            member: None,
        }
    }

    /// The texts of `file`, which is open at its first byte.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    pub(super) fn all(file: &FileBytes, opened: &mut dyn ReadSeek) -> io::Result<Vec<Self>> {
        let container = by_name(file.path());
        let members = container.0.members(opened)?;
        let place = |member| Self { container, member };
        Ok(members.into_iter().map(place).collect())
    }

    /// The name of the text in the file at `path`, without what packs it and what says its format.
    #[must_use]
    pub fn name(&self, path: &Path) -> String {
        let path = self.member.as_deref().map_or(path, Path::new);
        let stem = |path: &Path| path.file_stem().unwrap_or_default().to_owned();
        let name = match is_gzip(path) {
            true => stem(Path::new(&stem(path))),
            false => stem(path),
        };
        name.to_string_lossy().into_owned()
    }

    /// Whether its bytes are others than those of the file.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        self.container.0.is_packed()
    }

    /// As [`Container::unpack`].
    ///
    /// # Errors
    /// As [`Container::unpack`].
    pub(super) fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        digested: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        self.container
            .0
            .unpack(file, self.member.as_deref(), digested)
    }
}

fn by_name(path: &Path) -> ContainerId {
    let fits = |container: &&&'static dyn Container| container.is_named(path);
    let found = CONTAINERS.iter().find(fits);
    ContainerId(found.map_or(&plain::Plain, |container| *container))
}
