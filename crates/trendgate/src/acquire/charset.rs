//! The bytes of a head → how the report's text is encoded, as far as they prove it, or as it is stated.
//!
//! ```text
//! byte order mark, or every second byte zero ─▶ UTF-8, UTF-16
//! names of points: UTF-8                     ─▶ UTF-8; other bytes further down are the business of their cells
//!                  ASCII alone               ─▶ as stated, or as the other texts of the head suggest, else UTF-8
//!                  anything else             ─▶ as stated; CP950, under a zone that writes it, if no other reading is as good;
//!                                               what no candidate reads into other letters; else refused, with the names under each
//! ```
//!
//! The head alone decides: rows that a sample happens to hold, or a stray byte among them, must not change how names are read.

mod country;

use super::dialects::{self, HeadTexts};
use super::encoding::Encoding;
use super::letters::are_text;
use super::stated::StatedReading;
use crate::error::{Error, Result};
use country::{COUNTRIES, Country};
use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS};
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// The characters of Big5 in frequent use.
const BIG5_FREQUENT: RangeInclusive<u16> = 0xA440..=0xC67E;
/// The characters of GBK in frequent use.
const GBK_FREQUENT: RangeInclusive<u16> = 0xB0A1..=0xD7F9;

/// How many names an error shows under each candidate.
const SHOWN_NAMES: usize = 5;

/// The encoding of a text that begins with `raw`, of which this is `stated`, of a site in `zone`. It has no byte order mark.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) where names of points can be read in several ways, or prove another encoding than the one stated.
pub(super) fn detect(raw: &[u8], stated: &StatedReading, zone: &TimeZone) -> Result<Encoding> {
    let (stated, table) = (stated.encoding, stated.table.as_deref());
    if stated.is_none() && std::str::from_utf8(raw).is_ok() {
        return Ok(Encoding::Utf8);
    }
    if let Some(stated @ (Encoding::Utf16Le | Encoding::Utf16Be)) = stated {
        // A head in UTF-16 is known by its zeros, and this one has none.
        return Err(against(stated, Encoding::Utf8));
    }
    let Some(head) = dialects::head_texts(raw, table) else {
        // What is wrong with it is said when it is to be recognised.
        return Ok(stated.unwrap_or(Encoding::Utf8));
    };
    match stated {
        None => of_head(&head, Country::of(zone)),
        Some(stated) => as_stated(&head, stated),
    }
}

/// The refusal of a text whose beginning is marked as another encoding than the one that is stated, if it is.
///
/// # Errors
/// [`Input`](crate::ErrorKind::Input) then.
pub(super) fn hold_against(marked: Encoding, stated: Option<Encoding>) -> Result<()> {
    match stated {
        Some(stated) if !stated.is_like(marked) => Err(against(stated, marked)),
        _ => Ok(()),
    }
}

/// What a text that begins with `raw` is most likely to be in, at a site in `zone`.
pub(super) fn likely(raw: &[u8], zone: &TimeZone) -> Encoding {
    let is_utf8 = match std::str::from_utf8(raw) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    match is_utf8 {
        true => Encoding::Utf8,
        false => only_text(raw, zone)
            .unwrap_or_else(|| Encoding::legacy(Country::of(zone).likely(&[raw]))),
    }
}

/// The only encoding, of those that may be meant in the zone, in which the text that begins with `raw` is letters that people write.
pub(super) fn only_text(raw: &[u8], zone: &TimeZone) -> Option<Encoding> {
    let mut lines: Vec<&[u8]> = raw.split(|byte| *byte == b'\n').collect();
    // The last one may be cut.
    if lines.len() > 1 {
        lines.pop();
    }
    lines.retain(|line| !line.is_ascii());
    let mut texts = candidates(Country::of(zone))
        .into_iter()
        .filter(|candidate| are_text(candidate, &lines) == Some(true));
    let only = texts.next()?;
    texts.next().is_none().then_some(Encoding::legacy(only))
}

/// Whether an encoding is that of the country of a zone.
pub(super) fn is_of_country(encoding: Encoding, zone: &TimeZone) -> bool {
    Encoding::legacy(Country::of(zone).page) == encoding
}

/// Beginnings of a text, in whatever encoding may be meant by it anywhere.
pub(super) fn readings(bytes: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let mut pages = vec![BIG5, GBK, SHIFT_JIS, EUC_KR];
    for (_, _, page) in COUNTRIES {
        if !pages.contains(page) {
            pages.push(page);
        }
    }
    let pages = pages.into_iter();
    let utf8 = std::iter::once_with(|| String::from_utf8_lossy(bytes));
    utf8.chain(pages.map(|page| page.decode_without_bom_handling(bytes).0))
}

