//! A Parquet file that anyone may have written → rows, or an error; never a panic.
//!
//! The Parquet reader panics on some damaged files. What was being read is dropped then, and the file is named as damaged. Nothing is
//! printed of such a panic; one anywhere else is reported as ever.

use crate::error::{Error, Result};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Whether this thread reads such a file, and says nothing of a panic.
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// `read`, of the file at `path`.
///
/// # Errors
/// Its own; [`Input`](crate::ErrorKind::Input) where it panicked.
pub(super) fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    silence();
    let before = READING.replace(true);
    // Whatever `read` had in hand goes with it: its caller gives up the file.
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    READING.set(before);
    result.unwrap_or_else(|_| {
        Err(
            Error::input("the Parquet file contradicts itself: its reader gave up")
                .at(path)
                .hint("the file is damaged; restore it, or write it again"),
        )
    })
}

/// Panics of a thread that reads such a file are not reported, from now on.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !READING.try_with(Cell::get).unwrap_or(false) {
                report(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_while_reading_is_an_error_that_names_the_file() {
        let path = Path::new("a.parquet");
        let found: Result<()> = guarded(path, || panic!("as the reader of Parquet does"));
        let error = found.unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (crate::ErrorKind::Input, Some(path))
        );
        assert_eq!(guarded(path, || Ok(1)).unwrap(), 1);
    }
}
