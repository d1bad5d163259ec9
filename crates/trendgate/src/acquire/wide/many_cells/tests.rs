//! What is read many cells at a time is what is read one by one.

use super::super::block::{Noted, TextBlock};
use super::super::parse::CellParser;
use super::super::stated_cells::StatedCells;
use super::*;
use crate::acquire::cells::short_decimal;
use crate::acquire::fields::first_field;
use crate::acquire::lines::MARGIN;
use crate::acquire::{CellRule, CellsAtATime, Decimal};
use proptest::prelude::*;

/// What a processor with the instructions reads of lines; `None`, and a word about it, on another one.
fn many() -> Option<ManyCells> {
    let many = ManyCells::new(Vec::new());
    if many.is_none() {
        #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: this processor has no AVX-512 with VBMI2");
        }
    }
    many
}

/// The cells of `line` from `from` on, one by one: where each stands, and its text without quotes.
fn each_cell(line: &[u8], from: usize) -> Vec<(Range<usize>, &[u8])> {
    let mut cells = Vec::new();
    let mut next = Some(from);
    while let Some(start) = next {
        let (field, after) = first_field(&line[start..]);
        next = after.map(|after| line.len() - after.len());
        cells.push((start..next.map_or(line.len(), |next| next - 1), field));
    }
    cells
}

/// The bits of a number that is one plainly, so that it may be read with many others.
fn plain(text: &[u8]) -> Option<u64> {
    let most = if text.first() == Some(&b' ') { 8 } else { 15 };
    let (value, length) = short_decimal(text)?;
    (length == text.len() && length <= most).then_some(value.to_bits())
}

/// Reads a line both ways and compares: whether many at a time were.
fn hold(many: &mut ManyCells, line: &[u8], from: usize) -> bool {
    let expected = each_cell(line, from);
    let mut row = vec![0.0; expected.len() + ROOM];
    // What stands behind a line is no part of it.
    let behind: Vec<u8> = b"9\",."
        .iter()
        .copied()
        .cycle()
        .skip(line.len() % 4)
        .take(MARGIN)
        .collect();
    let text = [line, &behind].concat();
    let Some(count) = many.read((&text, line.len()), from, &mut row) else {
        return false;
    };
    assert_eq!(count, expected.len(), "{line:?}");
    let mut odd = many.odd().iter().peekable();
    for (place, (cell, text)) in expected.iter().enumerate() {
        assert_eq!(many.cell(place), *cell, "{line:?}");
        let is_odd = odd
            .next_if(|odd| usize::try_from(**odd).unwrap() == place)
            .is_some();
        if is_odd {
            assert!(row[place].is_nan());
            // What is not read begins too far in front of what is behind it to be seen with it.
            let from_first = |first: usize| cell.end - expected[first].0.start;
            assert!(plain(text).is_none() || from_first(place) > 128, "{line:?}");
        } else {
            assert_eq!(Some(row[place].to_bits()), plain(text), "{line:?}");
            let text = std::str::from_utf8(text).unwrap().trim_start_matches(' ');
            assert_eq!(row[place].to_bits(), text.parse::<f64>().unwrap().to_bits());
        }
    }
    assert_eq!(odd.next(), None);
    true
}

#[test]
fn numbers_of_all_lengths_points_and_signs_are_read_exactly_wherever_they_stand() {
    let Some(mut many) = many() else { return };
    const DIGITS: &[u8] = b"98765432109876543210";
    let mut texts = Vec::new();
    for digits in 0..=DIGITS.len() {
        for point in 0..=digits + 1 {
            for front in ["", "-", " ", " -"] {
                let (whole, rest) = DIGITS[..digits].split_at(point.min(digits));
                let point = if point > digits { "" } else { "." };
                texts.push([front.as_bytes(), whole, point.as_bytes(), rest].concat());
            }
        }
    }
    for (nth, text) in texts.iter().enumerate() {
        for quote in ["", "\""] {
            let quoted = [quote.as_bytes(), text, quote.as_bytes()].concat();
            let neighbour = &texts[(nth * 7) % texts.len()];
            for before in [0, 1, 9, 40, 55, 63, 64, 100, 127, 128, 129] {
                let mut line = vec![b'9'; before];
                for cell in [&quoted, neighbour, &quoted, &b"5".to_vec()] {
                    line.extend(cell);
                    line.push(b',');
                }
                line.extend(&quoted);
                assert!(hold(&mut many, &line, before));
            }
        }
    }
}

#[test]
fn what_stands_at_any_place_around_the_ends_of_blocks_is_read_and_so_is_a_line_of_any_length() {
    let Some(mut many) = many() else { return };
    for before in 0..=130 {
        for length in [0, 1, 2, 10, 63, 64, 65, 127, 128, 129, 200] {
            for cells in ["51.4,", "\"51.4\",", "\"1\",\"\",,-3.25,"] {
                let mut line = vec![b'"'; before];
                line.extend(cells.bytes().cycle().take(length));
                let is_whole = cells.bytes().next() != Some(b'"') || line.len() == before;
                assert!(hold(&mut many, &line, before) || !is_whole);
            }
        }
    }
}

#[test]
fn what_is_no_plain_number_is_left_to_be_read_by_itself() {
    let Some(mut many) = many() else { return };
    for text in [
        "",
        "-",
        ".",
        "-.",
        "--5",
        "5-",
        "1.2.3",
        "1..2",
        "..",
        " ",
        "- 5",
        "5 ",
        "1 2",
        "+5",
        "1e5",
        "0x1",
        "NaN",
        "51\u{b0}",
        "5\0",
        "\0",
        "1234567890123456",
        "/",
        ":",
        "12:30",
        "5/4",
        "123456789012.3.4",
        "123.4567890.12",
        "-1234567-9",
        "12345678 90",
        "123 45678901",
    ] {
        for quote in ["", "\""] {
            let line = format!("7,{quote}{text}{quote},51.4,{quote}{text}{quote}");
            assert!(hold(&mut many, line.as_bytes(), 0));
            assert_eq!(many.odd(), [1, 3], "{line}");
        }
    }
}

