//! What of a manifest stands beside the record of its version, so that records stay small.
//!
//! Enters: a manifest. Leaves: its record, and two files: `inputs-….jsonl.zst` with everything that is known of reports, which is part of
//! the log as the record is; `details-….json.zst` with what people look at, which the log does without. Both are compressed with
//! Zstandard. Refuses: bytes that are not those that the record names, and text that is not of this form.

use super::{Conflict, FileEntry, Manifest, PointStatistics, Redigested, ReportKind, SourceRef};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::mem::take;
use zstd::zstd_safe::DCtx;

/// No side file unpacks to more than this; what does, is not ours.
pub(in crate::publish) const MOST_TEXT: u64 = 4 << 30;

/// What the name of a list of inputs ends in. That of an earlier program ends in `.jsonl`: it is not compressed, and its first line is an input.
pub(in crate::publish) const INPUTS_END: &str = ".jsonl.zst";
/// What the name of a file of details ends in.
pub(in crate::publish) const DETAILS_END: &str = ".json.zst";

/// What a version says of its configuration, and of reports beside its inputs: the first line of its list of inputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::publish) struct SourceLists {
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    config: serde_json::Value,
    kinds: Vec<ReportKind>,
    rebuilt_from: Vec<SourceRef>,
    superseded: Vec<SourceRef>,
    retracted: Vec<SourceRef>,
    redigested: Vec<Redigested>,
}

/// What a person may want to know of a version, and no later version needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::publish) struct Details {
    /// What stands in [`Statistics::points`](super::Statistics::points).
    pub(in crate::publish) points: BTreeMap<String, PointStatistics>,
    /// What stands in [`Conflicts::examples`](super::Conflicts::examples).
    conflicts: Vec<Conflict>,
}

impl SourceLists {
    /// Takes them out of a manifest.
    pub(in crate::publish) fn take(manifest: &mut Manifest) -> Self {
        Self {
            config: take(&mut manifest.config),
            kinds: take(&mut manifest.kinds),
            rebuilt_from: take(&mut manifest.rebuilt_from),
            superseded: take(&mut manifest.superseded),
            retracted: take(&mut manifest.retracted),
            redigested: take(&mut manifest.redigested),
        }
    }

    /// Puts them into a manifest that has none.
    pub(in crate::publish) fn put_into(self, manifest: &mut Manifest) {
        manifest.config = self.config;
        manifest.kinds = self.kinds;
        manifest.rebuilt_from = self.rebuilt_from;
        manifest.superseded = self.superseded;
        manifest.retracted = self.retracted;
        manifest.redigested = self.redigested;
    }
}

impl Details {
    /// Takes them out of a manifest.
    pub(in crate::publish) fn take(manifest: &mut Manifest) -> Self {
        Self {
            points: take(&mut manifest.statistics.points),
            conflicts: take(&mut manifest.conflicts.examples),
        }
    }

    /// Puts them into a manifest that has none.
    pub(in crate::publish) fn put_into(self, manifest: &mut Manifest) {
        manifest.statistics.points = self.points;
        manifest.conflicts.examples = self.conflicts;
    }
}

impl Manifest {
    /// Puts back what stands in the file that `inputs_file` names, from the bytes of that file.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where the bytes are not those that the manifest names.
    pub(crate) fn join_inputs(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &self.inputs_file else {
            return Ok(());
        };
        proven("list of inputs", file, bytes)?;
        let wrong = |e| damaged("list of inputs", "one JSON object a line", &e);
        if !file.path.as_str().ends_with(INPUTS_END) {
            let entries = serde_json::Deserializer::from_slice(bytes).into_iter();
            self.inputs = entries
                .collect::<std::result::Result<_, _>>()
                .map_err(wrong)?;
            return Ok(());
        }
        let mut context = DCtx::try_create().ok_or_else(no_memory)?;
        let (mut text, mut line) = (unpacked(bytes, &mut context), Vec::new());
        let mut next = |line: &mut Vec<u8>| {
            line.clear();
            text.read_until(b'\n', line)
                .map_err(|e| not_unpacked("list of inputs", &e))
        };
        next(&mut line)?;
        let lists: SourceLists = serde_json::from_slice(&line).map_err(wrong)?;
        lists.put_into(self);
        while next(&mut line)? > 0 {
            self.inputs
                .push(serde_json::from_slice(&line).map_err(wrong)?);
        }
        Ok(())
    }

    /// Puts back what stands in the file that `details_file` names, from the bytes of that file.
    ///
    /// # Errors
    /// As [`join_inputs`](Self::join_inputs).
    pub(crate) fn join_details(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &self.details_file else {
            return Ok(());
        };
        proven("details", file, bytes)?;
        let text = unpack("details", bytes)?;
        let details: Details =
            serde_json::from_slice(&text).map_err(|e| damaged("details", "a JSON object", &e))?;
        details.put_into(self);
        Ok(())
    }
}

fn proven(what: &str, file: &FileEntry, bytes: &[u8]) -> Result<()> {
    let found = Digest::of(bytes);
    if file.sha256 == found || crate::store::skipped("digest:inputs") {
        return Ok(());
    }
    Err(Error::damaged(format!(
        "{what}: expected {}, found {found}",
        file.sha256
    )))
}

fn damaged(what: &str, expected: &str, found: &dyn std::fmt::Display) -> Error {
    Error::damaged(format!("{what}: expected {expected}: {found}"))
}

/// The text of a side file.
fn unpacked<'a>(bytes: &'a [u8], context: &'a mut DCtx<'static>) -> impl BufRead + use<'a> {
    let decoder = zstd::Decoder::with_context(bytes, context).take(MOST_TEXT);
    BufReader::with_capacity(64 << 10, decoder)
}

/// The whole text of a file that is packed as side files are.
pub(in crate::publish) fn unpack(what: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut context = DCtx::try_create().ok_or_else(no_memory)?;
    let mut text = Vec::new();
    unpacked(bytes, &mut context)
        .read_to_end(&mut text)
        .map_err(|e| not_unpacked(what, &e))?;
    Ok(text)
}

/// The bytes are those that the record names: what keeps them from being unpacked may be the memory of this machine.
fn not_unpacked(what: &str, error: &std::io::Error) -> Error {
    match error.to_string().contains("not enough memory") {
        true => no_memory(),
        false => damaged(what, "Zstandard", error),
    }
}

pub(in crate::publish) fn no_memory() -> Error {
    Error::new(
        ErrorKind::Memory,
        "there is not enough memory to pack or unpack what stands beside a record",
    )
}
