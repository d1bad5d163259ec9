//! `trendgate task`: a run in three steps, for whoever starts the tasks elsewhere.
//!
//! ```text
//! task plan --out DIR ─▶ DIR/SITE.ATTEMPT.NNNNN.task … ─ task run, anywhere ─▶ ….outcome ─ task commit DIR ─▶ versions
//! ```

use super::processes;
use crate::args::{TaskArgs, TaskCommitArgs, TaskPlanArgs, TaskRunArgs, TaskStep};
use crate::exit::Exit;
use crate::printed::{Printed, TaskCommitAnswer, TaskPlanAnswer, now, shown};
use crate::progress::Terminal;
use crate::signals;
use crate::text::{self, plural};
use std::io::{Read as _, Write as _};
use std::path::Path;
use trendgate::{Error, ErrorKind, Result, Watch, files, tasks};

/// No task is larger.
pub(super) const MOST_TASK: u64 = 1 << 30;
/// No outcome is larger.
const MOST_OUTCOME: u64 = 4 << 30;

/// Takes one of the steps.
pub(crate) fn task(args: &TaskArgs) -> Result<Exit> {
    match &args.step {
        TaskStep::Plan(args) => plan(args),
        TaskStep::Run(args) => run(args),
        TaskStep::Commit(args) => commit(args),
    }
}

fn plan(args: &TaskPlanArgs) -> Result<Exit> {
    let json = args.input.settings.json;
    let mut files = tasks::folder::kept(&args.out)?;
    let is_resumed = !files.is_empty();
    if !is_resumed {
        let configured = super::configured::config(args.input.settings.config.as_deref())?;
        let config = match args.input.all {
            true => configured.of_several()?.into_config(),
            false => configured.into_config(),
        };
        let overrides = super::overrides(&args.input.settings);
        if config.is_of_several() && overrides.site.is_none() && !args.input.all {
            return Err(config.which_site());
        }
        let options = args.wanted.options();
        let (terminal, signals) = (Terminal::new(), signals::listen());
        let watch = Watch::new(&terminal, signals.cancel());
        let planned = tasks::plan(&config, &overrides, None, &args.input.paths, options, watch)?;
        drop(terminal);
        files = tasks::folder::keep(&args.out, &planned)?;
    }
    let done = tasks::folder::files_of(&args.out, "outcome")?;
    let pending = files
        .iter()
        .filter(|file| !done.contains(&tasks::folder::outcome_of(file)));
    let pending: Vec<String> = pending.map(|file| shown(file)).collect();
    match json {
        true => text::print_json(&Printed::TaskPlan(TaskPlanAnswer {
            time: now(),
            tasks: files.len(),
            resumed: is_resumed,
            pending,
        })),
        false => {
            let words = match is_resumed {
                true => "of an earlier plan, not done yet",
                false => "to be done",
            };
            text::remark(&format!("{} {words}", plural(pending.len(), "task")));
            let lines: String = pending.iter().map(|file| format!("{file}\n")).collect();
            text::print(&lines);
        }
    }
    Ok(Exit::Good)
}

fn run(args: &TaskRunArgs) -> Result<Exit> {
    let signals = signals::listen();
    let terminal = Terminal::new();
    let watch = Watch::new(&terminal, signals.cancel());
    if args.task.as_os_str() == "-" {
        let task = match args.owned {
            true => processes::owned_task(signals.cancel().flag()),
            false => {
                let mut task = Vec::new();
                let read = std::io::stdin().take(MOST_TASK).read_to_end(&mut task);
                read.map(|_| task)
            }
        };
        let task =
            task.map_err(|e| Error::usage(format!("cannot read a task from standard input: {e}")))?;
        let outcome = match tasks::execute(&task, watch) {
            // Whoever started it says so.
            Err(error) if args.owned && error.kind() == ErrorKind::Stopped => {
                return Ok(signals.exit());
            }
            done => done?,
        };
        let mut out = std::io::stdout().lock();
        out.write_all(&outcome)
            .and_then(|()| out.flush())
            .map_err(|e| Error::storage("cannot write to", Path::new("standard output"), e))?;
        return Ok(Exit::Good);
    }
    super::exists(&args.task)?;
    let task = files::read(&args.task, MOST_TASK)?;
    let outcome = tasks::execute(&task, watch).map_err(|error| error.at_if_nowhere(&args.task))?;
    tasks::folder::keep_outcome(&args.task, &outcome)?;
    Ok(Exit::Good)
}

