//! After a run that succeeded: what is past the retention is removed, where the configuration wants that.
//!
//! Enters: the settings, and the lock that the run still holds. Leaves: the site without what no version needs. A collection that fails
//! fails no run: what is committed is committed, and it is said.

use super::Settings;
use crate::error::Result;
use crate::progress::Watch;
use crate::publish::{CollectWhen, Collection, SiteLock};
use crate::warning::Warning;

/// Removes what is past the retention after a run that ended with `result`.
pub(super) fn after_run<T>(
    settings: &Settings,
    lock: &SiteLock,
    result: &Result<T>,
    watch: Watch<'_>,
) {
    if settings.collect != CollectWhen::AfterRun || result.is_err() {
        return;
    }
    let collection = Collection {
        retention: settings.retention,
        ..Collection::default()
    };
    if let Err(error) = collection.run(&settings.dirs, lock) {
        watch.warn(&Warning::NotCollected {
            error: error.to_string(),
        });
    }
}
