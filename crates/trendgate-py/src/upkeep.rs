//! What explains a dataset, shows it, and keeps it in order.
//!
//! Enters: a dataset, a site of it, and times as nanoseconds. Leaves: the texts that `--json` prints of a site, and pages. Refuses: a site that
//! is not there.

use crate::errors::{detached, json};
use crate::reading::known;
use crate::running::watch::watched;
use crate::settings::Place;
use pyo3::prelude::*;
use trendgate::answers::{ExplainAnswer, Recovered};
use trendgate::details::{Collection, Others, Records};
use trendgate::time::{Instant, Span, TimeRange};
use trendgate::{Error, Garbage, Result, Site, WhenLocked, page, time};

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(explain, module)?)?;
    module.add_function(wrap_pyfunction!(report, module)?)?;
    module.add_function(wrap_pyfunction!(collect_garbage, module)?)?;
    module.add_function(wrap_pyfunction!(sites_to_recover, module)?)?;
    module.add_function(wrap_pyfunction!(recover, module)?)?;
    module.add_function(wrap_pyfunction!(repair, module)?)
}

/// Why a row is flagged: one column of it, or all.
#[pyfunction]
fn explain(
    py: Python<'_>,
    place: Place,
    site: &str,
    at: i64,
    column: Option<&str>,
) -> PyResult<String> {
    let answer = detached(py, || {
        let row = known(&place, site)?.explain(Instant::from_nanos(at))?;
        let column = column.map(|name| row.column_named(name)).transpose()?;
        let only = column.map(|column| column.name.as_str());
        Ok(ExplainAnswer::new(site, &row, only))
    })?;
    json(&answer)
}

/// The page of a site: of a range, or of all that there is.
#[pyfunction]
fn report(
    py: Python<'_>,
    place: Place,
    site: &str,
    start: Option<i64>,
    end: Option<i64>,
) -> PyResult<String> {
    detached(py, || {
        let range = match (start, end) {
            (None, None) => None,
            (start, end) => {
                let start = start.map_or(Instant::MIN, Instant::from_nanos);
                let end = end.map_or(Instant::MAX, Instant::from_nanos);
                Some(TimeRange::new(start, end))
            }
        };
        if range.is_some_and(TimeRange::is_empty) {
            return Err(Error::usage("expected an end behind the start"));
        }
        page::render(&known(&place, site)?.page(range, time::now())?, None)
    })
}

/// What is asked of a collection of garbage, or of recovery, as a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Upkeep {
    retention: Option<String>,
    grace: String,
    compact: bool,
    other_machines: bool,
    dry_run: bool,
    wait: bool,
}

impl Upkeep {
    fn when_locked(&self, place: &Place, site: &str) -> Result<WhenLocked> {
        match self.wait {
            true => Ok(WhenLocked::Wait),
            false => Ok(place.config_of(site)?.when_locked()),
        }
    }

    fn collection(&self, place: &Place, site: &str) -> Result<Collection> {
        let retention = self.retention.as_deref();
        let retention = retention.map(|text| span("retention", text)).transpose()?;
        Ok(Collection {
            now: time::now(),
            grace: span("grace", &self.grace)?,
            retention: match retention {
                Some(retention) => retention,
                None => place.config_of(site)?.retention(),
            },
            records: match self.compact {
                true => Records::Compact,
                false => Records::Keep,
            },
        })
    }

    fn others(&self) -> Others {
        match self.other_machines {
            true => Others::Undo,
            false => Others::Spare,
        }
    }
}

fn span(option: &str, text: &str) -> Result<Span> {
    if matches!(text, "0" | "0s") {
        return Ok(Span::ZERO);
    }
    text.parse()
        .map_err(|error| Error::usage(format!("{option}: {error}")))
}

/// Removes what no version of the site needs any more.
#[pyfunction]
fn collect_garbage(
    py: Python<'_>,
    place: Place,
    site: &str,
    upkeep: Upkeep,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let garbage: Garbage = watched(py, tell, |watch| {
        let of = known(&place, site)?;
        let collection = upkeep.collection(&place, site)?;
        match upkeep.dry_run {
            true => of.plan_collection(&collection),
            false => of.collect_garbage(&collection, upkeep.when_locked(&place, site)?, watch),
        }
    })?;
    json(&garbage.answer(site))
}

/// The sites that have a log or something in staging.
#[pyfunction]
fn sites_to_recover(py: Python<'_>, place: Place) -> PyResult<Vec<String>> {
    detached(py, || place.dataset()?.existing()?.sites_to_recover())
}

/// Finishes or undoes what a crash left at the site.
#[pyfunction]
fn recover(
    py: Python<'_>,
    place: Place,
    site: &str,
    upkeep: Upkeep,
    tell: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let deeds = watched(py, tell, |watch| {
        let of = begun(&place, site)?;
        match upkeep.dry_run {
            true => of.plan_recovery(upkeep.others()),
            false => of.recover(upkeep.others(), upkeep.when_locked(&place, site)?, watch),
        }
    })?;
    json(&Recovered {
        site_id: site.to_owned(),
        deeds,
    })
}

/// Makes the public names of the site's manifests anew.
#[pyfunction]
fn repair(py: Python<'_>, place: Place, site: &str) -> PyResult<String> {
    json(&detached(py, || known(&place, site)?.repair())?)
}

/// The site, if the dataset has something of it, be it nothing that is committed.
fn begun(place: &Place, site: &str) -> Result<Site> {
    let dataset = place.dataset()?.existing()?;
    match dataset.sites_to_recover()?.iter().any(|one| one == site) {
        true => dataset.site(site),
        false => known(place, site),
    }
}
