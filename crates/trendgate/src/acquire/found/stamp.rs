//! The text of a time → the formats in which it may be written, the likeliest first.
//!
//! A text is cut into numbers, words and signs, and each is given the word of a format that reads it. What the text leaves open, as the order of
//! day and month, comes as several formats; the reader itself confirms each.

mod words;

use super::super::dates::{StampFormat, is_half_of_day, is_month};
use std::fmt::Write as _;
pub(super) use words::is_weekday;
use words::is_zone;

/// Longer texts are no times.
const LONGEST: usize = 64;
/// The numbers of seconds, of 2000 and of 2100.
const SECONDS: std::ops::Range<f64> = 946_684_800.0..4_102_444_800.0;
/// The numbers by which spreadsheets know the days of these years.
const SERIALS: std::ops::Range<f64> = 36_526.0..73_051.0;

/// What of a time a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// A date and a time of day, or an instant.
    Both,
    /// A date alone.
    Date,
    /// A time of day alone.
    Time,
}

/// A format in which a text is a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FormatCandidate {
    pub(super) holds: Holds,
    pub(super) format: String,
}

impl FormatCandidate {
    /// What reads it; of a time of day alone, behind a date that is always the same.
    pub(super) fn reader(&self) -> Option<StampFormat> {
        match self.holds {
            Holds::Time => format!("%F {}", self.format).parse().ok(),
            Holds::Both | Holds::Date => self.format.parse().ok(),
        }
    }

    /// Whether it is a number, which may as well be none of a time.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.format.as_str(), "epoch_s" | "epoch_ms" | "excel")
    }
}

/// Whether `format` reads `text`.
pub(super) fn reads(reader: &StampFormat, holds: Holds, text: &str) -> bool {
    match holds {
        Holds::Time => reader
            .read(format!("2000-01-01 {text}").as_bytes())
            .is_some(),
        Holds::Both | Holds::Date => reader.read(text.as_bytes()).is_some(),
    }
}

/// The formats in which `text` is a time.
pub(super) fn candidates(text: &str) -> Vec<FormatCandidate> {
    let text = text.trim();
    if text.len() > LONGEST || !text.contains(|letter: char| letter.is_ascii_digit()) {
        return Vec::new();
    }
    let mut found = by_number(text);
    if found.is_empty() {
        found = iso(text).into_iter().chain(by_parts(text)).collect();
    }
    found.retain(|candidate| {
        candidate
            .reader()
            .is_some_and(|reader| reads(&reader, candidate.holds, text))
    });
    found
}

fn iso(text: &str) -> Option<FormatCandidate> {
    let bytes = text.as_bytes();
    let is_date = bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-';
    is_date.then(|| FormatCandidate {
        holds: if bytes.len() > 10 {
            Holds::Both
        } else {
            Holds::Date
        },
        format: "iso".to_owned(),
    })
}

/// A number alone: since 1970, since 1899, or the digits of a date.
fn by_number(text: &str) -> Vec<FormatCandidate> {
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',');
    let (Ok(value), true) = (text.replace(',', ".").parse::<f64>(), is_number) else {
        return Vec::new();
    };
    let of = |holds, format: &str| FormatCandidate {
        holds,
        format: format.to_owned(),
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let is_whole = digits == text.len();
    let mut found = Vec::new();
    match digits {
        8 if is_whole => found.push(of(Holds::Date, "%Y%m%d")),
        // Seconds since 1970 begin so in 2030 and later.
        10 if is_whole && is_date_and_hour(text) => return vec![of(Holds::Both, "%Y%m%d%H")],
        12 if is_whole => found.push(of(Holds::Both, "%Y%m%d%H%M")),
        14 if is_whole => found.push(of(Holds::Both, "%Y%m%d%H%M%S")),
        _ => {}
    }
    if SECONDS.contains(&value) {
        found.push(of(Holds::Both, "epoch_s"));
    } else if SECONDS.contains(&(value / 1e3)) {
        found.push(of(Holds::Both, "epoch_ms"));
    } else if SERIALS.contains(&value) {
        found.push(of(
            if is_whole { Holds::Date } else { Holds::Both },
            "excel",
        ));
    }
    found
}

/// Whether ten digits are those of a year, a month, a day and an hour.
fn is_date_and_hour(digits: &str) -> bool {
    let number = |from: usize| digits.get(from..from + 2).and_then(|two| two.parse().ok());
    let is_within = |from: usize, range: std::ops::RangeInclusive<u8>| {
        number(from).is_some_and(|number: u8| range.contains(&number))
    };
    is_within(0, 19..=20) && is_within(4, 1..=12) && is_within(6, 1..=31) && is_within(8, 0..=24)
}

