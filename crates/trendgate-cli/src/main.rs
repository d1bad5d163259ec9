//! The `trendgate` program: what was typed → what was meant → one match over the commands → an exit code.

mod args;
mod commands;
mod exit;
mod logging;
mod printed;
mod progress;
mod signals;
mod table;
mod terminal;
mod text;
mod version;

use args::{Cli, Command};
use exit::Exit;
use printed::Printed;
use std::process::ExitCode;
use trendgate::answers::FailureAnswer;

fn main() -> ExitCode {
    match Cli::typed() {
        Ok(cli) => work(&cli).unless_unprinted(),
        Err(error) if error.use_stderr() => {
            logging::begin_with_wrong_arguments(
                std::env::args_os().map(|a| a.to_string_lossy().into_owned()),
            );
            text::wrong_arguments(error.render().to_string().trim_end());
            Exit::Usage
        }
        // Help and the version are no errors.
        Err(answer) => {
            text::print_answer(&answer);
            Exit::Good.unless_unprinted()
        }
    }
    .into()
}

fn work(cli: &Cli) -> Exit {
    if let Err(error) = logging::begin(cli.log) {
        text::print_error(&error);
        return Exit::of(&error);
    }
    let result = match &cli.command {
        Command::Run(args) => commands::run::run(args),
        Command::Plan(args) => commands::plan::plan(args),
        Command::Inspect(args) => commands::inspect::inspect(args),
        Command::Init(args) => commands::init::init(args),
        Command::Check(args) => commands::check::check(args),
        Command::Verify(args) => commands::verify::verify(args),
        Command::Recover(args) => commands::recover::recover(args),
        Command::Gc(args) => commands::gc::gc(args),
        Command::Tag(args) => commands::tag::tag(args),
        Command::Log(args) => commands::log::log(args),
        Command::Show(args) => commands::log::show(args),
        Command::Files(args) => commands::files::files(args),
        Command::Points(args) => commands::points::points(args),
        Command::Status(args) => commands::status::status(args),
        Command::Metrics(args) => commands::metrics::metrics(args),
        Command::Explain(args) => commands::explain::explain(args),
        Command::Report(args) => commands::report::report(args),
        Command::Retract(args) => commands::retract::retract(args),
        Command::Task(args) => commands::task::task(args),
        Command::Completions { shell } => commands::manual::completions(*shell),
        Command::Man(args) => commands::manual::man(args),
        Command::Schema(args) => commands::schema::schema(args.what),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            let site = commands::site_asked_for(&cli.command);
            let _of_site = logging::of_site(site.as_deref());
            if cli.command.json() {
                let failure = FailureAnswer::new(&error, site.as_deref());
                text::print_json(&Printed::Failure(failure));
            }
            text::print_error(&error);
            Exit::of(&error)
        }
    }
}
