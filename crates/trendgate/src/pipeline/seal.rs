//! What was written → parts with their footers, each read back before anything is committed.

use super::parallel;
use crate::contract::ContractRules;
use crate::error::Result;
use crate::model::DatasetSchema;
use crate::partition::{EvidenceFile, OpenPart, Part};
use crate::progress::Watch;
use crate::verify;

/// What all parts of a batch are sealed and read back by.
pub(super) struct Seal<'a> {
    /// The batch's.
    pub(super) id: &'a str,
    pub(super) schema: &'a DatasetSchema,
    pub(super) rules: ContractRules,
    /// How many are read back at once: a batch of rows, and a page of each column, are in memory of each.
    pub(super) threads: usize,
    pub(super) watch: Watch<'a>,
}

impl Seal<'_> {
    /// Writes the footers and reads the parts back.
    ///
    /// # Errors
    /// As [`OpenPart::seal`] and [`verify::read_back`]: that of the first part that has one;
    /// [`Stopped`](crate::ErrorKind::Stopped) where the watch said so.
    pub(super) fn parts(&self, open: Vec<OpenPart>) -> Result<Vec<Part>> {
        parallel::map(open, self.threads, |open| {
            self.go_on()?;
            let part = open.seal(self.id)?;
            verify::read_back(&part.staged, &part, self.schema, self.rules)?;
            Ok(part)
        })
    }

    /// Reads the evidence back.
    ///
    /// # Errors
    /// As [`verify::read_back_evidence`]; [`Stopped`](crate::ErrorKind::Stopped) where the watch said so.
    pub(super) fn evidence(&self, files: &[EvidenceFile]) -> Result<()> {
        parallel::map(files.iter().collect(), self.threads, |file| {
            self.go_on()?;
            verify::read_back_evidence(file)
        })?;
        Ok(())
    }

    fn go_on(&self) -> Result<()> {
        self.watch.go_on("while checking what was written")
    }
}
