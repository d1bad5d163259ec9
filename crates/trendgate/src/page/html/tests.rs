//! A page of a dataset whose names are markup: they stay text.

use super::*;
use crate::page::{Trouble, fixture};
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
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(
        facts
            .findings
            .stretches
            .keys()
            .any(|(_, trouble)| *trouble == Trouble::Silent)
    );
}
