//! Why a row is flagged.

use crate::model::{Flag, Rule};
use crate::time::{self, Instant};
use crate::verify::{Explanation, StatedFlag};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a row is flagged.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExplainAnswer {
    /// When it was looked at.
    pub time: Instant,
    /// The site.
    pub site_id: String,
    /// The row's own time: the start of its bin.
    pub timestamp: Instant,
    /// The version that wrote the row.
    pub version: u64,
    /// The part that it is in.
    pub part: String,
    /// Its flags.
    pub quality_flags: Vec<Flag>,
    /// Its values by column.
    pub values: BTreeMap<String, Option<f64>>,
    /// Why it has its flags.
    pub evidence: Vec<ExplainedFlag>,
    /// What a caller stated of it by rules of its own; absent where nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedFlag>,
}

/// One reason for a flag.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExplainedFlag {
    /// The column in question; of the whole row where there is none.
    pub column: Option<String>,
    /// The flag; of what is only recorded there is none.
    pub flag: Option<Flag>,
    /// The rule.
    pub rule: Rule,
    /// What was judged.
    pub value: Option<f64>,
    /// The least that would have passed.
    pub limit_low: Option<f64>,
    /// The most that would have passed.
    pub limit_high: Option<f64>,
    /// From when on the flag is certain, whatever rows with later stamps still come; of what an earlier program wrote it is not known.
    pub known_at: Option<Instant>,
    /// The reason as a sentence.
    pub words: String,
    /// The machine in question.
    pub equipment: Option<String>,
    /// The columns of what was measured of it, by role.
    pub inputs: Option<BTreeMap<String, String>>,
}

impl ExplainAnswer {
    /// Explains a row of a site; with `only`, one column of it.
    ///
    /// ```
    /// use trendgate::answers::ExplainAnswer;
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let row = site.explain("2026-02-01T00:15:00Z".parse().unwrap())?;
    /// assert_eq!(ExplainAnswer::new(site.id(), &row, None).version, 1);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn new(site: &str, row: &Explanation, only: Option<&str>) -> Self {
        let is_wanted = |column: &str| only.is_none_or(|only| only == column);
        let evidence = row.evidence();
        let evidence = evidence.filter(|row| row.column.as_deref().is_none_or(is_wanted));
        let explained = evidence.map(|evidence| ExplainedFlag {
            column: evidence.column.clone(),
            flag: evidence.rule.flag(),
            rule: evidence.rule,
            value: evidence.value,
            limit_low: evidence.low,
            limit_high: evidence.high,
            known_at: evidence.known_at,
            words: row.words(evidence, row.unit_of(evidence)),
            equipment: (row.check_of(evidence)).map(|entry| entry.equipment.clone()),
            inputs: row.check_of(evidence).map(|entry| entry.inputs.clone()),
        });
        let values = row.values.iter();
        let values = values.filter(|(column, _)| is_wanted(&column.name));
        Self {
            time: time::now(),
            site_id: site.to_owned(),
            timestamp: row.bin,
            version: row.version,
            part: row.part.to_string_lossy().into_owned(),
            quality_flags: row.flags.clone(),
            evidence: explained.collect(),
            stated: row
                .stated
                .iter()
                .filter(|stated| stated.column.as_deref().is_none_or(is_wanted))
                .cloned()
                .collect(),
            values: values
                .map(|(column, value)| (column.name.clone(), *value))
                .collect(),
        }
    }
}
