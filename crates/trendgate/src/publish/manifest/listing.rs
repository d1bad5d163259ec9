//! The inputs of a version, written into their file one at a time.
//!
//! Enters: entries, as they are made. Leaves: their text. With tens of
//! thousands of reports a list of all entries would be the largest thing that a run holds. Refuses: an entry whose text does not read back
//! as the entry.

use super::seal::unwritable;
use super::{InputEntry, InputStatus};
use crate::error::{Error, Result};
use std::fmt;

/// The inputs of a version, given out one by one.
pub(crate) struct Listing<'a> {
    count: usize,
    entries: Box<dyn Iterator<Item = Result<InputEntry>> + 'a>,
}

impl fmt::Debug for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inputs", self.count)
    }
}

/// What was written of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::publish) struct Listed {
    pub(in crate::publish) inputs: u64,
    pub(in crate::publish) accepted: u64,
}

impl<'a> Listing<'a> {
    /// As many entries as `count` says; the first error among them is that of whoever writes them.
    pub(crate) fn new(
        count: usize,
        entries: impl Iterator<Item = Result<InputEntry>> + 'a,
    ) -> Self {
        Self {
            count,
            entries: Box::new(entries),
        }
    }

    /// The entries of a list.
    #[must_use]
    pub(crate) fn of(entries: &'a [InputEntry]) -> Self {
        Self::new(entries.len(), entries.iter().cloned().map(Ok))
    }

    /// How many entries it gives.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Hands the text of all entries to `put`, one JSON object a line.
    pub(in crate::publish) fn write(
        self,
        mut put: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Listed> {
        let mut listed = Listed::default();
        let mut line = Vec::new();
        for entry in self.entries {
            let entry = entry?;
            line.clear();
            serde_json::to_writer(&mut line, &entry).map_err(|e| unwritable(&e))?;
            // Readers will do the same; here the batch can still be refused.
            if serde_json::from_slice::<InputEntry>(&line).ok().as_ref() != Some(&entry) {
                let message = "the entry of an input does not read back as what it is";
                return Err(Error::bug(message).at(entry.place()));
            }
            line.push(b'\n');
            put(&line)?;
            listed.inputs += 1;
            listed.accepted += u64::from(entry.status == InputStatus::Accepted);
        }
        if listed.inputs != self.count as u64 {
            return Err(Error::bug(format!(
                "{} inputs were announced and {} listed",
                self.count, listed.inputs
            )));
        }
        Ok(listed)
    }
}
