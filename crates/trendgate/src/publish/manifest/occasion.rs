//! What a version was made for, as its manifest shows it. Pure.

use super::{InputEntry, Manifest};
use crate::model::TimestampUnit;
use crate::text_id::TextId;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// What a version was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Occasion {
    /// Files, or frames, were taken.
    Import,
    /// Reports were withdrawn.
    Retraction,
    /// Known reports were read again, by another configuration or other rules.
    Rebuild,
    /// Every live file was written again, with timestamps of another unit.
    Reencoding,
}

impl Occasion {
    /// Its name.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Retraction => "retraction",
            Self::Rebuild => "rebuild",
            Self::Reencoding => "reencoding",
        }
    }
}

impl Manifest {
    /// What the version was made for, as it followed `before`, if it followed one.
    ///
    /// ```
    /// use trendgate::manifest::Occasion;
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let history = site.history()?;
    /// let manifest = &history.versions()[0].manifest;
    /// assert_eq!(manifest.occasion(None), Occasion::Import);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn occasion(&self, before: Option<&Self>) -> Occasion {
        let unit = |manifest: &Self| TimestampUnit::of(&manifest.schema);
        if !self.retracted.is_empty() {
            Occasion::Retraction
        } else if before.is_some_and(|before| unit(before) != unit(self)) {
            Occasion::Reencoding
        } else if self.inputs.len() > self.files_taken() {
            Occasion::Rebuild
        } else {
            Occasion::Import
        }
    }

    /// How many of the inputs are files that the dataset did not have: a version that makes everything again lists those that it had, too.
    #[must_use]
    pub(crate) fn files_taken(&self) -> usize {
        let known = self.rebuilt_from.iter().map(|known| known.digest);
        let known: BTreeSet<TextId> = known.collect();
        let is_known = |input: &&InputEntry| {
            known.contains(&input.digest)
                || input.texts.iter().any(|text| known.contains(&text.digest))
        };
        self.inputs.len() - self.inputs.iter().filter(is_known).count()
    }
}
