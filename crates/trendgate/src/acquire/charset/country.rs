//! The zone of a site → its country, and what texts of that country are written in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
};
use jiff::tz::TimeZone;

/// Zones, the domain of their country, and the code page that Windows has there. All others are taken to be of Western Europe or America.
pub(super) static COUNTRIES: &[(&[&str], &str, &encoding_rs::Encoding)] = &[
    (&["Asia/Taipei", "ROC"], "tw", BIG5),
    (&["Asia/Hong_Kong", "Hongkong"], "hk", BIG5),
    (&["Asia/Macau", "Asia/Macao"], "mo", BIG5),
    (
        &[
            "Asia/Shanghai",
            "Asia/Chongqing",
            "Asia/Chungking",
            "Asia/Harbin",
            "Asia/Urumqi",
            "PRC",
        ],
        "cn",
        GBK,
    ),
    (&["Asia/Tokyo", "Japan"], "jp", SHIFT_JIS),
    (&["Asia/Seoul", "ROK"], "kr", EUC_KR),
    (&["Asia/Bangkok"], "th", WINDOWS_874),
    (&["Asia/Ho_Chi_Minh", "Asia/Saigon"], "vn", WINDOWS_1258),
    (&["Europe/Warsaw", "Poland"], "pl", WINDOWS_1250),
    (&["Europe/Prague"], "cz", WINDOWS_1250),
    (&["Europe/Bratislava"], "sk", WINDOWS_1250),
    (&["Europe/Budapest"], "hu", WINDOWS_1250),
    (&["Europe/Bucharest"], "ro", WINDOWS_1250),
    (&["Europe/Ljubljana"], "si", WINDOWS_1250),
    (&["Europe/Zagreb"], "hr", WINDOWS_1250),
    (&["Europe/Moscow"], "ru", WINDOWS_1251),
    (&["Europe/Minsk"], "by", WINDOWS_1251),
    (&["Europe/Kyiv", "Europe/Kiev"], "ua", WINDOWS_1251),
    (&["Europe/Sofia"], "bg", WINDOWS_1251),
    (&["Europe/Belgrade"], "rs", WINDOWS_1250),
    (&["Europe/Athens"], "gr", WINDOWS_1253),
    (&["Asia/Nicosia", "Europe/Nicosia"], "cy", WINDOWS_1253),
    (&["Europe/Istanbul", "Turkey"], "tr", WINDOWS_1254),
    (
        &["Asia/Jerusalem", "Asia/Tel_Aviv", "Israel"],
        "il",
        WINDOWS_1255,
    ),
    (&["Asia/Dubai"], "ae", WINDOWS_1256),
    (&["Asia/Riyadh"], "sa", WINDOWS_1256),
    (&["Africa/Cairo", "Egypt"], "eg", WINDOWS_1256),
    (&["Europe/Tallinn"], "ee", WINDOWS_1257),
    (&["Europe/Riga"], "lv", WINDOWS_1257),
    (&["Europe/Vilnius"], "lt", WINDOWS_1257),
    (&["Europe/Zurich"], "ch", WINDOWS_1252),
    (&["Europe/Berlin"], "de", WINDOWS_1252),
    (&["Europe/Vienna"], "at", WINDOWS_1252),
    (&["Europe/Paris"], "fr", WINDOWS_1252),
    (&["Europe/Rome"], "it", WINDOWS_1252),
    (&["Europe/Madrid"], "es", WINDOWS_1252),
    (&["Europe/Lisbon", "Portugal"], "pt", WINDOWS_1252),
    (&["Europe/Copenhagen"], "dk", WINDOWS_1252),
    (&["Europe/Stockholm"], "se", WINDOWS_1252),
    (&["Europe/Oslo"], "no", WINDOWS_1252),
    (&["Europe/Helsinki"], "fi", WINDOWS_1252),
];

/// Where a site is, as far as encodings go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Country {
    pub(super) domain: Option<&'static str>,
    pub(super) page: &'static encoding_rs::Encoding,
}

impl Country {
    pub(super) fn of(zone: &TimeZone) -> Self {
        let name = zone.iana_name().unwrap_or_default();
        let mut known = COUNTRIES.iter();
        let known = known.find(|(zones, ..)| zones.contains(&name));
        known.map_or(
            Self {
                domain: None,
                page: WINDOWS_1252,
            },
            |(_, domain, page)| Self {
                domain: Some(domain),
                page,
            },
        )
    }

    /// What texts of the country are most likely to be.
    pub(super) fn likely(self, texts: &[&[u8]]) -> &'static encoding_rs::Encoding {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        for (place, text) in texts.iter().enumerate() {
            detector.feed(text, false);
            detector.feed(b"\n", place + 1 == texts.len());
        }
        detector.guess(self.domain.map(str::as_bytes), Utf8Detection::Deny)
    }
}
