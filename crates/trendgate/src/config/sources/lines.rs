//! In which lines of a configuration the entries of `sources` begin.
//!
//! Enters: a configuration, and the text that it was read from. Leaves: the same with the lines, which messages name; none where they cannot be told.

use crate::config::file::{CleanerConfig, Config};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Notes the lines in which the entries of `sources` begin, in `text`, for each entry; none where they cannot be told.
pub(in crate::config) fn take_lines(config: &mut Config, text: &str) {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct SourcesIn {
        cleaner: Option<SourceLines>,
        sites: Option<BTreeMap<String, SourcesIn>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct SourceLines {
        sources: Vec<serde_saphyr::Spanned<SourceEntry>>,
    }
    #[derive(Deserialize)]
    struct SourceEntry {}
    let mut sections = config.sites.values();
    let is_without = |cleaner: &CleanerConfig| cleaner.sources.is_empty();
    if is_without(&config.cleaner) && sections.all(|site| is_without(&site.cleaner)) {
        return;
    }
    let whole: SourcesIn = serde_saphyr::from_str(text).unwrap_or_default();
    let note = |cleaner: &mut CleanerConfig, found: &SourcesIn| {
        let lines = found.cleaner.iter().flat_map(|cleaner| &cleaner.sources);
        for (source, line) in cleaner.sources.iter_mut().zip(lines) {
            source.line = line.defined.line();
        }
    };
    note(&mut config.cleaner, &whole);
    for (id, found) in whole.sites.iter().flatten() {
        if let Some(site) = config.sites.get_mut(id) {
            note(&mut site.cleaner, found);
        }
    }
}
