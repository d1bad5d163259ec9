//! A file → its bytes, compressed and digested on the way.

use super::{SourceId, WINDOW_LOG};
use crate::error::{Error, ErrorKind, Result};
use crate::parallel::locked;
use crate::store::{self, Stamp};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::sync::Mutex;
use zstd::zstd_safe::{CCtx, CParameter, ResetDirective};

/// How hard files are compressed: a run waits for it, and of reports it leaves a twelfth.
const LEVEL: i32 = 1;
/// Bytes read at a time.
const BLOCK: usize = 128 << 10;

/// What a file was packed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackedFile {
    /// What its bytes are known by.
    pub(crate) id: SourceId,
    /// What they take, compressed.
    pub(crate) bytes: u64,
}

/// Whether what is written is made durable file by file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// It is.
    Each,
    /// Whoever packs makes many of them durable at once.
    Together,
}

/// Packs files, on several threads; the memory that compressors take is taken once a thread.
pub(crate) struct Packer {
    idle: Mutex<Vec<Compressor>>,
    durable: Durable,
}

/// The memory that packing a file takes.
struct Compressor {
    context: CCtx<'static>,
    block: Vec<u8>,
}

impl Packer {
    pub(crate) fn new(durable: Durable) -> Self {
        Self {
            idle: Mutex::default(),
            durable,
        }
    }

    /// Packs the first `bytes` bytes of `file`, or all of them, into a new file at `to`. That they cannot be read, or are fewer, is the error
    /// within.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where the new file cannot be written or made durable; [`Memory`](ErrorKind::Memory).
    pub(crate) fn pack(
        &self,
        file: &mut impl Read,
        bytes: Option<u64>,
        to: &Path,
    ) -> Result<io::Result<PackedFile>> {
        let idle = locked(&self.idle).pop();
        let mut compressor = idle.map_or_else(Compressor::new, Ok)?;
        let packed = compressor.pack(file, bytes, to, self.durable);
        locked(&self.idle).push(compressor);
        packed
    }
}

impl Compressor {
    fn new() -> Result<Self> {
        let context = CCtx::try_create().ok_or_else(|| {
            let message = "there is not enough memory to compress what is kept of a file";
            Error::new(ErrorKind::Memory, message)
        })?;
        Ok(Self {
            context,
            block: vec![0; BLOCK],
        })
    }

    fn pack(
        &mut self,
        file: &mut impl Read,
        bytes: Option<u64>,
        to: &Path,
        durable: Durable,
    ) -> Result<io::Result<PackedFile>> {
        let Self { context, block } = self;
        let cannot_write = |error| Error::storage("cannot write", to, error);
        // The file before may have ended half-way.
        let reset = context.reset(ResetDirective::SessionAndParameters);
        reset.map_err(|_| Error::bug("a compressor cannot begin anew").at(to))?;
        let mut encoder = zstd::Encoder::with_context(store::create_new(to)?, context);
        let set = |encoder: &mut zstd::Encoder<'_, _>| {
            encoder.set_parameter(CParameter::CompressionLevel(LEVEL))?;
            encoder.window_log(WINDOW_LOG)?;
            encoder.include_checksum(true)?;
            encoder.set_pledged_src_size(bytes)
        };
        set(&mut encoder).map_err(cannot_write)?;
        let (mut hasher, mut left) = (blake3::Hasher::new(), bytes.unwrap_or(u64::MAX));
        while left > 0 {
            let most = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
            let count = match file.read(&mut block[..most]) {
                Ok(0) if bytes.is_none() => break,
                Ok(0) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(error)),
                Ok(count) => count,
            };
            hasher.update(&block[..count]);
            encoder.write_all(&block[..count]).map_err(cannot_write)?;
            left -= count as u64;
        }
        let written = encoder.finish().map_err(cannot_write)?;
        if durable == Durable::Each {
            store::fsync(&written, to)?;
        }
        Ok(Ok(PackedFile {
            id: SourceId(hasher.finalize().into()),
            bytes: Stamp::of(&written, to)?.bytes,
        }))
    }
}

/// What the file at `path` is known by, and its size.
///
/// # Errors
/// [`Storage`](ErrorKind::Storage) where it cannot be read, [`Input`](ErrorKind::Input) where it is none.
pub(crate) fn identify(path: &Path) -> Result<(SourceId, u64)> {
    let mut file = store::open(path)?;
    digest(&mut file).map_err(|error| Error::storage("cannot read", path, error))
}

/// What the bytes that are left of `file` are known by, and how many they are.
pub(super) fn digest(file: &mut impl Read) -> io::Result<(SourceId, u64)> {
    let (mut hasher, mut bytes) = (blake3::Hasher::new(), 0);
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok((SourceId(hasher.finalize().into()), bytes)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(count) => {
                hasher.update(&block[..count]);
                bytes += count as u64;
            }
        }
    }
}
