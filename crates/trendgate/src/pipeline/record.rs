//! What a batch did → its manifest. Pure.

use super::account::{Books, Total};
use super::survey::{FailedInput, Survey};
use crate::acquire::{Outcome, PointTally};
use crate::clock::rfc3339;
use crate::config::{Settings, Span};
use crate::contract::{Gap, QUALITY_FLAGS, TIMESTAMP};
use crate::digest::Digest;
use crate::error::{ErrorKind, Result};
use crate::flags::Flag;
use crate::partition::Part;
use crate::publish::manifest::{
    Cells, ColumnEntry, ConflictEntry, Conflicts, FailedFile, GapEntry, InputEntry, InputStatus,
    MANIFEST_VERSION, Manifest, PartEntry, PointEntry, RejectedEntry, Statistics, time_range,
};
use crate::workers::{Input, Plan};
use std::collections::BTreeMap;

/// Everything that a manifest tells of.
pub(super) struct Facts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) plan: &'a Plan,
    pub(super) survey: &'a Survey,
    pub(super) books: &'a Books,
    pub(super) parts: &'a [Part],
    pub(super) gaps: &'a [Gap],
    pub(super) batch_id: &'a str,
    pub(super) version: u64,
    /// The batch's clock reading, and when its parts were done.
    pub(super) baseline: i64,
    pub(super) created: i64,
}

/// The manifest of the batch.
pub(super) fn manifest(facts: &Facts<'_>) -> Result<Manifest> {
    let Facts {
        settings,
        plan,
        books,
        parts,
        ..
    } = facts;
    let range = parts.iter().map(|part| (part.first, part.last));
    let range = range.reduce(|(first, last), other| (first.min(other.0), last.max(other.1)));
    let inputs = inputs(facts);
    Ok(Manifest {
        manifest_version: MANIFEST_VERSION.to_owned(),
        batch_id: facts.batch_id.to_owned(),
        site_id: settings.site.to_string(),
        version: facts.version,
        created_at: rfc3339(facts.created),
        time_baseline: rfc3339(facts.baseline),
        trendgate_version: env!("CARGO_PKG_VERSION").to_owned(),
        config_digest: settings.digest(),
        timezone: settings.timezone.clone(),
        resample_interval: settings.resample_interval.to_string(),
        max_gap: settings.max_gap.to_string(),
        input_files_count: inputs
            .iter()
            .filter(|input| input.status == InputStatus::Accepted)
            .count() as u64,
        output_files: parts.iter().map(|part| part.relative.clone()).collect(),
        statistics: Statistics {
            total_rows: parts.iter().map(|part| part.rows).sum(),
            time_range: range.map(time_range),
            quality_flags_distribution: flags(parts),
            points: points(plan, books),
        },
        cells: cells(books.total),
        schema_hash: plan.schema.hash()?,
        schema: columns(plan),
        files: parts.iter().map(PartEntry::from).collect(),
        inputs,
        failed_files: facts.survey.failed.iter().map(failed).collect(),
        evidence_files: Vec::new(),
        gaps: facts
            .gaps
            .iter()
            .map(|gap| GapEntry::of(*gap, settings.resample_interval.nanos()))
            .collect(),
        conflicts: conflicts(plan, books),
        replaces: Vec::new(),
        changed_range: range.map(time_range),
        rebuilt_from: Vec::new(),
        checksum: Digest([0; 32]),
    })
}

fn flags(parts: &[Part]) -> BTreeMap<String, u64> {
    let rows = |flag: Flag| parts.iter().filter_map(|part| part.flags.get(&flag)).sum();
    Flag::ALL
        .into_iter()
        .map(|flag| (flag.name().to_owned(), rows(flag)))
        .collect()
}

fn points(plan: &Plan, books: &Books) -> BTreeMap<String, PointEntry> {
    let entries = plan.roster.iter().zip(&books.columns).zip(&books.values);
    entries
        .map(|((spec, tally), values)| {
            let entry = PointEntry {
                point: spec.id.to_string(),
                values: *values,
                numbers: tally.numbers,
                missing: named(&tally.missing),
                unrecognised: tally.unrecognised,
                unrecognised_examples: tally.unrecognised_examples.clone(),
                unit_mismatch: tally.unit_mismatch,
                not_finite: tally.not_finite,
                dead: tally.numbers == 0,
            };
            (spec.column.clone(), entry)
        })
        .collect()
}

fn named(missing: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    missing
        .iter()
        .map(|(token, cells)| ((*token).to_owned(), *cells))
        .collect()
}