/// Whether each character of an encoding is one byte.
pub(super) fn is_of_single_bytes(encoding: Encoding) -> bool {
    match encoding {
        Encoding::Legacy(_) => ![BIG5, GBK, SHIFT_JIS, EUC_KR]
            .into_iter()
            .any(|several| Encoding::legacy(several) == encoding),
        _ => false,
    }
}

fn against(stated: Encoding, proved: Encoding) -> Error {
    Error::input(format!(
        "the text is {proved}, and `encoding` states that it is {stated}"
    ))
    .hint("state the encoding for the files that need it alone: an entry of cleaner.sources with `match:` and `encoding:`")
}

fn as_stated(head: &HeadTexts<'_>, stated: Encoding) -> Result<Encoding> {
    let HeadTexts {
        names, first_name, ..
    } = head;
    let is_utf8 = !names.is_empty() && are_utf8(names);
    if is_utf8 && !stated.is_like(Encoding::Utf8) {
        return Err(against(stated, Encoding::Utf8).line(*first_name));
    }
    let wrong = names.iter().find(|name| decoded(stated, name).is_none());
    match wrong {
        Some(name) => Err(Error::input(format!(
            "the name {:?} of a point is not in {stated}, which `encoding` states",
            String::from_utf8_lossy(name)
        ))
        .line(*first_name)
        .hint("state another encoding, or none")),
        None => Ok(stated),
    }
}

fn of_head(head: &HeadTexts<'_>, country: Country) -> Result<Encoding> {
    let HeadTexts {
        names,
        others,
        first_name,
    } = head;
    let judged = if names.is_empty() { others } else { names };
    let is_cp950 =
        || country.page == BIG5 && is_of(judged, &BIG5_FREQUENT) && !is_of(judged, &GBK_FREQUENT);
    if are_utf8(judged) {
        Ok(Encoding::Utf8)
    } else if is_cp950() {
        Ok(Encoding::CP950)
    } else if names.is_empty() {
        Ok(of_other_texts(others, country))
    } else {
        of_names(names, country).ok_or_else(|| in_doubt(names, country).line(*first_name))
    }
}

/// What the names are in, where it is the likeliest and no other candidate reads them into other letters.
fn of_names(names: &[&[u8]], country: Country) -> Option<Encoding> {
    let likely = country.likely(names);
    let letters = all_decoded(likely, names)?;
    let mut others = candidates(country)
        .into_iter()
        .filter_map(|other| all_decoded(other, names));
    others
        .all(|other| other == letters)
        .then_some(Encoding::legacy(likely))
}

/// What titles and words are in. Nothing but they would be misread: so it is the code page of the country or, as for any stray byte, UTF-8.
fn of_other_texts(texts: &[&[u8]], country: Country) -> Encoding {
    let page = country.page;
    let is_page = page != BIG5 && country.likely(texts) == page;
    match is_page && all_decoded(page, texts).is_some() {
        true => Encoding::legacy(page),
        false => Encoding::Utf8,
    }
}

fn are_utf8(texts: &[&[u8]]) -> bool {
    texts.iter().all(|text| std::str::from_utf8(text).is_ok())
}

/// The encodings that names may be in.
fn candidates(country: Country) -> Vec<&'static encoding_rs::Encoding> {
    let mut candidates = vec![BIG5, GBK, SHIFT_JIS, EUC_KR];
    if !candidates.contains(&country.page) {
        candidates.push(country.page);
    }
    candidates
}

/// `text` in letters; `None` where it is not of the encoding.
fn decoded(encoding: Encoding, text: &[u8]) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::Legacy(legacy) => legacy.letters(text),
        _ => std::str::from_utf8(text).ok().map(Cow::Borrowed),
    }
}

