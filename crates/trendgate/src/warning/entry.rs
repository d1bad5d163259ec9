//! A warning as the flat fields that a program reads.
//!
//! Enters: a [`Warning`]. Leaves: a [`WarningEntry`], as manifests and `--json` have it. A field has a function here, which says of which
//! warnings it is filled.

use super::Warning;
use super::message::assumed;
use crate::model::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::path::Path;

/// A warning in a flat form: an entry of a manifest's `warnings`, and of `--json`. Fields that do not apply are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct WarningEntry {
    /// What kind of warning it is: a name that stays the same from version to version of the program.
    pub kind: String,
    /// What was found, as a sentence.
    pub message: String,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The file in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The point in question, as the reports or the configuration name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    /// The column in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The machine in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equipment: Option<String>,
    /// The rule in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The UTC month in question: `2016-11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// What was counted, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// The first few of what was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Warning {
    /// The warning in its flat form.
    #[must_use]
    pub fn entry(&self) -> WarningEntry {
        let owned = |text: &str| text.to_owned();
        WarningEntry {
            kind: self.kind().to_owned(),
            message: self.message(),
            remedy: self.remedy(),
            file: self.file(),
            point: self.point().map(owned),
            column: self.column().map(owned),
            equipment: self.equipment().map(owned),
            rule: self.rule().map(owned),
            month: self.month().map(owned),
            counts: self.counts(),
            examples: self.examples(),
        }
    }

    /// The file in question; of several reports that lose something, the first.
    fn file(&self) -> Option<String> {
        match self {
            Self::LostRows { files, .. }
            | Self::LostCells { files, .. }
            | Self::ConflictingPoints { files, .. }
            | Self::ClockFaults { files, .. }
            | Self::UnchangedClock { files, .. }
            | Self::UnevenRows { files, .. }
            | Self::UnknownUnits { files, .. }
            | Self::UndeclaredKelvin { files, .. }
            | Self::MixedUnits { files, .. }
            | Self::RoundedNumbers { files, .. }
            | Self::UnknownStates { files, .. }
            | Self::AmbiguousNumbers { files, .. } => files.first().map(|path| shown(path)),
            Self::CutShort {
                reports: 1,
                examples,
            } => examples.first().map(|path| shown(path)),
            Self::AssumedEncoding { examples, .. } => examples.first().map(|(path, _)| shown(path)),
            Self::RejectsUnreadable { file, .. } => Some(shown(file)),
            Self::Retrying { file, .. } => file.as_deref().map(shown),
            Self::ExtremeCells { source, .. }
            | Self::CorrectionLost { source, .. }
            | Self::FrameConflicts { source, .. } => Some(source.clone()),
            _ => None,
        }
    }

    fn point(&self) -> Option<&str> {
        match self {
            Self::UnmatchedPoint { name } => Some(name),
            Self::MeterDisagrees { energy: point, .. }
            | Self::LostCells { point, .. }
            | Self::UnknownUnits { point, .. }
            | Self::UndeclaredKelvin { point, .. }
            | Self::MixedUnits { point, .. }
            | Self::RoundedNumbers { point, .. }
            | Self::DeadRequiredPoint { point, .. }
            | Self::PointsTripped {
                points: 1, point, ..
            } => Some(point),
            _ => None,
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::LostCells { column, .. }
            | Self::MeterDisagrees { column, .. }
            | Self::UnknownUnits { column, .. }
            | Self::UndeclaredKelvin { column, .. }
            | Self::MixedUnits { column, .. }
            | Self::RoundedNumbers { column, .. }
            | Self::DeadRequiredPoint { column, .. }
            | Self::ExtremeCells { column, .. }
            | Self::CorrectionLost { column, .. }
            | Self::PointsTripped {
                points: 1, column, ..
            } => Some(column),
            _ => None,
        }
    }

    fn equipment(&self) -> Option<&str> {
        match self {
            Self::CheckOff { equipment, .. }
            | Self::MuteCheck { equipment, .. }
            | Self::MeterDisagrees {
                meter: equipment, ..
            } => Some(equipment),
            _ => None,
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::MeterDisagrees { .. } => Some(Rule::Meter.name()),
            Self::MuteCheck { rule, .. }
            | Self::RuleTripped { rule, .. }
            | Self::PointsTripped { rule, .. } => Some(rule),
            _ => None,
        }
    }

    fn month(&self) -> Option<&str> {
        match self {
            Self::RuleTripped { month, .. } | Self::PointsTripped { month, .. } => Some(month),
            _ => None,
        }
    }

    fn examples(&self) -> Vec<String> {
        match self {
            Self::CheckOff { missing, .. } => missing.clone(),
            Self::CutShort { examples, .. } | Self::PassedOver { examples, .. } => {
                examples.iter().map(|path| shown(path)).collect()
            }
            Self::AssumedEncoding { examples, .. } => examples
                .iter()
                .map(|(path, encoding)| assumed(path, encoding))
                .collect(),
            Self::ReportsGone { example, .. }
            | Self::MonthsKept { example, .. }
            | Self::NotKept { example, .. }
            | Self::ReadAsBefore { example, .. } => {
                vec![example.clone()]
            }
            Self::PointsOfAnotherSite { other, .. } => vec![other.clone()],
            Self::UnknownUnits { words, .. } => words.clone(),
            Self::MixedUnits { files, .. } => files.iter().map(|path| shown(path)).collect(),
            Self::AmbiguousNumbers { examples, .. }
            | Self::UnmappedPoints { examples, .. }
            | Self::UnknownStates { examples, .. }
            | Self::OutsideRange { examples, .. }
            | Self::ColumnsLeftOut { examples, .. }
            | Self::ClockFaults { examples, .. }
            | Self::PointsTripped { examples, .. }
            | Self::LostRows { examples, .. }
            | Self::LostCells { examples, .. }
            | Self::ConflictingPoints { examples, .. } => examples.clone(),
            _ => Vec::new(),
        }
    }

    /// What was counted. Every kind stands here, so that a new one does not compile before it was asked what it counts.
    fn counts(&self) -> BTreeMap<String, u64> {
        match *self {
            Self::UnmappedPoints {
                unmapped, points, ..
            } => named([("unmapped", unmapped as u64), ("points", points as u64)]),
            Self::PassedOver { files, .. } => named([("files", files as u64)]),
            Self::ReadAsBefore { reports, .. } => named([("reports", reports as u64)]),
            Self::MuteCheck { bins, because, .. } => named([("bins", bins), ("because", because)]),
            Self::MeterDisagrees { days, .. } => named([("days", days)]),
            Self::CutShort { reports, .. } | Self::AssumedEncoding { reports, .. } => {
                named([("reports", reports)])
            }
            Self::ReportsGone {
                reports, changed, ..
            } => named([("reports", reports as u64), ("changed", changed as u64)]),
            Self::NotKept { files, .. } => named([("files", files as u64)]),
            Self::MonthsKept {
                reports, months, ..
            } => named([("reports", reports as u64), ("months", months as u64)]),
            Self::RuleTripped {
                flagged, judged, ..
            } => named([("flagged", flagged), ("judged", judged)]),
            Self::PointsTripped {
                points,
                flagged,
                judged,
                ..
            } => named([("points", points), ("flagged", flagged), ("judged", judged)]),
            Self::LostRows {
                reports,
                rejected,
                rows,
                ..
            } => named([("reports", reports), ("rejected", rejected), ("rows", rows)]),
            Self::LostCells {
                reports,
                cells,
                unrecognised,
                ambiguous_numbers,
                unit_mismatch,
                repeated,
                ..
            } => named([
                ("reports", reports),
                ("cells", cells),
                ("unrecognised", unrecognised),
                ("ambiguous_numbers", ambiguous_numbers),
                ("unit_mismatch", unit_mismatch),
                ("repeated", repeated),
            ]),
            Self::UnknownUnits { cells, .. }
            | Self::UndeclaredKelvin { cells, .. }
            | Self::RoundedNumbers { cells, .. } => named([("cells", cells)]),
            Self::MixedUnits {
                with_unit, without, ..
            } => named([("with_unit", with_unit), ("without", without)]),
            Self::UnknownStates { points, .. } => named([("points", points)]),
            Self::ConflictingPoints { points, cells, .. } => {
                named([("points", points), ("cells", cells)])
            }
            Self::MorePointsLose { points } => named([("points", points as u64)]),
            Self::AmbiguousNumbers { cells, .. }
            | Self::ExtremeCells { cells, .. }
            | Self::CorrectionLost { cells, .. }
            | Self::FrameConflicts { cells, .. } => named([("cells", cells)]),
            Self::UnchangedClock {
                never,
                single_pass,
                reports,
                ..
            } => named([
                ("never", never),
                ("single_pass", single_pass),
                ("reports", reports),
            ]),
            Self::UnevenRows {
                with_two,
                with_none,
                reports,
                ..
            } => named([
                ("with_two", with_two),
                ("with_none", with_none),
                ("reports", reports),
            ]),
            Self::OutsideRange { rows, reports, .. }
            | Self::MendedDates { rows, reports, .. }
            | Self::ClockFaults { rows, reports, .. } => {
                named([("rows", rows), ("reports", reports)])
            }
            Self::ColumnsLeftOut {
                columns, reports, ..
            } => named([("columns", columns), ("reports", reports)]),
            Self::PointsOfAnotherSite { shared, points, .. } => {
                named([("shared", shared as u64), ("points", points as u64)])
            }
            Self::Retrying { tries, .. } => named([("tries", u64::from(tries))]),
            Self::Overtaken { version } | Self::UnitChanges { version, .. } => {
                named([("version", version)])
            }
            Self::Memory { taken, limit, .. } => named([("taken", taken), ("limit", limit)]),
            Self::ManyPoints {
                points,
                need,
                limit,
            } => named([("points", points), ("need", need), ("limit", limit)]),
            Self::UnmatchedPoint { .. }
            | Self::UnmatchedSource { .. }
            | Self::NothingToCheck
            | Self::CheckOff { .. }
            | Self::DeadRequiredPoint { .. }
            | Self::RejectsUnreadable { .. }
            | Self::Waiting { .. }
            | Self::Recovered { .. }
            | Self::NotCollected { .. }
            | Self::ErrorLog { .. } => BTreeMap::new(),
        }
    }
}

fn named<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.map(|(name, count)| (name.to_owned(), count)).into()
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entry().serialize(serializer)
    }
}

/// A path as a person reads it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
