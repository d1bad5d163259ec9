//! A zip archive, each of whose members is a text.
//!
//! Its directory, at its end, says of each member where it stands, how large it is and how it is packed. That is held against what is
//! plausible before anything is unpacked; what is unpacked is held against it. What is refused: an archive that is damaged or encrypted, two
//! members of one name, a name that leads out of the archive, a member that is packed in a way that is not read, or to next to nothing.

use super::{Container, Contents, Member, MemberPlace, RefusedMember, Unpack, Unpacked};
use crate::acquire::file_bytes::{ReadSeek, read_some};
use crate::acquire::sniff::is_export_name;
use crate::error::{Error, Result};
use ::zip::CompressionMethod;
use ::zip::read::{Config, ZipFileEntry};
use ::zip::result::ZipError;
// The one reader that goes through a directory without holding it, and that shows two members of one name.
use ::zip::unstable::read::ZipIterable;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, SeekFrom, Take};
use std::path::Path;

/// An archive of more members is none of reports.
const MOST_MEMBERS: usize = 100_000;
/// A member of more bytes is no text of reports.
const LARGEST_MEMBER: u64 = 64 << 30;
/// Deflate packs nothing to less than a 1032nd; text of one letter comes near it, and reports to no more than a tenth of it.
const LARGEST_RATIO: u64 = 1000;
/// So many bytes may be packed to nothing.
const SMALL_MEMBER: u64 = 16 << 20;

pub(super) struct Zip;

/// Where a member stands, and what was packed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::acquire) struct ZipPlace {
    /// Where its own header begins.
    header_at: u64,
    /// Its packed bytes.
    packed: u64,
    /// Whether they are deflated; else they are stored.
    is_deflated: bool,
    /// The checksum of its text.
    crc: u32,
}

impl Container for Zip {
    fn id(&self) -> &'static str {
        "zip"
    }

    fn holds(&self, head: &[u8], _: &mut dyn ReadSeek) -> bool {
        // One that is empty is its end alone.
        head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn contents(&self, file: &mut dyn ReadSeek, path: &Path) -> Result<Contents> {
        let mut contents = Contents::default();
        let mut names = BTreeMap::new();
        let mut first = None;
        each(file, path, |entry| {
            first = first
                .min(Some(entry.header_start()))
                .or(Some(entry.header_start()));
            take(entry, &mut names, &mut contents)
        })?;
        match first {
            Some(1..) => Err(Error::input(
                "the directory of the archive says nothing of what stands at its beginning",
            )
            .hint("archives were joined: give each a file of its own")),
            _ => Ok(contents),
        }
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        member: Option<&Member>,
        _: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        let Some(Member {
            bytes,
            place: MemberPlace::Zip(place),
            ..
        }) = member
        else {
            return Err(damaged("no member is named"));
        };
        let mut file = file.into_inner();
        file.seek(SeekFrom::Start(place.header_at))?;
        skip_header(&mut file)?;
        let packed = BufReader::with_capacity(32 << 10, file.take(place.packed));
        let text: Box<dyn Read + Send + 'a> = match place.is_deflated {
            true => Box::new(DeflateDecoder::new(packed)),
            false => Box::new(packed),
        };
        Ok(Box::new(MemberText {
            text,
            left: *bytes,
            given: 0,
            expected: place.crc,
            crc: Crc::new(),
        }))
    }
}

