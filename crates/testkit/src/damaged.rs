//! One good report, and what can befall one → the files of `examples/damaged/`.

use crate::Report;
use crate::prng::SplitMix64;
use crate::scheduler::{Cell, Header, Point};
use encoding_rs::BIG5;
use jiff::ToSpan as _;
use jiff::civil::{DateTime, datetime};

/// Local time of the first row of each.
const START: DateTime = datetime(2026, 2, 9, 0, 0, 0, 0);

const ROWS: u64 = 96;
const STEP_MINUTES: i64 = 15;

/// The files by name; `examples/damaged/README.md` says of each what happens to it.
pub(crate) fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("good.csv", good("GOOD")),
        ("empty.csv", Vec::new()),
        ("noise.csv", noise(&[])),
        ("photo.csv", noise(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01")),
        ("no_rows.csv", lines("NOROWS", |_| Vec::new())),
        ("cut.csv", cut(good("CUT"))),
        ("ragged.csv", lines("RAGGED", ragged)),
        ("cp950.csv", cp950()),
        ("utf16.csv", utf16(&good("UTF16"))),
        ("descending.csv", lines("DESC", descending)),
        ("future.csv", lines("FUTURE", future)),
        ("lf.csv", lf(&good("LF"))),
        ("good_again.csv", good("GOOD")),
        ("other.csv", b"name,value\nalpha,1\nbeta,2\n".to_vec()),
    ]
}

/// A report of one day with two temperatures and a state, whose points begin with `name`.
fn good(name: &str) -> Vec<u8> {
    lines(name, |rows| rows)
}

/// The good report with its rows changed.
fn lines(name: &str, change: impl FnOnce(Vec<String>) -> Vec<String>) -> Vec<u8> {
    let points =
        ["CHWST", "CHWRT", "ST"].map(|what| Point::new(format!("{name}.{what}"), "5 minutes"));
    report(&points, Header::English, ["ON", "OFF"], change)
}

