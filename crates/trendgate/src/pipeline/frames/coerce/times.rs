//! Instants and local times of any unit → instants in nanoseconds.

use super::{CoercionCounts, CoercionKind, UTC};
use crate::contract::{ViolationKind, Violations};
use arrow::array::AsArray;
use arrow::array::{Array, ArrayRef, PrimitiveArray, TimestampNanosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, civil};

/// What a frame's times are.
#[derive(Debug)]
pub(super) struct TimeType<'z> {
    unit: TimeUnit,
    clock: Clock<'z>,
}

/// Whose times they are.
#[derive(Debug)]
enum Clock<'z> {
    Utc,
    /// Of another zone, which only says how they are to be shown: they are instants.
    Zoned,
    /// Local times of this zone.
    Local(&'z str, &'z TimeZone),
}

impl<'z> TimeType<'z> {
    /// What times of this Arrow type are; `None` where they are none, or local times of a zone that nobody says.
    pub(super) fn of(data_type: &DataType, zone: Option<&'z (String, TimeZone)>) -> Option<Self> {
        let DataType::Timestamp(unit, of) = data_type else {
            return None;
        };
        let clock = match (of.as_deref(), zone) {
            (Some("UTC" | "+00:00" | "Z" | "Etc/UTC"), _) => Clock::Utc,
            (Some(_), _) => Clock::Zoned,
            (None, Some((name, zone))) => Clock::Local(name, zone),
            (None, None) => return None,
        };
        Some(Self { unit: *unit, clock })
    }

    /// What is changed of so many rows.
    pub(super) fn count(&self, rows: usize, counts: &mut CoercionCounts) {
        if self.unit != TimeUnit::Nanosecond {
            counts.add(CoercionKind::TimeUnit, rows);
        }
        match self.clock {
            Clock::Utc => {}
            Clock::Zoned => counts.add(CoercionKind::TimeZone, rows),
            Clock::Local(..) => counts.add(CoercionKind::LocalTime, rows),
        }
    }

    /// The instants of the column `name`, whose first row has the number `first`. Rows that are none are added to `found`.
    pub(super) fn instants(
        &self,
        column: &ArrayRef,
        (name, first): (&str, u64),
        found: &mut Violations,
    ) -> TimestampNanosecondArray {
        // The bits are the numbers: a type of instants is a number of 64 bits with a name.
        let ticks = cast(column, &DataType::Int64).ok();
        let ticks = ticks
            .as_ref()
            .and_then(|ticks| ticks.as_primitive_opt::<Int64Type>());
        let none = PrimitiveArray::<Int64Type>::new_null(column.len());
        let ticks = ticks.unwrap_or(&none);
        let mut refuse = |row: usize, kind, expected: &str, got: String| {
            found.add_row(kind, name, first + row as u64, expected, got);
        };
        let times = ticks.iter().enumerate().map(|(row, tick)| {
            let tick = tick?;
            let Some(nanos) = tick.checked_mul(self.nanos()) else {
                let expected = "a time between 1677 and 2262, which nanoseconds reach";
                refuse(
                    row,
                    ViolationKind::OutOfRange,
                    expected,
                    format!("{tick} {}", self.unit_name()),
                );
                return None;
            };
            let Clock::Local(zone_name, zone) = self.clock else {
                return Some(nanos);
            };
            match utc_of(nanos, zone) {
                Ok(utc) => Some(utc),
                Err((local, what)) => {
                    let expected = format!("a time that happens once in {zone_name}");
                    let got = format!("{local}, which {what}");
                    refuse(row, ViolationKind::LocalTime, &expected, got);
                    None
                }
            }
        });
        let times: TimestampNanosecondArray = times.collect();
        times.with_timezone(UTC)
    }

    fn nanos(&self) -> i64 {
        match self.unit {
            TimeUnit::Second => 1_000_000_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Microsecond => 1_000,
            TimeUnit::Nanosecond => 1,
        }
    }

    fn unit_name(&self) -> &'static str {
        match self.unit {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "µs",
            TimeUnit::Nanosecond => "ns",
        }
    }
}

/// The instant of a local time, written as the nanoseconds that it would be in UTC; or the local time, and what is wrong with it.
fn utc_of(
    local: i64,
    zone: &TimeZone,
) -> std::result::Result<i64, (civil::DateTime, &'static str)> {
    const NOWHERE: &str = "is too far away";
    let as_if_utc = Timestamp::from_nanosecond(local.into()).unwrap_or_default();
    let shown = TimeZone::UTC.to_datetime(as_if_utc);
    let offset = match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { .. } => return Err((shown, "never happens there")),
        AmbiguousOffset::Fold { .. } => return Err((shown, "happens twice there")),
    };
    let instant = offset.to_timestamp(shown).map_err(|_| (shown, NOWHERE))?;
    i64::try_from(instant.as_nanosecond()).map_err(|_| (shown, NOWHERE))
}
