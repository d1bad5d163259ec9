//! `trendgate files`: what a reader opens.

use crate::args::FilesArgs;
use crate::exit::Exit;
use crate::printed::{FilesAnswer, Printed, SiteFiles, now, shown};
use crate::text;
use trendgate::Result;

/// Runs the command.
pub(crate) fn files(args: &FilesArgs) -> Result<Exit> {
    let of = &args.version;
    let snapshots = super::snapshots(
        &args.dataset.place,
        of.at_version.as_deref(),
        of.as_of.as_deref(),
    )?;
    if args.dataset.json {
        let sites = snapshots.iter().map(|snapshot| SiteFiles {
            site_id: snapshot.site.clone(),
            version: snapshot.version,
            files: (snapshot.parts.iter())
                .map(|part| shown(&part.file))
                .collect(),
        });
        text::print_json(&Printed::Files(FilesAnswer {
            time: now(),
            sites: sites.collect(),
        }));
    } else {
        let parts = snapshots.iter().flat_map(|snapshot| &snapshot.parts);
        let files = parts.map(|part| part.file.as_path());
        text::print_paths(files, if args.null { 0 } else { b'\n' });
    }
    Ok(Exit::Good)
}
