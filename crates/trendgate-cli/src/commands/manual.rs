//! `trendgate completions` and `trendgate man`: what a shell and `man` are to know of the program.

use crate::args::{Cli, ManArgs};
use crate::exit::Exit;
use crate::text;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use trendgate::{Error, Result};

/// Prints what completes commands and options in a shell.
#[allow(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(crate) fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trendgate", &mut script);
    text::print_bytes(&script);
    Ok(Exit::Good)
}

/// Prints the page of the program, or writes those of all commands into a folder, over those that are there.
pub(crate) fn man(args: &ManArgs) -> Result<Exit> {
    let cli = Cli::command().disable_help_subcommand(true);
    if let Some(folder) = &args.out {
        let written = clap_mangen::generate_to(cli, folder);
        written
            .map_err(|error| Error::storage("cannot write the manual pages into", folder, error))?;
    } else {
        let mut page = Vec::new();
        // Into memory nothing fails.
        let _ = Man::new(cli).render(&mut page);
        text::print_bytes(&page);
    }
    Ok(Exit::Good)
}
