//! Another `batch.timestamp_unit` → the dataset with timestamps of that unit, as a version of its own.
//!
//! Enters: a site whose last version counts the other unit under a configuration that is the same but for that. Leaves: a version that
//! replaces every live part and every live evidence file by one with the same rows. No report is read and no row changes. Refused: a part
//! that is not what its manifest says.

use super::attempts::{MOST_TRIES, others_came_first};
use super::version::{
    CommitEnd, VersionFiles, VersionIdentity, commit_unless_stopped, draft, is_as_stated,
};
use super::{Settings, public_copy, turn};
use crate::contract::ContractRules;
use crate::error::{Error, Result};
use crate::model::{Column, DatasetSchema, TimestampUnit};
use crate::partition::{
    Destination, EvidenceEntry, EvidenceFile, EvidencePlace, MonthWriter, WrittenMonths,
    evidence_entries, open, read_back_evidence, read_part,
};
use crate::progress::{Event, Watch};
use crate::publish::{
    Attempt, Committed, EquipmentEntry, History, LivePart, Manifest, encoding_id,
};
use crate::time::{Instant, Month, Span, Stopwatch};
use crate::warning::Warning;
use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The history to go on from: that of a dataset whose timestamps count what the settings say, and what was committed for that, if it had to
/// be.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where the settings differ from the dataset in anything else, too; [`Damaged`](crate::ErrorKind::Damaged) where a
/// part is; [`Storage`](crate::ErrorKind::Storage) and [`Unsettled`](crate::ErrorKind::Unsettled) as for a run.
pub(super) fn in_the_unit(
    settings: &Settings,
    mut history: History,
    baseline: Instant,
    watch: Watch<'_>,
) -> Result<(History, Option<Box<Committed>>)> {
    for _ in 0..MOST_TRIES {
        let Some(warning) = change(settings, &history)? else {
            return Ok((history, None));
        };
        watch.warn(&warning);
        let since = Stopwatch::start();
        let landed = reencode(settings, &history, baseline, watch)?;
        history = History::resume(&settings.dirs, settings.site.as_str())?;
        match landed {
            CommitEnd::Committed(committed) | CommitEnd::Already(committed) => {
                watch.tell(&Event::Committed {
                    site: settings.site.as_str(),
                    version: committed.version,
                    rows: committed.manifest.statistics.total_rows,
                    elapsed: since.elapsed(),
                });
                return Ok((history, Some(committed)));
            }
            CommitEnd::Overtaken(version) => watch.warn(&Warning::Overtaken { version }),
        }
    }
    Err(others_came_first())
}

/// What a run would do first, where the dataset counts another unit than the settings say, under a configuration that is the same but for
/// that.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where the configuration differs in anything else, too.
pub(super) fn change(settings: &Settings, history: &History) -> Result<Option<Warning>> {
    let Some(head) = history.head() else {
        return Ok(None);
    };
    let counted = TimestampUnit::of(&head.manifest.schema);
    if counted == settings.timestamp_unit {
        return Ok(None);
    }
    if head.manifest.config_digest == settings.digest_of_other_unit {
        return Ok(Some(Warning::UnitChanges {
            from: counted,
            version: head.number,
        }));
    }
    let message = format!(
        "batch.timestamp_unit is {} and the dataset counts {}, and the configuration differs from that of the dataset in another field that changes results, too",
        settings.timestamp_unit.name(),
        counted.name()
    );
    Err(Error::config(message)
        .hint("change the unit in a run of its own, before or after the other change"))
}

fn reencode(
    settings: &Settings,
    history: &History,
    baseline: Instant,
    watch: Watch<'_>,
) -> Result<CommitEnd> {
    let site = settings.site.as_str();
    has_room(settings, history)?;
    let schema = schema(settings, history)?;
    let attempt = Attempt::begin(&settings.dirs, site, history.version())?;
    let written = parts(settings, history, &schema, &attempt, watch)?;
    let place = EvidencePlace {
        staging: attempt.dir().to_owned(),
        site: site.to_owned(),
        attempt: attempt.id().to_owned(),
        unit: settings.timestamp_unit,
    };
    let evidence = evidence(settings, history, &place, watch)?;
    let manifest = manifest(settings, history, &schema, &written, &evidence, baseline)?;
    let copy = public_copy(settings);
    commit_unless_stopped(watch, || {
        attempt.commit(manifest, &written.parts, &evidence, copy)
    })
}

/// Whether there is room for twice what is written.
fn has_room(settings: &Settings, history: &History) -> Result<()> {
    let (parts, evidence) = (history.live_parts(), history.live_evidence());
    let files = parts.len() + evidence.len();
    let bytes = parts.iter().map(|part| part.entry.bytes);
    let bytes: u64 = bytes
        .chain(evidence.iter().map(|file| file.entry.bytes))
        .sum();
    turn::has_room_for(settings, 2 * bytes, 4 * files as u64 + 16)
}

