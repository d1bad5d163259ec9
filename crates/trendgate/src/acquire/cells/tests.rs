//! What cells are told to be.

use super::super::decimal::{DecimalProofs, Decimals};
use super::super::is_ambiguous_number;
use super::*;
use proptest::prelude::*;

/// A cell that is all of its column.
fn alone(text: &[u8], rule: &CellRule) -> Cell {
    let mut proofs = DecimalProofs::new(1);
    proofs.row(std::iter::once(text));
    let decimal = match proofs.decimals() {
        Decimals::Proved(columns) => columns[0],
        Decimals::Assumed | Decimals::Stated(_) => Decimal::Assumed,
    };
    classify(text, rule, decimal)
}

fn cell(text: &str) -> Cell {
    alone(text.as_bytes(), &CellRule::default())
}

#[test]
fn every_kind_of_cell_is_told_from_the_others() {
    for (text, expected) in [
        ("51.4", Cell::Number(51.4)),
        (" -0.2", Cell::Number(-0.2)),
        ("+3", Cell::Number(3.0)),
        ("+-5", Cell::Unrecognised),
        ("-+5", Cell::Unrecognised),
        ("++5", Cell::Unrecognised),
        ("2 1", Cell::Unrecognised),
        (".5", Cell::Number(0.5)),
        ("1e3", Cell::Number(1000.0)),
        ("1,234.5", Cell::Number(1234.5)),
        ("-12,345,678", Cell::Number(-12_345_678.0)),
        ("+1,234.5", Cell::Number(1234.5)),
        ("1,234,000", Cell::Number(1_234_000.0)),
        (
            "1,234.5 kW",
            Cell::Said(1234.5, CellNote::Unit(Unit::Kilowatt)),
        ),
        ("12,34", Cell::Number(12.34)),
        ("0,125", Cell::Number(0.125)),
        ("1.234,5", Cell::Number(1234.5)),
        ("7,5 C", Cell::Said(7.5, CellNote::Unit(Unit::Celsius))),
        ("1 234,0", Cell::Number(1234.0)),
        ("1 234", Cell::Number(1234.0)),
        ("１２．５", Cell::Number(12.5)),
        ("\u{2212}12,5", Cell::Number(-12.5)),
        // Neither sign is proved.
        ("7,625", Cell::Unrecognised),
        ("1,234", Cell::Unrecognised),
        ("0,125,000", Cell::Unrecognised),
        ("1,234,56", Cell::Unrecognised),
        ("1234,567.8", Cell::Unrecognised),
        ("1,234.", Cell::Unrecognised),
        ("1e25", Cell::Extreme(1e25)),
        ("-1e20", Cell::Extreme(-1e20)),
        ("1e400", Cell::Extreme(f64::INFINITY)),
        ("nan", Cell::Missing(6)),
        ("-inf", Cell::Missing(7)),
        ("", Cell::Missing(0)),
        ("  ", Cell::Missing(0)),
        ("no data", Cell::Missing(1)),
        ("Data Loss", Cell::Missing(2)),
        ("TIME (-2)", Cell::Missing(3)),
        ("ON", Cell::Said(1.0, CellNote::State)),
        ("Off", Cell::Said(0.0, CellNote::State)),
        ("運轉", Cell::Said(1.0, CellNote::State)),
        ("25.3 C", Cell::Said(25.3, CellNote::Unit(Unit::Celsius))),
        ("77 F", Cell::Said(25.0, CellNote::Unit(Unit::Fahrenheit))),
        ("100%", Cell::Said(100.0, CellNote::Unit(Unit::Percent))),
        ("4000W", Cell::Said(4.0, CellNote::Unit(Unit::Watt))),
        ("5 mW", Cell::Said(5e-6, CellNote::Unit(Unit::Milliwatt))),
        ("3 MW", Cell::Said(3000.0, CellNote::Unit(Unit::Megawatt))),
        ("5 mw", Cell::Unrecognised),
        ("5 pA", Cell::Unrecognised),
        ("5 MA", Cell::Unrecognised),
        ("5 mJ", Cell::Unrecognised),
        ("1.5k", Cell::Unrecognised),
        ("5 k", Cell::Unrecognised),
        ("1f", Cell::Unrecognised),
        ("5 c", Cell::Unrecognised),
        ("5 K", Cell::Said(5.0, CellNote::Unit(Unit::Kelvin))),
        (
            "5 ppm",
            Cell::Said(5.0, CellNote::Unit(Unit::PartPerMillion)),
        ),
        (
            "5 MVA",
            Cell::Said(5000.0, CellNote::Unit(Unit::MegavoltAmpere)),
        ),
        ("5 mg/l", Cell::Marked(5.0)),
        ("5 parsecs", Cell::Marked(5.0)),
        ("21.5*", Cell::Marked(21.5)),
        ("7,5 C {ok}", Cell::Marked(7.5)),
        ("21.5 {down}", Cell::Missing(20)),
        ("{null}", Cell::Missing(20)),
        ("12.5-", Cell::Unrecognised),
        ("(12.5)", Cell::Unrecognised),
        ("1.23457E+11", Cell::Said(1.23457e11, CellNote::Rounded)),
        ("1e5 kW", Cell::Unrecognised),
        ("12 e5", Cell::Unrecognised),
        ("hello", Cell::Unrecognised),
        ("1-2", Cell::Unrecognised),
        ("--5", Cell::Unrecognised),
    ] {
        match (cell(text), expected) {
            (Cell::Number(a), Cell::Number(b)) | (Cell::Marked(a), Cell::Marked(b)) => {
                assert!((a - b).abs() < 1e-12, "{text:?}: {a}")
            }
            (Cell::Said(a, said), Cell::Said(b, expected)) => {
                assert!((a - b).abs() < 1e-12, "{text:?}: {a}");
                assert_eq!(said, expected, "{text:?}");
            }
            (got, expected) => assert_eq!(got, expected, "{text:?}"),
        }
    }
}

