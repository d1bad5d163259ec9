//! The page of many sites: one line each, those first where someone has to act.

use super::document;
use super::summary::class;
use crate::error::Result;
use crate::model::Flag;
use crate::page::facts::PageFacts;
use crate::page::state::{StateInWords, Urgency};
use crate::pipeline::LastRun;
use crate::publish::{Dirs, History};
use crate::time::{Instant, SECOND};
use crate::verify::freshness;
use crate::wording::{age, count, percent, plural};
use maud::{Markup, html};

/// What the page of many sites says of one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SiteLine {
    /// The site.
    pub(crate) site: String,
    /// How it is.
    pub(crate) urgency: Urgency,
    /// The first reason, or why there is no page.
    pub(crate) reason: String,
    /// The address of its page; nothing where there is none.
    pub(crate) page: Option<String>,
    /// Its figures; nothing where there are none.
    pub(crate) figures: Option<SiteFigures>,
}

/// The figures of a site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SiteFigures {
    /// Its version.
    pub(crate) version: u64,
    /// The rows.
    pub(crate) rows: u64,
    /// The points, and those without any value.
    pub(crate) points: [u64; 2],
    /// The flag that most rows have, and their share; nothing where none has any.
    pub(crate) flagged: Option<(Flag, f64)>,
    /// The newest row of the freshest source.
    pub(crate) newest: Option<Instant>,
}

impl SiteLine {
    /// The line of a site that has a page.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch, page, time};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let facts = site.page(None, time::now())?;
    /// let line = page::SiteLine::of(&facts, "PLANT.html".to_owned());
    /// assert!(page::index(&[line], time::now()).contains("PLANT.html"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "rows are far fewer than 2^53")]
    pub fn of(facts: &PageFacts, page: String) -> Self {
        let points = &facts.findings.points;
        let flags = facts.snapshot.flags();
        let rows = facts.snapshot.rows().max(1) as f64;
        // They are of all rows.
        let flags = flags.iter().filter(|_| facts.range.is_none());
        let most = flags.max_by_key(|(_, rows)| **rows);
        Self {
            site: facts.snapshot.site.clone(),
            urgency: facts.state.urgency,
            reason: facts
                .state
                .reasons
                .first()
                .map_or_else(String::new, |(_, reason)| reason.clone()),
            page: Some(page),
            figures: Some(SiteFigures {
                version: facts.snapshot.version,
                rows: points.rows,
                points: [points.points.len() as u64, points.dead() as u64],
                flagged: most.map(|(flag, with)| (*flag, *with as f64 / rows)),
                newest: facts.sources.first().map(|source| source.last),
            }),
        }
    }

    /// The line of a site that has no row in the range that was asked for: its state is what it is whatever was asked.
    ///
    /// # Errors
    /// As [`History::resume`].
    pub(crate) fn outside(
        dirs: &Dirs,
        site: &str,
        why: &crate::Error,
        now: Instant,
    ) -> Result<Self> {
        let history = History::resume(dirs, site)?;
        let last_run = LastRun::read(dirs, site)?;
        let head = history.head().map(|head| &head.manifest);
        let standing = head.map_or(&[][..], |head| &head.standing);
        let state = StateInWords::of(now, last_run.as_ref(), &freshness(&history), standing, &[]);
        let reasons = state
            .reasons
            .first()
            .map(|(_, reason)| format!("; {reason}"));
        Ok(Self {
            urgency: state.urgency,
            reason: why.message().to_owned() + &reasons.unwrap_or_default(),
            ..Self::failed(site, why)
        })
    }

    /// The line of a site of which no page can be made.
    ///
    /// ```
    /// use trendgate::{Error, page::SiteLine};
    ///
    /// let line = SiteLine::failed("PLANT", &Error::usage("no such folder"));
    /// let page = trendgate::page::index(&[line], trendgate::time::now());
    /// assert!(page.contains("no such folder"));
    /// ```
    #[must_use]
    pub fn failed(site: &str, why: &crate::Error) -> Self {
        Self {
            site: site.to_owned(),
            urgency: Urgency::Act,
            reason: why.to_string(),
            page: None,
            figures: None,
        }
    }
}

/// The page of these sites.
///
/// ```
/// let page = trendgate::page::index(&[], trendgate::time::now());
/// assert!(page.starts_with("<!DOCTYPE html>"));
/// ```
#[must_use]
pub fn index(sites: &[SiteLine], now: Instant) -> String {
    let mut sites: Vec<&SiteLine> = sites.iter().collect();
    sites.sort_by_key(|site| (std::cmp::Reverse(site.urgency), &site.site));
    let of = |urgency: Urgency| sites.iter().filter(|site| site.urgency == urgency).count();
    let heads = [
        ("site", false),
        ("state", false),
        ("why", false),
        ("newest row", true),
        ("rows", true),
        ("points", true),
        ("without values", true),
        ("most frequent flag", true),
        ("version", true),
    ];
    let rows = html! { @for site in &sites { (row(site, now)) } };
    let body = html! {
        main {
            header {
                p.kicker { "Data quality of all sites" }
                h1 { (plural(sites.len() as u64, "site")) }
                p.line {
                    (count(of(Urgency::Act) as u64)) " where someone has to act, " (count(of(Urgency::Look) as u64)) " to look at, "
                    (count(of(Urgency::Good) as u64)) " good."
                }
            }
            (super::cells::table("Sites", &heads, &rows))
        }
        footer { p { "Made by Trendgate " (env!("CARGO_PKG_VERSION")) " at " (now.floor(SECOND)) ". The page asks no other computer for anything." } }
    };
    document("Sites \u{b7} Trendgate", &body)
}

fn row(site: &SiteLine, now: Instant) -> Markup {
    html! {
        tr data-site=(site.site) {
            th scope="row" { @match &site.page { Some(page) => a href=(page) { (site.site) }, None => (site.site) } }
            td data-fact="state" data-value=(class(site.urgency)) { span class={ "state " (class(site.urgency)) } { (site.urgency.name()) } }
            td { (site.reason) }
            @match site.figures {
                Some(figures) => {
                    td.n data-v=[figures.newest.map(|newest| (now - newest).nanos())] { @if let Some(newest) = figures.newest { (age(now - newest)) " ago" } }
                    (super::cells::number("rows", figures.rows))
                    (super::cells::number("points", figures.points[0]))
                    (super::cells::number("dead", figures.points[1]))
                    td.n data-v=(figures.flagged.map_or(0.0, |(_, share)| share)) { @if let Some((flag, share)) = figures.flagged { (flag.name()) " " (percent(share)) } }
                    (super::cells::number("version", figures.version))
                }
                None => { @for _ in 0..6 { td.n {} } }
            }
        }
    }
}
