//! Work on a thread of its own, and the caller's thread that hears of it.
//!
//! Enters: work of the library, and a Python object that is called with what the work says and asked whether to stop (`is_cancelled`). Leaves:
//! what the work gives. While it runs, the interpreter is free; the object is used in the caller's thread alone, where Python also hands over
//! signals. Whatever either of them raises stops the work at the next place where nothing is left behind, and is what the caller gets. Where the
//! object says to stop, the work does there, too, and the error is its own: of work that is past that place there is none.

use crate::errors::raised;
use pyo3::intern;
use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;
use trendgate::wording::escaped;
use trendgate::{Cancel, Error, ErrorKind, Event, Progress, Result, Stage, Watch};

/// How long a signal may wait for its handler, and a wish to stop for being heard.
const PATIENCE: Duration = Duration::from_millis(50);

enum News {
    Step {
        stage: &'static str,
        done: u64,
        total: u64,
    },
    /// The flat form of a warning as JSON, and its text.
    Warning(String, String),
}

#[derive(Default)]
struct State {
    stage: &'static str,
    done: u64,
    total: u64,
    news: VecDeque<News>,
}

/// What the work says, until the caller's thread asks for it.
#[derive(Default)]
struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

/// Does `work` and tells `tell` of it.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    tell: &Bound<'_, PyAny>,
    work: impl FnOnce(Watch<'_>) -> Result<T> + Send,
) -> PyResult<T> {
    let (heard, cancel) = (Heard::default(), Cancel::default());
    stop_if_told(tell, &cancel)?;
    let (told, ended) = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let ended = work(Watch::new(&heard, &cancel));
            heard.changed.notify_all();
            ended
        });
        let told = accompany(py, tell, (&heard, &cancel), &worker);
        if told.is_err() {
            cancel.cancel();
        }
        (told, py.detach(|| worker.join()))
    });
    let ended = ended.unwrap_or_else(|_| Err(Error::bug("a thread of the run panicked")));
    match told {
        Ok(()) => ended.map_err(|error| raised(&error)),
        Err(raised) => Err(with_note(py, raised, ended.err())),
    }
}

fn accompany<T>(
    py: Python<'_>,
    tell: &Bound<'_, PyAny>,
    (heard, cancel): (&Heard, &Cancel),
    worker: &ScopedJoinHandle<'_, Result<T>>,
) -> PyResult<()> {
    loop {
        // Asked before the news, so that none is missed.
        let finished = worker.is_finished();
        py.check_signals()?;
        for news in heard.news() {
            match news {
                News::Step { stage, done, total } => tell.call1((stage, done, total))?,
                News::Warning(entry, text) => tell.call1((py.None(), entry, text))?,
            };
        }
        if tell
            .call_method0(intern!(py, "is_cancelled"))?
            .is_truthy()?
        {
            cancel.cancel();
        }
        if finished {
            return Ok(());
        }
        py.detach(|| heard.wait());
    }
}

/// Asks whether to stop.
fn stop_if_told(tell: &Bound<'_, PyAny>, cancel: &Cancel) -> PyResult<()> {
    let asked = tell.call_method0(intern!(tell.py(), "is_cancelled"))?;
    if asked.is_truthy()? {
        cancel.cancel();
    }
    Ok(())
}

/// What became of the work, where it is not simply that it stopped.
fn with_note(py: Python<'_>, raised: PyErr, error: Option<Error>) -> PyErr {
    let note = match error {
        None => "too late to stop: the run had already done its work".to_owned(),
        Some(error) if error.kind() == ErrorKind::Stopped => return raised,
        Some(error) => format!("the run had already failed: {error}"),
    };
    match raised.value(py).call_method1("add_note", (note,)) {
        Ok(_) => raised,
        Err(failure) => failure,
    }
}

impl Heard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn news(&self) -> VecDeque<News> {
        std::mem::take(&mut self.state().news)
    }

    fn wait(&self) {
        let state = self.state();
        if state.news.is_empty() {
            drop(self.changed.wait_timeout(state, PATIENCE));
        }
    }

    fn begin(&self, stage: &'static str, total: u64) {
        let mut state = self.state();
        (state.stage, state.done, state.total) = (stage, 0, total);
        state.step();
        drop(state);
        self.changed.notify_all();
    }

    fn more(&self, amount: u64) {
        let mut state = self.state();
        state.done += amount;
        state.step();
    }
}

impl State {
    /// One more piece of news; steps of one stage that nobody has heard of yet become one.
    fn step(&mut self) {
        let (stage, done, total) = (self.stage, self.done, self.total);
        if let Some(News::Step { stage: last, .. }) = self.news.back()
            && *last == stage
        {
            self.news.pop_back();
        }
        self.news.push_back(News::Step { stage, done, total });
    }
}

impl Progress for Heard {
    fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Began(Stage::Looking { files }) => self.begin("looking", files as u64),
            Event::Began(Stage::Checking) => self.begin("checking", 0),
            Event::Began(Stage::Committing) => self.begin("committing", 0),
            Event::LookedAt => self.more(1),
            Event::Planned { bytes, .. } => self.begin("reading", bytes),
            Event::Read { bytes } => self.more(bytes),
            Event::Warned(warning) => {
                let text = escaped(&warning.to_string()).into_owned();
                let entry = serde_json::to_string(warning).unwrap_or_default();
                self.state().news.push_back(News::Warning(entry, text));
                self.changed.notify_all();
            }
            _ => {}
        }
    }
}
