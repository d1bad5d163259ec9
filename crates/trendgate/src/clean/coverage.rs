//! `INSUFFICIENT_DATA` by coverage: does enough of what should be there stand behind a bin?
//!
//! Definition. A *sample* of a kind is a row of one of its reports with at least one number; it covers
//! `[t, t + the kind's stated interval)`, or its own bin where no interval is stated. A bin is flagged when
//!
//! - no sample of any kind covers any of it, or
//! - a kind that is *active* in it covers less than `min_coverage` of it. Active means: the bin touches the span between
//!   two rows of the kind that are at most `max_gap` apart, and the kind is *alive* there, which is to say that it has a
//!   sample within `max_gap` before or after the bin. A kind whose points are all dead has no sample, so it never flags.
//!
//! Both sides look no farther than `max_gap` plus one interval from the bin, so a task with that much halo judges every
//! bin as a run over everything would.
//!
//! **Known at.** A bin without a sample: its end; where it has no row either, the next row of any report, because only by that row is
//! the bin on the axis. A bin covered too thinly: its end, or later the second of the two rows between which its kind is active, or
//! later the sample after it that makes the kind alive where none before it does; of several kinds the earliest.

use super::Kind;
use crate::time::{Instant, Span};
use std::collections::VecDeque;

/// What samples of one kind cover, bin after bin.
#[derive(Debug)]
pub(super) struct KindCoverage {
    interval: Option<Span>,
    rules: Rules,
    /// The bin being covered and not judged yet.
    open: Option<OpenStretch>,
    last_row: Option<Instant>,
    last_sample: Option<Instant>,
    /// Up to here the samples seen cover without a hole from the last of them.
    covered_to: Instant,
    /// Bins too thinly covered whose kind is not known to be alive. A sample that makes it so comes later than what made it active.
    unconfirmed: VecDeque<Instant>,
}

/// What all kinds share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) bin: Span,
    pub(super) max_gap: Span,
    /// Covered nanoseconds below which a bin is insufficient.
    pub(super) enough: f64,
}

/// The nanoseconds of a bin that are this share of it: whole ones, so that a bin covered by just so much is covered enough.
#[allow(clippy::cast_precision_loss, reason = "a bin is at most a day long")]
pub(super) fn enough(share: f64, bin: Span) -> f64 {
    (share * bin.nanos() as f64).round()
}

#[derive(Debug, Clone, Copy)]
struct OpenStretch {
    start: Instant,
    covered: Span,
    active: bool,
}

impl KindCoverage {
    pub(super) fn new(kind: &Kind, rules: Rules) -> Self {
        Self {
            interval: kind.interval,
            rules,
            open: None,
            last_row: None,
            last_sample: None,
            covered_to: Instant::MIN,
            unconfirmed: VecDeque::new(),
        }
    }

    /// Takes the kind's next row; calls `flag` with the start of every bin that turns out insufficient, and the instant from which
    /// that is certain.
    pub(super) fn row(
        &mut self,
        time: Instant,
        sample: bool,
        flag: &mut impl FnMut(Instant, Instant),
    ) {
        let start = time.floor(self.rules.bin);
        let near = self
            .last_row
            .is_some_and(|last| time - last <= self.rules.max_gap);
        match self.open {
            Some(open) if open.start == start => {
                self.open = Some(OpenStretch {
                    active: open.active || near,
                    ..open
                });
            }
            open => {
                if let Some(open) = open {
                    let known_at = match open.active {
                        true => open.start + self.rules.bin,
                        false => time,
                    };
                    let active = open.active || near;
                    self.judge(OpenStretch { active, ..open }, known_at, flag);
                    if near {
                        self.judge_between(open.start, (start, time), flag);
                    }
                }
                self.open = Some(OpenStretch {
                    start,
                    covered: self.carried(start),
                    active: near,
                });
            }
        }
        if sample {
            self.sample(time, start, flag);
        }
        self.last_row = Some(time);
    }

