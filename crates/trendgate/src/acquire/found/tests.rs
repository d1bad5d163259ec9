//! Texts of any kind → what is found is always something that can be written down; tables of one plant, written in many ways, are found alike.

use super::*;
use proptest::prelude::*;

fn found(text: &str) -> Option<FoundTable> {
    find(text.as_bytes(), &[], (None, false))
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[0-9./:, ;\t\"T+-]{0,12}",
        2 => Just("2024-01-0".to_owned()),
        2 => Just("\n".to_owned()),
        2 => Just("3/4/2024 1:05 PM,".to_owned()),
        2 => Just("value,".to_owned()),
        1 => Just("HE01,".to_owned()),
        1 => Just("日期;".to_owned()),
        1 => "\\PC{0,6}",
    ]
}

proptest! {
    #[test]
    fn whatever_a_text_is_what_is_found_has_a_time_and_points(parts in prop::collection::vec(part(), 0..80)) {
        let text = parts.concat();
        if let Some(table) = found(&text) {
            prop_assert!(!table.points.is_empty(), "{text}");
            prop_assert!(table.time.formats.iter().all(|format| super::super::check_format(format).is_ok()), "{:?}", table.time);
            prop_assert!(table.span.0 <= table.span.1);
        }
        prop_assert!(looks(text.as_bytes()).is_none_or(|looks| looks.like.starts_with("looks like")));
    }

    #[test]
    fn a_plant_is_found_however_it_is_written(
        start in 0..300_i64,
        step in prop_oneof![Just(1_i64), Just(15), Just(60)],
        values in prop::collection::vec(prop::collection::vec(-500..5000_i32, 3), 30..60),
        way in 0..6_usize,
        separator in prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')],
        titles in 0..3_usize,
    ) {
        const WAYS: [(&str, &str); 6] = [
            ("%Y-%m-%d %H:%M:%S", "iso"),
            ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M"),
            ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"),
            ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M"),
            ("%Y%m%d%H%M", "%Y%m%d%H%M"),
            ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M"),
        ];
        let (written, expected) = WAYS[way];
        let sign = if separator == ',' { '.' } else { ',' };
        let mut text = "A title\n".repeat(titles);
        text += &["Zeitpunkt", "AHU1 SAT", "AHU1 RAT", "Meter kW"].join(&separator.to_string());
        let mut at = jiff::civil::date(2024, 1, 13).at(0, 0, 0, 0) + jiff::Span::new().days(start);
        for row in &values {
            text += &format!("\n{}", at.strftime(written));
            for value in row {
                let tenths = format!("{}{sign}{}", value / 10, (value % 10).abs());
                text += &format!("{separator}{tenths}");
            }
            at += jiff::Span::new().minutes(step);
        }
        text.push('\n');
        let table = found(&text);
        prop_assert!(table.is_some(), "{text}");
        let table = table.into_iter().next().ok_or_else(|| TestCaseError::fail("none"))?;
        prop_assert_eq!(table.form, FoundForm::Wide);
        prop_assert_eq!(&table.time.columns, &["Zeitpunkt".to_owned()]);
        prop_assert!(table.time.formats.iter().any(|format| format == expected), "{:?}", table.time);
        prop_assert_eq!(table.points, ["AHU1 SAT", "AHU1 RAT", "Meter kW"].map(str::to_owned).to_vec());
    }
}

#[test]
fn an_order_of_dates_is_proved_by_a_day_or_by_midnight_and_else_to_be_checked() {
    let table = |first: &str, second: &str| {
        found(&format!(
            "t,A\n{first} 23:30,1\n{first} 23:45,2\n{second} 0:00,3\n{second} 0:15,4\n"
        ))
        .unwrap()
    };
    let day = table("1/13/2024", "1/14/2024");
    assert_eq!(
        (day.time.formats.len(), &*day.time.formats[0]),
        (1, "%m/%d/%Y %H:%M")
    );
    let midnight = table("4/3/2024", "4/4/2024");
    assert_eq!(
        (midnight.time.formats.len(), &*midnight.time.formats[0]),
        (1, "%m/%d/%Y %H:%M")
    );
    assert!(matches!(midnight.time.why, FoundWhy::Proved(_)));
    let other = table("3/4/2024", "4/4/2024");
    assert_eq!(
        (other.time.formats.len(), &*other.time.formats[0]),
        (1, "%d/%m/%Y %H:%M")
    );
    let open = found("t,A\n4/3/2024 1:00,1\n4/3/2024 1:15,2\n4/3/2024 1:30,3\n").unwrap();
    assert_eq!(open.time.formats, ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"]);
    assert!(matches!(open.time.why, FoundWhy::Check(_)));
}
