//! A plan, and the files that cannot be used, as JSON: one form for the program and for Python.

use super::{FailedInput, Prospect};
use crate::clock::rfc3339;
use crate::config::Span;
use crate::error::Result;
use crate::workers::{Input, Standing};
use serde_json::{Value, json};

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
            Ok(json!({
                "path": report.path,
                "bytes": report.stamp.bytes,
                "kind": plan.kind_of(place),
                "points": report.points.len(),
                "time_range": [rfc3339(report.first), rfc3339(report.last)],
                "complete": report.complete,
                "known": standing == Standing::Committed,
            }))
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
            "known": survey.known,
            "known_rejects": survey.known_rejects,
            "duplicates": survey.duplicates.iter().map(|d| json!({ "path": d.path, "of": d.of })).collect::<Vec<_>>(),
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

impl FailedInput {
    /// The file and what is wrong with it, as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "file": self.path,
            "kind": format!("{:?}", self.error.kind()),
            "error": self.error.to_string(),
            "hint": self.error.hint_text(),
        })
    }
}
