//! A container of the tests: a zip, each of whose members is a text.

use super::super::containers::{Container, Unpack, Unpacked};
use super::super::file_bytes::ReadSeek;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::{self, Read, SeekFrom, Take};
use std::path::Path;

pub(in super::super) struct ZipFixture;

/// A member, as the directory of its file has it.
struct Member {
    name: String,
    deflated: bool,
    /// Its packed bytes.
    bytes: u64,
    /// Where its own header stands in the file.
    header_at: u64,
}

impl Container for ZipFixture {
    fn id(&self) -> &'static str {
        "zip-fixture"
    }

    fn is_named(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "zip")
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn members(&self, file: &mut dyn ReadSeek) -> io::Result<Vec<Option<String>>> {
        let members = directory(file)?.into_iter();
        Ok(members.map(|member| Some(member.name)).collect())
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        member: Option<&str>,
        _: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        let mut file = file.into_inner();
        let mut members = directory(&mut file)?.into_iter();
        let found = members.find(|found| Some(found.name.as_str()) == member);
        let found = found.ok_or(io::ErrorKind::NotFound)?;
        let mut header = [0; 30];
        file.seek(SeekFrom::Start(found.header_at))?;
        file.read_exact(&mut header)?;
        let names = u16_at(&header, 26) + u16_at(&header, 28);
        file.seek(SeekFrom::Current(i64::from(names)))?;
        let packed = file.take(found.bytes);
        Ok(match found.deflated {
            true => Box::new(Unzipped {
                text: DeflateDecoder::new(packed),
                bytes: 0,
            }),
            false => Box::new(Unzipped {
                text: packed,
                bytes: 0,
            }),
        })
    }
}

/// The bytes of a member.
struct Unzipped<R> {
    text: R,
    bytes: u64,
}

impl<R: Read> Read for Unzipped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: Read + Send> Unpack for Unzipped<R> {
    fn file_bytes(&self) -> u64 {
        self.bytes
    }

    fn finish(self: Box<Self>) -> io::Result<Unpacked> {
        Ok(Unpacked::default())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

/// The directory at the end of a file that has no comment.
fn directory(file: &mut (impl ReadSeek + ?Sized)) -> io::Result<Vec<Member>> {
    let mut end = [0; 22];
    file.seek(SeekFrom::End(-22))?;
    file.read_exact(&mut end)?;
    file.seek(SeekFrom::Start(u32_at(&end, 16).into()))?;
    let mut members = Vec::new();
    for _ in 0..u16_at(&end, 10) {
        let mut entry = [0; 46];
        file.read_exact(&mut entry)?;
        let mut name = vec![0; u16_at(&entry, 28).into()];
        file.read_exact(&mut name)?;
        members.push(Member {
            name: String::from_utf8(name).map_err(io::Error::other)?,
            deflated: u16_at(&entry, 10) == 8,
            bytes: u32_at(&entry, 20).into(),
            header_at: u32_at(&entry, 42).into(),
        });
    }
    Ok(members)
}

/// A zip of these texts, each with its name and whether it is deflated.
pub(super) fn zip(texts: &[(&str, &str, bool)]) -> Vec<u8> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, text, deflated) in texts {
        let mut packed = Vec::new();
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        match deflated {
            true => {
                let level = flate2::Compression::default();
                let mut encoder = DeflateEncoder::new(text.as_bytes(), level);
                encoder.read_to_end(&mut packed).unwrap();
            }
            false => packed.extend_from_slice(text.as_bytes()),
        }
        // Version needed, flags, method, time, date, checksum, both sizes, lengths of name and of what follows it.
        let mut header = vec![20, 0, 0, 0, if *deflated { 8 } else { 0 }, 0, 0, 0, 0x21, 0];
        header.extend(crc.sum().to_le_bytes());
        header.extend(size(&packed));
        header.extend(size(text.as_bytes()));
        header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        header.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&header);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(size(&file));
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(header);
        file.extend(name.as_bytes());
        file.extend(packed);
    }
    let count = u16::try_from(texts.len()).unwrap().to_le_bytes();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend(count);
    end.extend(count);
    end.extend(size(&directory));
    end.extend(size(&file));
    end.extend([0, 0]);
    [file, directory, end].concat()
}
