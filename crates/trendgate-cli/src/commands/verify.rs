//! `trendgate verify`: a batch or the whole dataset against its manifests.

use super::AtSites;
use super::configured::{Budget, Sites, config_of_dataset};
use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::printed::{Printed, VerifiedSite, VerifyAnswer, now};
use crate::text::{self, bytes, plural};
use std::path::Path;
use trendgate::details::Repaired;
use trendgate::files::{What, read_record, verify_manifest, what_is};
use trendgate::{Dataset, Error, Result, Site, Verified, Watch};

/// What was found at one site, or of one manifest.
struct Looked {
    site: Option<String>,
    repaired: Vec<Repaired>,
    verified: Verified,
}

/// Runs the command.
pub(crate) fn verify(args: &VerifyArgs) -> Result<Exit> {
    let at = match &args.path {
        Some(path) if what_is(path)? == Some(What::Folder) => {
            let dataset = super::there(Dataset::find(path)?)?;
            let sites = super::sites(&args.dataset.place, &dataset)?;
            of_places(super::all_in(&dataset, sites), args)
        }
        Some(path) => of_manifest(path, args)?,
        None => {
            let places =
                config_of_dataset(&args.dataset.place)?.places(&args.dataset.place, args.all)?;
            of_places(places, args)
        }
    };
    let found = at.done.iter().map(|(_, looked)| looked);
    let findings: usize = found
        .clone()
        .map(|looked| looked.verified.findings.len())
        .sum();
    let repaired: Vec<&Repaired> = found.flat_map(|looked| &looked.repaired).collect();
    if args.dataset.json {
        let one = |name: &str, looked: &Looked| VerifiedSite {
            site_id: looked.site.clone(),
            name: name.to_owned(),
            verification: looked.verified.clone(),
        };
        text::print_json(&Printed::Verify(VerifyAnswer {
            time: now(),
            findings,
            repaired: repaired.into_iter().cloned().collect(),
            verified: at.each_site(one),
        }));
    } else {
        for made in &repaired {
            text::print(&repair_text(made));
        }
        for (name, looked) in &at.done {
            text::print(&as_text(name, &looked.verified));
        }
    }
    Ok(at.end(if findings == 0 {
        Exit::Good
    } else {
        Exit::Failed
    }))
}

fn of_places(places: Sites<Site>, args: &VerifyArgs) -> AtSites<Looked> {
    AtSites::at_once(places, Budget::of_machine(), |_, site, _| {
        of_site(site, args.repair)
    })
}

fn of_manifest(path: &Path, args: &VerifyArgs) -> Result<AtSites<Looked>> {
    super::exists(path)?;
    if args.repair {
        return Err(
            Error::usage("--repair is for a dataset, and this is a manifest")
                .at(path)
                .hint("name the folder of the dataset"),
        );
    }
    let looked = Looked {
        site: read_record(path).ok().map(|manifest| manifest.site_id),
        repaired: Vec::new(),
        verified: verify_manifest(path, Watch::unwatched())?,
    };
    Ok(AtSites {
        done: vec![(text::path(path), looked)],
        failed: Vec::new(),
    })
}

fn of_site(site: &Site, repair: bool) -> Result<Looked> {
    let repaired = match repair {
        true => site.repair()?,
        false => Vec::new(),
    };
    let verified = site.verify(Watch::unwatched())?;
    site.keep_verified(&verified);
    Ok(Looked {
        site: Some(site.id().to_owned()),
        repaired,
        verified,
    })
}

fn repair_text(made: &Repaired) -> String {
    let aside = made.moved_aside.as_ref().map_or_else(String::new, |to| {
        format!("; what had it was moved to {}", text::path(to))
    });
    let (version, public) = (made.version, text::path(&made.public));
    format!("version {version} has its public name again: {public}{aside}\n")
}

fn as_text(name: &str, verification: &Verified) -> String {
    let mut text = format!(
        "{name}: {}, {}, {}, {}\n",
        plural(verification.manifests, "manifest"),
        plural(verification.parts, "part"),
        plural(verification.rows, "row"),
        bytes(verification.bytes),
    );
    if verification.sources > 0 {
        let sources = plural(verification.sources, "kept source");
        text.push_str(&format!("  {sources} unpacked\n"));
    }
    for finding in &verification.findings {
        text.push_str(&format!(
            "  {}\n    expected {}\n    found    {}\n",
            text::path(&finding.file),
            text::safe(&finding.expected),
            text::safe(&finding.got)
        ));
    }
    text.push_str(if verification.findings.is_empty() {
        "  all as the manifests say\n"
    } else {
        "  NOT as the manifests say\n  help: restore from a copy what is named; parts that are lost can be made again by `trendgate run --rebuild` over all reports\n"
    });
    text
}