#[test]
fn a_unit_is_converted_to_the_declared_one_or_does_not_fit() {
    let rule = CellRule {
        unit: Some(Unit::Fahrenheit),
        ..CellRule::default()
    };
    assert_eq!(
        alone(b"77 F", &rule),
        Cell::Said(77.0, CellNote::Unit(Unit::Fahrenheit))
    );
    assert_eq!(alone(b"12", &rule), Cell::Number(12.0));
    assert_eq!(alone(b"5 kW", &rule), Cell::UnitMismatch);
    let difference = CellRule {
        unit: Some(Unit::DeltaCelsius),
        ..CellRule::default()
    };
    let kelvin = CellNote::Unit(Unit::Kelvin);
    assert_eq!(alone(b"5 K", &difference), Cell::Said(5.0, kelvin));
    let Cell::Said(value, said) = alone(b"300 K", &rule) else {
        panic!("not a number")
    };
    assert!(said == kelvin && (value - 80.33).abs() < 1e-9);
    let Cell::Said(value, CellNote::Unit(Unit::Celsius)) = alone(b"25 C", &rule) else {
        panic!("not a number")
    };
    assert!((value - 77.0).abs() < 1e-9);
}

#[test]
fn a_cell_in_big5_is_read_as_such() {
    let (bytes, _, _) = encoding_rs::BIG5.encode("停止");
    assert_eq!(
        alone(&bytes, &CellRule::default()),
        Cell::Said(0.0, CellNote::State)
    );
}

proptest! {
    #[test]
    fn a_short_decimal_is_the_nearest_float(
        blanks in 0..3_usize,
        negative: bool,
        whole in 0..1_000_000_000_u64,
        decimals in "[0-9]{0,6}",
    ) {
        let sign = if negative { "-" } else { "" };
        let point = if decimals.is_empty() { "" } else { "." };
        let text = format!("{sign}{whole}{point}{decimals}");
        let padded = format!("{}{text}\"", " ".repeat(blanks));
        let (value, length) = short_decimal(padded.as_bytes()).unwrap();
        prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
        prop_assert_eq!(length, padded.len() - 1);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        short_decimal(&bytes);
        alone(&bytes, &CellRule::default());
    }
}

