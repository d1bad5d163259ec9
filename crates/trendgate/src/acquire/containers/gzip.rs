//! A file that is a text, compressed with gzip.

use super::{Container, Member, Unpack, Unpacked};
use crate::acquire::file_bytes::{ReadSeek, read_some};
use crate::digest::Hasher;
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, BufReader, Read, Take};

pub(super) struct Gzip;

impl Container for Gzip {
    fn id(&self) -> &'static str {
        "gzip"
    }

    fn holds(&self, head: &[u8], _: &mut dyn ReadSeek) -> bool {
        head.starts_with(b"\x1F\x8B")
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        _: Option<&Member>,
        digested: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        let file = Digested {
            file,
            hasher: digested.then(Hasher::default),
            bytes: 0,
        };
        Ok(Box::new(Members::new(BufReader::with_capacity(
            32 << 10,
            file,
        ))))
    }
}

/// What stands behind the compressed text, where no other does.
pub(in crate::acquire) const TRAILING: &str = "other bytes behind the compressed text";

/// The members of a file, one after the other, which together are one text. Zeros behind the last are what a tape or a copying program fills
/// its blocks with.
struct Members<R>(Option<MemberState<R>>);

enum MemberState<R> {
    Within(Box<GzDecoder<R>>),
    /// Behind the end of a member.
    Between(R),
}

impl<R: BufRead> Members<R> {
    fn new(file: R) -> Self {
        Self(Some(MemberState::Within(Box::new(GzDecoder::new(file)))))
    }

    fn file(&self) -> Option<&R> {
        self.0.as_ref().map(|state| match state {
            MemberState::Within(decoder) => decoder.get_ref(),
            MemberState::Between(file) => file,
        })
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.take() {
                None => return Ok(0),
                Some(MemberState::Within(mut decoder)) => {
                    let read = decoder.read(buffer);
                    if !matches!(read, Ok(0)) || buffer.is_empty() {
                        self.0 = Some(MemberState::Within(decoder));
                        return read;
                    }
                    self.0 = Some(MemberState::Between(decoder.into_inner()));
                }
                Some(MemberState::Between(mut file)) => {
                    let first = first_behind(&mut file);
                    if let Ok(Some(0x1F)) = first {
                        self.0 = Some(MemberState::Within(Box::new(GzDecoder::new(file))));
                        continue;
                    }
                    self.0 = Some(MemberState::Between(file));
                    return match first? {
                        Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, TRAILING)),
                        None => Ok(0),
                    };
                }
            }
        }
    }
}

/// The first byte that is no zero; `None` where the file ends.
fn first_behind(file: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let first = bytes.get(zeros).copied();
        file.consume(zeros);
        if first.is_some() {
            return Ok(first);
        }
    }
}

impl<R: Read + Send> Unpack for Members<BufReader<Digested<R>>> {
    fn file_bytes(&self) -> u64 {
        self.file().map_or(0, |file| file.get_ref().bytes)
    }

    fn finish(mut self: Box<Self>) -> io::Result<Unpacked> {
        let file = match self.0.take() {
            Some(MemberState::Within(decoder)) => decoder.into_inner(),
            Some(MemberState::Between(file)) => file,
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let mut file = file.into_inner();
        let mut rest = [0; 8 << 10];
        while read_some(&mut file, &mut rest)? > 0 {}
        Ok(Unpacked {
            file_bytes: Some(file.bytes),
            packed: file.hasher.map(Hasher::finish),
        })
    }
}

/// Counts what is read through it, and digests it where earlier programs may have known its text by that.
struct Digested<R> {
    file: R,
    hasher: Option<Hasher>,
    bytes: u64,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        self.bytes += count as u64;
        Ok(count)
    }
}
