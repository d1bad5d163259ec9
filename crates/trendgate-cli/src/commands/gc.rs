//! `trendgate gc`: what no version needs any more is removed, with the reasons.

use super::AtSites;
use super::configured::{Budget, config};
use crate::args::GcArgs;
use crate::exit::Exit;
use crate::printed::Printed;
use crate::text::{self, bytes, plural};
use trendgate::details::{Collected, Compacted};
use trendgate::details::{Collection, Records};
use trendgate::time::Span;
use trendgate::{Error, Garbage, Result, time};

/// Runs the command.
pub(crate) fn gc(args: &GcArgs) -> Result<Exit> {
    // How long is kept what was replaced the configuration says, wherever the dataset is.
    let configured = config(args.dataset.place.config.as_deref())?;
    let places = configured.places(&args.dataset.place, args.all)?;
    let retention = args.retention.as_deref();
    let retention = retention
        .map(|text| span("--retention", text))
        .transpose()?;
    let (now, grace) = (time::now(), span("--grace", &args.grace)?);
    let at = AtSites::at_once(places, Budget::of_machine(), |id, site, _| {
        let config = configured.of_site(id)?;
        let collection = Collection {
            now,
            grace,
            retention: retention.unwrap_or(config.retention()),
            records: match args.compact {
                true => Records::Compact,
                false => Records::Keep,
            },
        };
        if args.dry_run {
            return site.plan_collection(&collection);
        }
        let when_locked = args.wait.or(config.when_locked())?;
        super::once_free(when_locked, |watch| {
            site.collect_garbage(&collection, when_locked, watch)
        })
    });
    if args.dataset.json {
        let one = |site: &str, done: &Garbage| done.answer(site);
        text::print_json(&Printed::Gc(at.answer(args.dry_run, one)));
    } else {
        for (site, done) in &at.done {
            text::print(&as_text(site, &done.collected, args.dry_run));
            if let Some(compacted) = &done.compacted {
                text::print(&compacted_text(compacted, args.dry_run));
            }
        }
    }
    Ok(at.end(Exit::Good))
}

fn compacted_text(compacted: &Compacted, dry_run: bool) -> String {
    format!(
        "  {} {} of versions up to {} by a base record, {} in all\n",
        if dry_run { "would replace" } else { "replaced" },
        plural(compacted.records, "record"),
        compacted.up_to,
        plural(compacted.files, "file"),
    )
}

fn span(option: &str, text: &str) -> Result<Span> {
    if matches!(text, "0" | "0s") {
        return Ok(Span::ZERO);
    }
    text.parse().map_err(|error| {
        Error::usage(format!("{option}: {error}"))
            .hint("write a time such as 3d or 12h; 0s for none")
    })
}

fn as_text(site: &str, collected: &Collected, dry_run: bool) -> String {
    let mut text = format!(
        "{site}: {} {}, {}; {} too young or in use\n",
        if dry_run { "would remove" } else { "removed" },
        plural(collected.removed.len(), "file"),
        bytes(collected.bytes()),
        collected.spared,
    );
    for version in &collected.expired {
        text.push_str(&format!("  version {version} expires\n"));
    }
    for version in &collected.pruned {
        text.push_str(&format!("  version {version} loses its details\n"));
    }
    for version in &collected.unkept {
        text.push_str(&format!("  version {version} loses kept sources\n"));
    }
    for removal in &collected.removed {
        text.push_str(&format!("  {removal}\n"));
    }
    for log in &collected.trimmed {
        text.push_str(&format!("  {log}\n"));
    }
    if collected.kept.files > 0 {
        text.push_str(&format!(
            "  {} of {} kept\n",
            bytes(collected.kept.bytes),
            plural(collected.kept.files, "source"),
        ));
    }
    text
}
