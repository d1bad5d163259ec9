//! Heads that were read → the head of the next report, where it says the same of its points.
//!
//! Thousands of reports of a site say the same of their points, and differ in the days that they are of. Of each of the last few kinds the lines
//! are kept that say which point a key is, and the header, with the points that were read from them; the lines between are read each time.
//!
//! Enters: the beginning of a text. Leaves: what [`head`](super::head::head) reads from it, or nothing, where it has to be read. Refuses nothing.

use super::furniture::is_trailer;
use super::head::{Preamble, declares_point, header_keys, is_row};
use crate::acquire::fields::{field_texts, without_end};
use crate::acquire::wide::WideHead;
use crate::acquire::{Columns, ReportPoint};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// How many heads are kept.
const MOST: usize = 16;
/// Longer ones are read each time.
const LONGEST: usize = 64 << 10;

/// The latest ones, the last one first. Nobody waits for it: who cannot have it reads the head. In a child that was forked while another thread
/// had it, it is never free again.
static KNOWN: Mutex<VecDeque<Arc<KnownHead>>> = Mutex::new(VecDeque::new());

/// The lines of a head down to the last one that says which point a key is.
#[derive(Debug, Default)]
pub(super) struct Above<'t> {
    pub(super) bytes: usize,
    pub(super) lines: u64,
    /// The title among them.
    pub(super) title: Option<Cow<'t, str>>,
    /// Whether they say anything beside points and a title.
    pub(super) says_more: bool,
}

/// A head that was read.
#[derive(Debug)]
struct KnownHead {
    /// Its lines down to the last one that says which point a key is, how many they are, and the title among them.
    above: String,
    lines: u64,
    title: Option<String>,
    header: String,
    columns: Columns,
    points: Arc<[ReportPoint]>,
}

/// The head of the report that `text` begins with, where its points are those of an earlier one.
pub(super) fn head(text: &str) -> Option<WideHead> {
    let known: Vec<_> = KNOWN.try_lock().ok()?.iter().cloned().collect();
    known.iter().find_map(|known| known.head(text))
}

/// Keeps `head`, which was read from the beginning of `text`; of it, the lines down to the last one about a point are `above`. Its points are one
/// list with those of the head that is kept.
pub(super) fn remember(text: &str, above: Above<'_>, head: WideHead) -> WideHead {
    if above.says_more || head.rows_at > LONGEST {
        return head;
    }
    let (lines, below) = text[..head.rows_at].split_at(above.bytes);
    let header = below.split_inclusive('\n').next_back().unwrap_or_default();
    let known = Arc::new(KnownHead {
        above: lines.to_owned(),
        lines: above.lines,
        title: above.title.map(Into::into),
        header: header.to_owned(),
        columns: head.columns,
        points: Arc::clone(&head.points),
    });
    let Ok(mut all) = KNOWN.try_lock() else {
        return head;
    };
    let same = |other: &&Arc<KnownHead>| other.above == lines && other.header == header;
    // Another thread may have read the same.
    if let Some(known) = all.iter().find(same) {
        let points = Arc::clone(&known.points);
        return WideHead { points, ..head };
    }
    all.push_front(known);
    all.truncate(MOST);
    head
}

