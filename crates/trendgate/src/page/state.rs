//! How a site is, in words: who has to act, and why. Pure.
//!
//! Enters: how the last run ended, how fresh the sources are, what lasts, which circuit breakers tripped. Leaves: a [`StateInWords`]: the worst
//! [`Urgency`] of its reasons, and the reasons, the most urgent first.

use crate::pipeline::{LastRun, RunOutcome};
use crate::publish::{StandingCondition, Trip};
use crate::time::{HOUR, Instant, Span};
use crate::verify::SourceFreshness;
use crate::wording::{age, count, percent, plural};

/// A source whose newest row is older than this is late: a night's export that did not come, and half a day.
pub(crate) const LATE: Span = HOUR.times(36);

/// Whether anyone has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Nobody has to.
    Good,
    /// Someone should look at it.
    Look,
    /// Someone has to act, or the dataset does not go on.
    Act,
}

impl Urgency {
    /// The urgency in words.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Look => "look at it",
            Self::Act => "act",
        }
    }
}

/// How a site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateInWords {
    /// The worst of the reasons.
    pub(crate) urgency: Urgency,
    /// Why, in sentences.
    pub(crate) reasons: Vec<(Urgency, String)>,
}

impl StateInWords {
    /// The state at `now`.
    #[must_use]
    pub(crate) fn of(
        now: Instant,
        last_run: Option<&LastRun>,
        sources: &[SourceFreshness],
        standing: &[StandingCondition],
        trips: &[Trip],
    ) -> Self {
        let mut reasons = Vec::new();
        if let Some(run) = last_run {
            reasons.extend(of_run(run));
        }
        for source in sources.iter().filter(|source| now - source.last > LATE) {
            let (ago, source) = (age(now - source.last), source.words());
            reasons.push((Urgency::Act, format!("nothing new for {ago} from {source}")));
        }
        let standing = standing.iter();
        reasons.extend(standing.map(|condition| (Urgency::Look, condition.message.clone())));
        reasons.extend(trips.iter().map(|trip| (Urgency::Look, of_trip(trip))));
        reasons.sort_by_key(|(urgency, _)| std::cmp::Reverse(*urgency));
        let urgency = reasons
            .first()
            .map_or(Urgency::Good, |(urgency, _)| *urgency);
        Self { urgency, reasons }
    }
}

fn of_run(run: &LastRun) -> Option<(Urgency, String)> {
    match &run.outcome {
        RunOutcome::Committed(counts) | RunOutcome::NothingNew(counts) if counts.partly => {
            let lost = match counts.rejected {
                0 => "files lost more than they may".to_owned(),
                rejected => format!("{} rejected", plural(rejected as u64, "file")),
            };
            Some((Urgency::Look, format!("in the last run {lost}")))
        }
        RunOutcome::Committed(_) | RunOutcome::NothingNew(_) => None,
        RunOutcome::Failed(failure) => {
            let file = failure.file.as_deref();
            let file = file.map_or_else(String::new, |file| format!("{file}: "));
            let hint = failure.hint.as_deref();
            let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            Some((
                Urgency::Act,
                format!("the last run failed: {file}{}{hint}", failure.error),
            ))
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "bins are far fewer than 2^53")]
fn of_trip(trip: &Trip) -> String {
    let of = trip.column.as_deref();
    let of = of.map_or_else(String::new, |column| format!(" of {column}"));
    format!(
        "the rule {} flags {} of what it judged{of} in {} ({} of {}): look at the evidence before its flags are used",
        trip.rule.name(),
        percent(trip.flagged as f64 / trip.judged.max(1) as f64),
        trip.month,
        count(trip.flagged),
        count(trip.judged),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::pipeline::{RunCounts, RunFailure};
    use crate::time::DAY;

    fn source(last: Instant) -> SourceFreshness {
        SourceFreshness {
            source: "siemens-scheduler".to_owned(),
            name: None,
            form: "siemens-scheduler".to_owned(),
            folder: "/in".into(),
            points: 2,
            last,
        }
    }

    fn run(outcome: &RunOutcome) -> LastRun {
        let mut run = serde_json::to_value(outcome).unwrap();
        run["ended"] = serde_json::json!(Instant::EPOCH);
        run["seconds"] = 1.0.into();
        run["program"] = "".into();
        serde_json::from_value(run).unwrap()
    }

    #[test]
    fn a_site_is_good_until_its_run_fails_or_a_source_is_late() {
        let now = Instant::EPOCH + 9 * DAY;
        let counts = RunCounts {
            version: 1,
            rejected: 0,
            partly: false,
            warnings: 0,
        };
        let good = run(&RunOutcome::Committed(counts));
        let state =
            |run: &LastRun, last| StateInWords::of(now, Some(run), &[source(last)], &[], &[]);
        let is = state(&good, now - HOUR);
        assert_eq!((is.urgency, is.reasons.len()), (Urgency::Good, 0));
        let late = state(&good, now - DAY.times(3));
        assert_eq!(late.urgency, Urgency::Act);
        assert_eq!(
            late.reasons[0].1,
            "nothing new for 3d from siemens-scheduler in /in"
        );
        let failure = RunFailure {
            kind: ErrorKind::Input,
            error: "no report was found".to_owned(),
            file: Some("/in".to_owned()),
            hint: Some("name another folder".to_owned()),
        };
        let failed = state(&run(&RunOutcome::Failed(failure)), now);
        assert_eq!(
            failed.reasons,
            [(
                Urgency::Act,
                "the last run failed: /in: no report was found (name another folder)".to_owned()
            )]
        );
    }

    #[test]
    fn what_lasts_is_to_be_looked_at_and_stands_behind_what_is_urgent() {
        let standing = StandingCondition {
            kind: "dead_required_point".to_owned(),
            subject: "a".to_owned(),
            version: 1,
            message: "the required point A has no value".to_owned(),
        };
        let now = Instant::EPOCH + 9 * DAY;
        let state = StateInWords::of(
            now,
            None,
            &[source(now)],
            std::slice::from_ref(&standing),
            &[],
        );
        assert_eq!(state.urgency, Urgency::Look);
        let late = StateInWords::of(now, None, &[source(Instant::EPOCH)], &[standing], &[]);
        let urgencies: Vec<Urgency> = late.reasons.iter().map(|(urgency, _)| *urgency).collect();
        assert_eq!(urgencies, [Urgency::Act, Urgency::Look]);
    }
}
