//! How a point is judged: what its configuration says, and what its physical type says where that is silent.

use super::describe::{FrozenConfig, HampelConfig, PointConfig};
use crate::error::{Error, Result};
use crate::model::{HampelRule, PhysicalType, StandStill};
use crate::time::HOUR;

/// The filter of a point of this type, as configured.
pub(super) fn hampel(physical: Option<PhysicalType>, config: &HampelConfig) -> HampelRule {
    let resolution = physical.map_or(0.0, PhysicalType::resolution);
    HampelRule {
        half_width: config.half_width,
        threshold: config.threshold,
        floor: config.floor.unwrap_or(5.0 * resolution),
    }
}

/// When a point of this type stands still for too long, as configured.
pub(super) fn stand_still(
    physical: Option<PhysicalType>,
    config: Option<&FrozenConfig>,
) -> Option<StandStill> {
    let by_type = physical.and_then(PhysicalType::stand_still);
    let Some(config) = config else {
        return by_type;
    };
    let base = by_type.unwrap_or(StandStill {
        tolerance: 0.0,
        min_duration: 2 * HOUR,
        idle_below: None,
    });
    config.enabled.then(|| StandStill {
        tolerance: config.tolerance.unwrap_or(base.tolerance),
        min_duration: config.min_duration.unwrap_or(base.min_duration),
        idle_below: config.idle_below.or(base.idle_below),
    })
}

/// What is rest for a point of this type, as configured.
pub(super) fn idle_below(
    physical: Option<PhysicalType>,
    config: Option<&FrozenConfig>,
) -> Option<f64> {
    let by_type = physical.and_then(PhysicalType::stand_still);
    let own = config.and_then(|config| config.idle_below);
    own.or(by_type.and_then(|still| still.idle_below))
}

/// Refuses figures that cannot be, for the point or pattern `name`.
pub(super) fn check_rules(name: &str, config: &PointConfig) -> Result<()> {
    let error = |what: &str| Err(Error::config(format!("cleaner.points {name:?}: {what}")));
    if config.plausible.is_some_and(|range| !range.is_ascending()) {
        return error("plausible: expected a min below the max");
    }
    let wrong = |filter: &HampelConfig| {
        let numbers = [filter.threshold, filter.floor.unwrap_or(0.0)];
        !numbers
            .iter()
            .all(|number| number.is_finite() && *number >= 0.0)
            || filter.half_width > 31 * 24 * HOUR
    };
    if config.hampel.as_ref().is_some_and(wrong) {
        return error(
            "hampel: expected a threshold and a floor of at least 0, and a half_width of at most 31d",
        );
    }
    let Some(frozen) = config.frozen else {
        return Ok(());
    };
    let bad = |value: Option<f64>| value.is_some_and(|value| !(value.is_finite() && value >= 0.0));
    if bad(frozen.tolerance) || bad(frozen.idle_below) {
        return error("frozen: expected a tolerance and an idle_below of at least 0");
    }
    let too_long = |span: crate::time::Span| span > 31 * 24 * HOUR;
    if frozen.min_duration.is_some_and(too_long) {
        return error("frozen: expected a min_duration of at most 31d");
    }
    Ok(())
}
