//! The law of reading: a piece of a report with its head is read as in the whole, or not read.

use super::*;
use std::collections::BTreeSet;

const START: &str = "2025-10-30T05:00:00Z";

/// Year, month and day in the place of the row's own; `None` where its time is blank.
type OddDate = Option<(i16, i8, i8)>;

/// The rows of one to ten days from there on, as a logger in Chicago writes them.
#[derive(Debug, Clone)]
struct Logged {
    hours: i64,
    step: i64,
    /// How dates are written.
    form: &'static str,
    /// Whether its clock changes with the zone's.
    changes: bool,
    /// Rows whose time is blank or whose date is of another year, by place.
    odd: Vec<(usize, OddDate)>,
    backward: bool,
    ranged: bool,
}

fn logged() -> impl Strategy<Value = Logged> {
    let odd = prop_oneof![
        Just(None),
        prop::sample::select(vec![(2000, 1, 1), (2024, 2, 2), (2089, 3, 3)]).prop_map(Some)
    ];
    (
        (24_i64..240, prop::sample::select(vec![15_i64, 60, 360])),
        prop::sample::select(vec![
            "%-m/%-d/%Y",
            "%-d/%-m/%Y",
            "%Y/%m/%d",
            "%y-%m-%d",
            "%d-%b-%y",
        ]),
        prop::collection::vec((0_usize..400, odd), 0..4),
        any::<[bool; 3]>(),
    )
        .prop_map(
            |((hours, step), form, odd, [changes, backward, ranged])| Logged {
                hours,
                step,
                form,
                changes,
                odd,
                backward,
                ranged,
            },
        )
}

impl Logged {
    /// The head, and its rows.
    fn text(&self) -> (String, Vec<String>) {
        let zone = jiff::tz::TimeZone::get("America/Chicago").unwrap();
        let start: jiff::Timestamp = START.parse().unwrap();
        let local = |minutes: i64| {
            let at = start + jiff::SignedDuration::from_mins(minutes);
            zone.to_offset(if self.changes { at } else { start })
                .to_datetime(at)
        };
        let mut rows: Vec<String> = (0..self.hours * 60 / self.step)
            .map(|row| {
                let at = local(row * self.step);
                let odd = self.odd.iter().find(|(place, _)| *place as i64 == row);
                // Spreadsheets drop the time of every midnight.
                let midnight = self.odd.len() == 1 && at.time() == jiff::civil::Time::midnight();
                let mut date = at.strftime(self.form).to_string();
                let mut time = at.strftime("%H:%M:%S").to_string();
                match odd {
                    Some((_, Some((year, month, day)))) => {
                        let other = jiff::civil::date(*year, *month, *day);
                        date = other.strftime(self.form).to_string();
                    }
                    Some((_, None)) => time.clear(),
                    None if midnight => time.clear(),
                    None => {}
                }
                format!("\"{date}\",\"{time}\",\"{row}\",\"1\"\r\n")
            })
            .collect();
        if self.backward {
            rows.reverse();
        }
        let range = format!(
            "\"Date Range:\",\"{} 00:00:00 - {} 23:59:59\"\r\n",
            local(0).strftime(self.form),
            local(self.hours * 60).strftime(self.form)
        );
        let range = if self.ranged { &*range } else { "" };
        let stated = format!("\"Time Interval:\",\"{} Minutes\"\r\n", self.step);
        (
            PREAMBLE.replace(
                "\"Time Interval:\",\"15 Minutes\"\r\n",
                &format!("{stated}{range}"),
            ),
            rows,
        )
    }
}

fn rows_of(text: &str) -> Option<(BTreeSet<String>, Tally)> {
    let rule = TimeRule {
        not_before: "2001-01-01T00:00:00Z".parse().unwrap(),
        ..rule("America/Chicago")
    };
    let read = read_bytes(
        text.as_bytes(),
        Path::new("a.csv"),
        &rule,
        &ReadOptions::default(),
    );
    let (_, chunks, outcome) = read.ok()?;
    account(&outcome.tally);
    Some((show(&chunks).into_iter().collect(), outcome.tally))
}

proptest! {
    #[test]
    fn a_piece_is_read_as_in_the_whole_or_not_read(logged in logged(), cut in (0_usize..1000, 1_usize..1000)) {
        let (head, rows) = logged.text();
        let from = cut.0 % rows.len();
        let to = (from + cut.1).min(rows.len());
        let Some((whole, tally)) = rows_of(&format!("{head}{}", rows.concat())) else { return Ok(()) };
        let Some((piece, _)) = rows_of(&format!("{head}{}", rows[from..to].concat())) else { return Ok(()) };
        // Of a doubled hour that is cut, and of faults whose neighbours are gone, nobody can tell.
        let is_doubled = |row: &String| ("2025-11-02T06".."2025-11-02T08").contains(&&row[..13]);
        let is_fault = |row: &String| tally.clock.faults > 0 && !row.starts_with("2025-1");
        // Nor of a blank time at an end of the piece, whether it is that of midnight: only one row is left that stands beside it.
        let is_blank = [from, to - 1].iter().any(|row| rows[*row].contains(",\"\","));
        let is_of_blank = |row: &String| is_blank && ["05:00", "06:00"].contains(&&row[11..16]);
        let told = |row: &&String| !is_doubled(row) && !is_fault(row) && !is_of_blank(row);
        for row in piece.iter().filter(told) {
            prop_assert!(whole.contains(row), "{row} is not in the whole");
        }
    }
}
