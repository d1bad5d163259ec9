//! What of a configuration decides what the dataset says → the digest of it.

use crate::clean::RULES_VERSION;
use crate::config::file::Config;
use crate::digest::Digest;
use crate::model::{Aggregation, PhysicalType, TimestampUnit, may_both_fit};
use crate::pipeline::NOT_BEFORE;
use crate::roster::{PointConfig, is_pattern, whole_name};
use crate::time::Span;
use serde_json::json;
use std::collections::BTreeMap;

pub(super) fn digest(deciding: &serde_json::Value) -> Digest {
    Digest::of(deciding.to_string().as_bytes())
}

/// Everything that decides what the dataset says.
pub(super) fn deciding(
    config: &Config,
    unit: TimestampUnit,
    timezone: &str,
    interval: Span,
) -> serde_json::Value {
    let cleaner = &config.cleaner;
    // What is written out and what follows from the physical type are the same; the order of words means nothing.
    let mut points = cleaner.points.clone();
    for point in points.values_mut() {
        point.agg = point
            .agg
            .or(point.physical_type.map(PhysicalType::aggregation))
            .or_else(|| Some(Aggregation::default()));
        let usual = point
            .physical_type
            .and_then(|physical| physical.usual_unit(cleaner.unit_system));
        point.unit = point.unit.or(usual);
        for words in [&mut point.states.on, &mut point.states.off] {
            words
                .iter_mut()
                .for_each(|word| *word = word.trim().to_lowercase());
            words.sort_unstable();
        }
        let words = std::mem::take(&mut point.states.words).into_iter();
        point.states.words = words
            .map(|(word, value)| (word.trim().to_lowercase(), value))
            .collect();
        point.scale = point.scale.filter(|scale| *scale != 1.0);
    }
    // Keys of a JSON object are sorted, so neither order nor comments of the file matter.
    let mut fields = json!({
        "rules_version": RULES_VERSION,
        "timezone": timezone.to_lowercase(),
        "resample_interval": interval,
        "min_coverage": cleaner.min_coverage,
        "max_gap": cleaner.max_gap,
        "ambiguous_time": cleaner.ambiguous_time,
        "nonexistent_time": cleaner.nonexistent_time,
        "points": points,
        "equipment": cleaner.equipment,
        "deduplicate_timestamps": config.batch.deduplicate_timestamps,
    });
    // What configurations of earlier programs could not state is left out where it is the default, so that their digests stay as they were.
    if cleaner.not_before != NOT_BEFORE {
        fields["not_before"] = json!(cleaner.not_before);
    }
    if let Some(max_hold) = cleaner.max_hold.filter(|hold| *hold != cleaner.max_gap) {
        fields["max_hold"] = json!(max_hold);
    }
    let shared = patterns_that_yield(config, &points);
    if !shared.is_empty() {
        fields["shared_patterns"] = json!(shared);
    }
    if !cleaner.meters.is_empty() {
        fields["meters"] = json!(cleaner.meters);
    }
    if unit != TimestampUnit::Ns {
        fields["timestamp_unit"] = json!(unit);
    }
    fields
}

/// The shared patterns of which a point may be that a pattern of the site describes otherwise: which one goes before the other decides then.
/// Where there are none, a site of many has the digest of a configuration of its own.
fn patterns_that_yield<'c>(
    config: &'c Config,
    points: &BTreeMap<String, PointConfig>,
) -> Vec<&'c String> {
    let shared = &config.shared_patterns;
    let own = || {
        let patterns = points.iter().filter(|(name, _)| is_pattern(name));
        patterns.filter(|(name, _)| !shared.contains(*name))
    };
    let yields = |pattern: &&String| {
        let said = points.get(*pattern);
        own().any(|(name, config)| said != Some(config) && may_be_of_both(name, pattern))
    };
    shared.iter().filter(yields).collect()
}

/// Whether a point may be of both patterns: by its name, or by its name with its suffix.
fn may_be_of_both(one: &str, other: &str) -> bool {
    let (one, other) = (whole_name(one), whole_name(other));
    let with_suffix = |name: &str, pattern: &str| {
        pattern.contains(':') && may_both_fit(&format!("{name}:*"), pattern)
    };
    may_both_fit(&one, &other) || with_suffix(&one, &other) || with_suffix(&other, &one)
}