fn commit(args: &TaskCommitArgs) -> Result<Exit> {
    let tasks_there = tasks::folder::files_of(&args.folder, "task")?;
    if tasks_there.is_empty() {
        return Err(Error::usage("expected a folder with tasks, found none")
            .at(&args.folder)
            .hint("name the folder that `trendgate task plan --out` wrote"));
    }
    let outcomes = tasks::folder::files_of(&args.folder, "outcome")?;
    if outcomes.len() < tasks_there.len() {
        let missing = tasks_there
            .iter()
            .find(|task| !outcomes.contains(&tasks::folder::outcome_of(task)));
        return Err(Error::usage(format!(
            "expected an outcome of each of {}, found {}",
            plural(tasks_there.len(), "task"),
            outcomes.len()
        ))
        .at(missing.unwrap_or(&args.folder))
        .hint("do it with `trendgate task run`, and commit again"));
    }
    let read = outcomes.iter().map(|path| files::read(path, MOST_OUTCOME));
    let (terminal, signals) = (Terminal::new(), signals::listen());
    let watch = Watch::new(&terminal, signals.cancel());
    let ends = tasks::commit(read.collect::<Result<Vec<_>>>()?, watch)?;
    drop(terminal);
    let exits = ends.iter().map(|end| match end.status() {
        _ if end.again => Exit::Locked,
        "failed" => failure(&end.answer),
        "committed" | "nothing_new" if has_rejects(&end.answer) => Exit::Partly,
        _ => Exit::Good,
    });
    let exit = Exit::worst(exits);
    if args.json {
        let sites = ends.iter().map(|end| end.answer.clone()).collect();
        text::print_json(&Printed::TaskCommit(TaskCommitAnswer {
            time: now(),
            sites,
        }));
    } else {
        let lines: String = ends.iter().map(line).collect();
        text::print(&lines);
    }
    // What is to be planned again begins with an empty folder; so does the next run. A site that failed is committed again when that is mended.
    if ends.iter().all(|end| end.again || end.status() != "failed") {
        // Nothing is undone by that: what is left is answered as over.
        if let Err(error) = tasks::folder::forget(&args.folder) {
            text::note(&format!(
                "warning: the folder of tasks could not be emptied: {error}"
            ));
        }
    }
    Ok(exit)
}

/// The exit of a site that failed: by whose move it is.
fn failure(answer: &serde_json::Value) -> Exit {
    let kind = serde_json::from_value::<ErrorKind>(answer["kind"].clone());
    kind.map_or(Exit::Failed, |kind| Exit::of(&Error::new(kind, "")))
}

fn has_rejects(answer: &serde_json::Value) -> bool {
    let failed = answer["failed_files"].as_array();
    failed.is_some_and(|failed| !failed.is_empty())
}

fn line(end: &tasks::SiteEnd) -> String {
    let answer = &end.answer;
    let site = end.site_id();
    let version = || {
        answer["version"]
            .as_u64()
            .map_or("?".to_owned(), |n| n.to_string())
    };
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    match end.status() {
        "committed" => format!("committed {site} version {}\n", version()),
        "nothing_new" => format!("nothing new at {site} since version {}\n", version()),
        "already_committed" => format!("already committed: {site} version {}\n", version()),
        "overtaken" if answer["version"].is_null() => {
            format!("over: {site}: the attempt was undone since: plan again\n")
        }
        "overtaken" => format!("overtaken: {site}, by version {}: plan again\n", version()),
        _ if end.again => format!("{site}: {}: {}; plan again\n", text("file"), text("error")),
        _ => format!("failed: {site}: {}\n", text("error")),
    }
}
