//! What to do about a warning.
//!
//! Enters: a [`Warning`]. Leaves: the remedy, in words, or nothing where none is known. Most hang on the kind alone; that of lost cells on what
//! most of the cells are.

use super::{Warning, is_word, states_line};
use crate::model::Rule;
use std::fmt;

impl Warning {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::PointsTripped { remedy, .. } => Some(remedy.clone()),
            Self::MeterDisagrees { energy, ratio, .. } => Some(of_a_meter(energy, *ratio)),
            Self::MuteCheck {
                rule, equipment, ..
            } if *rule == Rule::Meter.name() => {
                Some(format!("check {equipment:?} under cleaner.meters"))
            }
            Self::LostCells {
                point,
                unit,
                unrecognised,
                ambiguous_numbers,
                unit_mismatch,
                repeated,
                examples,
                ..
            } => {
                let texts = unrecognised.saturating_sub(*ambiguous_numbers);
                if *repeated > unrecognised + unit_mismatch {
                    return Some(TELL_POINTS_APART.to_owned());
                }
                Some(if texts >= (*ambiguous_numbers).max(*unit_mismatch) {
                    of_lost_texts(point, examples)
                } else if ambiguous_numbers >= unit_mismatch {
                    STATE_THE_DECIMAL_SIGN.to_owned()
                } else {
                    let unit = unit.unwrap_or("of the point");
                    format!("is the unit {unit} right? state `unit` under cleaner.points")
                })
            }
            Self::UnknownStates { line, .. } => Some(format!(
                "say under cleaner.points what each means, such as `{line}`"
            )),
            Self::UnknownUnits { point, .. } | Self::MixedUnits { point, .. } => Some(format!(
                "state the unit under cleaner.points: `{point:?}: {{unit: …}}`"
            )),
            Self::UndeclaredKelvin { point, .. } => Some(format!(
                "state under cleaner.points which it is: `{point:?}: {{unit: K}}` or `{point:?}: {{unit: Δ°C}}`"
            )),
            Self::UnchangedClock { offset, .. } => Some(format!(
                "say so with `clock: \"{offset}\"` under cleaner, or in the entry of cleaner.sources that reads them"
            )),
            _ => self.usual_remedy().map(ToOwned::to_owned),
        }
    }

    /// The remedy of a kind of warning that has the same whatever was found.
    fn usual_remedy(&self) -> Option<&'static str> {
        match self {
            Self::UnmappedPoints { .. } => {
                Some("describe them under cleaner.points; `trendgate init` proposes how")
            }
            Self::UnmatchedPoint { .. } => Some("check its spelling, or remove it"),
            Self::UnmatchedSource { .. } => Some(
                "check its spelling; a pattern with a slash is about the last folders of a path and its name",
            ),
            Self::PassedOver { .. } => Some(
                "`trendgate inspect FILE` says what was looked for in one; set batch.input_pattern so that only what matches is looked at",
            ),
            Self::ReadAsBefore { .. } => {
                Some("name their folder in a run: then they are read as is stated now")
            }
            Self::CheckOff { .. } => {
                Some("check the spelling of the points under cleaner.equipment and cleaner.meters")
            }
            Self::MuteCheck { .. } => Some("check the machine under cleaner.equipment"),
            Self::AssumedEncoding { .. } => Some(
                "look at the names and words with `trendgate inspect`; state `encoding:` for these files in cleaner.sources",
            ),
            Self::CutShort { .. } => Some("if the file was copied or sent, do that again"),
            Self::ReportsGone { .. } => {
                Some("put the files back and run --rebuild to make those bins from them")
            }
            Self::NotKept { .. } => Some("run when whoever writes the files has finished"),
            Self::MonthsKept { .. } => Some("put the files back and run --rebuild again"),
            Self::RuleTripped { .. } => Some(
                "look at the evidence (`trendgate explain`) before the flags of that month are used",
            ),
            Self::AmbiguousNumbers { .. } => Some(STATE_THE_DECIMAL_SIGN),
            Self::RoundedNumbers { .. } => {
                Some("export the report again and do not save it in a spreadsheet")
            }
            Self::ColumnsLeftOut { .. } => {
                Some("state it for each under cleaner.points, such as `interval: 5m`")
            }
            Self::OutsideRange { .. } => Some(
                "if the logger's clock is wrong, or the files were joined by hand, export them again",
            ),
            Self::ClockFaults { .. } => Some(
                "set the logger's clock; if the plant has rows from before cleaner.not_before, state an earlier one",
            ),
            Self::UnevenRows { .. } => {
                Some("set the logger's clock, or state a longer cleaner.resample_interval")
            }
            Self::ExtremeCells { .. } => Some("a missing value is a null"),
            Self::PointsOfAnotherSite { .. } => {
                Some("if so, stop the run or retract its version, and run again with the right one")
            }
            Self::LostRows { .. } => Some(
                "mend the rows, or let the plant export the report again; cleaner.loss_share says how many may be lost",
            ),
            Self::ConflictingPoints { .. } => Some(
                "if two sources have points of one name, give each a `prefix` in cleaner.sources; else see whether their times and columns are described rightly there",
            ),
            Self::MorePointsLose { .. } => {
                Some("`statistics.points` of the manifest says what each of them lost")
            }
            Self::DeadRequiredPoint { .. } => {
                Some("mend the sensor or its trend; or take `required` away")
            }
            Self::RejectsUnreadable { .. } => {
                Some("remove it: those files are then tried once more")
            }
            Self::Memory { .. } => Some("raise batch.memory_limit_mb"),
            Self::ManyPoints { .. } => {
                Some("raise batch.memory_limit_mb, or make two sites of the reports")
            }
            Self::CorrectionLost { .. } => Some(
                "what is committed stands: to correct it, add the frame to replace (on_conflict: replace)",
            ),
            Self::FrameConflicts { .. } => Some(
                "of two numbers for one cell that of the first frame stands: add the right one first, or to replace (on_conflict: replace)",
            ),
            Self::NothingToCheck
            | Self::MendedDates { .. }
            | Self::UnchangedClock { .. }
            | Self::MeterDisagrees { .. }
            | Self::PointsTripped { .. }
            | Self::LostCells { .. }
            | Self::UnknownUnits { .. }
            | Self::UndeclaredKelvin { .. }
            | Self::MixedUnits { .. }
            | Self::UnknownStates { .. }
            | Self::Waiting { .. }
            | Self::Recovered { .. }
            | Self::Retrying { .. }
            | Self::Overtaken { .. }
            | Self::UnitChanges { .. }
            | Self::NotCollected { .. }
            | Self::ErrorLog { .. } => None,
        }
    }
}

