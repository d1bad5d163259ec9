//! `trendgate report`: the page of a site on standard output, or the pages of all sites in a folder.

use super::configured::Sites;
use crate::args::ReportArgs;
use crate::exit::Exit;
use crate::text::{self, plural};
use std::path::Path;
use trendgate::page::{SiteLine, index, render};
use trendgate::time::{Instant, TimeRange};
use trendgate::{Dataset, Error, ErrorKind, Result, Site, files, time};

/// The page of all sites, in the folder of the pages.
const INDEX: &str = "index.html";

/// Runs the command.
pub(crate) fn report(args: &ReportArgs) -> Result<Exit> {
    let range = range(args)?;
    if let Some(folder) = &args.out {
        let sites = super::places(&args.place, Dataset::known_sites)?;
        return all(sites, folder, range);
    }
    let dataset = super::dataset(&args.place)?;
    let sites = super::sites(&args.place, &dataset)?;
    let [site] = sites.as_slice() else {
        let hint = format!(
            "name one with --site, or write all with --all --out DIR: {}",
            sites.join(", ")
        );
        return Err(super::several_sites(&sites).hint(hint));
    };
    let facts = dataset.site(site)?.page(range, time::now())?;
    text::print_document(&render(&facts, None)?);
    Ok(Exit::Good)
}

/// What --from and --to ask for.
fn range(args: &ReportArgs) -> Result<Option<TimeRange>> {
    let time = |option: &str, text: &Option<String>| {
        let time = text.as_deref().map(|text| {
            Instant::from_typed(text).ok_or_else(|| {
                Error::usage(format!("{option}: expected a time, found {text:?}"))
                    .hint("such as 2016-11-12T03:00 (UTC) or 2016-11-12T11:00+08:00")
            })
        });
        time.transpose()
    };
    let (from, to) = (time("--from", &args.from)?, time("--to", &args.to)?);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let range = TimeRange::new(from.unwrap_or(Instant::MIN), to.unwrap_or(Instant::MAX));
    match range.is_empty() {
        true => Err(Error::usage(format!(
            "expected --to behind --from, found {} and {}",
            range.end, range.start
        ))),
        false => Ok(Some(range)),
    }
}

/// Writes the pages of all sites, and the index of them, into `folder`. A site that cannot be read has its line in the index.
fn all(sites: Sites<Site>, folder: &Path, range: Option<TimeRange>) -> Result<Exit> {
    let now = time::now();
    files::create_dir_all(folder)?;
    let at = super::AtSites::each(sites, |id, site| {
        let facts = match site.page(range, now) {
            Err(error)
                if range.is_some()
                    && error.kind() == ErrorKind::Usage
                    && site.dataset().sites()?.iter().any(|known| known == id) =>
            {
                return site.line_outside(&error, now);
            }
            facts => facts?,
        };
        let name = format!("site-{id}.html");
        files::replace(&folder.join(&name), render(&facts, Some(INDEX))?.as_bytes())?;
        Ok(SiteLine::of(&facts, name))
    });
    let done = at.done.iter().map(|(_, line)| line.clone());
    let failed = at.failed.iter();
    let failed = failed.map(|(site, error)| SiteLine::failed(site, error));
    let lines: Vec<SiteLine> = done.chain(failed).collect();
    let path = folder.join(INDEX);
    files::replace(&path, index(&lines, now).as_bytes())?;
    text::print(&format!(
        "{}: {}\n",
        text::path(&path),
        plural(lines.len() as u64, "site")
    ));
    Ok(at.end(Exit::Good))
}
