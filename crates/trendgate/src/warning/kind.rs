//! How warnings are told apart: by their kinds, and by what they are about.

use super::Warning;
use super::entry::shown;

impl Warning {
    /// The name of its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnmappedPoints { .. } => "unmapped_points",
            Self::UnmatchedPoint { .. } => "unmatched_point",
            Self::UnmatchedSource { .. } => "unmatched_source",
            Self::PassedOver { .. } => "passed_over",
            Self::ReadAsBefore { .. } => "read_as_before",
            Self::NothingToCheck => "nothing_to_check",
            Self::CheckOff { .. } => "check_off",
            Self::MuteCheck { .. } => "mute_check",
            Self::MeterDisagrees { .. } => "meter_disagrees",
            Self::CutShort { .. } => "cut_short",
            Self::AssumedEncoding { .. } => "assumed_encoding",
            Self::ReportsGone { .. } => "reports_gone",
            Self::MonthsKept { .. } => "months_kept",
            Self::NotKept { .. } => "not_kept",
            Self::RuleTripped { .. } => "rule_tripped",
            Self::AmbiguousNumbers { .. } => "ambiguous_numbers",
            Self::OutsideRange { .. } => "outside_range",
            Self::MendedDates { .. } => "mended_dates",
            Self::ColumnsLeftOut { .. } => "columns_left_out",
            Self::ClockFaults { .. } => "clock_faults",
            Self::UnchangedClock { .. } => "unchanged_clock",
            Self::UnevenRows { .. } => "uneven_rows",
            Self::PointsTripped { .. } => "points_tripped",
            Self::LostRows { .. } => "lost_rows",
            Self::LostCells { .. } => "lost_cells",
            Self::ConflictingPoints { .. } => "conflicting_points",
            Self::UnknownUnits { .. } => "unknown_units",
            Self::UndeclaredKelvin { .. } => "undeclared_kelvin",
            Self::MixedUnits { .. } => "mixed_units",
            Self::RoundedNumbers { .. } => "rounded_numbers",
            Self::UnknownStates { .. } => "unknown_states",
            Self::MorePointsLose { .. } => "more_points_lose",
            Self::DeadRequiredPoint { .. } => "dead_required_point",
            Self::RejectsUnreadable { .. } => "rejects_unreadable",
            Self::ExtremeCells { .. } => "extreme_cells",
            Self::PointsOfAnotherSite { .. } => "points_of_another_site",
            Self::Waiting { .. } => "waiting",
            Self::Recovered { .. } => "recovered",
            Self::Retrying { .. } => "retrying",
            Self::Overtaken { .. } => "overtaken",
            Self::UnitChanges { .. } => "unit_changes",
            Self::Memory { .. } => "memory",
            Self::CorrectionLost { .. } => "correction_lost",
            Self::FrameConflicts { .. } => "frame_conflicts",
            Self::ManyPoints { .. } => "many_points",
            Self::NotCollected { .. } => "not_collected",
            Self::ErrorLog { .. } => "error_log",
        }
    }

    /// Whether reports that were accepted lose more than they may: exit code 3.
    #[must_use]
    pub(crate) fn is_loss(&self) -> bool {
        matches!(
            self,
            Self::LostRows { .. } | Self::LostCells { .. } | Self::MorePointsLose { .. }
        )
    }

    /// What it is about. Of two warnings of the same kind and subject in one run, the later one takes the place of the earlier.
    #[must_use]
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::UnmatchedPoint { name } => name.clone(),
            Self::UnmatchedSource { pattern, member } => match member {
                Some(member) => format!("{pattern} {member}"),
                None => pattern.clone(),
            },
            Self::CheckOff { equipment, missing } => format!("{equipment} {}", missing.join(" ")),
            Self::MuteCheck {
                rule, equipment, ..
            } => format!("{equipment} {rule}"),
            Self::RuleTripped { rule, month, .. } => format!("{rule} {month}"),
            Self::MeterDisagrees { meter, .. } => meter.clone(),
            Self::ExtremeCells { source, column, .. } => format!("{source} {column}"),
            Self::CorrectionLost { source, .. } | Self::FrameConflicts { source, .. } => {
                source.clone()
            }
            Self::PointsTripped { rule, month, .. } => format!("{rule} {month}"),
            Self::LostCells { column, .. }
            | Self::UnknownUnits { column, .. }
            | Self::UndeclaredKelvin { column, .. }
            | Self::MixedUnits { column, .. }
            | Self::RoundedNumbers { column, .. }
            | Self::DeadRequiredPoint { column, .. } => column.clone(),
            Self::Recovered { deed } => deed.clone(),
            Self::Retrying { file, .. } => file.as_deref().map_or_else(String::new, shown),
            Self::PointsOfAnotherSite { other, .. } => other.clone(),
            Self::UnchangedClock { offset, .. } => offset.clone(),
            Self::UnmappedPoints { .. }
            | Self::PassedOver { .. }
            | Self::ReadAsBefore { .. }
            | Self::NothingToCheck
            | Self::CutShort { .. }
            | Self::AssumedEncoding { .. }
            | Self::AmbiguousNumbers { .. }
            | Self::UnknownStates { .. }
            | Self::OutsideRange { .. }
            | Self::MendedDates { .. }
            | Self::ColumnsLeftOut { .. }
            | Self::ClockFaults { .. }
            | Self::UnevenRows { .. }
            | Self::LostRows { .. }
            | Self::MorePointsLose { .. }
            | Self::ConflictingPoints { .. }
            | Self::RejectsUnreadable { .. }
            | Self::ReportsGone { .. }
            | Self::MonthsKept { .. }
            | Self::NotKept { .. }
            | Self::Waiting { .. }
            | Self::Overtaken { .. }
            | Self::UnitChanges { .. }
            | Self::ManyPoints { .. }
            | Self::Memory { .. }
            | Self::NotCollected { .. }
            | Self::ErrorLog { .. } => String::new(),
        }
    }
}
