//! What makes a batch that batch, and a schema that schema.

use super::SchemaColumn;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, QUALITY_FLAGS, TIMESTAMP, Term};
use crate::text_id::TextId;
use uuid::{Builder, Uuid};

/// The identity of the batch that has these inputs at this site under this configuration, whatever their paths and order.
///
/// A `UUIDv8` made of the first 128 bits of the SHA-256 of these lines, each ended by a line feed: `trendgate batch 1`, the
/// site, the configuration's digest, then the inputs' digests, sorted, each once.
#[must_use]
pub fn batch_id(site: &str, config: Digest, inputs: impl IntoIterator<Item = TextId>) -> Uuid {
    identity("batch", site, config, inputs)
}

/// The identity of the withdrawal of these contents: as [`batch_id`], with the first line `trendgate retraction 1`.
#[must_use]
pub fn retraction_id(
    site: &str,
    config: Digest,
    contents: impl IntoIterator<Item = TextId>,
) -> Uuid {
    identity("retraction", site, config, contents)
}

fn identity(
    what: &'static str,
    site: &str,
    config: Digest,
    inputs: impl IntoIterator<Item = TextId>,
) -> Uuid {
    let mut inputs: Vec<TextId> = inputs.into_iter().collect();
    inputs.sort_unstable();
    let mut identity = Identity::of(what, site, config);
    inputs.into_iter().for_each(|input| identity.take(input));
    identity.finish()
}

/// An identity in the making, for more inputs than memory should hold.
pub(crate) struct Identity {
    hasher: Hasher,
    last: Option<TextId>,
}

impl Identity {
    /// That of a batch: see [`batch_id`].
    pub(crate) fn of_batch(site: &str, config: Digest) -> Self {
        Self::of("batch", site, config)
    }

    fn of(what: &'static str, site: &str, config: Digest) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(format!("trendgate {what} 1\n{site}\n{config}\n").as_bytes());
        Self { hasher, last: None }
    }

    /// Takes an input; they come in ascending order.
    pub(crate) fn take(&mut self, input: TextId) {
        if self.last.replace(input) != Some(input) {
            self.hasher.update(format!("{input}\n").as_bytes());
        }
    }

    /// The identity, once it has taken all inputs.
    pub(crate) fn finish(self) -> Uuid {
        let mut first = [0; 16];
        first.copy_from_slice(&self.hasher.finish().0[..16]);
        Builder::from_custom_bytes(first).into_uuid()
    }
}

/// The columns of a dataset as a manifest lists them: sorted by name, `timestamp` and `quality_flags` included.
#[must_use]
pub fn schema_columns(schema: &DatasetSchema) -> Vec<SchemaColumn> {
    let fixed = |name: &str, data_type: &str| SchemaColumn {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        point: None,
        unit: None,
        physical_type: None,
    };
    let mut columns = vec![
        fixed(TIMESTAMP, "timestamp[ns, UTC]"),
        fixed(QUALITY_FLAGS, "list<string>"),
    ];
    columns.extend(schema.columns().iter().map(|column| SchemaColumn {
        point: Some(column.point.clone()),
        unit: column.unit.clone(),
        physical_type: column.physical_type.clone(),
        ..fixed(&column.name, "float64")
    }));
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    columns
}

/// The digest of what the columns are; equal to [`DatasetSchema::hash`] of the schema that they list.
///
/// # Errors
/// None in practice; [`Bug`](crate::ErrorKind::Bug) where JSON cannot be written.
pub fn schema_hash(columns: &[SchemaColumn]) -> Result<Digest> {
    let mut entries: Vec<_> = columns
        .iter()
        .map(|c| {
            let unit = c.unit.as_ref().map(Term::name);
            let physical_type = c.physical_type.as_ref().map(Term::name);
            (&c.name, &c.data_type, unit, physical_type)
        })
        .collect();
    entries.sort_unstable();
    serde_json::to_vec(&entries)
        .map(|json| Digest::of(&json))
        .map_err(|e| Error::bug(format!("cannot write the schema as JSON: {e}")))
}
