//! A dataset → one page that a person reads: how the site is, what is flagged and why, what was lost, what it was made of.
//!
//! ```text
//! log, manifests ──────────────┐
//! parts, evidence ─ walk ─ findings ─ plots ─▶ PageFacts ─ html ─▶ one file
//! ```
//!
//! Enters: a site, a range of time, the present. Leaves: [`PageFacts`], and [`render`]ed, a page of HTML that asks nobody for anything:
//! style, script, pictures and plots are in it, and it says so in a policy that the browser holds it to. Without a script everything is
//! there to read; with it, tables sort and filter. Text from outside becomes text of the page in one place (`html`), whatever it
//! contains. Memory holds counts by point and day, not rows. Refused: a site without a version.
//!
//! What proves it: figures equal those of manifests and of `points` (tests of `facts`), pixels equal counts from the evidence (`maps`), at
//! most 60 plots of at most 2 000 points (`series`), names that are markup stay text (`html`), and `checks/test_page.py` reads the
//! figures back from the page and opens it in a browser.

mod beginnings;
mod clock;
mod facts;
mod findings;
mod html;
mod limits;
mod losses;
mod machines;
mod maps;
mod series;
mod state;
mod stretches;
mod walk;

pub use facts::PageFacts;
pub use html::{SiteLine, index, render};

#[cfg(test)]
use series::{MOST_PLOTS, MOST_POINTS};
#[cfg(test)]
use stretches::Anomaly;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
