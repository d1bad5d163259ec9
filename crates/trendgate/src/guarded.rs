//! Code of others that may panic on what anyone may have written → its result, or nothing; never a panic.
//!
//! What was being read is dropped then. Nothing is printed of such a panic; one anywhere else is reported as ever.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs such code, and says nothing of a panic.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

/// What `read` gives; `None` where it panicked.
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    silence();
    let before = RUNNING.replace(true);
    // Unwind safe: what `read` works on is not used after a panic, because its caller gives up the file.
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    RUNNING.set(before);
    result.ok()
}

/// Panics of a thread that runs such code are not reported, from now on.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !RUNNING.try_with(Cell::get).unwrap_or(false) {
                report(info);
            }
        }));
    });
}
