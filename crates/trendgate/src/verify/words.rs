//! Why a cell is flagged, as a sentence: one piece of evidence in words.

use super::{Explanation, StatedFlag};
use crate::clean::{Breach, rule_entry};
use crate::model::Flag;
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

/// ```
/// use trendgate::time::Instant;
/// use trendgate::{RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let row = site.explain(Instant::from_typed("2026-02-01T00:20").unwrap())?;
/// let why: Vec<String> = row.related.iter().map(|one| row.words(one, "°C")).collect();
/// assert!(why.is_empty());
/// # Ok::<(), trendgate::Error>(())
/// ```
impl StatedFlag {
    /// It as a sentence, in the unit of its column.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let row = site.explain("2026-02-01T00:15:00Z".parse().unwrap())?;
    /// let sentences: Vec<String> = row.stated.iter().map(|stated| stated.words("°C")).collect();
    /// assert!(sentences.is_empty(), "a run has rules of the program alone");
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn words(&self, unit: &str) -> String {
        let flag = self.flag.map_or("recorded", Flag::name);
        let number = |number: f64| format!("{number} {unit}").trim_end().to_owned();
        let value = self
            .value
            .map_or_else(String::new, |value| format!(", {}", number(value)));
        let band = match (self.limit_low, self.limit_high) {
            (None, None) => String::new(),
            (low, high) => {
                let [low, high] = [low, high].map(|limit| limit.map_or("…".to_owned(), number));
                format!(" (limits {low} to {high})")
            }
        };
        format!("{flag}: {}{value}{band}", self.rule)
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