#[test]
fn quotes_elsewhere_than_around_cells_leave_all_of_a_line_to_be_read_one_by_one() {
    let Some(mut many) = many() else { return };
    for cell in [
        "5\"",
        "\"5",
        "\"5\"\"6\"",
        "\"5\" ",
        " \"5\"",
        "\"5\"x",
        "\"\"\"\"",
        "5\"6\"",
        "\"",
    ] {
        for before in 0..130 {
            let line = format!("{}1,{cell},3", "2,".repeat(before));
            assert!(!hold(&mut many, line.as_bytes(), 0), "{line}");
        }
    }
    for cell in ["\"5\"", "\"\"", "\"a,b\"", "\",\"", "\"1,5\""] {
        for before in 0..130 {
            let line = format!("{}1,{cell},3", "2,".repeat(before));
            assert!(hold(&mut many, line.as_bytes(), 0), "{line}");
        }
    }
    let long = "5,".repeat(LONGEST);
    let mut read = |length| many.read((long.as_bytes(), length), 0, &mut [0.0; 2 * ROOM]);
    assert_eq!(read(LONGEST), Some(LONGEST / 2 + 1));
    assert_eq!(read(LONGEST + 1), None);
}

/// The bytes of a cell.
fn cell() -> impl Strategy<Value = Vec<u8>> {
    let number = "\"? {0,2}-?[0-9]{0,9}(\\.[0-9]{0,9})?\"?";
    prop_oneof![
        6 => "-?[0-9]{1,3}(\\.[0-9]{1,2})?".prop_map(String::into_bytes),
        6 => "\"-?[0-9]{1,3}(\\.[0-9]{1,2})?\"".prop_map(String::into_bytes),
        3 => number.prop_map(String::into_bytes),
        2 => prop::sample::select(vec![
            "\"No Data\"", "Data Loss", "", "\"\"", "---", "ON", "off", "25 C", "1,5", "\"1,234.5\"", "9999", "\"-\"",
            "1e300", "1.5E+05", "99999999999999999999999", "12345678901234567",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(prop::sample::select(b"0123456789-., \"x:/\0\xff\xe5\t".to_vec()), 0..20),
        1 => prop::collection::vec(any::<u8>(), 0..140),
    ]
}

fn line() -> impl Strategy<Value = (Vec<u8>, usize)> {
    let cells = prop::collection::vec(cell(), 1..60);
    (prop::collection::vec(any::<u8>(), 0..140), cells).prop_map(|(mut line, cells)| {
        let from = line.len();
        line.extend(cells.join(&b','));
        (line, from)
    })
}

/// How the cells of a point may be read.
fn rule() -> impl Strategy<Value = CellRule> {
    prop_oneof![
        8 => Just(CellRule::default()),
        1 => Just(CellRule { scale: Some(0.5), ..CellRule::default() }),
        1 => Just(CellRule { on: vec!["5".to_owned(), "---".to_owned()], ..CellRule::default() }),
        1 => Just(CellRule { words: vec![("Auto".to_owned(), 2.0)], ..CellRule::default() }),
    ]
}

fn decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![8 => Just(Decimal::Assumed), 1 => Just(Decimal::Comma), 1 => Just(Decimal::Point)]
}

/// What a row is read as, so that it can be compared: numbers as bits.
fn found(row: Result<(), usize>, block: &TextBlock) -> String {
    let bits: Vec<u64> = block.cells.iter().map(|cell| cell.to_bits()).collect();
    let Noted {
        missing,
        others,
        said,
        marked,
        statuses,
    } = &block.noted;
    match row {
        Ok(()) => format!("{bits:x?} {missing:?} {others:?} {said:?} {marked:?} {statuses:?}"),
        Err(count) => format!("{count} cells"),
    }
}

proptest! {
    #[test]
    fn lines_of_any_bytes_have_the_same_cells_and_numbers_as_one_by_one(
        lines in prop::collection::vec(line(), 1..4),
    ) {
        if let Some(mut many) = many() {
            for (line, from) in lines {
                hold(&mut many, &line, from);
            }
        }
    }

    #[test]
    fn rows_are_read_as_one_by_one_whatever_is_stated_of_their_cells(
        columns in prop::collection::vec((rule(), decimal()), 1..48),
        more in 0_usize..3,
        rows in prop::collection::vec(line(), 1..4),
    ) {
        let parser = |at_a_time| {
            let (rules, decimals): (Vec<_>, Vec<_>) = columns.iter().cloned().unzip();
            let most = rules.len() + more;
            CellParser::new(rules, decimals, most, (StatedCells::default(), None), at_a_time)
        };
        let (mut many, mut one) = (parser(CellsAtATime::Many), parser(CellsAtATime::One));
        for (line, from) in rows {
            let (mut read_many, mut read_one) = (TextBlock::default(), TextBlock::default());
            let text = [&*line, &[b'7'; MARGIN]].concat();
            let many = many.parse((&text, line.len()), Some(from), &mut read_many);
            let one = one.parse((&text, line.len()), Some(from), &mut read_one);
            prop_assert_eq!(found(many, &read_many), found(one, &read_one), "{:?}", line);
        }
    }
}
