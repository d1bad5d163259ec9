//! `trendgate tag`: names for versions, given, listed and taken away.

use super::{AtSites, several_sites};
use crate::args::TagArgs;
use crate::exit::Exit;
use crate::printed::{Printed, Tagged};
use crate::text;
use trendgate::{Dataset, Result, Site, Tag, WhenLocked};

/// Runs the command.
pub(crate) fn tag(args: &TagArgs) -> Result<Exit> {
    let sites = super::places(&args.dataset.place, Dataset::committed_sites)?;
    if args.at_version.is_some() && sites.len() > 1 {
        let sites: Vec<&str> = sites.iter().map(|(site, _)| site.as_str()).collect();
        return Err(several_sites(&sites));
    }
    let configured = super::configured::config(args.dataset.place.config.as_deref())?;
    let at = AtSites::each(sites, |id, site| {
        let when_locked = args.wait.or(configured.of_site(id)?.when_locked())?;
        tag_site(site, args, when_locked)
    });
    if args.dataset.json {
        let one = |site: &str, tags: &Vec<Tag>| Tagged {
            site_id: site.to_owned(),
            tags: tags.clone(),
        };
        text::print_json(&Printed::Tag(at.answer(false, one)));
    } else if !at.done.is_empty() || at.failed.is_empty() {
        text::print(&as_text(&at.done, args.remove));
    }
    Ok(at.end(Exit::Good))
}

/// The tags of a site that were asked for, given or taken away.
fn tag_site(site: &Site, args: &TagArgs, when_locked: WhenLocked) -> Result<Vec<Tag>> {
    let Some(name) = &args.name else {
        return site.tags();
    };
    super::once_free(when_locked, |watch| {
        if !args.remove {
            let tag = site.tag(name, args.at_version, when_locked, watch)?;
            return Ok(vec![tag]);
        }
        let mut tags = site.tags()?;
        site.untag(name, when_locked, watch)?;
        tags.retain(|tag| tag.name == *name);
        Ok(tags)
    })
}

fn as_text(done: &[(String, Vec<Tag>)], removed: bool) -> String {
    let mut text = String::new();
    for (site, tags) in done {
        for tag in tags {
            let removed = if removed { "  REMOVED" } else { "" };
            text.push_str(&format!(
                "{site} {}  version {}  {}{removed}\n",
                tag.name, tag.version, tag.created_at
            ));
        }
    }
    if text.is_empty() {
        text.push_str("no tags\n");
    }
    text
}
