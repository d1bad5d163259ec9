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
use std::sync::atomic::{AtomicUsize, Ordering};
use trendgate::Cancel;

/// Which signal came, if any did; and what the first one cancels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    caught: Arc<AtomicUsize>,
    cancel: Cancel,
}

/// Listens from now on, once for the whole program.
pub(crate) fn listen() -> Signals {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    let start = || {
        let signals = Signals::default();
        if let Err(error) = register(&signals) {
            text::note(&format!(
                "warning: signals cannot be caught, and end the program at once: {error}"
            ));
        }
        signals
    };
    SIGNALS.get_or_init(start).clone()
}

fn register(signals: &Signals) -> std::io::Result<()> {
    let flag = signals.cancel.flag();
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal must not find what it is about to set.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag))?;
        flag::register_usize(
            signal,
            Arc::clone(&signals.caught),
            signal.unsigned_abs() as usize,
        )?;
        flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(())
}

impl Signals {
    /// What the first signal cancels.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The signal that came.
    fn caught(&self) -> Option<usize> {
        Some(self.caught.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
    }

    /// As [`exit`](Self::exit), if a signal came.
    pub(crate) fn exit_if_caught(&self) -> Option<Exit> {
        self.caught().map(|_| self.exit())
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
