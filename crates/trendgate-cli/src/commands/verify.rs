//! `trendgate verify`: a batch or the whole dataset against its manifests.

use super::public_copy;
use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::text::{self, bytes, count, plural};
use serde_json::json;
use trendgate::Result;
use trendgate::publish::{PublicCopy, SiteLock};
use trendgate::verify::{
    Repaired, Verified, repair_site, same_as_stated, verify_manifest, verify_site,
};

/// Runs the command.
pub(crate) fn verify(args: &VerifyArgs) -> Result<Exit> {
    let mut verified: Vec<(String, Verified)> = Vec::new();
    let mut repaired: Vec<Repaired> = Vec::new();
    match &args.manifest {
        Some(path) => {
            super::exists(path)?;
            verified.push((
                path.display().to_string(),
                verify_manifest(path, &same_as_stated)?,
            ));
        }
        None => {
            let dirs = super::dirs(&args.dataset);
            for site in super::sites(&args.dataset, &dirs)? {
                let copy = public_copy(&dirs, &site)?;
                if args.repair && copy == PublicCopy::Write {
                    let lock = SiteLock::hold(&dirs, &site)?;
                    repaired.extend(repair_site(&dirs, &lock)?);
                }
                let verification = verify_site(&dirs, &site, copy, &same_as_stated)?;
                verified.push((site, verification));
            }
        }
    }
    let findings: usize = verified
        .iter()
        .map(|(_, verification)| verification.findings.len())
        .sum();
    if args.dataset.json {
        let all = verified
            .iter()
            .map(|(name, verification)| json!({ "name": name, "verification": verification }));
        text::print_json(&json!({
            "findings": findings,
            "repaired": repaired,
            "verified": all.collect::<Vec<_>>(),
        }));
    } else {
        for made in &repaired {
            text::print(&repair_text(made));
        }
        for (name, verification) in &verified {
            text::print(&as_text(name, verification));
        }
    }
    Ok(if findings == 0 {
        Exit::Good
    } else {
        Exit::Failed
    })
}

fn repair_text(made: &Repaired) -> String {
    let aside = made.moved_aside.as_ref().map_or_else(String::new, |to| {
        format!("; what had it was moved to {}", to.display())
    });
    let (version, public) = (made.version, made.public.display());
    format!("version {version} has its public name again: {public}{aside}\n")
}

fn as_text(name: &str, verification: &Verified) -> String {
    let mut text = format!(
        "{name}: {}, {}, {} rows, {}\n",
        plural(verification.manifests, "manifest"),
        plural(verification.parts, "part"),
        count(verification.rows),
        bytes(verification.bytes),
    );
    for finding in &verification.findings {
        text.push_str(&format!(
            "  {}\n    expected {}\n    found    {}\n",
            finding.file.display(),
            finding.expected,
            finding.got
        ));
    }
    text.push_str(if verification.findings.is_empty() {
        "  all as the manifests say\n"
    } else {
        "  NOT as the manifests say\n"
    });
    text
}
