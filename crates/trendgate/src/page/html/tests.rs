//! A page of a dataset whose names are markup: they stay text. The page of many sites.

use super::*;
use crate::Error;
use crate::page::state::Urgency;
use crate::page::{Anomaly, fixture};
use crate::time::Instant;

#[test]
fn names_that_are_markup_stay_text_in_every_language() {
    let site = fixture::with_points(&[
        "<script>alert(1)</script>",
        "a\"b'c&d",
        "冰水機 °C",
        "مضخة\u{202e}x\u{7}",
    ]);
    let facts = PageFacts::gather(&site.dirs, fixture::SITE, None, Instant::EPOCH).unwrap();
    let page = render(&facts, Some("index.html")).unwrap();
    assert!(
        !page.contains("<script>alert"),
        "no markup of a name is markup of the page"
    );
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("a&quot;b'c&amp;d"));
    assert!(page.contains("冰水機 °C"));
    assert!(
        page.contains("مضخة\\u{202e}x\\u{7}"),
        "what a reader would obey is written out"
    );
    assert!(
        page.contains("/in\u{fffd}<"),
        "and what is no text at all is replaced"
    );
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(
        facts
            .findings
            .stretches
            .keys()
            .any(|(_, anomaly)| *anomaly == Anomaly::Silent)
    );
}

#[test]
fn of_many_sites_those_where_someone_has_to_act_come_first_and_one_without_a_page_says_why() {
    let site = fixture::with_points(&["A.TEMP"]);
    let now = "2016-10-12T18:00:00Z".parse().unwrap();
    let facts = PageFacts::gather(&site.dirs, fixture::SITE, None, now).unwrap();
    let good = SiteLine::of(&facts, "site-S.html".to_owned());
    assert_eq!(
        good.urgency,
        Urgency::Good,
        "its newest row is two hours old"
    );
    let figures = good.figures.unwrap();
    assert_eq!((figures.rows, figures.points), (288, [1, 0]));
    let failed = SiteLine::failed("T<1>", &Error::damaged("expected JSON, found noise"));
    let page = index(&[good, failed], now);
    assert!(page.contains("1 where someone has to act, 0 to look at, 1 good."));
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("data-site=\"T&lt;1&gt;\"") < place("data-site=\"S\""));
    assert!(page.contains("expected JSON, found noise"));
    assert!(page.contains("<a href=\"site-S.html\">S</a>"));
}
