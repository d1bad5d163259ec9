//! The Python package's own half in Rust: one function for each thing that the library does for it.
//!
//! Enters: paths, settings, and objects with Arrow's C interface. Leaves: JSON texts, which `python/trendgate` gives a face, and
//! exceptions of the class that belongs to the kind of error. Refuses: nothing by itself; the library does.

mod batch;
mod errors;
mod frames;
mod reading;
mod running;
mod settings;
mod tasks;
mod upkeep;

use pyo3::prelude::*;

/// The functions that `trendgate` stands on; not for direct use.
#[pymodule]
fn _trendgate(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add(
        "FLAGS",
        trendgate::vocabulary::Flag::ALL
            .iter()
            .map(|flag| flag.name())
            .collect::<Vec<_>>(),
    )?;
    errors::add(module)?;
    reading::add(module)?;
    running::add(module)?;
    tasks::add(module)?;
    frames::add(module)?;
    upkeep::add(module)?;
    batch::add(module)
}
