//! What a frame was before it had the shape of the dataset.

use super::Refusal;
use super::coerce::{CoercedFrame, Coercion};
use crate::contract::{ViolationKind, Violations};
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

/// How the index of a pandas frame is called that has no name.
const INDEX: &str = "__index_level_";

/// What is known of a frame beside its rows and its options; nothing of one that came as it is.
#[derive(Clone, Copy, Default)]
pub(super) struct FrameForm<'a> {
    /// The frame before its rows were put in order.
    pub(super) coerced: Option<&'a CoercedFrame>,
    /// Whether the times of its evidence may be changed, too.
    pub(super) coercion: Option<&'a Coercion>,
    /// Whether its columns had the names of points before.
    pub(super) renamed: bool,
    /// The evidence of our rules, which have judged it.
    pub(super) of_rules: &'a [RecordBatch],
}

/// Refuses a frame with an index of pandas that has no name: it may be the times of the rows, or their numbers, and is no point.
///
/// # Errors
/// [`Refusal::Contract`] with its column.
pub(super) fn refuse_index(schema: &Schema) -> Result<(), Refusal> {
    let mut found = Violations::default();
    let fields = schema.fields().iter();
    for field in fields.filter(|field| field.name().starts_with(INDEX)) {
        let expected = "no index of pandas without a name: name it timestamp where it is that, or leave it out by reset_index(drop=True)";
        found.add_column(
            ViolationKind::UnexpectedColumn,
            field.name(),
            expected,
            "one",
        );
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Contract(found)),
    }
}