fn all_decoded<'t>(
    encoding: &'static encoding_rs::Encoding,
    texts: &[&'t [u8]],
) -> Option<Vec<Cow<'t, str>>> {
    let encoding = Encoding::legacy(encoding);
    texts.iter().map(|text| decoded(encoding, text)).collect()
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
fn in_doubt(names: &[&[u8]], country: Country) -> Error {
    let readings = candidates(country).into_iter().filter_map(|candidate| {
        Some((
            Encoding::legacy(candidate).name(),
            all_decoded(candidate, names)?,
        ))
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
    let label = readings.first().map_or("windows-1252", |(label, _)| label);
    Error::input(format!(
        "the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be {}",
        if first.is_empty() { "nothing that is known" } else { &first }
    ))
    .excerpt(lines.collect::<Vec<_>>())
    .hint(format!("state the right one, such as `encoding: {}` (of cleaner, or of an entry of cleaner.sources); or export the report as UTF-8", label.to_lowercase()))
    .decided_by("encoding")
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{WINDOWS_1251, WINDOWS_1252};

    fn head(name: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 3] = [
            b"Key\r\n\"Point_1:\",\"",
            name,
            b"\",\"\",\"5 minutes\"\r\n\"Date\",\"Time\",\"Point_1\"\r\n\"2016/10/10\",\"00:00:00\",\"1\"\r\n",
        ];
        parts.concat()
    }

    fn detected(raw: &[u8], zone: &str) -> std::result::Result<Encoding, String> {
        detect(
            raw,
            &StatedReading::default(),
            &TimeZone::get(zone).unwrap(),
        )
        .map_err(|error| error.to_string())
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
        for zone in ["Asia/Taipei", "ROC", "Asia/Hong_Kong", "Asia/Macau"] {
            assert_eq!(detected(&name, zone), Ok(Encoding::CP950), "{zone}");
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
        insta::assert_snapshot!(detected(&head(&gbk("冷冻水供水温度")), "Asia/Taipei").unwrap_err(), @r#"the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be "濮雲阨鼎阨恲僅" (CP950), "冷冻水供水温度" (GBK), "ﾀ荼ｳﾋｮｹｩﾋｮﾎﾂｶﾈ" (Shift_JIS), "잤떨彊묩彊侊똑" (EUC-KR)"#);
        insta::assert_snapshot!(detected(&head(b"K\xFChler"), "Europe/Zurich").unwrap_err(), @r#"the names of the points are not in UTF-8, and nothing proves what else they are in; the first of them may be "K𢞴ler" (CP950), "K黨ler" (GBK), "Kühler" (windows-1252)"#);
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
        assert_eq!(detected(&interval, "Asia/Taipei"), Ok(Encoding::CP950));
        assert_eq!(detected(&interval, "Europe/Zurich"), Ok(Encoding::Utf8));
        let gbk_words = text(&gbk("时间间隔"));
        assert_eq!(detected(&gbk_words, "Asia/Taipei"), Ok(Encoding::Utf8));
        let found = detected(&gbk_words, "Asia/Shanghai");
        assert_eq!(found, Ok(Encoding::legacy(GBK)));
    }

    #[test]
    fn utf_16_is_known_without_its_mark() {
        let text = String::from_utf8(head("冰水溫度".as_bytes())).unwrap();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Encoding::marked(&little), Some(Encoding::Utf16Le));
        assert_eq!(Encoding::marked(&big), Some(Encoding::Utf16Be));
    }

    #[test]
    fn names_that_one_candidate_alone_reads_are_in_that() {
        let latin = Encoding::legacy(WINDOWS_1252);
        // An umlaut at the end is half a character elsewhere.
        for name in [
            b"K\xFChler Men\xFC".as_slice(),
            b"R\xFCcklauf Geb\xE4ude \xDC",
        ] {
            assert_eq!(detected(&head(name), "Europe/Zurich"), Ok(latin));
        }
        let sofia = WINDOWS_1251.encode("Температура на водата, чилър").0;
        let found = detected(&head(&sofia), "Europe/Sofia");
        assert!(found == Ok(Encoding::legacy(WINDOWS_1251)) || found.is_err());
    }

    #[test]
    fn what_is_stated_counts_where_nothing_proves_another() {
        let state = |raw: &[u8], stated| {
            let stated = StatedReading {
                encoding: Some(stated),
                ..StatedReading::default()
            };
            let found = detect(raw, &stated, &TimeZone::UTC);
            found.map_err(|error| error.to_string())
        };
        let (gbk_stated, latin) = (Encoding::legacy(GBK), Encoding::legacy(WINDOWS_1252));
        assert_eq!(state(&head(&gbk("冷冻水")), gbk_stated), Ok(gbk_stated));
        assert_eq!(state(&head(b"K\xFChler"), latin), Ok(latin));
        assert_eq!(state(&head(b"A.B"), latin), Ok(latin));
        let proved = state(&head("冰水".as_bytes()), gbk_stated).unwrap_err();
        assert_eq!(
            proved,
            "the text is UTF-8, and `encoding` states that it is GBK"
        );
        let wrong = state(&head(b"K\xFChler"), Encoding::Utf8).unwrap_err();
        assert!(
            wrong.contains("is not in UTF-8, which `encoding` states"),
            "{wrong}"
        );
        let no_utf16 = state(&head(b"A.B"), Encoding::Utf16Le).unwrap_err();
        assert!(no_utf16.starts_with("the text is UTF-8, and"), "{no_utf16}");
        assert!(hold_against(Encoding::Utf8Bom, Some(Encoding::Utf8)).is_ok());
        assert!(hold_against(Encoding::Utf16Le, Some(Encoding::Utf8)).is_err());
    }
}
