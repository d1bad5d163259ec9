//! `trendgate files`: what a reader opens.

use crate::args::FilesArgs;
use crate::exit::Exit;
use crate::printed::{FilesAnswer, Printed, now, shown};
use crate::text;
use trendgate::Result;

/// Runs the command.
pub(crate) fn files(args: &FilesArgs) -> Result<Exit> {
    let snapshots = super::snapshots(&args.dataset, args.at_version, args.as_of.as_deref())?;
    let parts = snapshots.iter().flat_map(|snapshot| &snapshot.parts);
    let files = parts.map(|part| part.file.as_path());
    if args.dataset.json {
        text::print_json(&Printed::Files(FilesAnswer {
            time: now(),
            files: files.map(shown).collect(),
        }));
    } else {
        text::print_paths(files, if args.null { 0 } else { b'\n' });
    }
    Ok(Exit::Good)
}
