//! Why a cell is flagged, as a sentence: one piece of evidence in words.

use super::Explanation;
use crate::model::Rule;
use crate::partition::EvidenceRow;
use crate::wording::shown;

impl EvidenceRow {
    /// It as a sentence, in the unit of its column. Of what stands still the sentence names the first and the last bin of the flagged
    /// stretch, as the caller writes times.
    #[must_use]
    pub(crate) fn words(&self, unit: &str, stretch: impl FnOnce() -> [String; 2]) -> String {
        let number = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |v| shown(v, unit));
        let flag = self.rule.flag().map_or("recorded", |flag| flag.name());
        let why = match self.rule {
            Rule::Plausible => format!(
                "{} is outside the plausible range, {} to {}",
                number(self.value),
                number(self.low),
                number(self.high)
            ),
            Rule::Hampel => format!(
                "{} is far from the values around it, which suggest {} to {}",
                number(self.value),
                number(self.low),
                number(self.high)
            ),
            Rule::Frozen => self.frozen_words(number, &stretch()),
            Rule::HeatLoad => format!(
                "the load is {}, and the heat of the water suggests {} to {}",
                number(self.value),
                number(self.low),
                number(self.high)
            ),
            Rule::HeatBalance => format!(
                "the power is {}, and the heats of both waters leave {} to {} for it",
                number(self.value),
                number(self.low),
                number(self.high)
            ),
            Rule::Affinity => format!(
                "the power is {}, and the speed asks for {} to {}",
                number(self.value),
                number(self.low),
                number(self.high)
            ),
            Rule::Needs => format!(
                "it runs, and {} of the {} things that it needs do",
                self.value.unwrap_or(f64::NAN),
                self.low.unwrap_or(f64::NAN)
            ),
            Rule::Meter => format!(
                "since the day before the counter went on by {}, and the power of the same meter says {} to {}",
                number(self.value),
                number(self.low),
                number(self.high)
            ),
            Rule::NotFinite => format!(
                "the reports had {}, which no sensor measures: it was removed",
                self.value.unwrap_or(f64::NAN)
            ),
            Rule::NoSample => "no report has a number for this time".to_owned(),
            Rule::Coverage => format!(
                "a kind of report that was running covers less than {} of the bin",
                number(self.low)
            ),
            Rule::PartialSum => format!(
                "the numbers that are there do not cover the bin whole (together they are {}), so it has no sum",
                number(self.value)
            ),
            Rule::Required => "the point is required, and has no value".to_owned(),
        };
        format!("{flag}: {why}")
    }

    fn frozen_words(
        &self,
        number: impl Fn(Option<f64>) -> String,
        stretch: &[String; 2],
    ) -> String {
        let tolerance = self.high.zip(self.value).map(|(high, value)| high - value);
        let within = match tolerance {
            Some(0.0) => String::new(),
            tolerance => format!(" (within {})", number(tolerance)),
        };
        let [first, last] = stretch;
        format!("it stands still{within} for longer than it should: flagged from {first} to {last}")
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
