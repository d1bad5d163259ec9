//! A run, a rebuild, a collection or a compaction in a process of its own, which is killed: at a stage that it says it has come to, and a while later.

use super::plants::{config, settings};
use super::{Inbox, REBUILD, collect, compact};
use proptest::prelude::*;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use trendgate::internals::pipeline::{own_cleaner, run_with};
use trendgate::{Cancel, Event, Progress, RunOptions, Stage, Watch};

/// What the process is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Run,
    Rebuild,
    Collect,
    Compact,
}

/// When it is killed: after it has said the word, and so many microseconds more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Death {
    word: &'static str,
    later: u64,
}

impl Deed {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![4 => Just(Self::Run), 1 => Just(Self::Rebuild), 1 => Just(Self::Collect), 2 => Just(Self::Compact)]
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Rebuild => "rebuild",
            Self::Collect => "collect",
            Self::Compact => "compact",
        }
    }
}

const BEGINS: &str = "begins;";
const LOOKS: &str = "looks;";
const READS: &str = "reads;";
const CHECKS: &str = "checks;";
const COMMITS: &str = "commits;";

impl Death {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let word = prop_oneof![
            1 => Just(BEGINS),
            1 => Just(LOOKS),
            1 => Just(READS),
            1 => Just(CHECKS),
            5 => Just(COMMITS),
        ];
        (word, 0..12_000_u64).prop_map(|(word, later)| Self { word, later })
    }
}

const DEED: &str = "GROWTH_DEED";
const BASE: &str = "GROWTH_BASE";

/// Begins the deed in the inbox, and kills it; if it was faster, it has to have ended well. Whether it was killed.
pub(crate) fn go(inbox: &Inbox, deed: Deed, death: Death) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::a_process_of_its_own"])
        .args(["--ignored", "--nocapture"])
        .env(DEED, deed.name())
        .env(BASE, inbox.base.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // A collection says no more than that it begins, and is done in no time.
    let (word, later) = match deed {
        Deed::Collect | Deed::Compact => (BEGINS, death.later / 5),
        _ => (death.word, death.later),
    };
    // It ends, too, where the process never says the word: there may be nothing new.
    let mut said = lines.map(|line| line.unwrap_or_default());
    let _ = said.find(|line| line.ends_with(word));
    std::thread::sleep(Duration::from_micros(later));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let killed = status.signal() == Some(9);
    assert!(killed || status.success(), "{status}");
    killed
}

/// Says how far it is.
struct Teller;

impl Progress for Teller {
    fn event(&self, event: &Event<'_>) {
        let word = match event {
            Event::Began(Stage::Looking { .. }) => LOOKS,
            Event::Began(Stage::Checking) => CHECKS,
            Event::Began(Stage::Committing) => COMMITS,
            Event::Planned { .. } => READS,
            _ => return,
        };
        println!("{word}");
    }
}

#[test]
#[ignore = "is no test: the model starts it, and kills it"]
fn a_process_of_its_own() {
    let base = std::env::var(BASE).unwrap();
    let base = Path::new(&base);
    let settings = settings(&base.join("data"), config());
    println!("{BEGINS}");
    let options = match std::env::var(DEED).unwrap().as_str() {
        "collect" => return collect(&settings),
        "compact" => return compact(&settings),
        "rebuild" => REBUILD,
        _ => RunOptions::default(),
    };
    let cleaner = own_cleaner(&settings);
    let cancel = Cancel::default();
    let watch = Watch::new(&Teller, &cancel);
    run_with(&settings, &[base.join("in")], options, &cleaner, watch).unwrap();
}
