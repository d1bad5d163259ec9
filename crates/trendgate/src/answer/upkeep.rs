//! What recovery and the collection of garbage did, or would do, at a site.

use crate::publish::{Collected, Compacted, Deed};
use crate::site::Garbage;
use schemars::JsonSchema;
use serde::Serialize;

/// What recovery did at a site.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Recovered {
    /// The site.
    pub site_id: String,
    /// What it did.
    pub deeds: Vec<Deed>,
}

/// What the collection of garbage did at a site.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GarbageCollected {
    /// The site.
    pub site_id: String,
    /// The bytes of the files that went.
    pub bytes: u64,
    /// What went.
    pub collected: Collected,
    /// What became of records; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compacted: Option<Compacted>,
}

impl GarbageCollected {
    /// What the collection did at the site.
    ///
    /// ```
    /// use trendgate::answers::GarbageCollected;
    /// use trendgate::{Collection, RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let garbage = site.plan_collection(&Collection::default())?;
    /// assert_eq!(GarbageCollected::new(site.id(), &garbage).bytes, 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn new(site: &str, garbage: &Garbage) -> Self {
        Self {
            site_id: site.to_owned(),
            bytes: garbage.collected.bytes(),
            collected: garbage.collected.clone(),
            compacted: garbage.compacted.clone(),
        }
    }
}
