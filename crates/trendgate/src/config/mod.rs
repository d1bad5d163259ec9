//! Temporary.
#![allow(missing_docs)]
use crate::point::{Aggregation, PointId};
use crate::units::Unit;
#[derive(Debug, Clone)]
pub struct PointSpec {
    pub id: PointId,
    pub column: String,
    pub physical_type: Option<String>,
    pub unit: Option<Unit>,
    pub aggregation: Aggregation,
    pub required: bool,
    pub on: Vec<String>,
    pub off: Vec<String>,
    pub mapped: bool,
}
