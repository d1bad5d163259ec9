//! Steps that a build for the torture suite leaves out, one at a time, to show that the suite would notice.
//!
//! Only with the feature `mutations`, which no release has. `TRENDGATE_MUTATE=NAME` names the step: one of [`NAMES`], which
//! `trendgate schema mutations` prints. An fsync is named for what it makes durable, found from the path, so that every new
//! one has a name without being told (`fsync:other`, if it is none of the others); a check is named where it stands, with `skipped`.

use std::path::Path;
#[cfg(feature = "mutations")]
use std::sync::OnceLock;

/// Every step that can be left out.
#[cfg_attr(
    not(feature = "mutations"),
    allow(
        unreachable_pub,
        reason = "only a build that can leave them out has their names"
    )
)]
pub const NAMES: [&str; 53] = [
    "fsync:part",
    "fsync:evidence",
    "fsync:source",
    "fsync:attempt.json",
    "fsync:targets.json",
    "fsync:manifest.json",
    "fsync:inputs.jsonl.zst",
    "fsync:details.json.zst",
    "fsync:pruned",
    "fsync:record",
    "fsync:expired",
    "fsync:base",
    "fsync:trendgate.json",
    "fsync:planned.json",
    "fsync:workload",
    "fsync:outcome",
    "fsync:task",
    "fsync:plan.whole",
    "fsync:probe",
    "fsync:other",
    "fsync:dir:root",
    "fsync:dir:processed",
    "fsync:dir:processed/site",
    "fsync:dir:processed/site/year",
    "fsync:dir:processed/site/year/month",
    "fsync:dir:evidence",
    "fsync:dir:evidence/site",
    "fsync:dir:evidence/site/year",
    "fsync:dir:evidence/site/year/month",
    "fsync:dir:sources",
    "fsync:dir:sources/site",
    "fsync:dir:manifests",
    "fsync:dir:manifests/.log",
    "fsync:dir:manifests/.log/site",
    "fsync:dir:.staging",
    "fsync:dir:.staging/attempt",
    "read_back:part",
    "read_back:evidence",
    "digest:manifest",
    "digest:inputs",
    "digest:part",
    "digest:public",
    "digest:report",
    "digest:staged",
    "check:whole",
    "check:done",
    "check:execution",
    "check:attempt",
    "check:claimed",
    "check:moved",
    "check:spared",
    "check:overdue",
    "check:fence",
];

/// Whether `TRENDGATE_MUTATE` says that this step is to be left out.
#[cfg(feature = "mutations")]
pub(crate) fn skipped(step: &str) -> bool {
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| std::env::var("TRENDGATE_MUTATE").ok());
    wanted.as_deref() == Some(step)
}

/// How many of something it takes until things are done another way. `TRENDGATE_SMALL` says that one is enough: so small a dataset
/// gets checkpoints.
#[cfg(feature = "mutations")]
pub(crate) fn threshold(usual: usize) -> usize {
    static SMALL: OnceLock<bool> = OnceLock::new();
    let small = SMALL.get_or_init(|| std::env::var_os("TRENDGATE_SMALL").is_some());
    if *small { 1 } else { usual }
}

/// The name of the fsync of what is at `path`.
pub(super) fn fsync_of(path: &Path) -> &'static str {
    if path.is_dir() {
        return folder(path);
    }
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let version = stem.len() == 20 && stem.bytes().all(|byte| byte.is_ascii_digit());
    match (stem, extension) {
        ("attempt", "json") => "fsync:attempt.json",
        ("targets", "json") => "fsync:targets.json",
        ("manifest", "json") => "fsync:manifest.json",
        ("inputs.jsonl", "zst") => "fsync:inputs.jsonl.zst",
        ("details.json", "zst") => "fsync:details.json.zst",
        ("planned", "json") => "fsync:planned.json",
        ("workload" | "records" | "entries" | "texts", "") => "fsync:workload",
        ("plan", "whole") => "fsync:plan.whole",
        (_, "task") => "fsync:task",
        (_, "outcome") => "fsync:outcome",
        _ if name.starts_with("outcome-") => "fsync:outcome",
        (_, "json") if version => "fsync:record",
        (_, "expired") if version => "fsync:expired",
        (_, "pruned") if version => "fsync:pruned",
        _ if name.starts_with("part-") => "fsync:part",
        _ if name.starts_with("evidence-") => "fsync:evidence",
        _ if name.starts_with("source-") => "fsync:source",
        _ if name.starts_with(".probe-") => "fsync:probe",
        // It is written under the name of a draft.
        _ if name.starts_with(".base-") => "fsync:base",
        _ if name.starts_with(".trendgate-") => "fsync:trendgate.json",
        _ => "fsync:other",
    }
}

/// A folder by how deep it stands below the nearest folder of a dataset's five.
fn folder(path: &Path) -> &'static str {
    const TOPS: [&str; 5] = ["processed", "evidence", "sources", "manifests", ".staging"];
    let top = |dir: &&Path| {
        let name = dir.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| TOPS.contains(&name))
    };
    let Some((depth, found)) = path.ancestors().enumerate().find(|(_, dir)| top(dir)) else {
        return "fsync:dir:root";
    };
    let found = found.file_name().and_then(|name| name.to_str());
    let prefix = format!("fsync:dir:{}", found.unwrap_or_default());
    let levels = |name: &&&str| name.matches('/').count() == depth;
    let mut below = NAMES.iter().filter(|name| name.starts_with(&prefix));
    below.find(levels).copied().unwrap_or("fsync:other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_and_folder_of_a_dataset_has_a_name_of_its_own() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("data");
        let month = "processed/S/year=2026/month=02";
        for (path, name) in [
            ("", "fsync:dir:root"),
            ("processed", "fsync:dir:processed"),
            ("processed/S", "fsync:dir:processed/site"),
            (month, "fsync:dir:processed/site/year/month"),
            ("evidence/S/year=2026", "fsync:dir:evidence/site/year"),
            ("sources/S", "fsync:dir:sources/site"),
            ("manifests/.log", "fsync:dir:manifests/.log"),
            ("manifests/.log/S", "fsync:dir:manifests/.log/site"),
            (".staging/S.0", "fsync:dir:.staging/attempt"),
        ] {
            super::super::create_dir_all(&root.join(path)).unwrap();
            assert_eq!(fsync_of(&root.join(path)), name);
            assert!(NAMES.contains(&name));
        }
        for (file, name) in [
            (".staging/S.0/part-0-202602-00000.parquet", "fsync:part"),
            (".staging/S.0/source-0", "fsync:source"),
            (".staging/S.0/targets.json", "fsync:targets.json"),
            (".staging/.trendgate-S.0", "fsync:trendgate.json"),
            (".staging/.base-S.0", "fsync:base"),
            (".staging/S.0/planned.json", "fsync:planned.json"),
            (".staging/S.0/records", "fsync:workload"),
            (".staging/S.0/outcome-0-0", "fsync:outcome"),
            ("tasks/S.0.00000.task", "fsync:task"),
            ("tasks/S.0.00000.outcome", "fsync:outcome"),
            ("tasks/plan.whole", "fsync:plan.whole"),
            ("manifests/.log/S/00000000000000000001.json", "fsync:record"),
            (
                "manifests/.log/S/00000000000000000001.expired",
                "fsync:expired",
            ),
        ] {
            assert_eq!(fsync_of(&root.join(file)), name);
            assert!(NAMES.contains(&name));
        }
    }
}
