//! Zip archives as archivers write them, and as none does.

use flate2::read::DeflateEncoder;
use std::io::Read;

/// A member, and what its archive says of it.
#[derive(Clone)]
pub(super) struct ZipEntry {
    pub(super) name: &'static str,
    pub(super) text: Vec<u8>,
    /// Whether it is deflated; else it is stored.
    pub(super) is_deflated: bool,
    /// The number of the method, where that is said to be another.
    pub(super) method: Option<u16>,
    pub(super) flags: u16,
    /// Its size, where that is said to be another.
    pub(super) says: Option<u32>,
}

impl ZipEntry {
    pub(super) fn of(name: &'static str, text: &str) -> Self {
        Self {
            name,
            text: text.as_bytes().to_vec(),
            is_deflated: true,
            method: None,
            flags: 0,
            says: None,
        }
    }
}

/// A zip of these texts, each with its name and whether it is deflated.
pub(super) fn zip(texts: &[(&'static str, &str, bool)]) -> Vec<u8> {
    let entry = |(name, text, is_deflated): &(&'static str, &str, bool)| ZipEntry {
        is_deflated: *is_deflated,
        ..ZipEntry::of(name, text)
    };
    zip_of(&texts.iter().map(entry).collect::<Vec<_>>())
}

pub(super) fn zip_of(entries: &[ZipEntry]) -> Vec<u8> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut packed = Vec::new();
        let mut crc = flate2::Crc::new();
        crc.update(&entry.text);
        match entry.is_deflated {
            true => {
                let level = flate2::Compression::default();
                let mut encoder = DeflateEncoder::new(&entry.text[..], level);
                encoder.read_to_end(&mut packed).unwrap();
            }
            false => packed.extend_from_slice(&entry.text),
        }
        let method = entry
            .method
            .unwrap_or(if entry.is_deflated { 8 } else { 0 });
        let says = entry.says.map_or(size(&entry.text), u32::to_le_bytes);
        // Version needed, flags, method, time, date, checksum, both sizes, lengths of name and of what follows it.
        let mut header = vec![20, 0];
        header.extend(entry.flags.to_le_bytes());
        header.extend(method.to_le_bytes());
        header.extend([0, 0, 0x21, 0]);
        header.extend(crc.sum().to_le_bytes());
        header.extend(size(&packed));
        header.extend(says);
        header.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        header.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&header);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(size(&file));
        directory.extend(entry.name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(header);
        file.extend(entry.name.as_bytes());
        file.extend(packed);
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend(count);
    end.extend(count);
    end.extend(size(&directory));
    end.extend(size(&file));
    end.extend([0, 0]);
    [file, directory, end].concat()
}