const TELL_POINTS_APART: &str = "several rows of one time are of different points, or of different times: name the columns that tell them apart, under `point` or `time` of the entry of cleaner.sources that describes the table";

const STATE_THE_DECIMAL_SIGN: &str = "say in the configuration which sign is the decimal one: `decimal: \".\"` or `decimal: \",\"`, under cleaner";

/// The remedy for a counter of which the power says `ratio` times as much: the round factor that is nearest to it, if one is near.
fn of_a_meter(energy: &str, ratio: f64) -> String {
    const NEAR: f64 = 0.1;
    let nearest = 10_f64.powf(ratio.log10().round());
    let whole = ratio.round();
    let is_near = |factor: f64| (ratio / factor - 1.0).abs() <= NEAR;
    let factor = if is_near(nearest) && (nearest - 1.0).abs() > NEAR {
        Some(nearest)
    } else {
        (whole >= 2.0 && is_near(whole)).then_some(whole)
    };
    match factor {
        Some(factor) => format!(
            "does the counter count in units of {factor} kWh? if so, state `scale: {factor}` of {energy:?} under cleaner.points"
        ),
        None => {
            "are both of the same meter, and in the units that are stated? see `cleaner.meters`"
                .to_owned()
        }
    }
}

/// The remedy for texts of no known kind.
fn of_lost_texts(point: &str, examples: &[String]) -> String {
    let words = examples.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|text| is_word(text)).collect();
    match words.as_slice() {
        [] => "if the texts are states, name them under `states` of the point in cleaner.points"
            .to_owned(),
        words => format!(
            "if the texts are states, say under cleaner.points what each means, such as `{}`",
            states_line(point, words)
        ),
    }
}

/// One line: what was found, and the remedy.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        let remedy = self.remedy();
        remedy.map_or(Ok(()), |remedy| write!(f, " ({remedy})"))
    }
}
