//! `trendgate recover`: what a crash left, finished or undone, with the reasons.

use super::AtSites;
use crate::args::RecoverArgs;
use crate::exit::Exit;
use crate::printed::Printed;
use crate::text;
use trendgate::answers::Recovered;
use trendgate::details::{Act, Deed};
use trendgate::{Result, Site, WhenLocked};

/// Runs the command.
pub(crate) fn recover(args: &RecoverArgs) -> Result<Exit> {
    let dataset = super::dataset(&args.dataset.place)?;
    let sites = dataset.sites_to_recover()?;
    let sites = super::one_or_all(&args.dataset.place, &dataset, sites)?;
    let configured = super::configured::config(args.dataset.place.config.as_deref())?;
    let at = AtSites::each(super::all_in(&dataset, sites), |id, site| {
        let when_locked = args.wait.or(configured.of_site(id)?.when_locked())?;
        recover_site(site, args, when_locked)
    });
    if args.dataset.json {
        let one = |site: &str, deeds: &Vec<Deed>| Recovered {
            site_id: site.to_owned(),
            deeds: deeds.clone(),
        };
        text::print_json(&Printed::Recover(at.answer(args.dry_run, one)));
    } else if !at.done.is_empty() || at.failed.is_empty() {
        text::print(&as_text(&at.done, args.dry_run));
    }
    let mut deeds = at.done.iter().flat_map(|(_, deeds)| deeds);
    let left = deeds.any(|deed| deed.act == Act::Leave);
    Ok(at.end(if left { Exit::Failed } else { Exit::Good }))
}

fn recover_site(site: &Site, args: &RecoverArgs, when_locked: WhenLocked) -> Result<Vec<Deed>> {
    if args.dry_run {
        return site.plan_recovery(args.others());
    }
    super::once_free(when_locked, |watch| {
        site.recover(args.others(), when_locked, watch)
    })
}

fn as_text(done: &[(String, Vec<Deed>)], dry_run: bool) -> String {
    let mut text = String::new();
    for (site, deeds) in done {
        for deed in deeds {
            let dry = if dry_run { "(dry run) " } else { "" };
            text.push_str(&format!("{dry}{site}: {deed}\n"));
        }
    }
    if text.is_empty() {
        text.push_str("nothing to recover\n");
    }
    text
}
