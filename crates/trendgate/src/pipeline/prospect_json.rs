//! A plan, and the files that cannot be used, as JSON: one form for the program and for Python.

use super::{FailedInput, Prospect};
use crate::clock::rfc3339;
use crate::config::Span;
use crate::error::Result;
use crate::path_bytes::PathBytes;
use crate::workers::{Input, Standing};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::PathBuf;

impl Prospect {
    /// The plan as JSON: `trendgate plan --json`.
    ///
    /// # Errors
    /// None in practice: a prospect holds all that it says in memory.
    pub fn json(&self) -> Result<Value> {
        let plan = &self.plan;
        let survey = &self.survey;
        let inputs = plan.inputs.iter().enumerate().map(|(place, input)| {
            let Input {
                report, standing, ..
            } = input?;
            let (path, path_bytes) = PathBytes::split(&report.path);
            let mut entry = json!({
                "path": path,
                "bytes": report.stamp.bytes,
                "kind": plan.kind_of(place),
                "points": report.points.len(),
                "time_range": [rfc3339(report.first), rfc3339(report.last)],
                "complete": report.complete,
                "known": standing == Standing::Committed,
            });
            if let Some(bytes) = path_bytes {
                entry["path_bytes"] = json!(bytes);
            }
            Ok(entry)
        });
        let inputs = inputs.collect::<Result<Vec<Value>>>()?;
        let kinds = plan.kinds.iter().map(|kind| {
            let columns = kind
                .columns
                .iter()
                .map(|column| &plan.roster[*column].column);
            json!({
                "interval": kind.interval.map(|nanos| Span::from_nanos(nanos).to_string()),
                "columns": columns.collect::<Vec<_>>(),
            })
        });
        let tasks = plan.tasks.iter().map(|task| {
            let (from, to) = self.stretch(task);
            json!({ "from": rfc3339(from), "to": rfc3339(to), "inputs": task.inputs.iter().collect::<Vec<_>>() })
        });
        let overlaps = plan.overlaps().into_iter().map(|overlap| {
            json!({
                "inputs": [overlap.first, overlap.second],
                "time_range": [rfc3339(overlap.range.0), rfc3339(overlap.range.1)],
            })
        });
        let columns = plan.roster.iter().map(|point| {
            json!({
                "column": point.column,
                "point": point.id.to_string(),
                "aggregation": point.aggregation,
                "mapped": point.mapped,
            })
        });
        let failed = survey.failed.iter().map(FailedInput::json);
        Ok(json!({
            "inputs": inputs,
            "known": texts(&survey.known),
            "known_rejects": texts(&survey.known_rejects),
            "duplicates": survey.duplicates.iter().map(|d| json!({ "path": d.path.to_string_lossy(), "of": d.of.to_string_lossy() })).collect::<Vec<_>>(),
            "failed_files": failed.collect::<Vec<_>>(),
            "kinds": kinds.collect::<Vec<_>>(),
            "overlaps": overlaps.collect::<Vec<_>>(),
            "columns": columns.collect::<Vec<_>>(),
            "months": plan.months().into_iter().map(rfc3339).collect::<Vec<_>>(),
            "tasks": tasks.collect::<Vec<_>>(),
            "bytes_to_read": plan.bytes_to_read(),
        }))
    }
}

/// Paths for people.
fn texts(paths: &[PathBuf]) -> Vec<Cow<'_, str>> {
    paths.iter().map(|path| path.to_string_lossy()).collect()
}

impl FailedInput {
    /// The file and what is wrong with it, as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let (file, file_bytes) = PathBytes::split(&self.path);
        let mut entry = json!({
            "file": file,
            "kind": format!("{:?}", self.error.kind()),
            "error": self.error.to_string(),
            "hint": self.error.hint_text(),
        });
        if let Some(bytes) = file_bytes {
            entry["file_bytes"] = json!(bytes);
        }
        entry
    }
}
