//! What cells are told to be.

use super::*;
use proptest::prelude::*;

fn cell(text: &str) -> Cell {
    classify(text.as_bytes(), &CellRule::default())
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
        // Null until the decimal sign is proved column by column.
        ("12,34", Cell::Unrecognised),
        ("7,625", Cell::Unrecognised),
        ("0,125", Cell::Unrecognised),
        ("1,234", Cell::Unrecognised),
        ("7,5 C", Cell::Unrecognised),
        ("0,125,000", Cell::Unrecognised),
        ("1,234,56", Cell::Unrecognised),
        ("1234,567.8", Cell::Unrecognised),
        ("1,234.", Cell::Unrecognised),
        ("1 234,0", Cell::Unrecognised),
        ("1 234", Cell::Unrecognised),
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
        ("5 K", Cell::Said(-268.15, CellNote::Unit(Unit::Kelvin))),
        ("5 ppm", Cell::Unrecognised),
        ("5 lux", Cell::Unrecognised),
        ("5 parsecs", Cell::Unrecognised),
        ("hello", Cell::Unrecognised),
        ("1-2", Cell::Unrecognised),
        ("--5", Cell::Unrecognised),
    ] {
        match (cell(text), expected) {
            (Cell::Number(a), Cell::Number(b)) => {
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
        classify(b"77 F", &rule),
        Cell::Said(77.0, CellNote::Unit(Unit::Fahrenheit))
    );
    assert_eq!(classify(b"12", &rule), Cell::Number(12.0));
    assert_eq!(classify(b"5 kW", &rule), Cell::UnitMismatch);
    let Cell::Said(value, CellNote::Unit(Unit::Celsius)) = classify(b"25 C", &rule) else {
        panic!("not a number")
    };
    assert!((value - 77.0).abs() < 1e-9);
}

#[test]
fn a_cell_in_big5_is_read_as_such() {
    let (bytes, _, _) = encoding_rs::BIG5.encode("停止");
    assert_eq!(
        classify(&bytes, &CellRule::default()),
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
        classify(&bytes, &CellRule::default());
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
        unit: None,
        on: vec![" 0".into(), "1,5".into(), "Off".into(), "ＡＵＴＯ".into()],
        off: vec!["1".into(), "N/A".into(), "7 kW".into()],
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
        // Another text is another thing, whatever its value.
        ("1.0", Cell::Number(1.0)),
        ("00", Cell::Number(0.0)),
        ("-0", Cell::Number(-0.0)),
        ("2", Cell::Number(2.0)),
        ("ON", state(1.0)),
        ("---", Cell::Missing(4)),
    ] {
        assert_eq!(classify(text.as_bytes(), &rule), expected, "{text:?}");
    }
}

/// A reading of cells written apart from the one above, letter by letter: what `text` is if it is a number, exactly, and whether it
/// is a plain one. Of units it knows the spellings that leave no doubt.
pub(in super::super) fn slowly(text: &str) -> Option<(f64, bool)> {
    let mut rest: Vec<char> = text.trim().chars().rev().collect();
    let mut exact = String::new();
    if let Some('+' | '-') = rest.last() {
        exact.extend(rest.pop());
    }
    let digits = |rest: &mut Vec<char>| {
        let mut digits = String::new();
        while let Some('0'..='9') = rest.last() {
            digits.extend(rest.pop());
        }
        digits
    };
    let mut groups = vec![digits(&mut rest)];
    while rest.last() == Some(&',') {
        rest.pop();
        groups.push(digits(&mut rest));
    }
    let mut decimals = None;
    if rest.last() == Some(&'.') {
        rest.pop();
        decimals = Some(digits(&mut rest));
    }
    let first = groups[0].clone();
    exact += &groups.concat();
    exact.push('.');
    exact += decimals.as_deref().unwrap_or_default();
    if groups.len() > 1 {
        let whole = groups[1..].iter().all(|group| group.len() == 3);
        let proved = match &decimals {
            Some(decimals) => !decimals.is_empty(),
            None => groups.len() > 2,
        };
        if !whole || !proved || !matches!(first.len(), 1..=3) || first.starts_with('0') {
            return None;
        }
    } else if first.is_empty() && decimals.as_deref().unwrap_or_default().is_empty() {
        return None;
    }
    let plain = groups.len() == 1;
    if let Some('e' | 'E') = rest.last() {
        rest.pop();
        exact.push('e');
        if let Some('+' | '-') = rest.last() {
            exact.extend(rest.pop());
        }
        let exponent = digits(&mut rest);
        if exponent.is_empty() || !rest.is_empty() || !plain {
            return None;
        }
        exact += &exponent;
    }
    // The standard library's reading is exact, and not the one that the program uses.
    let value: f64 = exact.parse().unwrap();
    let unit: String = rest.iter().rev().collect();
    let value = match unit.trim() {
        "" if unit.is_empty() => return Some((value, plain)),
        "C" | "°C" | "°c" | "%" | "kW" | "kw" | "KW" | "Kw" | "A" | "V" | "kPa" | "kWh" | "KWH" => {
            value
        }
        "F" | "°F" | "°f" => (value - 32.0) / 1.8,
        "K" => value - 273.15,
        "W" | "Pa" | "PA" | "pa" | "mA" | "ma" => value / 1e3,
        "mW" => value / 1e6,
        "MW" | "MWh" | "MWH" => value * 1e3,
        "bar" => value * 1e2,
        cfm if cfm.eq_ignore_ascii_case("cfm") => value * 28.316_846_592,
        "MJ" => value / 3.6,
        _ => return None,
    };
    Some((value, false))
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
            _ => (None, false),
        };
        match (got, slowly(&text)) {
            (None, None | Some((_, false))) => {}
            (Some(got), Some((exact, _))) if said => {
                prop_assert!((got - exact).abs() <= 1e-12 * got.abs().max(300.0), "{:?}: {} {}", text, got, exact);
            }
            (got, exact) => {
                prop_assert_eq!(got.map(f64::to_bits), exact.map(|(exact, _)| exact.to_bits()), "{:?}", text);
            }
        }
    }
}
