//! What makes a batch that batch.

use crate::digest::{Digest, Hasher};
use crate::text_id::TextId;
use uuid::{Builder, Uuid};

/// The identity of the batch that has these inputs at this site under this configuration, whatever their paths and order.
///
/// A `UUIDv8` made of the first 128 bits of the SHA-256 of these lines, each ended by a line feed: `trendgate batch 1`, the
/// site, the configuration's digest, then the inputs' digests, sorted, each once.
#[must_use]
pub(crate) fn batch_id(
    site: &str,
    config: Digest,
    inputs: impl IntoIterator<Item = TextId>,
) -> Uuid {
    identity("batch", site, config, inputs)
}

/// The identity of the withdrawal of these contents: as [`batch_id`], with the first line `trendgate retraction 1`.
#[must_use]
pub(crate) fn retraction_id(
    site: &str,
    config: Digest,
    contents: impl IntoIterator<Item = TextId>,
) -> Uuid {
    identity("retraction", site, config, contents)
}

/// The identity of the version in which what version `base` left is written with timestamps of another unit: as [`batch_id`], with the
/// first line `trendgate encoding 1` and the number of that version in the place of inputs.
#[must_use]
pub(crate) fn encoding_id(site: &str, config: Digest, base: u64) -> Uuid {
    let mut identity = Identity::of("encoding", site, config);
    identity.hasher.update(format!("{base}\n").as_bytes());
    identity.finish()
}

/// The identity of the version in which what version `base` left is made again from frames that are known: as [`batch_id`], with the first
/// line `trendgate rebuild 1` and the number of that version in the place of inputs.
#[must_use]
pub(crate) fn rebuild_id(site: &str, config: Digest, base: u64) -> Uuid {
    let mut identity = Identity::of("rebuild", site, config);
    identity.hasher.update(format!("{base}\n").as_bytes());
    identity.finish()
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
    /// The identity of a batch: see [`batch_id`].
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
