//! The word for a zone beside a time → the instant.
//!
//! A word is taken where it is stated, or where the time zone database gives it for the zone of the site at that very time. Every other word
//! has to be stated, since the same word stands for several zones.

use super::TimeRule;
use super::local_clock::{LocalClock, Resolved, RowTime};
use super::stated::ClockOffset;
use crate::error::{Error, Result};
use crate::time::{Instant, SECOND, Span};
use jiff::civil;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// What words for zones mean in the texts of a site.
#[derive(Debug)]
pub(super) struct ZoneWords {
    /// The zone of the site.
    zone: TimeZone,
    stated: Vec<(String, WordZone)>,
    /// The last word of the site's own zone, and from when to when it has been that: with how far the clock is ahead of UTC.
    word: String,
    valid: Option<(Instant, Instant, Span)>,
}

/// What a word is stated to mean.
#[derive(Debug)]
enum WordZone {
    Offset(Span),
    Zone(LocalClock),
}

/// A time as the wall clock shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WallTime {
    pub(super) date: civil::Date,
    pub(super) time: Span,
}

impl ZoneWords {
    /// Those of the zone of the site, or of the clock that is stated.
    pub(super) fn of_site(rule: &TimeRule, clock: Option<ClockOffset>) -> Self {
        Self {
            zone: clock.map_or_else(|| rule.zone.clone(), ClockOffset::zone),
            stated: Vec::new(),
            word: String::new(),
            valid: None,
        }
    }

    /// The same, and words that are stated: to mean an offset, or an IANA zone.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a meaning that is neither.
    pub(super) fn and_stated(
        self,
        meanings: &BTreeMap<String, String>,
        rule: &TimeRule,
    ) -> Result<Self> {
        let stated = meanings.iter().map(|(word, meaning)| {
            let zone = match meaning.parse::<ClockOffset>() {
                Ok(offset) => {
                    let offset = offset.zone().to_offset(jiff::Timestamp::UNIX_EPOCH);
                    WordZone::Offset(i64::from(offset.seconds()) * SECOND)
                }
                Err(_) => {
                    let zone = crate::time::zone(meaning);
                    let zone = zone.ok_or_else(|| {
                        Error::config(format!("{meaning:?} is not an IANA time zone"))
                    })?;
                    let rule = TimeRule {
                        zone,
                        ..rule.clone()
                    };
                    WordZone::Zone(LocalClock::new(&rule, None))
                }
            };
            Ok((word.clone(), zone))
        });
        Ok(Self {
            stated: stated.collect::<Result<_>>()?,
            ..self
        })
    }

    /// The instant of a time with `word` beside it, which is `at` by the clock of the site; `None` where nothing says what it means.
    pub(super) fn instant(&mut self, at: RowTime, wall: WallTime, word: &str) -> Option<Instant> {
        let stated = self.stated.iter_mut().find(|(known, _)| known == word);
        match stated {
            Some((_, WordZone::Offset(offset))) => return Some(ahead(at, *offset)),
            // It says nothing of the passes of a doubled hour.
            Some((_, WordZone::Zone(clock))) => {
                return match clock.resolve(wall.date, wall.time)?.utc {
                    Resolved::Sure(time) => Some(time),
                    Resolved::Moved(_) | Resolved::Doubled(_) => None,
                };
            }
            None => {}
        }
        if ["Z", "UTC", "GMT"]
            .iter()
            .any(|utc| word.eq_ignore_ascii_case(utc))
        {
            return Some(ahead(at, Span::ZERO));
        }
        if let Some((from, to, offset)) = self.valid
            && self.word == word
        {
            let time = ahead(at, offset);
            if from <= time && time < to {
                return Some(time);
            }
        }
        let candidates = match at.utc {
            Resolved::Sure(time) => [Some(time), None],
            Resolved::Doubled(doubled) => [Some(doubled.earlier), Some(doubled.later)],
            Resolved::Moved(_) => [None, None],
        };
        let mut candidates = candidates.into_iter().flatten();
        let time = candidates.find(|time| {
            let info = timestamp(*time).map(|time| self.zone.to_offset_info(time));
            info.is_some_and(|info| info.abbreviation().eq_ignore_ascii_case(word))
        })?;
        word.clone_into(&mut self.word);
        let offset = at.local - (time - Instant::EPOCH);
        self.valid = self.unchanged(time).map(|(from, to)| (from, to, offset));
        Some(time)
    }

    /// From when to when the clock of the site has the offset that it has at `time`.
    fn unchanged(&self, time: Instant) -> Option<(Instant, Instant)> {
        let at = timestamp(time)?;
        let instant = |at: jiff::Timestamp| {
            i64::try_from(at.as_nanosecond())
                .ok()
                .map(Instant::from_nanos)
        };
        // The one at `time` itself begins a stretch that holds it.
        let next = at.checked_add(jiff::SignedDuration::from_nanos(1)).ok()?;
        let from = self.zone.preceding(next).next().map(|one| one.timestamp());
        let to = self.zone.following(at).next().map(|one| one.timestamp());
        Some((
            from.map_or(Some(Instant::MIN), instant)?,
            to.map_or(Some(Instant::MAX), instant)?,
        ))
    }
}

/// The instant of a time whose clock is so far ahead of UTC.
fn ahead(at: RowTime, offset: Span) -> Instant {
    Instant::EPOCH + (at.local - offset)
}

fn timestamp(time: Instant) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(i128::from(time.nanos())).ok()
}
