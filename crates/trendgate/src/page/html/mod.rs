//! Facts → HTML. All text goes through the templates' escaping, and what a browser or a terminal would obey is written out.
//!
//! Enters: [`PageFacts`], or the lines of many sites. Leaves: a whole document. Figures carry `data-` attributes, so that a program can read
//! them back. What people decide by comes first, then what people mend by.

mod account;
mod cells;
mod first;
mod index;
mod lineage;
mod machines;
mod maps;
mod plot;
mod points;
mod summary;

pub use index::{SiteLine, index};

use super::facts::PageFacts;
use crate::error::Result;
use crate::escape::escaped_lines;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style of all pages.
const STYLE: &str = include_str!("page.css");
/// The script of all pages.
const SCRIPT: &str = include_str!("page.js");
/// What a browser may do for a page: show what is in it.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The sections of a page, by their names in it, in their order.
const SECTIONS: [(&str, &str); 10] = [
    ("first", "Look at first"),
    ("sources", "Sources"),
    ("maps", "Maps"),
    ("points", "Flagged points"),
    ("machines", "Machines"),
    ("meters", "Meters"),
    ("losses", "Losses"),
    ("warnings", "Warnings"),
    ("changed", "Changes"),
    ("lineage", "Lineage"),
];

/// The page of a site. `overview` is the address of the page of all sites, if it is one of several.
///
/// # Errors
/// [`Bug`](crate::ErrorKind::Bug) where a picture cannot be encoded.
///
/// ```
/// use trendgate::{RunOptions, Site, Watch, page, time};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let facts = site.page(None, time::now())?;
/// let page = page::render(&facts, Some("index.html"))?;
/// assert!(page.contains("PLANT") && page.contains("index.html"));
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn render(facts: &PageFacts, overview: Option<&str>) -> Result<String> {
    let title = format!("{} \u{b7} Trendgate", facts.snapshot.site);
    let body = html! {
        nav aria-label="Sections" {
            @if let Some(overview) = overview { a href=(overview) { "All sites" } }
            @for (id, name) in SECTIONS { a href={ "#" (id) } { (name) } }
        }
        main {
            (summary::header(facts))
            p.part { "For a decision" }
            (summary::tiles(facts))
            (first::section(facts))
            (summary::sources(facts))
            p.part { "For who mends it" }
            (maps::section(facts)?)
            (points::section(facts))
            (machines::section(facts))
            (account::section(facts))
            (lineage::section(facts))
        }
        (footer(facts))
    };
    Ok(document(&title, &body))
}

fn footer(facts: &PageFacts) -> Markup {
    html! {
        footer {
            p {
                "Made by Trendgate " (env!("CARGO_PKG_VERSION")) " at " (cells::minute(facts, facts.now))
                ". Times are those of " b { (facts.clock.zone) } "; a bin is named by its beginning. The page asks no other computer for anything."
            }
        }
    }
}

/// A whole document around a body.
fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Trendgate " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    // In one place, for whatever text from outside is in it: marks that turn letters around, and controls.
    escaped_lines(&page.into_string()).into_owned()
}

#[cfg(test)]
mod tests;
