//! What is typed behind `trendgate task`.

use super::{InputArgs, WantedArgs, examples};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct TaskArgs {
    #[command(subcommand)]
    pub(crate) step: TaskStep,
}

impl TaskArgs {
    /// Whether the result is wanted as JSON.
    pub(crate) fn json(&self) -> bool {
        match &self.step {
            TaskStep::Plan(args) => args.input.settings.json,
            TaskStep::Commit(args) => args.json,
            TaskStep::Run(_) => false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskStep {
    /// Plans a run, and writes each of its tasks into a file
    ///
    /// In a folder with tasks of an earlier plan that are not all done, nothing is planned: those without an outcome are named again, so that whoever
    /// starts the tasks goes on where another one died.
    #[command(after_long_help = examples(&[
        "trendgate task plan exports --config plant.yaml --out tasks",
        "trendgate task plan --all --out tasks    # of every site of the configuration",
    ]))]
    Plan(TaskPlanArgs),
    /// Does one task, on one thread; its outcome is a file beside it
    ///
    /// Exit code 0 says that the outcome is there, whatever it is: what is wrong with reports is for `task commit`. A task may be done twice, at once
    /// or one time after the other.
    #[command(after_long_help = examples(&[
        "trendgate task run tasks/PLANT.….00000.task",
        "ls tasks/*.task | xargs -n 1 -P 8 trendgate task run",
    ]))]
    Run(TaskRunArgs),
    /// Commits what the tasks of a folder made, site by site, and removes their files unless a site failed
    ///
    /// Exit code 75 says that a site is to be planned again: another run was faster, or a report has to be read in another way.
    #[command(after_long_help = examples(&[
        "trendgate task commit tasks",
    ]))]
    Commit(TaskCommitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TaskPlanArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The folder of the tasks; it is made
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TaskRunArgs {
    /// The task's file; - reads it from standard input, and writes the outcome to standard output
    #[arg(value_name = "TASK")]
    pub(crate) task: PathBuf,
    /// Standard input begins with the length of the task, and stays open for as long as the outcome is wanted
    #[arg(long, hide = true)]
    pub(crate) owned: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TaskCommitArgs {
    /// The folder that `task plan` wrote
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