/// A part of the text of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number(usize),
    Word(String),
    Sign(char),
    Blank,
}

/// Signs of dates and times in East Asian texts: each stands behind its number.
const MARKS: [char; 12] = [
    '年', '月', '日', '時', '时', '分', '秒', '년', '월', '일', '시', '초',
];
const HALVES: [&str; 10] = [
    "上午", "下午", "午前", "午後", "오전", "오후", "a.m.", "p.m.", "A.M.", "P.M.",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |is: fn(char) -> bool| rest.find(|letter| !is(letter)).unwrap_or(rest.len());
        let half = HALVES.iter().find(|half| rest.starts_with(**half));
        let (token, length) = match first {
            '0'..='9' => {
                let digits = run(|letter| letter.is_ascii_digit());
                (Token::Number(digits), digits)
            }
            _ if half.is_some() => {
                let half = half.map_or("", |half| half);
                (Token::Word(half.to_owned()), half.len())
            }
            letter if MARKS.contains(&letter) => (Token::Sign(letter), letter.len_utf8()),
            letter if letter.is_alphabetic() => {
                let end = run(char::is_alphabetic);
                let end = rest[..end].find(MARKS).unwrap_or(end);
                (Token::Word(rest[..end].to_owned()), end)
            }
            letter if letter.is_whitespace() => (Token::Blank, run(char::is_whitespace)),
            letter => (Token::Sign(letter), letter.len_utf8()),
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

/// What the parts of a text are read as; `None` for the numbers of a date, which may be in several orders.
struct StampParts {
    tokens: Vec<Token>,
    words: Vec<Option<String>>,
    has_time: bool,
    has_month: bool,
}

fn by_parts(text: &str) -> Vec<FormatCandidate> {
    let tokens = tokens(text);
    let mut parts = StampParts {
        words: vec![None; tokens.len()],
        tokens,
        has_time: false,
        has_month: false,
    };
    let last_of_time = parts.time();
    if parts.said_words(last_of_time).is_none() {
        return Vec::new();
    }
    let numbers: Vec<usize> = (0..parts.tokens.len())
        .filter(|at| matches!(parts.tokens[*at], Token::Number(_)) && parts.words[*at].is_none())
        .collect();
    let holds = match (numbers.is_empty(), parts.has_time) {
        (true, true) if !parts.has_month => Holds::Time,
        (true, _) => return Vec::new(),
        (false, true) => Holds::Both,
        (false, false) => Holds::Date,
    };
    let orders = match holds {
        Holds::Time => vec![Vec::new()],
        Holds::Both | Holds::Date => parts.orders(&numbers),
    };
    let written = |order: Vec<&str>| FormatCandidate {
        holds,
        format: parts.format(&numbers, &order),
    };
    orders.into_iter().map(written).collect()
}

impl StampParts {
    fn digits(&self, at: usize) -> usize {
        match self.tokens.get(at) {
            Some(Token::Number(digits)) => *digits,
            _ => 0,
        }
    }

    fn is_sign(&self, at: usize, signs: &[char]) -> bool {
        matches!(self.tokens.get(at), Some(Token::Sign(sign)) if signs.contains(sign))
    }

    fn is_half(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Word(word)) if is_half_of_day(word.as_bytes()))
    }

    /// Finds the time of day; its last token.
    fn time(&mut self) -> usize {
        const HOUR: [char; 4] = [':', '時', '时', '시'];
        const MINUTE: [char; 2] = [':', '分'];
        let is_time = |at: &usize| {
            (1..=2).contains(&self.digits(*at))
                && self.is_sign(at + 1, &HOUR)
                && (1..=2).contains(&self.digits(at + 2))
        };
        let Some(at) = (0..self.tokens.len()).find(is_time) else {
            return 0;
        };
        let is_of_half = (0..self.tokens.len()).any(|place| self.is_half(place));
        let mut last = at + 2;
        self.words[at] = Some(if is_of_half { "%I" } else { "%H" }.to_owned());
        self.words[last] = Some("%M".to_owned());
        if self.is_sign(last + 1, &MINUTE) && (1..=2).contains(&self.digits(last + 2)) {
            last += 2;
            self.words[last] = Some("%S".to_owned());
            if self.is_sign(last + 1, &['.', ',']) && (1..=9).contains(&self.digits(last + 2)) {
                last += 2;
                self.words[last] = Some("%f".to_owned());
            }
        }
        self.has_time = true;
        last
    }

    /// Says what each word is, and how far from UTC the clock is; `None` where one of them is of no time.
    fn said_words(&mut self, last_of_time: usize) -> Option<()> {
        let is_month_word = |token: &Token| matches!(token, Token::Word(word) if is_month(word));
        let months = self
            .tokens
            .iter()
            .filter(|token| is_month_word(token))
            .count();
        let (mut at, mut has_offset) = (0, false);
        while at < self.tokens.len() {
            if let Token::Word(word) = self.tokens[at].clone() {
                if has_offset {
                    // The name of a zone behind an offset says nothing more.
                    self.words[at] = Some(word);
                    at += 1;
                    continue;
                }
                let behind = self.has_time && at > last_of_time;
                // "Mar" is a Tuesday, too, where the name of a month follows.
                let is_weekday = is_weekday(&word)
                    || months > 1 && !self.has_month && is_month(&word) && at == 0;
                let said = if self.is_half(at) && self.has_time {
                    "%p"
                } else if is_weekday && !(months == 1 && is_month(&word)) {
                    "%a"
                } else if is_month(&word) && !self.has_month {
                    self.has_month = true;
                    "%b"
                } else if word == "T" && !behind && at > 0 {
                    "T"
                } else if matches!(&*word, "Z" | "z") && behind {
                    has_offset = true;
                    "%z"
                } else if behind && is_zone(&word) {
                    at += self.zone_tail(at);
                    "%Z"
                } else {
                    return None;
                };
                let place = self.words[at].is_none().then_some(at)?;
                self.words[place] = Some(said.to_owned());
            } else if self.has_time && at > last_of_time && self.is_sign(at, &['+', '-']) {
                at = self.offset(at)?;
                has_offset = true;
            }
            at += 1;
        }
        Some(())
    }

    /// `GMT+8`: the tokens behind the word that belong to it, which say nothing more.
    fn zone_tail(&mut self, at: usize) -> usize {
        let has_number = self.is_sign(at + 1, &['+', '-']) && self.digits(at + 2) > 0;
        if !has_number {
            return 0;
        }
        self.words[at] = Some(String::new());
        self.words[at + 1] = Some(String::new());
        2
    }

    /// `+01:00`, `+0100`, `+01` at `at`; where it ends.
    fn offset(&mut self, at: usize) -> Option<usize> {
        let last = match (
            self.digits(at + 1),
            self.is_sign(at + 2, &[':']),
            self.digits(at + 3),
        ) {
            (2, true, 2) => at + 3,
            (2 | 4, false, _) => at + 1,
            _ => return None,
        };
        for place in at..last {
            self.words[place] = Some(String::new());
        }
        self.words[last] = Some("%z".to_owned());
        Some(last)
    }

    /// The orders in which the numbers of the date may be.
    fn orders(&self, numbers: &[usize]) -> Vec<Vec<&'static str>> {
        let digits: Vec<usize> = numbers.iter().map(|at| self.digits(*at)).collect();
        let short = |at: usize| (1..=2).contains(&digits[at]);
        let marked = |at: usize, marks: &[char]| self.is_sign(numbers[at] + 1, marks);
        if let [8] = digits[..] {
            return vec![vec!["%Y%m%d"]];
        }
        if self.has_month && numbers.len() == 2 {
            return match digits[..] {
                [4, 1 | 2] => vec![vec!["%Y", "%d"]],
                [1 | 2, 4] => vec![vec!["%d", "%Y"]],
                [1 | 2, 2] => vec![vec!["%d", "%y"]],
                _ => Vec::new(),
            };
        }
        if numbers.len() != 3 || self.has_month {
            return Vec::new();
        }
        if marked(0, &['年', '년']) {
            let year = if digits[0] == 4 { "%Y" } else { "%EY" };
            return vec![vec![year, "%m", "%d"]];
        }
        let dots = numbers
            .iter()
            .filter(|at| self.is_sign(**at + 1, &['.']))
            .count();
        match digits[..] {
            [4, _, _] if short(1) && short(2) => vec![vec!["%Y", "%m", "%d"]],
            [3, _, _] if short(1) && short(2) => vec![vec!["%EY", "%m", "%d"]],
            [_, _, 4] if short(0) && short(1) => {
                vec![vec!["%m", "%d", "%Y"], vec!["%d", "%m", "%Y"]]
            }
            // Nobody who sets dots puts the month first.
            [1 | 2, 1 | 2, 2] if dots >= 2 => vec![vec!["%d", "%m", "%y"]],
            [1 | 2, 1 | 2, 2] => {
                vec![
                    vec!["%m", "%d", "%y"],
                    vec!["%d", "%m", "%y"],
                    vec!["%y", "%m", "%d"],
                ]
            }
            _ => Vec::new(),
        }
    }

    fn format(&self, numbers: &[usize], order: &[&str]) -> String {
        let mut format = String::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let of_date = numbers.iter().position(|number| *number == at);
            let of_date = of_date.and_then(|place| order.get(place));
            match (of_date, &self.words[at], token) {
                (Some(word), ..) => format.push_str(word),
                (None, Some(word), _) => format.push_str(word),
                (None, None, Token::Blank) => format.push(' '),
                (None, None, Token::Sign('%')) => format.push_str("%%"),
                // Writing to a String cannot fail.
                (None, None, Token::Sign(sign)) => drop(write!(format, "{sign}")),
                (None, None, Token::Number(_) | Token::Word(_)) => {}
            }
        }
        format
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let all: Vec<String> = candidates(text)
            .into_iter()
            .map(|candidate| candidate.format)
            .collect();
        all.join(" | ")
    }

    #[test]
    fn texts_of_times_say_how_they_are_written() {
        for (text, expected) in [
            ("4/3/2019 23:50", "%m/%d/%Y %H:%M | %d/%m/%Y %H:%M"),
            ("4/13/2019 23:50", "%m/%d/%Y %H:%M"),
            ("01/15/2026 11:00:00 PM", "%m/%d/%Y %I:%M:%S %p"),
            ("1/2/26 1:05 a.m.", "%m/%d/%y %I:%M %p | %d/%m/%y %I:%M %p"),
            ("31.03.2026 01:30:00", "%d.%m.%Y %H:%M:%S"),
            ("01.02.24 00:00", "%d.%m.%y %H:%M"),
            ("2024-02-01T07:05:00+01:00", "iso | %Y-%m-%dT%H:%M:%S%z"),
            ("2024-02-01 07:05:00.125", "iso | %Y-%m-%d %H:%M:%S.%f"),
            ("2024-2-1 7:05", "%Y-%m-%d %H:%M"),
            ("2024/02/01 07:05", "%Y/%m/%d %H:%M"),
            ("01-Sep-24 12:00 AM SGT", "%d-%b-%y %I:%M %p %Z"),
            ("15-May-25 12:30:01 PM WEST", "%d-%b-%y %I:%M:%S %p %Z"),
            ("Sep 1, 2024 13:00", "%b %d, %Y %H:%M"),
            ("Fri Mar 1 2024 13:00:00", "%a %b %d %Y %H:%M:%S"),
            ("Montag, 1. März 2024 13:00", "%a, %d. %b %Y %H:%M"),
            ("2024/3/1 下午 01:05:00", "%Y/%m/%d %p %I:%M:%S"),
            ("2024/3/1 上午01:05", "%Y/%m/%d %p%I:%M"),
            ("113/03/01 13:05", "%EY/%m/%d %H:%M"),
            ("2024年3月1日 13時05分", "%Y年%m月%d日 %H時%M分"),
            ("2024/3/1(五) 13:05", "%Y/%m/%d(%a) %H:%M"),
            (
                "2025-07-07T00:00:00-04:00 New_York",
                "%Y-%m-%dT%H:%M:%S%z New_York",
            ),
            ("20240301", "%Y%m%d"),
            ("2024010100", "%Y%m%d%H"),
            ("20240301 13:05", "%Y%m%d %H:%M"),
            ("202403011305", "%Y%m%d%H%M"),
            ("1704096000", "epoch_s"),
            ("1704096000.25", "epoch_s"),
            ("1704096000000.0", "epoch_ms"),
            ("45964.91666666666", "excel"),
            ("23:50", "%H:%M"),
            ("11:50:01 PM", "%I:%M:%S %p"),
            ("5/3/2019", "%m/%d/%Y | %d/%m/%Y"),
            ("2024-03-01", "iso | %Y-%m-%d"),
            ("2024-03-01 24:00", "iso | %Y-%m-%d %H:%M"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        for text in [
            "",
            "12",
            "AHU 1",
            "1.5",
            "10.2.3.4",
            "Room 1:20",
            "-",
            "2024",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }
}
