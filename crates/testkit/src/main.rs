//! `testkit example` and `testkit corpus`: folders of reports, by `cargo xtask`. `testkit report`: one report, for tests that are not in Rust.

#![allow(
    clippy::print_stdout,
    reason = "what it wrote is what a developer wants to know"
)]

use clap::{Args, Parser, Subcommand};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use testkit::{Form, Report, Result, corpus, example};

/// Writes reports.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the reports in examples/ anew; they are always the same
    Example {
        /// The folder of the examples
        #[arg(default_value = "examples")]
        folder: PathBuf,
    },
    /// Writes a large seeded corpus of reports
    Corpus(corpus::CorpusArgs),
    /// Writes the report of a table to standard output: a line `t,` with the names of the points, and one for each row, on standard input
    Report(ReportArgs),
}

#[derive(Debug, Args)]
struct ReportArgs {
    /// How it is written
    #[arg(long, value_enum, default_value = "scheduler")]
    form: Form,
    /// The trend definition of all points
    #[arg(long, default_value = "15 minutes")]
    definition: String,
}

impl ReportArgs {
    fn write(&self) -> Result {
        let table = io::read_to_string(io::stdin()).map_err(|error| error.to_string())?;
        let report = Report::of_table(&table)?.defined(&self.definition);
        print!("{}", report.written(self.form));
        Ok(())
    }
}

fn main() -> ExitCode {
    testkit::ended(match Cli::parse().command {
        Command::Example { folder } => example::write(&folder).map(|files| {
            for file in files {
                println!("{}", file.display());
            }
        }),
        Command::Corpus(args) => corpus::write(&args).map(|written| println!("{written}")),
        Command::Report(args) => args.write(),
    })
}