    /// No later row of any kind stands before this time: judges the bins that no later row of this kind can make active.
    pub(super) fn pass(&mut self, front: Instant, flag: &mut impl FnMut(Instant, Instant)) {
        if self
            .last_row
            .is_some_and(|last| front - last > self.rules.max_gap)
        {
            self.close(flag);
        }
        while let Some(start) = self.unconfirmed.front().copied() {
            if front - (start + self.rules.bin) <= self.rules.max_gap {
                break;
            }
            self.unconfirmed.pop_front();
        }
    }

    /// Judges the last bin.
    pub(super) fn close(&mut self, flag: &mut impl FnMut(Instant, Instant)) {
        if let Some(open) = self.open.take() {
            self.judge(open, open.start + self.rules.bin, flag);
        }
    }

    /// The first bin on which a later row of this kind may still have a say.
    pub(super) fn unsettled_from(&self) -> Option<Instant> {
        let open = self.open.map(|open| open.start);
        let unconfirmed = self.unconfirmed.front().copied();
        open.into_iter().chain(unconfirmed).min()
    }

    fn sample(&mut self, time: Instant, start: Instant, flag: &mut impl FnMut(Instant, Instant)) {
        let end = start + self.rules.bin;
        let reach = self.interval.map_or(end, |interval| time + interval);
        if let Some(open) = &mut self.open {
            let from = if self.interval.is_none() { start } else { time };
            let more = reach.min(end).nanos() - from.max(self.covered_to).nanos();
            open.covered = Span::from_nanos(open.covered.nanos() + more.max(0));
        }
        self.covered_to = self.covered_to.max(reach);
        self.last_sample = Some(time);
        for start in self.unconfirmed.drain(..) {
            if time - (start + self.rules.bin) <= self.rules.max_gap {
                flag(start, time);
            }
        }
    }

    /// What samples of earlier bins cover of the bin at `start`.
    fn carried(&self, start: Instant) -> Span {
        (self.covered_to - start).clamp(Span::ZERO, self.rules.bin)
    }

    /// Judges the bins without a row between the one at `after` and that of the next row, given by its bin and its time.
    fn judge_between(
        &mut self,
        after: Instant,
        (before, known_at): (Instant, Instant),
        flag: &mut impl FnMut(Instant, Instant),
    ) {
        let mut start = after + self.rules.bin;
        while start < before {
            let bin = OpenStretch {
                start,
                covered: self.carried(start),
                active: true,
            };
            self.judge(bin, known_at, flag);
            start += self.rules.bin;
        }
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "a bin is at most a day: far below 2^53 ns"
    )]
    fn judge(
        &mut self,
        bin: OpenStretch,
        known_at: Instant,
        flag: &mut impl FnMut(Instant, Instant),
    ) {
        if !bin.active || bin.covered.nanos() as f64 >= self.rules.enough {
            return;
        }
        let alive = self
            .last_sample
            .is_some_and(|sample| bin.start - sample <= self.rules.max_gap);
        if alive {
            flag(bin.start, known_at);
        } else {
            self.unconfirmed.push_back(bin.start);
        }
    }
}

/// Whether any sample covers any of a bin.
#[derive(Debug)]
pub(super) struct AnyCoverage {
    covered_to: Instant,
}

impl AnyCoverage {
    pub(super) fn new() -> Self {
        Self {
            covered_to: Instant::MIN,
        }
    }

    /// Whether the samples so far reach into the bin at `start`.
    pub(super) fn reaches(&self, start: Instant) -> bool {
        self.covered_to > start
    }

    pub(super) fn sample(&mut self, time: Instant, interval: Option<Span>) {
        let end = time + interval.unwrap_or_default();
        self.covered_to = self.covered_to.max(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    #[test]
    fn what_covers_just_the_share_is_enough() {
        for bin in [1, 5, 15, 60, 1440].map(|minutes| minutes * MINUTE) {
            for percent in 0..=100 {
                let share: f64 = format!("{percent}e-2").parse().unwrap();
                #[allow(clippy::cast_precision_loss, reason = "a bin is at most a day long")]
                let covered = (bin.nanos() / 100 * percent) as f64;
                assert!(covered >= enough(share, bin), "{percent} % of {bin}");
                assert!(covered < enough(share, bin) + 0.5, "{percent} % of {bin}");
            }
        }
    }
}