#[test]
fn a_number_with_one_comma_is_ambiguous_and_other_texts_are_not() {
    for text in [
        "7,625",
        "0,125",
        "7,5",
        "-7,5",
        "1,5E3",
        "\"1,234\"",
        "7,5 C",
        "1,234,000",
    ] {
        assert!(is_ambiguous_number(text.as_bytes()), "{text}");
    }
    for text in [
        "1,234,56", "a,b", "7,", ",5", "7, 5", "7,5 x", "12.5*", "1,2,3",
    ] {
        assert!(!is_ambiguous_number(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_points_own_words_go_before_numbers_tokens_and_the_table() {
    let rule = CellRule {
        on: vec![" 0".into(), "1,5".into(), "Off".into(), "ＡＵＴＯ".into()],
        off: vec!["1".into(), "N/A".into(), "7 kW".into()],
        words: vec![("Stage 2".into(), 2.0), ("3".into(), 30.0)],
        ..CellRule::default()
    };
    let state = |value| Cell::Said(value, CellNote::State);
    for (text, expected) in [
        ("0", state(1.0)),
        (" 0 ", state(1.0)),
        ("\u{3000}0", state(1.0)),
        ("1", state(0.0)),
        ("1,5", state(1.0)),
        ("OFF", state(1.0)),
        ("ａｕｔｏ", state(1.0)),
        ("n/a", state(0.0)),
        ("7 KW", state(0.0)),
        ("stage 2", state(2.0)),
        ("3", state(30.0)),
        // Another text is another thing, whatever its value.
        ("1.0", Cell::Number(1.0)),
        ("00", Cell::Number(0.0)),
        ("-0", Cell::Number(-0.0)),
        ("2", Cell::Number(2.0)),
        ("ON", state(1.0)),
        ("---", Cell::Missing(4)),
    ] {
        assert_eq!(alone(text.as_bytes(), &rule), expected, "{text:?}");
    }
}

#[test]
fn numbers_are_multiplied_before_their_unit_is_looked_at_and_states_are_not() {
    let rule = CellRule {
        scale: Some(10.0),
        unit: Some(Unit::Watt),
        words: vec![("AUTO".into(), 2.0)],
        ..CellRule::default()
    };
    let number = |text: &str| match alone(text.as_bytes(), &rule) {
        Cell::Number(value) | Cell::Said(value, _) | Cell::Marked(value) => value,
        other => panic!("{text}: {other:?}"),
    };
    for (text, expected) in [
        ("7.5", 75.0),
        ("-3", -30.0),
        ("7,5", 75.0),
        ("0.005 kW", 50.0),
        ("7.5*", 75.0),
        ("ON", 1.0),
        ("auto", 2.0),
    ] {
        assert!((number(text) - expected).abs() < 1e-12, "{text}");
    }
    assert_eq!(alone(b"9e19", &rule), Cell::Extreme(9e20));
}

/// What a text is with a point, and with a comma, as its decimal sign, read apart from the program: exactly, letter by letter.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Slowly {
    pub(in super::super) point: Option<f64>,
    pub(in super::super) comma: Option<f64>,
    /// Whether there is a comma or more than one point, so that the column has to say which it is.
    pub(in super::super) asks: bool,
    /// Whether nothing stands behind the number.
    pub(in super::super) bare: bool,
}

impl Slowly {
    /// What it is if it is all of its column.
    fn alone(self) -> Option<f64> {
        match (self.point, self.comma) {
            (Some(point), Some(comma)) if point != comma && self.asks => None,
            (Some(point), _) => Some(point),
            (None, comma) => comma,
        }
    }
}

/// A reading of cells written apart from the one above. Of units it knows the spellings that leave no doubt.
pub(in super::super) fn slowly(text: &str) -> Option<Slowly> {
    let text = text.trim();
    let unmarked = without_mark(text)?;
    let rest: Vec<char> = unmarked.chars().collect();
    let sign = rest
        .iter()
        .take_while(|c| matches!(c, '+' | '-'))
        .take(1)
        .count();
    let in_number = |c: &&char| c.is_ascii_digit() || " .,'".contains(**c);
    let mut end = sign + rest[sign..].iter().take_while(in_number).count();
    if let Some('e' | 'E') = rest.get(end) {
        let signed = usize::from(matches!(rest.get(end + 1), Some('+' | '-')));
        let digits = &rest[end + 1 + signed..];
        if !digits.is_empty() && digits.iter().all(char::is_ascii_digit) {
            end = rest.len();
        }
    }
    let number: String = rest[..end].iter().collect();
    let unit: String = rest[end..].iter().collect();
    let (number, unit) = (number.trim(), unit.trim());
    let read = |decimal: char, grouping: char| -> Option<f64> {
        let value = signed(number, decimal, grouping)?;
        in_unit(value, unit, number)
    };
    let (point, comma) = (read('.', ','), read(',', '.'));
    (point.is_some() || comma.is_some()).then(|| Slowly {
        point,
        comma,
        asks: number.contains(',') || number.matches('.').count() > 1,
        bare: unit.is_empty() && unmarked == text,
    })
}

/// The text without the mark at its end, if it has one; nothing where what stands there is no mark and no part of a number.
fn without_mark(text: &str) -> Option<&str> {
    let long_unit = |word: &str| ["kW", "mW", "MW", "KW", "Kw", "kw"].contains(&word);
    let letters = |text: &str| {
        text.chars()
            .rev()
            .take_while(|c| c.is_alphabetic())
            .map(char::len_utf8)
            .sum::<usize>()
    };
    Some(
        match text.chars().next_back() {
            Some('*') => {
                let text = &text[..text.len() - 1];
                let before = &text[..text.len() - letters(text)];
                let touches =
                    before.ends_with(|c: char| c.is_ascii_digit() || c == ' ' || c == '.');
                if touches && !long_unit(&text[before.len()..]) {
                    before
                } else {
                    text
                }
            }
            Some('}') => &text[..text.rfind('{')?],
            Some(')') => {
                let open = text.rfind('(')?;
                if long_unit(&text[open + 1..text.len() - 1]) {
                    return None;
                }
                &text[..open]
            }
            Some('-') => {
                let text = &text[..text.len() - 1];
                let before = &text[..text.len() - letters(text)];
                if before.len() == text.len() {
                    return None;
                }
                before.strip_suffix('-')?
            }
            _ => text,
        }
        .trim_end(),
    )
}

/// The number that all of a text is with this decimal sign, and this sign, blanks or apostrophes between its thousands.
fn signed(text: &str, decimal: char, grouping: char) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut parts = mantissa.split(decimal);
    let (whole, decimals) = (parts.next()?, parts.next());
    if parts.next().is_some()
        || !decimals
            .unwrap_or_default()
            .chars()
            .all(|c| c.is_ascii_digit())
    {
        return None;
    }
    let empty = whole.is_empty() || decimals == Some("");
    if whole.is_empty() && decimals.unwrap_or_default().is_empty() || empty && decimal == ',' {
        return None;
    }
    let used: std::collections::BTreeSet<char> =
        whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if !used.is_empty() {
        let one = used.len() == 1 && used.iter().all(|c| [grouping, ' ', '\''].contains(c));
        let mut groups: Vec<usize> = whole
            .split(|c: char| !c.is_ascii_digit())
            .map(str::len)
            .collect();
        let first = groups.remove(0);
        let good = (1..=3).contains(&first)
            && groups.iter().all(|length| *length == 3)
            && !whole.starts_with('0');
        if !one || !good || exponent.is_some() || empty {
            return None;
        }
    }
    let exponent = match exponent {
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            exponent
        }
        None => "0",
    };
    // The standard library's reading is exact, and not the one that the program uses.
    let value: f64 = format!("0{digits}.{}0e{exponent}", decimals.unwrap_or_default())
        .parse()
        .unwrap();
    Some(if negative { -value } else { value })
}

/// A value with what stands behind it, in the base unit.
fn in_unit(value: f64, unit: &str, number: &str) -> Option<f64> {
    Some(match unit {
        "" => value,
        "C" | "°C" | "°c" | "%" | "kW" | "kw" | "KW" | "Kw" | "A" | "V" | "kPa" | "kWh" | "KWH"
        | "ppm" | "K" => value,
        "F" | "°F" | "°f" => (value - 32.0) / 1.8,
        "W" | "Pa" | "PA" | "pa" | "mA" | "ma" => value / 1e3,
        "mW" => value / 1e6,
        "MW" | "MWh" | "MWH" | "MPa" => value * 1e3,
        "bar" => value * 1e2,
        cfm if cfm.eq_ignore_ascii_case("cfm") => value * 28.316_846_592,
        "MJ" => value / 3.6,
        // Nobody knows which unit is meant.
        "mw" | "Mw" | "pA" | "MA" | "mJ" | "mWh" => return None,
        unknown => {
            let letter = |c: char| c.is_alphabetic() || c == '°';
            let inside = |c: char| letter(c) || "%/.-".contains(c);
            let lower = unknown.to_lowercase();
            let plain = lower.replace("m2", "m").replace("m3", "m");
            let word = unknown.chars().count() > 1
                && unknown.starts_with(letter)
                && !unknown.ends_with(['-', '.'])
                && plain.chars().all(inside);
            if !word || number.ends_with('.') {
                return None;
            }
            value
        }
    })
}

/// Texts that come near to numbers.
pub(in super::super) fn near_a_number() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[+-]{0,2}[0-9]{0,4}([.,][0-9]{0,4}){0,3}([eE][+-]?[0-9]{0,3})?[+-]?",
        3 => "[+-]?[0-9]{1,3}([.,][0-9]{1,3})? {0,2}(k|K|m|M|c|C|f|F|w|W|a|A|v|V|mW|MW|mw|Mw|kW|KW|Kw|mA|MA|ma|pA|Pa|PA|pa|MPa|mJ|MJ|mWh|MWh|MWH|kWh|°C|°F|°|%|bar|1|7|ppm|e5 kW)",
        2 => "[-+0-9., ]{0,9}",
        2 => "[-+0-9., eEkKmMWFCfc%°*(){}/:]{0,9}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_cell_is_the_number_that_it_says_or_none(text in near_a_number()) {
        let (got, said) = match cell(&text) {
            Cell::Number(value) | Cell::Extreme(value) => (Some(value), false),
            Cell::Said(value, said) => (Some(value), said != CellNote::State),
            Cell::Marked(value) => (Some(value), true),
            _ => (None, false),
        };
        match (got, slowly(&text).and_then(Slowly::alone)) {
            (Some(got), Some(exact)) if said => {
                prop_assert!((got - exact).abs() <= 1e-12 * got.abs().max(300.0), "{:?}: {} {}", text, got, exact);
            }
            (got, exact) => {
                prop_assert_eq!(got.map(f64::to_bits), exact.map(f64::to_bits), "{:?}", text);
            }
        }
    }
}
