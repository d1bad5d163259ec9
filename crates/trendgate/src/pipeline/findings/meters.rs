//! Meters whose power and counter do not agree.

use super::super::report_accounts::ReportAccounts;
use super::super::version::ChangedMonths;
use crate::model::Check;
use crate::plan::Plan;
use crate::time::Month;
use crate::warning::Warning;

/// A warning of each meter that has breaches in the months that the version writes.
pub(super) fn disagreeing(
    plan: &Plan,
    accounts: &ReportAccounts,
    written: &ChangedMonths,
) -> Vec<Warning> {
    let checks = plan.equipment.checks.iter().zip(&accounts.meters);
    let warning = |(check, days): (&crate::model::EquipmentCheck, &crate::clean::MeterDays)| {
        let Check::Meter { power } = check.check else {
            return None;
        };
        let written = days.iter().filter(|(day, _)| written.has(Month::of(**day)));
        let mut ratios: Vec<f64> = written.map(|(_, ratio)| *ratio).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let ratio = *ratios.get(ratios.len() / 2)?;
        let (power, energy) = (&plan.roster[power], &plan.roster[check.column]);
        Some(Warning::MeterDisagrees {
            meter: check.equipment.clone(),
            power: power.id.to_string(),
            energy: energy.id.to_string(),
            column: energy.column.clone(),
            days: ratios.len() as u64,
            ratio,
        })
    };
    checks.filter_map(warning).collect()
}