/// Shows each member of an archive to `take`, as its directory has it.
fn each(
    file: &mut dyn ReadSeek,
    path: &Path,
    mut take: impl FnMut(&ZipFileEntry<'_>) -> Result<()>,
) -> Result<()> {
    let mut archive = ZipIterable::try_new(file, Config::default())
        .map_err(|error| directory_error(path, error))?;
    if archive.len() > MOST_MEMBERS {
        let message = format!("the archive has {} members", archive.len());
        return Err(Error::input(format!("{message}, more than {MOST_MEMBERS}"))
            .hint("unpack it, and give what is in it"));
    }
    let entries = archive.files();
    for entry in entries.map_err(|error| directory_error(path, error))? {
        take(&entry.map_err(|error| directory_error(path, error))?)?;
    }
    Ok(())
}

/// The parts of a document that is an archive, if none is implausible.
///
/// # Errors
/// As [`Container::contents`].
pub(super) fn parts(file: &mut dyn ReadSeek, path: &Path) -> Result<Vec<Member>> {
    let mut parts = Vec::new();
    each(file, path, |entry| {
        let name = name(entry)?;
        if let Some(refused) = implausible(entry, &name) {
            return Err(refused.error());
        }
        parts.push(member(entry, name, parts.len()));
        Ok(())
    })?;
    Ok(parts)
}

/// The name of a member: UTF-8 where it is that, said or not; else each byte is a letter of the code page of the first PC.
fn name(entry: &ZipFileEntry<'_>) -> Result<String> {
    let name = entry.name();
    name.map(Cow::into_owned)
        .map_err(|error| damaged_directory(&error))
}

/// A name that no other bytes than these are written as.
fn spelled_out(raw: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b' '..=b'~' if *byte != b'%' => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    raw.iter().map(letter).collect()
}

/// The refusal of a member.
fn refused(name: &str, what: impl Into<String>, remedy: &'static str) -> RefusedMember {
    RefusedMember {
        name: name.to_owned(),
        what: what.into(),
        remedy,
    }
}

/// Adds a member to `contents`, if it may be a text.
fn take(
    entry: &ZipFileEntry<'_>,
    names: &mut BTreeMap<String, Vec<u8>>,
    contents: &mut Contents,
) -> Result<()> {
    let mut name = name(entry)?;
    let raw = entry.name_raw();
    // Two names that are written with other bytes are two, even where they are read alike.
    if names.get(&name).is_some_and(|known| known != raw) {
        name = spelled_out(raw);
    }
    if name.ends_with(['/', '\\']) {
        return Ok(());
    }
    // Where one name leads out of it, nobody knows what the archive is for.
    if leads_out(&name) {
        let what = "the member's name leads out of the archive";
        let remedy = "archives of exports have no such names: pack the exports anew";
        return Err(refused(&name, what, remedy).error());
    }
    let is_twice = names.insert(name.clone(), raw.to_vec()).is_some();
    if is_twice && is_export_name(name.as_ref()) {
        let what = "two members of the archive have this name";
        return Err(refused(&name, what, "pack the exports anew, each once").error());
    }
    let implausible = implausible(entry, &name);
    if is_no_export(&name) || is_twice || implausible.is_some() && !is_export_name(name.as_ref()) {
        contents.passed_over.push(name);
        return Ok(());
    }
    if let Some(refused) = implausible {
        contents.refused.push(refused);
        return Ok(());
    }
    let member = member(entry, name, contents.texts.len());
    contents.texts.push(Some(member));
    Ok(())
}

/// A member of this name, before which so many stand.
fn member(entry: &ZipFileEntry<'_>, name: String, before: usize) -> Member {
    Member {
        order: u32::try_from(before).unwrap_or(u32::MAX),
        bytes: entry.size(),
        place: MemberPlace::Zip(ZipPlace {
            header_at: entry.header_start(),
            packed: entry.compressed_size(),
            is_deflated: entry.compression() == CompressionMethod::Deflated,
            crc: entry.crc32(),
        }),
        name,
    }
}

/// The refusal of what cannot be unpacked, or what it would not be wise to.
fn implausible(entry: &ZipFileEntry<'_>, name: &str) -> Option<RefusedMember> {
    let method = entry.compression();
    let (bytes, packed) = (entry.size(), entry.compressed_size());
    let is_bomb = bytes > SMALL_MEMBER && bytes / LARGEST_RATIO > packed;
    if entry.encrypted() {
        let remedy = "unpack the archive with its password, and give what is in it";
        Some(refused(
            name,
            "the member is encrypted with a password",
            remedy,
        ))
    } else if !matches!(
        method,
        CompressionMethod::Stored | CompressionMethod::Deflated
    ) {
        let what = format!("the member is compressed with {method}, which is not read");
        let remedy = "unpack the archive, and give what is in it; or pack it with deflate";
        Some(refused(name, what, remedy))
    } else if bytes > LARGEST_MEMBER || is_bomb {
        let what = format!("the member says that it unpacks from {packed} bytes to {bytes}");
        let remedy = "no export does; if this one does all the same, unpack the archive, and give what is in it";
        Some(refused(name, what, remedy))
    } else {
        None
    }
}

/// Whether a name would lead out of the folder that the archive is unpacked in.
fn leads_out(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    let is_absolute = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    is_absolute || name.contains('\0') || parts.any(|part| part == "..")
}

/// Whether a member is hidden, or what an archiver adds.
fn is_no_export(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    parts.any(|part| part.starts_with('.') && part != "." || part == "__MACOSX")
}

fn directory_error(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
            ) =>
        {
            Error::storage("cannot read", path, error)
        }
        other => damaged_directory(&other),
    }
}

fn damaged_directory(error: &ZipError) -> Error {
    Error::input(format!(
        "the zip archive is damaged: its directory cannot be read ({error})"
    ))
    .hint("copy it again, or pack it anew")
}

/// What is wrong with a member whose bytes are not what the directory says.
pub(in crate::acquire) const DAMAGED_MEMBER: &str = "the member of the zip archive is damaged: ";

fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{DAMAGED_MEMBER}{what}"),
    )
}

/// Passes a member's own header, which `file` stands at.
fn skip_header(file: &mut (impl ReadSeek + ?Sized)) -> io::Result<()> {
    let mut header = [0; 30];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(damaged("it does not stand where the directory says"));
    }
    let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    file.seek(SeekFrom::Current(length(26) + length(28)))?;
    Ok(())
}

/// The bytes of a member, which have to be as many as its directory says, and to have its checksum.
struct MemberText<'a> {
    text: Box<dyn Read + Send + 'a>,
    /// Bytes that are still to come.
    left: u64,
    given: u64,
    expected: u32,
    crc: Crc,
}

impl Read for MemberText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = read_some(&mut self.text, buffer)?;
        self.left = match self.left.checked_sub(count as u64) {
            Some(left) => left,
            None => return Err(damaged("it unpacks to more bytes than the directory says")),
        };
        self.given += count as u64;
        self.crc.update(&buffer[..count]);
        if count == 0 && !buffer.is_empty() {
            match self.left {
                0 if self.crc.sum() == self.expected => {}
                0 => return Err(damaged("its checksum is another")),
                _ => return Err(damaged("it ends before its last byte")),
            }
        }
        Ok(count)
    }
}

impl Unpack for MemberText<'_> {
    fn file_bytes(&self) -> u64 {
        self.given
    }

    fn finish(self: Box<Self>) -> io::Result<Unpacked> {
        Ok(Unpacked::default())
    }
}