/// The columns of the dataset. Manifests of earlier programs do not state aggregations; their parts do.
fn schema(settings: &Settings, history: &History) -> Result<DatasetSchema> {
    let points = history.columns().into_iter();
    let points: Vec<_> = points.filter(|column| column.point.is_some()).collect();
    let mut stated = BTreeMap::new();
    if points.iter().any(|column| column.aggregation.is_none()) {
        for part in history.live_parts() {
            let path = settings.dirs.processed.join(&part.entry.path);
            let columns = DatasetSchema::expected_of(open(&path)?.schema())?;
            let columns = columns.columns().iter();
            stated.extend(columns.map(|column| (column.name.clone(), column.aggregation)));
        }
    }
    let columns = points.into_iter().map(|listed| {
        let known = listed.aggregation.is_some();
        let column = Column::from(listed);
        let from_parts = stated.get(&column.name).filter(|_| !known);
        Column {
            aggregation: from_parts.copied().unwrap_or(column.aggregation),
            ..column
        }
    });
    let schema = DatasetSchema::new(columns.collect())?;
    Ok(schema.counting(settings.timestamp_unit))
}

/// The live parts once more.
fn parts(
    settings: &Settings,
    history: &History,
    schema: &DatasetSchema,
    attempt: &Attempt,
    watch: Watch<'_>,
) -> Result<WrittenMonths> {
    let target = Destination {
        staging: attempt.dir(),
        attempt: attempt.id(),
        footer: settings.footer(),
        // The rows were judged when they came, and nothing is added to them.
        contract: ContractRules {
            interval: Some(settings.resample_interval),
            max_gap: Span::ZERO,
            not_after: Instant::MAX,
        },
        parts: settings.parts,
    };
    let mut writer = MonthWriter::new(schema, target)?;
    for LivePart { entry, .. } in history.live_parts() {
        watch.go_on("while writing parts with timestamps of another unit")?;
        let path = settings.dirs.processed.join(&entry.path);
        is_as_stated(&path, entry.sha256)?;
        for rows in read_part(&path)? {
            let rows = with_all_columns(&rows?, schema)?;
            let blame = |violations: &_| {
                Error::damaged(format!("a part breaks the contract: {violations}"))
            };
            let pushed = writer.push(&rows, blame, &mut |_| {});
            pushed.map_err(|error| error.at(&path))?;
        }
    }
    writer.finish()
}

/// The live evidence once more.
fn evidence(
    settings: &Settings,
    history: &History,
    place: &EvidencePlace,
    watch: Watch<'_>,
) -> Result<Vec<EvidenceFile>> {
    let mut files = Vec::new();
    for file in history.live_evidence() {
        watch.go_on("while writing evidence with timestamps of another unit")?;
        let path = settings.dirs.evidence.join(&file.entry.path);
        is_as_stated(&path, file.entry.sha256)?;
        let first = first_row(&path)?;
        let copy = place.copy(&path, Month::of(first.time()))?;
        let bin = first.known_at().map(|_| settings.resample_interval);
        read_back_evidence(&copy, bin)?;
        same_rows(&path, file.entry.rows, copy.rows)?;
        files.push(copy);
    }
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(files)
}

fn first_row(path: &Path) -> Result<EvidenceEntry> {
    let nothing = || Error::damaged("expected rows of evidence, found none").at(path);
    let first = read_part(path)?.next().ok_or_else(nothing)??;
    let rows = evidence_entries(&first).map_err(|error| error.at(path))?;
    rows.into_iter().next().ok_or_else(nothing)
}

fn same_rows(path: &Path, stated: u64, written: u64) -> Result<()> {
    if stated == written {
        return Ok(());
    }
    let message = format!("expected {stated} rows of evidence, found {written}");
    Err(Error::damaged(message).at(path))
}

/// The rows with every column of the dataset; those that they lack are null.
fn with_all_columns(rows: &RecordBatch, schema: &DatasetSchema) -> Result<RecordBatch> {
    let arrow = schema.arrow();
    let fields = arrow.fields().iter();
    let columns = fields.map(|field| -> ArrayRef {
        let null = || new_null_array(field.data_type(), rows.num_rows());
        rows.column_by_name(field.name())
            .map_or_else(null, Arc::clone)
    });
    RecordBatch::try_new(Arc::clone(&arrow), columns.collect())
        .map_err(|error| Error::damaged(format!("expected a part, found other columns: {error}")))
}

/// The manifest: what the last version says of the dataset, and nothing of reports.
fn manifest(
    settings: &Settings,
    history: &History,
    schema: &DatasetSchema,
    written: &WrittenMonths,
    evidence: &[EvidenceFile],
    baseline: Instant,
) -> Result<Manifest> {
    let head = history
        .head()
        .ok_or_else(|| Error::bug("a dataset without a version"))?;
    let head = &head.manifest;
    let identity = VersionIdentity {
        batch_id: encoding_id(settings.site.as_str(), settings.digest(), history.version()),
        origin: head.origin,
        baseline,
        after: history.last_made(),
    };
    let parts = history.live_parts().into_iter();
    let live = history.live_evidence().into_iter();
    let files = VersionFiles {
        parts: &written.parts,
        evidence,
        replaces: &parts
            .map(|part| part.entry.path.clone())
            .collect::<Vec<_>>(),
        replaces_evidence: &live.map(|file| file.entry.path.clone()).collect::<Vec<_>>(),
    };
    let draft = draft(settings, schema, files, identity)?;
    let equipment = head.equipment.iter().map(|entry| EquipmentEntry {
        weeks: Vec::new(),
        ..entry.clone()
    });
    Ok(Manifest {
        standing: head.standing.clone(),
        equipment: equipment.collect(),
        equipment_off: head.equipment_off.clone(),
        known_after: head.known_after.clone(),
        ..draft
    })
}
