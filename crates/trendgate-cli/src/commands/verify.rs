//! `trendgate verify`: a batch or the whole dataset against its manifests.

use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::text::{self, bytes, count, plural};
use serde_json::json;
use trendgate::Result;
use trendgate::publish::{Dirs, History, PublicCopy, public_path};
use trendgate::verify::{Verified, same_as_stated, verify_manifest, verify_site};

/// Runs the command.
pub(crate) fn verify(args: &VerifyArgs) -> Result<Exit> {
    let mut verified: Vec<(String, Verified)> = Vec::new();
    match &args.manifest {
        Some(path) => verified.push((
            path.display().to_string(),
            verify_manifest(path, &same_as_stated)?,
        )),
        None => {
            let dirs = super::dirs(&args.dataset);
            for site in super::sites(&args.dataset, &dirs)? {
                let verification =
                    verify_site(&dirs, &site, public_copy(&dirs, &site)?, &same_as_stated)?;
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
        text::print_json(&json!({ "findings": findings, "verified": all.collect::<Vec<_>>() }));
    } else {
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

/// Whether the site's manifests have public names: where not one has, they were suppressed.
fn public_copy(dirs: &Dirs, site: &str) -> Result<PublicCopy> {
    let (history, _) = History::salvage(dirs, site)?;
    let any = history
        .versions()
        .iter()
        .any(|version| public_path(dirs, &version.manifest).is_file());
    Ok(if any || history.versions().is_empty() {
        PublicCopy::Write
    } else {
        PublicCopy::Suppress
    })
}
