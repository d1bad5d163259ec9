//! `trendgate recover`: what a crash left, finished or undone, with the reasons.

use super::AtSites;
use crate::args::RecoverArgs;
use crate::exit::Exit;
use crate::printed::{Printed, Recovered};
use crate::text;
use trendgate::Result;
use trendgate::publish::{
    Act, AttemptNames, Deed, Dirs, PublicCopy, Recovery, WhenLocked, sites_to_recover,
};

/// Runs the command.
pub(crate) fn recover(args: &RecoverArgs) -> Result<Exit> {
    let dirs = super::dirs(&args.dataset.place)?;
    let sites = super::one_or_all(&args.dataset.place, &dirs, sites_to_recover(&dirs)?)?;
    let configured = super::configured::config(args.dataset.place.config.as_deref())?;
    let at = AtSites::each(super::all_in(&dirs, sites), |site, _| {
        let when_locked = args.wait.or(configured.batch_of(site)?.when_locked())?;
        recover_site(&dirs, site, args, when_locked)
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

fn recover_site(
    dirs: &Dirs,
    site: &str,
    args: &RecoverArgs,
    when_locked: WhenLocked,
) -> Result<Vec<Deed>> {
    let recovery = Recovery {
        copy: PublicCopy::of_site(dirs, site)?,
        names: AttemptNames::All,
        others: args.others(),
    };
    if args.dry_run {
        return recovery.look(dirs, site);
    }
    recovery.run(dirs, &super::lock(dirs, site, when_locked)?)
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