fn cells(total: Total) -> Cells {
    let Total {
        input,
        used,
        equal_duplicates,
        conflict_losers,
        missing,
        unrecognised,
        unit_mismatch,
        not_finite,
        rejected,
    } = total;
    Cells {
        input,
        used,
        equal_duplicates,
        conflict_losers,
        missing,
        unrecognised,
        unit_mismatch,
        not_finite,
        rejected,
    }
}

fn columns(plan: &Plan) -> Vec<ColumnEntry> {
    let fixed = [
        (TIMESTAMP, "timestamp[ns, UTC]"),
        (QUALITY_FLAGS, "list<string>"),
    ];
    let fixed = fixed.into_iter().map(|(name, data_type)| ColumnEntry {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        point: None,
        unit: None,
        physical_type: None,
        aggregation: None,
    });
    let points = plan.schema.columns().iter().map(|column| ColumnEntry {
        name: column.name.clone(),
        data_type: "float64".to_owned(),
        point: Some(column.point.clone()),
        unit: column.unit.clone(),
        physical_type: column.physical_type.clone(),
        aggregation: Some(column.aggregation),
    });
    fixed.chain(points).collect()
}

fn inputs(facts: &Facts<'_>) -> Vec<InputEntry> {
    let read = facts
        .plan
        .inputs
        .iter()
        .zip(&facts.books.inputs)
        .map(|(input, outcome)| accepted(input, outcome));
    let duplicates = facts.survey.duplicates.iter().filter_map(|duplicate| {
        let original = facts
            .plan
            .inputs
            .iter()
            .zip(&facts.books.inputs)
            .find(|(_, read)| read.sha256 == duplicate.sha256)?;
        let path = duplicate.path.clone();
        let of = Some(original.0.report.path.clone());
        let entry = accepted(original.0, original.1);
        // Its cells are counted once, with the input that was read.
        Some(InputEntry {
            path,
            status: InputStatus::Duplicate,
            duplicate_of: of,
            ..entry
        })
    });
    read.chain(duplicates).collect()
}

fn accepted(input: &Input, outcome: &Outcome) -> InputEntry {
    let report = &input.report;
    let tally = &outcome.tally;
    let sum = |count: fn(&PointTally) -> u64| tally.points.iter().map(count).sum();
    let mut missing: BTreeMap<String, u64> = BTreeMap::new();
    for (token, cells) in tally.points.iter().flat_map(|point| &point.missing) {
        *missing.entry((*token).to_owned()).or_default() += cells;
    }
    let example = |row: &crate::acquire::RejectedRow| RejectedEntry {
        line: row.line,
        reason: row.reason.clone(),
    };
    InputEntry {
        path: report.path.clone(),
        sha256: outcome.sha256,
        bytes: report.stamp.bytes,
        status: InputStatus::Accepted,
        duplicate_of: None,
        rows: tally.rows,
        time_range: tally.time_range.map(time_range),
        interval: report
            .interval
            .map(|nanos| Span::from_nanos(nanos).to_string()),
        points: report.points.len() as u64,
        complete: report.complete,
        cells: tally.cells,
        missing,
        unrecognised: sum(|point| point.unrecognised),
        unit_mismatch: sum(|point| point.unit_mismatch),
        not_finite: sum(|point| point.not_finite),
        rejected_rows: tally.rejected_rows,
        rejected_cells: tally.rejected_cells,
        rejected_examples: tally.rejected_examples.iter().map(example).collect(),
        ambiguous_by_order: tally.ambiguous_resolved,
        ambiguous_by_rule: tally.ambiguous_by_rule,
        nonexistent: tally.nonexistent,
        swapped_dates: tally.swapped_dates,
    }
}

fn failed(failed: &FailedInput) -> FailedFile {
    FailedFile {
        file: failed.path.clone(),
        error: failed.error.to_string(),
        hint: failed.error.hint_text().map(ToOwned::to_owned),
        sha256: failed.sha256,
        bytes: failed.bytes,
        retry: failed.error.kind() != ErrorKind::Input,
    }
}

fn conflicts(plan: &Plan, books: &Books) -> Conflicts {
    let merged = &books.merged;
    let example = |conflict: &crate::clean::Conflict| ConflictEntry {
        time: rfc3339(conflict.time),
        column: plan.roster[conflict.column].column.clone(),
        kept: conflict.kept,
        lost: conflict.lost,
    };
    Conflicts {
        cells: merged.conflict_losers,
        equal_duplicates: merged.equal_duplicates,
        examples: merged.examples.iter().map(example).collect(),
    }
}
