//! A site without a version → the site of the same dataset that knows its points already, where there is one.
//!
//! A misspelt id makes a second site of the reports of one, and nobody notices until its rows are missed. Enters: the points of the new
//! site. Leaves: a [`Warning`] that names the other site, and how many of them are its. Sites of one configuration are no misspelt ids of each other. Looked at is the last record of each other site, those first whose ids
//! are most alike; no more than [`MOST_SITES`] of them.

use super::Settings;
use crate::error::Result;
use crate::publish::{Dirs, read_record, records};
use crate::store;
use crate::warning::Warning;
use std::collections::BTreeSet;

/// No more sites are looked at: that takes a second, however many the dataset has.
const MOST_SITES: usize = 100;

/// The site that knows most of `points`, and at least half of them; of several, the one whose id is most alike.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where the logs cannot be listed. A record that cannot be read is passed over: whoever reads that
/// site says so.
pub(super) fn find(settings: &Settings, points: &BTreeSet<String>) -> Result<Option<Warning>> {
    let (dirs, site) = (&settings.dirs, settings.site.as_str());
    let mut others: Vec<String> = Vec::new();
    let logs = dirs.manifests.join(".log");
    // Looking for other sites creates no folder.
    if store::named(&logs)?.is_some() {
        store::look_into(&logs, |name, _| {
            let name = name.to_str();
            let other =
                name.filter(|other| *other != site && !settings.named_sites.contains(*other));
            others.extend(other.map(str::to_owned));
        })?;
    }
    others.sort_unstable();
    let alike = |other: &str| {
        strsim::normalized_damerau_levenshtein(&site.to_lowercase(), &other.to_lowercase())
    };
    let others = others.iter().map(|other| (alike(other), other.as_str()));
    let mut others: Vec<(f64, &str)> = others.collect();
    others.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut best = None;
    let mut most = 0;
    for (_, other) in others.into_iter().take(MOST_SITES) {
        let shared = points.intersection(&known_points(dirs, other)?).count();
        if 2 * shared >= points.len() && shared > most {
            most = shared;
            best = Some(Warning::PointsOfAnotherSite {
                site: site.to_owned(),
                other: other.to_owned(),
                shared,
                points: points.len(),
            });
        }
    }
    Ok(best)
}

/// The points that the last version of a site lists.
fn known_points(dirs: &Dirs, site: &str) -> Result<BTreeSet<String>> {
    let Some((_, record)) = records(dirs, site)?.pop() else {
        return Ok(BTreeSet::new());
    };
    let Ok(manifest) = read_record(&record) else {
        return Ok(BTreeSet::new());
    };
    let points = manifest.schema.into_iter();
    Ok(points.filter_map(|column| column.point).collect())
}