impl KnownHead {
    /// The head of a text that begins with the same lines and has the same header, and between them none about points.
    fn head(&self, text: &str) -> Option<WideHead> {
        let between = text.strip_prefix(&*self.above)?;
        let mut preamble = Preamble::default();
        preamble.title = self.title.as_deref().map(Into::into);
        let mut rows_at = self.above.len();
        for (line, header_line) in between.split_inclusive('\n').zip(self.lines + 1..) {
            rows_at += line.len();
            if line == self.header {
                return Some(WideHead {
                    points: Arc::clone(&self.points),
                    title: preamble.title.unwrap_or_default().into_owned(),
                    interval: preamble.interval,
                    date_range: preamble.date_range,
                    header_line,
                    columns: self.columns,
                    rows_at,
                });
            }
            let line = without_end(line.as_bytes());
            let texts = field_texts(line);
            let is_furniture = header_keys(&texts).is_empty() && !is_row(&texts);
            if !is_furniture || declares_point(&texts) || is_trailer(line) {
                return None;
            }
            preamble.take(&texts);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::head::{head, read};
    use crate::acquire::wide::WideHead;
    use crate::error::Result;
    use proptest::prelude::*;
    use std::sync::Arc;

    const TITLE: &str = "\"Key  Name:Suffix\"\r\n";
    const FIRST: &str = "\"Point_1:\",\"A.B\",\"\",\"5 minutes\"\r\n";
    const SECOND: &str = "\"Point_2:\",\"C D\",\"x\",\"COV\"\r\n";
    const OTHER: &str = "\"Point_2:\",\"E\",\"\",\"COV\"\n";
    const BOTH: &str = "\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n";
    const TURNED: &str = "\"<>Date\",\"Time\",\"Point_2\",\"Point_1\"\n";
    const ONE: &str = "\"<>Date\",\"Time\",\"Point_1\"\r\n";
    const BETWEEN: [&str; 9] = [
        "\"Time Interval:\",\"15 Minutes\"\r\n",
        "\"Date Range:\",\"2016/10/10 00:00:00 - 2016/12/10 23:59:59\"\r\n",
        "\"Date Range:\",\"2017/1/1 00:00:00 - 2017/1/2 23:59:59\"\r\n",
        "\"\"\r\n",
        "Date Range:,2017/1/1 00:00:00 - 2017/1/2 23:59:59,,\n",
        "\"2016/10/10\",\"00:00:00\"\r\n",
        "2016/10/10,00:00:00,,\n",
        "\"2016/10/10\",\"00:00:00\",\"1\",\"2\"\r\n",
        " *** End of Report ***\r\n",
    ];

    /// The beginning of a text: mostly a head, with lines where they belong or elsewhere.
    fn any_beginning() -> impl Strategy<Value = String> {
        let above = [
            [TITLE, FIRST, SECOND].concat(),
            [TITLE, FIRST, OTHER].concat(),
            [FIRST, SECOND, TITLE].concat(),
            [TITLE, FIRST].concat(),
            [FIRST, BETWEEN[0], SECOND].concat(),
            TITLE.to_owned(),
        ];
        let between = prop_oneof![
            8 => prop::sample::select(BETWEEN[..5].to_vec()),
            1 => prop::sample::select([&BETWEEN[5..], &[SECOND, BOTH]].concat()),
        ];
        let headers = vec![BOTH, TURNED, ONE, BOTH.trim_end(), ""];
        (
            prop::sample::select(above.to_vec()),
            prop::collection::vec(between, 0..4),
            prop::sample::select(headers),
        )
            .prop_map(|(above, between, header)| above + &between.concat() + header + BETWEEN[7])
    }

    fn said(head: Result<Option<WideHead>>) -> String {
        head.map_or_else(|error| format!("{error}"), |head| format!("{head:?}"))
    }

    #[test]
    fn a_head_that_differs_in_its_days_alone_is_known_by_the_one_before() {
        for (first, second) in [
            (BETWEEN[1], BETWEEN[2]),
            (BETWEEN[4], BETWEEN[1]),
            ("", BETWEEN[0]),
        ] {
            let of = |between: &str| {
                head(&[TITLE, FIRST, SECOND, between, BOTH].concat())
                    .unwrap()
                    .unwrap()
            };
            let (first, second) = (of(first), of(second));
            assert!(Arc::ptr_eq(&first.points, &second.points));
            assert_ne!(
                (first.date_range, first.interval),
                (second.date_range, second.interval)
            );
        }
        let turned = head(&[TITLE, FIRST, SECOND, TURNED].concat())
            .unwrap()
            .unwrap();
        assert_eq!(turned.points[0].id.to_string(), "C D:x");
    }

    proptest! {
        /// Twenty heads in any order are each read as where no other was read before.
        #[test]
        fn a_head_is_read_the_same_whatever_was_read_before(
            texts in prop::collection::vec(any_beginning(), 20)
        ) {
            for text in texts.iter().chain(&texts) {
                let alone = read(text).map(|found| found.map(|(head, _)| head));
                prop_assert_eq!(said(head(text)), said(alone), "{}", text);
            }
        }
    }
}
