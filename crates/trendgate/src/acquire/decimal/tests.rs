use super::*;
use proptest::prelude::*;

/// The values of a number with a point, and with a comma, as its decimal sign.
fn both(text: &str) -> (Option<f64>, Option<f64>) {
    readings(text).map_or((None, None), |readings| (readings.point, readings.comma))
}

fn proved(cells: &[&str]) -> Decimals {
    let mut proofs = DecimalProofs::new(1);
    for cell in cells {
        proofs.row(std::iter::once(cell.as_bytes()));
    }
    proofs.decimals()
}

#[test]
fn a_number_is_read_with_either_sign_that_makes_it_one() {
    for (text, point, comma) in [
        ("8", Some(8.0), Some(8.0)),
        ("-0", Some(-0.0), Some(-0.0)),
        ("1E3", Some(1000.0), Some(1000.0)),
        ("1 234", Some(1234.0), Some(1234.0)),
        ("1'234'567", Some(1_234_567.0), Some(1_234_567.0)),
        ("1\u{a0}234", Some(1234.0), Some(1234.0)),
        ("7.5", Some(7.5), None),
        (".5", Some(0.5), None),
        ("5.", Some(5.0), None),
        ("0.125", Some(0.125), None),
        ("5619.889", Some(5619.889), None),
        ("7.6250", Some(7.625), None),
        ("1.234E5", Some(123_400.0), None),
        ("1,234,000", Some(1_234_000.0), None),
        ("1,234.5", Some(1234.5), None),
        ("-12,345,678", Some(-12_345_678.0), None),
        ("1 234.5", Some(1234.5), None),
        ("1’234.50", Some(1234.5), None),
        ("7,5", None, Some(7.5)),
        ("0,125", None, Some(0.125)),
        ("7,6250", None, Some(7.625)),
        ("1234,567", None, Some(1234.567)),
        ("1,5E3", None, Some(1500.0)),
        ("1,234E+5", None, Some(123_400.0)),
        ("1.234.567", None, Some(1_234_567.0)),
        ("1.234,5", None, Some(1234.5)),
        ("1.234.567,8", None, Some(1_234_567.8)),
        ("1 234,0", None, Some(1234.0)),
        ("1\u{202f}234,567", None, Some(1234.567)),
        ("1'234,5", None, Some(1234.5)),
        ("1,234", Some(1234.0), Some(1.234)),
        ("1.234", Some(1.234), Some(1234.0)),
        ("-999,999", Some(-999_999.0), Some(-999.999)),
        ("2 1", None, None),
        ("1 23", None, None),
        ("0 125", None, None),
        ("1,23,456", None, None),
        ("1,234 567", None, None),
        ("1 234'567", None, None),
        ("1.2.3", None, None),
        ("7,", None, None),
        (",5", None, None),
        ("7, 5", None, None),
        ("1,234.", None, None),
        ("0,125,000", None, None),
        ("1234,567.8", None, None),
        ("1,234E", None, None),
        ("+-5", None, None),
        ("--5", None, None),
        (".", None, None),
        (",", None, None),
        ("", None, None),
        ("-", None, None),
    ] {
        let (a, b) = both(text);
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        assert_eq!((bits(a), bits(b)), (bits(point), bits(comma)), "{text}");
    }
}

#[test]
fn a_column_is_proved_by_its_cells_and_what_no_point_decides() {
    for (cells, expected) in [
        (&["8", "7.5", "1.234"][..], Decimals::Assumed),
        (&["1 234", "7.5", "No Data", "ON"], Decimals::Assumed),
        (&["8", "7,5"], Decimals::Proved(vec![Decimal::Comma])),
        (
            &["1,234", "7,5", "1.234"],
            Decimals::Proved(vec![Decimal::Comma]),
        ),
        (&["1,234", "7.5"], Decimals::Proved(vec![Decimal::Point])),
        (&["1,234,000"], Decimals::Proved(vec![Decimal::Point])),
        (&["1.234.000"], Decimals::Proved(vec![Decimal::Comma])),
        (
            &["1,234", "1,235"],
            Decimals::Proved(vec![Decimal::InDoubt]),
        ),
        (&["7,5", "7.5"], Decimals::Proved(vec![Decimal::InDoubt])),
        (
            &["7,5 °C", "1 234,0*", "８，５"],
            Decimals::Proved(vec![Decimal::Comma]),
        ),
        (&["7,5 x", "a,b", "7.5"], Decimals::Assumed),
    ] {
        assert_eq!(proved(cells), expected, "{cells:?}");
    }
}

#[test]
fn a_column_without_a_proof_takes_what_the_others_agree_on() {
    let of = |rows: &[[&str; 3]]| {
        let mut proofs = DecimalProofs::new(3);
        for row in rows {
            proofs.row(row.iter().map(|cell| cell.as_bytes()));
        }
        proofs.decimals()
    };
    use Decimal::{Comma, InDoubt, Point};
    assert_eq!(
        of(&[["1,234", "7,5", "8"]]),
        Decimals::Proved(vec![Comma, Comma, Comma])
    );
    assert_eq!(
        of(&[["1,234", "7.5", "8"]]),
        Decimals::Proved(vec![Point, Point, Point])
    );
    assert_eq!(
        of(&[["1,234", "7.5", "8,5"]]),
        Decimals::Proved(vec![InDoubt, Point, Comma])
    );
    assert_eq!(
        of(&[["1,234", "7.5", "8"], ["1", "7,5", "8"]]),
        Decimals::Proved(vec![InDoubt; 3])
    );
    assert_eq!(
        of(&[["1.234", "7,5", "8"]]),
        Decimals::Proved(vec![Comma; 3])
    );
    assert_eq!(of(&[["1.234", "7.5", "8"]]), Decimals::Assumed);
}

proptest! {
    #[test]
    fn what_is_written_with_a_sign_is_read_with_it(
        whole in 0_u32..100_000_000,
        decimals in "[0-9]{0,4}",
        comma: bool,
        grouping in prop_oneof![Just(""), Just("other"), Just(" "), Just("\u{a0}"), Just("\u{202f}"), Just("'"), Just("’")],
    ) {
        let (sign, other) = if comma { (",", ".") } else { (".", ",") };
        let grouping = if grouping == "other" { other } else { grouping };
        let digits = whole.to_string();
        let mut groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
        if grouping.is_empty() {
            groups = vec![&digits];
        }
        let behind = if decimals.is_empty() { String::new() } else { format!("{sign}{decimals}") };
        let text = groups.join(grouping) + &behind;
        let expected: f64 = format!("{whole}.{decimals}0").parse().unwrap();
        let (point, with_comma) = both(&text);
        prop_assert_eq!(if comma { with_comma } else { point }, Some(expected), "{}", text);
    }
}
