//! Files → the bytes of texts.
//!
//! A container is a way in which a file holds texts: one that is the file itself, one that is compressed, members, sheets. It is
//! one file here, and one line in [`CONTAINERS`]; which of them a file is its first bytes say, and never its name. Which characters the bytes
//! of a text stand for is no business of it.

mod cell_context;
mod gzip;
mod ods_size;
mod plain;
mod plain_row;
mod plain_sheet;
mod plain_text;
mod shared_file;
mod sheet_writer;
mod whole_workbook;
mod workbook;
mod xls_size;
mod xlsx;
mod zip;

use super::file_bytes::{ReadSeek, read_some};
use super::ids::chosen;
use super::path_names::TextName;
use crate::digest::Digest;
use crate::error::{Error, Result};
pub(super) use gzip::TRAILING;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::io::{self, Read, SeekFrom, Take};
use std::path::Path;
pub(super) use workbook::DAMAGED_WORKBOOK;
#[cfg(test)]
pub(super) use xlsx::both_ways;
pub(super) use zip::DAMAGED_MEMBER;

/// A way in which a file holds texts.
pub(super) trait Container: Sync {
    /// Its name, which stays the same from version to version of the program.
    fn id(&self) -> &'static str;

    /// Whether `file` is such, which begins with `head`: all of it, or [`HEAD`] bytes.
    fn holds(&self, head: &[u8], file: &mut dyn ReadSeek) -> bool;

    /// Whether the bytes of its texts are others than those of the file.
    fn is_packed(&self) -> bool;

    /// Whether its texts are sheets.
    fn has_sheets(&self) -> bool {
        false
    }

    /// What is in the file at `path`, which is open.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where it is damaged, or of a kind that is not read;
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    fn contents(&self, _file: &mut dyn ReadSeek, _path: &Path) -> Result<Contents> {
        Ok(Contents {
            texts: vec![None],
            ..Contents::default()
        })
    }

    /// Begins to read the text `member` of `file`, which stands at its first byte. The packed bytes are digested on the way where
    /// `digested` says so and there are any.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        member: Option<&Member>,
        digested: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>>;
}

/// The texts in a file.
#[derive(Default)]
pub(super) struct Contents {
    /// Each; `None` for one that has no name of its own.
    pub(super) texts: Vec<Option<Member>>,
    /// The names of what cannot be a report: hidden files, and what archivers add.
    pub(super) passed_over: Vec<String>,
    /// Exports that cannot be unpacked.
    pub(super) refused: Vec<RefusedMember>,
}

/// A member that cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedMember {
    /// Its name in the file.
    pub(crate) name: String,
    what: String,
    remedy: &'static str,
}

impl RefusedMember {
    /// Its refusal.
    #[must_use]
    pub(crate) fn error(&self) -> Error {
        let error = Error::input(self.what.clone()).of_member(&self.name);
        error.hint(self.remedy)
    }
}

/// One of the texts in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// Its name in the file.
    pub(crate) name: String,
    /// How many stand before it.
    pub(crate) order: u32,
    /// The bytes of its text, or about so many.
    pub(crate) bytes: u64,
    /// Where it stands.
    pub(super) place: MemberPlace,
}

/// Where a text stands in its file, as its container finds it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum MemberPlace {
    /// A member of a zip archive.
    Zip(zip::ZipPlace),
    /// A sheet, which is found by its name.
    Sheet,
}

/// What gives the bytes of a text in a file.
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

/// Every container; the first one is taken that a file is.
static CONTAINERS: &[&dyn Container] = &[
    &gzip::Gzip,
    &whole_workbook::OLD,
    // These are zip archives, too.
    &xlsx::Workbook,
    &whole_workbook::OPEN,
    &zip::Zip,
    &plain::Plain,
];

/// So many bytes of a file tell which container it is.
const HEAD: usize = 8;

