//! Time and memory over the number of reports: whether a run's memory grows with them.

use super::Bench;
use super::contestants::Contestant;
use super::race::Race;
use crate::Result;
use testkit::corpus::Shape;

/// The numbers of small reports at full scale.
const FILES: [u32; 3] = [1_000, 10_000, 100_000];

impl Bench {
    /// One run for each number of reports.
    ///
    /// # Errors
    /// As [`Bench::once`].
    pub(super) fn curve(&self) -> Result<Race> {
        let mut taken = Vec::new();
        for full in FILES {
            let corpus = self.corpus(Shape::Small, Some(self.files(full)))?;
            let name = format!("{} reports", corpus.plan.files);
            let rules = corpus.rules(false, None);
            let contestant = Contestant::program(self, &name, &corpus.folder, rules)?;
            let run = self.once(&contestant)?;
            contestant.clear()?;
            taken.push((name, vec![run]));
        }
        let against = taken.first().map(|(name, _)| name.clone());
        Ok(Race {
            name: "reports".to_owned(),
            corpus: "more and more small reports, one run each".to_owned(),
            bytes: 0,
            files: 0,
            agreed: String::new(),
            taken,
            against: against.into_iter().collect(),
            hurried: Vec::new(),
        })
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a number of reports is small and not negative"
    )]
    fn files(&self, full: u32) -> u64 {
        (f64::from(full) * self.scale).round().max(1.0) as u64
    }
}
