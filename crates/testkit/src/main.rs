//! `testkit example` and `testkit corpus`: folders of reports, by `cargo xtask`.

#![allow(
    clippy::print_stdout,
    reason = "what it wrote is what a developer wants to know"
)]

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use testkit::{corpus, example};

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
}

fn main() -> ExitCode {
    testkit::ended(match Cli::parse().command {
        Command::Example { folder } => example::write(&folder).map(|files| {
            for file in files {
                println!("{}", file.display());
            }
        }),
        Command::Corpus(args) => corpus::write(&args).map(|written| println!("{written}")),
    })
}
