//! `needs`: a machine runs, and what it needs does not.
//!
//! **Definition.** Each need of a machine lists others of which one at least has to run while it runs ("a running chiller needs a
//! running chilled-water pump"). A bin in which none of a need's machines runs is a breach. It is recorded as evidence under the
//! column of the machine's own state (how many of its needs are met, and how many there are) and counted. It raises no flag: none of
//! the five that the contract has is for it.
//!
//! **Not judged:** without a value of the state; at rest; where no need is breached for certain but the state of one's machines is not known;
//! and as long as `settle` after a start and before a stop, because machines do not start in the same minute.

use super::NotJudged;
use super::entry::{Breach, RuleEntry, RuleWords};
use super::machine::{CheckFinding, MACHINES};
use crate::model::{ColumnId, Need, Rule, Running};

/// The rule, as it is registered.
pub(super) const NEEDS: RuleEntry = RuleEntry {
    rule: Rule::Needs,
    judges: MACHINES,
    words: &NeedsWords,
};

struct NeedsWords;

impl RuleWords for NeedsWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [met, all] = [breach.value, breach.low].map(|number| number.unwrap_or(f64::NAN));
        format!("it runs, and {met} of the {all} things that it needs do")
    }
}

/// How many of the needs are met.
pub(super) fn judge(
    needs: &[Need],
    at: impl Fn(ColumnId) -> f64,
) -> Result<CheckFinding, NotJudged> {
    let (mut met, mut unknown) = (0_u32, 0_u32);
    for need in needs {
        let states = need.any_of.iter().map(|(_, state)| state.at(&at));
        match states.fold(Running::No, either) {
            Running::Yes => met += 1,
            Running::Unknown => unknown += 1,
            Running::No => {}
        }
    }
    let all = u32::try_from(needs.len()).unwrap_or(u32::MAX);
    if unknown > 0 && met + unknown == all {
        return Err(NotJudged::StateUnknown);
    }
    Ok(CheckFinding {
        value: f64::from(met),
        low: f64::from(all),
        high: f64::NAN,
        deviation: None,
    })
}

/// Whether one of two runs.
fn either(a: Running, b: Running) -> Running {
    match (a, b) {
        (Running::Yes, _) | (_, Running::Yes) => Running::Yes,
        (Running::Unknown, _) | (_, Running::Unknown) => Running::Unknown,
        _ => Running::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunState;

    fn judged(row: &[f64]) -> Result<bool, NotJudged> {
        let pump = |column: usize| {
            let state = RunState {
                column: Some(ColumnId::new(column)),
                rest: 0.0,
            };
            (format!("P{column}"), state)
        };
        let need = |name: &str, any_of| Need {
            name: name.to_owned(),
            any_of,
        };
        let needs = [
            need("chilled water", vec![pump(0), pump(1)]),
            need("condenser water", vec![pump(2)]),
        ];
        judge(&needs, |column| row[column]).map(|found| found.is_bad())
    }

    #[test]
    fn one_of_each_need_has_to_run_and_what_is_unknown_is_not_held_against_it() {
        let n = f64::NAN;
        assert_eq!(judged(&[0.0, 1.0, 1.0]), Ok(false));
        assert_eq!(judged(&[n, 1.0, 1.0]), Ok(false));
        assert_eq!(judged(&[0.0, 0.0, 1.0]), Ok(true));
        assert_eq!(judged(&[0.0, n, 1.0]), Err(NotJudged::StateUnknown));
        assert_eq!(
            judged(&[0.0, n, 0.0]),
            Ok(true),
            "the other need is breached for certain"
        );
    }
}
