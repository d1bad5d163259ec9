//! Whether frames may be added to a dataset under a configuration. Pure.
//!
//! Refuses: a dataset of reports, and a configuration that says anything else than that of the dataset, unless all that it says more is of
//! points which the dataset does not have.

use super::Roster;
use crate::error::{Error, Result};
use crate::model::Column;
use crate::pipeline::{Settings, same_config};
use crate::publish::{History, Origin};
use serde_json::Value;

const REMEDY: &str = "use the configuration of the earlier batches; or make the dataset again by this one, with a rebuild";

/// Refuses to add frames where the dataset is made of reports, or by another configuration.
pub(super) fn require(settings: &Settings, history: &History) -> Result<()> {
    require_frames(settings, history)?;
    match adds_points(settings, history)? {
        true => Ok(()),
        false => same_config(settings, history, REMEDY),
    }
}

/// Refuses a dataset that is made of reports.
pub(super) fn require_frames(settings: &Settings, history: &History) -> Result<()> {
    match history.origin() {
        Some(Origin::Reports) => {
            let message = format!("the dataset of {} is made of reports", settings.site);
            Err(Error::usage(message).hint("give the frames a site (or a data_dir) of their own: a later run would make months of both again without them"))
        }
        Some(Origin::Frames) | None => Ok(()),
    }
}

/// Whether the configuration is that of the dataset with descriptions of points that the dataset does not have yet.
fn adds_points(settings: &Settings, history: &History) -> Result<bool> {
    let (Value::Object(before), Value::Object(now)) = (history.config(), &settings.deciding) else {
        return Ok(false);
    };
    let keys = before.keys().chain(now.keys());
    let differ = |key: &&String| before.get(*key) != now.get(*key);
    let nothing = serde_json::Map::new();
    let points = |of: &'_ serde_json::Map<String, Value>| match of.get("points") {
        Some(Value::Object(points)) => points.clone(),
        _ => nothing.clone(),
    };
    let (known, described) = (points(before), points(now));
    let keeps_all = known
        .iter()
        .all(|(name, said)| described.get(name) == Some(said));
    if keys.filter(differ).any(|key| key != "points") || !keeps_all {
        return Ok(false);
    }
    let roster = Roster::of(settings, [].iter())?;
    for committed in history
        .columns()
        .iter()
        .filter(|column| column.point.is_some())
    {
        let committed = Column::from(committed.clone());
        if !roster.leaves(&committed)? {
            return Ok(false);
        }
    }
    Ok(true)
}
