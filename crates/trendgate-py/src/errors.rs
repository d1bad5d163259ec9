//! An error of the library → the exception of its kind; broken rules → the exception that lists them.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde::Serialize;
use trendgate::frames::{FrameConflicts, Violations};
use trendgate::{Error, ErrorKind, Missing};

/// Where the exceptions are defined.
const CLASSES: &str = "trendgate._errors";

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let kinds = ErrorKind::ALL.iter().map(|kind| kind.name());
    module.add("ERROR_KINDS", kinds.collect::<Vec<_>>())?;
    module.add("MISSING", Missing::ALL.map(Missing::name).to_vec())?;
    module.add_function(wrap_pyfunction!(escaped, module)?)?;
    module.add_function(wrap_pyfunction!(example_of, module)?)
}

/// Text in one line, with nothing in it that a terminal would obey.
#[pyfunction]
fn escaped(text: &Bound<'_, PyString>) -> String {
    trendgate::wording::escaped(&text.to_string_lossy()).into_owned()
}

/// Raises an error of the kind at this place of `ERROR_KINDS`, with every detail that one can have: for tests.
#[pyfunction]
fn example_of(place: usize) -> PyResult<()> {
    let kind = ErrorKind::ALL.get(place).copied();
    let kind = kind.ok_or_else(|| Error::usage("no such kind of error"));
    let example = kind.map(|kind| {
        Error::new(kind, "expected one thing, found another")
            .at("reports/a.csv")
            .line(7)
            .point("CH1.KW")
            .excerpt(["what stands there".to_owned()])
            .hint("mend it")
    });
    Err(raised(&example.unwrap_or_else(|error| error)))
}

/// The exception for an error.
pub(crate) fn raised(error: &Error) -> PyErr {
    Python::attach(|py| exception(py, error).unwrap_or_else(|failure| failure))
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let facts = PyDict::new(py);
    facts.set_item("path", error.path())?;
    facts.set_item("line", error.line_number())?;
    facts.set_item("point", error.point_name())?;
    facts.set_item("excerpt", error.excerpt_lines())?;
    facts.set_item("hint", error.hint_text())?;
    facts.set_item("missing", error.what_is_missing().map(Missing::name))?;
    facts.set_item("errno", error.io().and_then(std::io::Error::raw_os_error))?;
    let kind = error.kind().name();
    let make = py.import(CLASSES)?.getattr("of_kind")?;
    let made = make.call((kind, error.to_string(), error.message()), Some(&facts))?;
    Ok(PyErr::from_value(made))
}

/// The exception for broken rules, which lists them; `source` is what breaks them, where that has a name.
pub(crate) fn broken(violations: &Violations, source: Option<&str>) -> PyErr {
    with_hint(violations, source, violations.remedy().map(str::to_owned))
}

/// As [`broken`], of a frame; `coerced` says whether its columns could be changed already.
pub(crate) fn broken_frame(violations: &Violations, source: Option<&str>, coerced: bool) -> PyErr {
    let remedy = violations.remedy().unwrap_or_default();
    let hint = match (coerced, violations.can_be_coerced()) {
        (false, true) => Some(format!(
            "{remedy}; coerce=True does what changes no value (with tz= for times without a zone)"
        )),
        (true, true)
            if violations
                .examples()
                .iter()
                .any(|it| it.got.contains("no zone")) =>
        {
            Some("say whose clock the times are of: tz=\"Asia/Taipei\"".to_owned())
        }
        _ => Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
    };
    with_hint(violations, source, hint)
}

fn with_hint(violations: &Violations, source: Option<&str>, hint: Option<String>) -> PyErr {
    let text = match source {
        Some(source) => format!("{source}: {violations}"),
        None => violations.to_string(),
    };
    let made = Python::attach(|py| -> PyResult<PyErr> {
        let make = py.import(CLASSES)?.getattr("of_violations")?;
        let made = make.call1((json(violations)?, text, source, hint))?;
        Ok(PyErr::from_value(made))
    });
    made.unwrap_or_else(|failure| failure)
}

/// The exception for numbers that contradict others, which lists them.
pub(crate) fn contradicted(conflicts: &FrameConflicts) -> PyErr {
    let made = Python::attach(|py| -> PyResult<PyErr> {
        let error = Error::from(conflicts.clone());
        let make = py.import(CLASSES)?.getattr("of_conflicts")?;
        let made = make.call1((json(conflicts)?, error.to_string()))?;
        Ok(PyErr::from_value(made))
    });
    made.unwrap_or_else(|failure| failure)
}

/// A value of the library as JSON.
pub(crate) fn json(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value)
        .map_err(|e| raised(&Error::bug(format!("cannot be written as JSON: {e}"))))
}

/// Does `work` without holding the interpreter; an error becomes its exception.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> trendgate::Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(|error| raised(&error))
}
