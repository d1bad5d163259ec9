//! The bytes of a head → how the report's text is encoded, as far as they prove it.
//!
//! ```text
//! byte order mark, or every second byte zero ─▶ UTF-8, UTF-16
//! names of points: ASCII, or UTF-8           ─▶ UTF-8; other bytes further down are the business of their cells
//!                  CP950, under a zone that writes it, and only if no other reading is as good ─▶ CP950
//!                  anything else             ─▶ refused, with the names under each candidate
//! ```
//!
//! The head alone decides: rows that a sample happens to hold, or a stray byte among them, must not change how names are read.

use super::dialects::{self, HeadTexts};
use super::text::Encoding;
use crate::error::{Error, Result};
use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1252};
use jiff::tz::TimeZone;
use std::ops::RangeInclusive;

/// Zones where reports are written in Big5, as Windows code page 950 has it.
const BIG5_ZONES: [&str; 6] = [
    "Asia/Taipei",
    "ROC",
    "Asia/Hong_Kong",
    "Hongkong",
    "Asia/Macau",
    "Asia/Macao",
];

/// The characters of Big5 in frequent use.
const BIG5_FREQUENT: RangeInclusive<u16> = 0xA440..=0xC67E;
/// Those of GBK.
const GBK_FREQUENT: RangeInclusive<u16> = 0xB0A1..=0xD7F9;

/// How many names an error shows under each candidate.
const SHOWN_NAMES: usize = 5;

/// The encoding of a text that begins with `raw`, of a site in `zone`.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where names of points can be read in several ways.
pub(super) fn detect(raw: &[u8], zone: &TimeZone) -> Result<Encoding> {
    if let Some(marked) = Encoding::marked(raw) {
        return Ok(marked);
    }
    if std::str::from_utf8(raw).is_ok() {
        return Ok(Encoding::Utf8);
    }
    let Some(head) = dialects::head_texts(raw) else {
        // What is wrong with it is said when it is to be recognised.
        return Ok(Encoding::Utf8);
    };
    of_head(&head, zone)
}

fn of_head(head: &HeadTexts<'_>, zone: &TimeZone) -> Result<Encoding> {
    let HeadTexts {
        names,
        others,
        first_name,
    } = head;
    let writes_big5 = zone
        .iana_name()
        .is_some_and(|zone| BIG5_ZONES.contains(&zone));
    let is_cp950 = |texts: &[&[u8]]| {
        writes_big5 && is_of(texts, &BIG5_FREQUENT) && !is_of(texts, &GBK_FREQUENT)
    };
    let judged = if names.is_empty() { others } else { names };
    if judged.iter().all(|text| std::str::from_utf8(text).is_ok()) {
        Ok(Encoding::Utf8)
    } else if is_cp950(judged) {
        Ok(Encoding::Cp950)
    } else if names.is_empty() {
        Ok(Encoding::Utf8)
    } else {
        Err(in_doubt(names, writes_big5).line(*first_name))
    }
}

/// Whether there are characters beyond ASCII in `texts`, all of two bytes, and all in `plane`.
fn is_of(texts: &[&[u8]], plane: &RangeInclusive<u16>) -> bool {
    let mut met = false;
    for text in texts {
        let mut bytes = text.iter();
        while let Some(lead) = bytes.next() {
            if lead.is_ascii() {
                continue;
            }
            let Some(trail) = bytes.next() else {
                return false;
            };
            let is_trail = match plane {
                plane if *plane == GBK_FREQUENT => *trail >= 0xA1,
                _ => matches!(trail, 0x40..=0x7E | 0xA1..=0xFE),
            };
            if !is_trail || !plane.contains(&u16::from_be_bytes([*lead, *trail])) {
                return false;
            }
            met = true;
        }
    }
    met
}

