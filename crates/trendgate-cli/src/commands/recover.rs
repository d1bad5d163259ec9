//! `trendgate recover`: what a crash left, finished or undone, with the reasons.

use super::public_copy;
use crate::args::RecoverArgs;
use crate::exit::Exit;
use crate::text;
use serde_json::json;
use trendgate::Result;
use trendgate::publish::{Act, Deed, Dirs, Names, Others, Recovery, SiteLock, sites_to_recover};

/// Runs the command.
pub(crate) fn recover(args: &RecoverArgs) -> Result<Exit> {
    let dirs = super::dirs(&args.dataset);
    let mut sites = sites_to_recover(&dirs)?;
    sites.retain(|site| args.dataset.site.as_ref().is_none_or(|only| only == site));
    let mut done = Vec::new();
    for site in sites {
        done.push((site.clone(), recover_site(&dirs, &site, args)?));
    }
    if args.dataset.json {
        text::print_json(&json!({
            "dry_run": args.dry_run,
            "sites": done.iter().map(|(site, deeds)| json!({ "site_id": site, "deeds": deeds })).collect::<Vec<_>>(),
        }));
    } else {
        text::print(&as_text(&done, args.dry_run));
    }
    let left = done
        .iter()
        .flat_map(|(_, deeds)| deeds)
        .any(|deed| deed.act == Act::Leave);
    Ok(if left { Exit::Failed } else { Exit::Good })
}

fn recover_site(dirs: &Dirs, site: &str, args: &RecoverArgs) -> Result<Vec<Deed>> {
    let recovery = Recovery {
        copy: public_copy(dirs, site)?,
        names: Names::All,
        others: if args.force {
            Others::Undo
        } else {
            Others::Spare
        },
    };
    if args.dry_run {
        return recovery.look(dirs, site);
    }
    recovery.run(dirs, &SiteLock::hold(dirs, site)?)
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
