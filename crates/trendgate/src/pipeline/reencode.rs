//! Another `batch.timestamp_unit` → the dataset with timestamps of that unit, as a version of its own.
//!
//! Enters: a site whose last version counts the other unit under a configuration that is the same but for that. Leaves: a version that
//! replaces every live part and every live evidence file by one with the same rows. No report is read and no row changes. Refused: a part
//! that is not what its manifest says.

use super::batch::Ended;
use super::record::of_values;
use super::version::{Landed, VersionFiles, VersionIdentity, draft, land};
use super::{Run, Settings, Summary, on_top, public_copy};
use crate::contract::ContractRules;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::model::{Column, DatasetSchema};
use crate::partition::{
    ColumnStatistics, Destination, EvidenceFile, EvidencePlace, EvidenceRow, MonthWriter,
    WrittenMonths, evidence_rows, read_back_evidence, read_part,
};
use crate::progress::Watch;
use crate::publish::{
    Attempt, EquipmentEntry, History, LivePart, Manifest, PointStatistics, Statistics, encoding_id,
};
use crate::store;
use crate::time::{Instant, Month, Span};
use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Writes the dataset once more where the settings differ from its last version in the unit of timestamps alone; what was committed.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where a part is; [`Storage`](crate::ErrorKind::Storage) and
/// [`Unsettled`](crate::ErrorKind::Unsettled) as for a run.
pub(super) fn to_the_unit(
    settings: &Settings,
    baseline: Instant,
    watch: Watch<'_>,
) -> Result<Option<Box<Summary>>> {
    let history = || History::resume(&settings.dirs, settings.site.as_str());
    if history()?.config_digest() != Some(settings.digest_of_other_unit) {
        return Ok(None);
    }
    let run = on_top(watch, || reencode(settings, &history()?, baseline, watch))?;
    Ok(match run {
        Run::Committed(summary) => Some(summary),
        Run::NothingNew(_) => None,
    })
}

fn reencode(
    settings: &Settings,
    history: &History,
    baseline: Instant,
    watch: Watch<'_>,
) -> Result<Ended> {
    let site = settings.site.as_str();
    let columns = history.columns().into_iter();
    let points = columns.filter(|column| column.point.is_some());
    let schema = DatasetSchema::new(points.map(Column::from).collect())?;
    let schema = schema.counting(settings.timestamp_unit);
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
    let bytes = written.parts.iter().map(|part| part.bytes).sum();
    match land(watch, || {
        attempt.commit(manifest, &written.parts, &evidence, copy)
    })? {
        Landed::Committed(committed) => Ok(Ended::Committed(Box::new(Summary {
            committed: *committed,
            failed: Vec::new(),
            known: 0,
            known_rejects: 0,
            withdrawn: 0,
            ignored: 0,
            warnings: Vec::new(),
            bytes,
        }))),
        Landed::Overtaken(version) => Ok(Ended::Overtaken(version)),
    }
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
        let copy = place.copy(&path, Month::of(first.time))?;
        let bin = first.known_at.map(|_| settings.resample_interval);
        read_back_evidence(&copy, bin)?;
        same_rows(&path, file.entry.rows, copy.rows)?;
        files.push(copy);
    }
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(files)
}

fn first_row(path: &Path) -> Result<EvidenceRow> {
    let nothing = || Error::damaged("expected rows of evidence, found none").at(path);
    let first = read_part(path)?.next().ok_or_else(nothing)??;
    let rows = evidence_rows(&first).map_err(|error| error.at(path))?;
    rows.into_iter().next().ok_or_else(nothing)
}

fn same_rows(path: &Path, stated: u64, written: u64) -> Result<()> {
    if stated == written {
        return Ok(());
    }
    let message = format!("expected {stated} rows of evidence, found {written}");
    Err(Error::damaged(message).at(path))
}

fn is_as_stated(path: &Path, stated: Digest) -> Result<()> {
    let (_, found) = store::digest(path)?;
    if found == stated {
        return Ok(());
    }
    Err(Error::damaged(format!("expected {stated}, found {found}"))
        .at(path)
        .hint("restore the file; `trendgate verify` says what else is damaged"))
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
        statistics: Statistics {
            points: points(schema, &written.months),
            ..draft.statistics
        },
        standing: head.standing.clone(),
        equipment: equipment.collect(),
        equipment_off: head.equipment_off.clone(),
        ..draft
    })
}

fn points(
    schema: &DatasetSchema,
    months: &[(Month, Vec<ColumnStatistics>)],
) -> BTreeMap<String, PointStatistics> {
    let mut sums: Vec<_> = schema.columns().iter().map(ColumnStatistics::of).collect();
    for (_, columns) in months {
        for (sum, more) in sums.iter_mut().zip(columns) {
            sum.merge(more);
        }
    }
    let columns = schema.columns().iter().zip(&sums);
    columns
        .map(|(column, values)| {
            let point = PointStatistics {
                point: column.point.clone(),
                dead: values.mean().is_none(),
                ..of_values(values)
            };
            (column.name.clone(), point)
        })
        .collect()
}
