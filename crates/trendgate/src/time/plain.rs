//! For JSON in which an instant or a length is a number of nanoseconds.

use crate::time::{Extent, Instant, Span};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes an instant.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands references to it"
)]
pub(crate) fn serialize<S: Serializer>(
    instant: &Instant,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    instant.nanos().serialize(serializer)
}

/// Reads what [`serialize`] writes.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
    i64::deserialize(deserializer).map(Instant::from_nanos)
}

/// Writes an extent as `[first, last]`.
pub(crate) fn extent<S: Serializer>(
    extent: &Option<Extent>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let plain = extent.map(|extent| [extent.first, extent.last].map(Instant::nanos));
    plain.serialize(serializer)
}

/// Writes a length.
pub(crate) fn span<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
    span.map(Span::nanos).serialize(serializer)
}
