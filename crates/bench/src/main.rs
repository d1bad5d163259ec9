//! `cargo xtask bench`: the same reports through the program and through its peers, compared first, then timed in turn.
//!
//! ```text
//! corpora ─ once each, compared cell by cell ─ N rounds of A B C ─▶ table, JSON
//! ```
//!
//! Enters: how large and which scenarios. Leaves: wall and CPU seconds and peak memory of every run, their medians and ratios, and
//! what the machine is. Refused: a contestant that fails, or whose numbers are not those of the others; nothing is timed then.
//! docs/performance.md says how to read the result.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rules about the disk, the clock and the terminal are the library's and the program's; this is a developer's command"
)]

mod contestants;
mod curve;
mod machine;
mod race;
mod scenario;
mod table;

use clap::Parser;
use race::Race;
use scenario::{Outcome, Scenario};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use testkit::{Result, at, programs};

/// Times the program against DuckDB and Polars on the same reports, after checking that all give the same numbers.
#[derive(Debug, Clone, Parser)]
#[command(bin_name = "cargo xtask bench")]
struct BenchArgs {
    /// The share of the full sizes; 1 writes several GB
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    scale: f64,
    /// How often each is timed
    #[arg(long, value_name = "N", default_value_t = 3)]
    runs: usize,
    /// Only this scenario; can be given more than once
    #[arg(long, value_name = "SCENARIO", value_enum)]
    only: Vec<Scenario>,
    /// Where to write the result as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the corpora and datasets go; corpora stay there for the next run
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Time this program instead of building one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// What every scenario needs.
#[derive(Debug)]
struct Bench {
    scripts: PathBuf,
    python: PathBuf,
    program: PathBuf,
    /// Whether the program was named on the command line.
    given: bool,
    dir: PathBuf,
    scale: f64,
    runs: usize,
}

fn main() -> ExitCode {
    testkit::ended(run(&BenchArgs::parse()))
}

/// Runs the scenarios and prints their tables as they are done.
///
/// # Errors
/// Where something does not build, a contestant fails, or two do not agree.
fn run(args: &BenchArgs) -> Result {
    let bench = prepare(args)?;
    let machine = machine::describe(&bench)?;
    println!("{}", table::lines(&machine));
    let mut results = Vec::new();
    for scenario in scenario::chosen(&args.only) {
        match scenario::run(&bench, scenario)? {
            Outcome::Run(result) => {
                println!("{}", table::scenario(&result));
                results.push(result);
            }
            Outcome::Skipped(why) => println!("\n{}: skipped: {why}", scenario.name()),
        }
    }
    let load = machine::load();
    println!("load average at the end: {load}");
    if let Some(file) = &args.json {
        let result = document(&bench, machine, load, &results);
        let text = format!("{result:#}\n");
        fs::write(file, text).map_err(at(file))?;
    }
    Ok(())
}

fn prepare(args: &BenchArgs) -> Result<Bench> {
    if args.runs == 0 || args.scale.is_nan() || args.scale <= 0.0 {
        return Err("--runs and --scale have to be above 0".to_owned());
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scripts = own.join("scripts");
    let program = match &args.program {
        Some(program) => program.clone(),
        None => programs::xtask(&["program"])?.into(),
    };
    let dir = args
        .dir
        .clone()
        .unwrap_or_else(|| own.join("../../target/bench"));
    fs::create_dir_all(&dir).map_err(at(&dir))?;
    Ok(Bench {
        python: python(&scripts.join("requirements.txt"))?,
        scripts,
        given: args.program.is_some(),
        program: program.canonicalize().map_err(at(&program))?,
        dir: dir.canonicalize().map_err(at(&dir))?,
        scale: args.scale,
        runs: args.runs,
    })
}

/// The Python of an environment with the packages that `requirements` pins.
///
/// # Errors
/// Where they cannot be had.
fn python(requirements: &Path) -> Result<PathBuf> {
    let requirements = requirements.display().to_string();
    Ok(programs::xtask(&["python", &requirements])?.into())
}

fn document(bench: &Bench, machine: Value, load: String, results: &[Race]) -> Value {
    json!({
        "machine": machine,
        "load_average_at_the_end": load,
        "scale": bench.scale,
        "runs": bench.runs,
        "scenarios": results.iter().map(table::json).collect::<Vec<_>>(),
    })
}
