//! SIGINT and SIGTERM → a word to the run to stop.
//!
//! The run looks for it wherever it can still stop with nothing left behind. A second signal ends the program at once: what
//! that leaves, the next run finishes or undoes.

use crate::exit::Exit;
use crate::text;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Which signal came, if any did.
#[derive(Debug, Clone)]
pub(crate) struct Signals(Arc<AtomicUsize>);

/// Listens from now on, once for the whole program.
pub(crate) fn listen() -> Signals {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    let start = || {
        let caught = Arc::new(AtomicUsize::new(0));
        if let Err(error) = register(&caught) {
            text::note(&format!(
                "warning: signals cannot be caught, and end the program at once: {error}"
            ));
        }
        Signals(caught)
    };
    SIGNALS.get_or_init(start).clone()
}

fn register(caught: &Arc<AtomicUsize>) -> std::io::Result<()> {
    let second = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal must not find what it is about to set.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&second))?;
        flag::register(signal, Arc::clone(&second))?;
        flag::register_usize(signal, Arc::clone(caught), signal.unsigned_abs() as usize)?;
    }
    Ok(())
}

impl Signals {
    /// The signal that came.
    pub(crate) fn caught(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
    }

    /// How a run ends that the signal stopped.
    pub(crate) fn exit(&self) -> Exit {
        if self.caught() == Some(SIGTERM.unsigned_abs() as usize) {
            Exit::Terminated
        } else {
            Exit::Interrupted
        }
    }
}
