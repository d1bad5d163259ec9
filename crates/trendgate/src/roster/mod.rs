//! What is said of a site's points, machines and meters + the points that its reports have → the roster, and what is checked of machines and meters.
//!
//! Enters: descriptions by name or pattern, as a configuration has them, and the points of all reports. Leaves: one
//! [`PointSpec`](crate::model::PointSpec) a point, sorted by column, and the [`Equipment`](crate::model::Equipment). Refused: two points
//! that become one column, a name that is reserved, a point that two patterns describe differently, a check without the unit that it
//! needs.

mod describe;
mod machines;
mod meters;
mod resolve;
mod table;

pub(crate) use describe::PointConfig;
pub(crate) use describe::RULES_STAND_ELSEWHERE;
pub(crate) use machines::EquipmentConfig;
pub(crate) use meters::MeterConfig;
pub(crate) use table::PointTable;
pub(crate) use table::{is_pattern, whole_name};

pub(crate) use crate::clean::plausible::RangeConfig;
use crate::time::Span;
use std::collections::BTreeMap;

/// What the roster of a site follows from, beside its reports.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a> {
    /// What is said of points.
    pub(crate) points: &'a PointTable,
    /// The machines.
    pub(crate) equipment: &'a EquipmentConfig,
    /// The meters, by name.
    pub(crate) meters: &'a BTreeMap<String, MeterConfig>,
    /// The length of a bin.
    pub(crate) resample_interval: Span,
    /// Whether bins may be finer than the finest reports.
    pub(crate) allow_upsample: bool,
    /// For how long a value of a point that logs its changes holds at the most.
    pub(crate) max_hold: Span,
}