fn report(
    points: &[Point],
    header: Header,
    [on, off]: [&'static str; 2],
    change: impl FnOnce(Vec<String>) -> Vec<String>,
) -> Vec<u8> {
    let end = time(ROWS).saturating_sub(1.second());
    let report = Report::of(points.to_vec()).header(header).range(START, end);
    let mut random = SplitMix64::new(9);
    let cells = |step: u64| {
        let supply = 65 + i64::try_from(random.below(12)).unwrap_or_default();
        let state = if (24..88).contains(&step) { on } else { off };
        let [supply, back] = [supply, supply + 43].map(Cell::Tenths);
        [supply, back, Cell::Text(state)]
    };
    let report = report.every(STEP_MINUTES, START, (0..ROWS).map(cells));
    let rows = change(report.lines()).concat();
    (report.head() + &rows + &report.trailer()).into_bytes()
}

fn time(step: u64) -> DateTime {
    let minutes = i64::try_from(step).unwrap_or_default() * STEP_MINUTES;
    START.saturating_add(minutes.minutes())
}

fn noise(head: &[u8]) -> Vec<u8> {
    let mut random = SplitMix64::new(404);
    let noise = (0..256).flat_map(|_| random.next().to_le_bytes());
    head.iter().copied().chain(noise).collect()
}

/// Ends within the date of row 61, as a copy does when the disk is full: 60 whole rows, no trailer.
fn cut(mut report: Vec<u8>) -> Vec<u8> {
    let rows = b"\"2026/2/9\"";
    let starts = report
        .windows(rows.len())
        .enumerate()
        .filter(|(_, window)| *window == rows);
    let end = starts.map(|(at, _)| at).nth(60).unwrap_or(report.len());
    report.truncate(end + 5);
    report
}

/// One row loses its last cell, another has one too many.
fn ragged(mut rows: Vec<String>) -> Vec<String> {
    if let Some(short) = rows.get_mut(10) {
        short.truncate(short.rfind(',').unwrap_or(0));
        *short += "\r\n";
    }
    if let Some(long) = rows.get_mut(20) {
        long.truncate(long.len() - 2);
        *long += ",\"1.0\"\r\n";
    }
    rows
}

fn descending(mut rows: Vec<String>) -> Vec<String> {
    rows.reverse();
    rows
}

/// More rows of a clock that is wrong than are rejected one by one.
const OF_THE_FUTURE: usize = 17;

/// The last rows come from a logger whose clock is wrong.
fn future(mut rows: Vec<String>) -> Vec<String> {
    for row in rows.iter_mut().rev().take(OF_THE_FUTURE) {
        *row = row.replace("\"2026/", "\"2099/");
    }
    rows
}

/// As after a copy through a tool that takes line ends for its own matter.
fn lf(report: &[u8]) -> Vec<u8> {
    report
        .iter()
        .copied()
        .filter(|byte| *byte != b'\r')
        .collect()
}

fn cp950() -> Vec<u8> {
    let points = ["一號冰機出水溫度", "一號冰機回水溫度", "一號冰機狀態"]
        .map(|name| Point::new(name, "5 minutes"));
    let utf8 = report(&points, Header::Chinese, ["開", "關"], |rows| rows);
    let text = String::from_utf8_lossy(&utf8);
    BIG5.encode(&text).0.into_owned()
}

fn utf16(utf8: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(utf8);
    let bom = std::iter::once(0xfeff);
    bom.chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Vec<u8> {
        let mut files = files();
        let place = files.iter().position(|(n, _)| *n == name).unwrap();
        files.swap_remove(place).1
    }

    fn rows(name: &str) -> Vec<String> {
        let text = String::from_utf8(file(name)).unwrap();
        let rows = text
            .split_inclusive("\r\n")
            .filter(|l| l.starts_with("\"20"));
        rows.map(str::to_owned).collect()
    }

    #[test]
    fn each_file_has_its_damage() {
        assert_eq!(rows("good.csv").len(), 96);
        assert_eq!(file("empty.csv").len(), 0);
        assert!(file("photo.csv").starts_with(b"\xff\xd8\xff"));
        assert_eq!(rows("no_rows.csv").len(), 0);
        let cut = rows("cut.csv");
        assert_eq!((cut.len(), cut[60].as_str()), (61, "\"2026"));
        let commas = |row: &String| row.matches(',').count();
        let ragged: Vec<usize> = rows("ragged.csv")
            .iter()
            .map(commas)
            .filter(|n| *n != 4)
            .collect();
        assert_eq!(ragged, [3, 5]);
        assert!(rows("descending.csv")[0].starts_with("\"2026/2/9\",\"23:45:00\""));
        let future = rows("future.csv");
        assert_eq!(
            future
                .iter()
                .filter(|row| row.starts_with("\"2099/"))
                .count(),
            OF_THE_FUTURE
        );
    }

    #[test]
    fn line_ends_and_copies_are_what_their_names_say() {
        let lf = file("lf.csv");
        assert!(!lf.contains(&b'\r'));
        assert_eq!(lf.iter().filter(|byte| **byte == b'\n').count(), 9 + 96 + 1);
        assert_eq!(file("good_again.csv"), file("good.csv"));
        assert_ne!(file("cut.csv"), file("good.csv"));
    }

    #[test]
    fn the_two_encodings_hold_the_text_of_the_good_report() {
        let cp950 = file("cp950.csv");
        let (text, lost) = BIG5.decode_without_bom_handling(&cp950);
        assert!(!lost && text.contains("\"<>日期\",\"時間\"") && text.contains("\"關\""));
        let utf16 = file("utf16.csv");
        assert_eq!(utf16[..2], [0xff, 0xfe]);
        let units: Vec<u16> = utf16[2..]
            .chunks(2)
            .map(|u| u16::from_le_bytes([u[0], u[1]]))
            .collect();
        assert_eq!(
            String::from_utf16(&units).unwrap().as_bytes(),
            good("UTF16")
        );
    }
}