/// A container, by its id.
#[derive(Clone, Copy)]
pub(crate) struct ContainerId(&'static dyn Container);

chosen!(pub(crate) ContainerId, Container, CONTAINERS, "container");

impl ContainerId {
    /// That of `file`, by its first bytes.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn of(file: &mut dyn ReadSeek) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let (mut head, mut filled) = ([0; HEAD], 0);
        while filled < HEAD {
            match read_some(file, &mut head[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        let mut containers = CONTAINERS.iter();
        let found = containers.find(|container| container.holds(&head[..filled], file));
        Ok(Self(found.map_or(&plain::Plain, |container| *container)))
    }
}

/// Which text of a file is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextPlace {
    /// How the file holds its texts.
    pub(crate) container: ContainerId,
    /// Which of them it is; `None` where it holds one that has no name of its own.
    pub(crate) member: Option<Member>,
}

/// The texts of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileTexts {
    /// The texts, in the order of the file.
    pub(crate) texts: Vec<TextPlace>,
    /// The names of what cannot be a report: hidden files, and what archivers add.
    pub(crate) passed_over: Vec<String>,
    /// Exports that cannot be unpacked.
    pub(crate) refused: Vec<RefusedMember>,
}

impl TextPlace {
    /// The text that a file is.
    #[must_use]
    pub(crate) fn whole_file() -> Self {
        Self {
            container: ContainerId(&plain::Plain),
            member: None,
        }
    }

    /// The one text of `file`, if it holds no more.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn only(file: &mut dyn ReadSeek) -> io::Result<Self> {
        Ok(Self {
            container: ContainerId::of(file)?,
            member: None,
        })
    }

    /// The name of the text in the file at `path`, without what packs it and what says its format.
    #[must_use]
    pub(crate) fn name(&self, path: &Path) -> String {
        // The name of a sheet says no format.
        if let Some(Member {
            place: MemberPlace::Sheet,
            name,
            ..
        }) = &self.member
        {
            return name.clone();
        }
        let path = self.member_name().map_or(path, Path::new);
        let stem = |path: &Path| path.file_stem().unwrap_or_default().to_owned();
        let is_gz = |extension: &OsStr| extension.eq_ignore_ascii_case("gz");
        let name = match path.extension().is_some_and(is_gz) {
            true => stem(Path::new(&stem(path))),
            false => stem(path),
        };
        name.to_string_lossy().into_owned()
    }

    /// What the name of the text is known by where a point has that: a sheet is no file of the same name.
    #[must_use]
    pub(crate) fn known_name(&self, path: &Path) -> String {
        match &self.member {
            Some(Member {
                place: MemberPlace::Sheet,
                name,
                ..
            }) => sheet_name(name),
            _ => self.name(path),
        }
    }

    /// Whether its bytes are others than those of the file.
    #[must_use]
    pub(crate) fn is_packed(&self) -> bool {
        self.container.0.is_packed()
    }

    /// Whether it is a sheet of a workbook.
    #[must_use]
    pub(crate) fn is_sheet(&self) -> bool {
        let place = self.member.as_ref().map(|member| member.place);
        place == Some(MemberPlace::Sheet)
    }

    /// Whether the texts of its file are sheets.
    pub(super) fn is_in_workbook(&self) -> bool {
        self.container.0.has_sheets()
    }

    /// Which text of the file it is, by its name.
    #[must_use]
    pub(crate) fn text_name(&self) -> TextName<'_> {
        match self.member_name() {
            None => TextName::Whole,
            Some(name) if self.is_sheet() => TextName::Sheet(name),
            Some(name) => TextName::Member(name),
        }
    }

    /// Its name in its file, if it has one.
    #[must_use]
    pub(crate) fn member_name(&self) -> Option<&str> {
        self.member.as_ref().map(|member| member.name.as_str())
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
            .unpack(file, self.member.as_ref(), digested)
    }
}

/// What the name of a sheet is known by.
pub(crate) fn sheet_name(name: &str) -> String {
    format!("!{name}")
}

impl FileTexts {
    /// Those of `file`, which is at `path`.
    ///
    /// # Errors
    /// As [`Container::contents`].
    pub(super) fn of(file: &mut dyn ReadSeek, path: &Path) -> Result<Self> {
        let container = ContainerId::of(file);
        let container = container.map_err(|error| super::lines::read_error(path, error))?;
        let contents = container.0.contents(file, path);
        let contents = contents.map_err(|error| error.at_if_nowhere(path))?;
        let place = |member| TextPlace { container, member };
        Ok(Self {
            texts: contents.texts.into_iter().map(place).collect(),
            passed_over: contents.passed_over,
            refused: contents.refused,
        })
    }
}
