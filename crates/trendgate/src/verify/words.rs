//! Why a cell is flagged, as a sentence: one piece of evidence in words.

use super::Explanation;
use crate::clean::{Breach, rule_entry};
use crate::partition::EvidenceRow;

impl EvidenceRow {
    /// It as a sentence, in the unit of its column. Of what stands still the sentence names the first and the last bin of the flagged
    /// stretch, as the caller writes times.
    #[must_use]
    pub(crate) fn words(&self, unit: &str, stretch: impl Fn() -> [String; 2]) -> String {
        let flag = self.rule.flag().map_or("recorded", |flag| flag.name());
        let why = rule_entry(self.rule).words.why(&Breach {
            value: self.value,
            low: self.low,
            high: self.high,
            unit,
            stretch: &stretch,
        });
        format!("{flag}: {why}")
    }
}

impl Explanation {
    /// A piece of its evidence as a sentence.
    #[must_use]
    pub fn words(&self, evidence: &EvidenceRow, unit: &str) -> String {
        evidence.words(unit, || {
            let flagged = self.stretch(evidence);
            [flagged.first, flagged.last].map(|time| time.to_string())
        })
    }
}