/// The refusal of a head whose names beyond ASCII are `names`.
fn in_doubt(names: &[&[u8]], writes_big5: bool) -> Error {
    let mut candidates = vec![
        ("CP950", BIG5),
        ("GBK", GBK),
        ("Shift-JIS", SHIFT_JIS),
        ("EUC-KR", EUC_KR),
    ];
    if !writes_big5 {
        candidates.push(("Windows-1252", WINDOWS_1252));
    }
    let readings = candidates.into_iter().filter_map(|(label, encoding)| {
        let names = (names.iter().copied())
            .map(|name| encoding.decode_without_bom_handling_and_without_replacement(name));
        Some((label, names.collect::<Option<Vec<_>>>()?))
    });
    let readings: Vec<_> = readings.collect();
    let first = readings
        .iter()
        .map(|(label, names)| format!("{:?} ({label})", names[0]));
    let first = first.collect::<Vec<_>>().join(", ");
    let lines = readings.iter().map(|(label, names)| {
        let names: Vec<&str> = names.iter().take(SHOWN_NAMES).map(|name| &**name).collect();
        format!("{label}: {}", names.join(", "))
    });
    Error::input(format!(
        "the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be {}",
        if first.is_empty() { "nothing that is known" } else { &first }
    ))
    .excerpt(lines.collect::<Vec<_>>())
    .hint("export the report as UTF-8; CP950 is believed under a time zone of Taiwan, Hong Kong or Macau, where all names are in its usual characters and not as well in GBK's")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 3] = [
            b"Key\r\n\"Point_1:\",\"",
            name,
            b"\",\"\",\"5 minutes\"\r\n\"Date\",\"Time\",\"Point_1\"\r\n\"2016/10/10\",\"00:00:00\",\"1\"\r\n",
        ];
        parts.concat()
    }

    fn detected(raw: &[u8], zone: &str) -> std::result::Result<Encoding, String> {
        detect(raw, &TimeZone::get(zone).unwrap()).map_err(|error| error.to_string())
    }

    fn big5(text: &str) -> Vec<u8> {
        BIG5.encode(text).0.into_owned()
    }

    fn gbk(text: &str) -> Vec<u8> {
        GBK.encode(text).0.into_owned()
    }

    #[test]
    fn cp950_is_believed_where_it_is_written_and_nothing_else_is_as_good() {
        let name = head(&big5("1號冰水主機"));
        for zone in BIG5_ZONES {
            assert_eq!(detected(&name, zone), Ok(Encoding::Cp950), "{zone}");
        }
        for zone in ["UTC", "Asia/Shanghai", "Europe/Zurich"] {
            let refusal = detected(&name, zone).unwrap_err();
            assert!(refusal.contains("\"1號冰水主機\" (CP950)"), "{refusal}");
        }
        // A name that is as usual in the one as in the other.
        let both = gbk("冰水");
        assert!(is_of(&[&both], &GBK_FREQUENT));
        let tied = [0xB0, 0xA1, 0xB6, 0xA7];
        assert!(detected(&head(&tied), "Asia/Taipei").is_err());
    }

    #[test]
    fn names_that_are_in_no_proved_encoding_are_shown_under_each_candidate() {
        insta::assert_snapshot!(detected(&head(&gbk("冷冻水供水温度")), "Asia/Taipei").unwrap_err(), @r#"the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be "濮雲阨鼎阨恲僅" (CP950), "冷冻水供水温度" (GBK), "ﾀ荼ｳﾋｮｹｩﾋｮﾎﾂｶﾈ" (Shift-JIS), "잤떨彊묩彊侊똑" (EUC-KR)"#);
        insta::assert_snapshot!(detected(&head(b"K\xFChler"), "Europe/Zurich").unwrap_err(), @r#"the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be "K𢞴ler" (CP950), "K黨ler" (GBK), "Kühler" (Windows-1252)"#);
    }

    #[test]
    fn a_head_of_ascii_or_utf_8_is_utf_8_whatever_its_rows_hold() {
        for name in ["A.B", "冰水溫度", "Kühler"] {
            let mut text = head(name.as_bytes());
            assert_eq!(detected(&text, "Asia/Taipei"), Ok(Encoding::Utf8));
            text.extend_from_slice(b"\"2016/10/10\",\"00:15:00\",\"20.5 \xB0C\"\r\n");
            assert_eq!(detected(&text, "Asia/Taipei"), Ok(Encoding::Utf8));
            text.extend_from_slice(&big5("\"2016/10/10\",\"00:30:00\",\"停止\"\r\n"));
            assert_eq!(detected(&text, "Asia/Taipei"), Ok(Encoding::Utf8));
        }
    }

    #[test]
    fn words_of_a_head_whose_names_are_ascii_never_refuse_it() {
        let text = |interval: &[u8]| {
            let end = "\r\nDate,Time,Point_1\r\n2016/10/10,00:00:00,1\r\n".as_bytes();
            [b"Point_1:,A\r\n".as_slice(), interval, b":,15 Minutes", end].concat()
        };
        let interval = text(&big5("時間間隔"));
        assert_eq!(detected(&interval, "Asia/Taipei"), Ok(Encoding::Cp950));
        assert_eq!(detected(&interval, "Europe/Zurich"), Ok(Encoding::Utf8));
        assert_eq!(
            detected(&text(&gbk("时间间隔")), "Asia/Taipei"),
            Ok(Encoding::Utf8)
        );
    }

    #[test]
    fn utf_16_is_known_without_its_mark() {
        let text = String::from_utf8(head("冰水溫度".as_bytes())).unwrap();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detected(&little, "UTC"), Ok(Encoding::Utf16Le));
        assert_eq!(detected(&big, "UTC"), Ok(Encoding::Utf16Be));
    }
}
