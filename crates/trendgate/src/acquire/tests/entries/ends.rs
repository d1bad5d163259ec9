//! Long texts whose first and last lines tell what they are, and what only all of their lines tell: they are read as if all were looked at.

use super::tables::long;
use super::*;

const MINUTES: usize = 3000;
/// The line in which something stands that the ends do not tell.
const MIDDLE: usize = 4000;

/// A value of each of three points each minute.
fn lines(start: &str) -> Vec<String> {
    let start: jiff::civil::DateTime = start.parse().unwrap();
    let minute = |minute: usize| {
        let at = start + jiff::SignedDuration::from_mins(i64::try_from(minute).unwrap());
        NAMES.map(|name| {
            format!(
                "{},{name},{}.5,",
                at.strftime("%Y-%m-%d %H:%M"),
                minute % 60
            )
        })
    };
    (0..MINUTES).flat_map(minute).collect()
}

/// The lines with this column of remarks, which makes texts long.
fn text(lines: &[String]) -> String {
    let lines = lines
        .iter()
        .map(|line| format!("{line}{}\n", ".".repeat(40)));
    format!("t,n,v,x\n{}", lines.collect::<String>())
}

fn stated(interval: Option<Span>) -> StatedReading {
    let described = DescribedTable {
        format: "%Y-%m-%d %H:%M".to_owned(),
        interval,
        ..long()
    };
    StatedReading {
        table: Some(Box::new(described)),
        ..StatedReading::default()
    }
}

/// What is made of a text, or why it is refused; and whether its ends were thought to tell it.
fn made(text: &str, zone: &str, whole: bool) -> (String, bool) {
    made_at(Some(MINUTE), text, zone, whole)
}

/// As [`made`], of points that are logged at this interval.
fn made_at(interval: Option<Span>, text: &str, zone: &str, whole: bool) -> (String, bool) {
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let (rule, stated) = (rule(zone), stated(interval));
    let looking = Looking {
        rule: &rule,
        stated: &stated,
        cancel: &Cancel::default(),
        sorting: None,
    };
    let mut by_ends = false;
    let read = || {
        let mut reports = sniff::reports_in(&file, &mut *file.open()?, looking)?;
        by_ends = reports
            .iter()
            .any(|report| report.layout.clock_faults.is_none());
        if whole && let Some(report) = reports.pop() {
            reports = sniff::read_whole_in(report, &file, looking)?;
        }
        read_in_memory::read_all(&file, reports, looking, &ReadOptions::default())
    };
    let mut read = read;
    let made = match read() {
        Ok(read) => {
            let tallies: Vec<_> = read.iter().map(|(_, _, outcome)| &outcome.tally).collect();
            format!("{:?}\n{tallies:?}", series(&read))
        }
        Err(error) => error.to_string(),
    };
    (made, by_ends)
}

/// Checks that a text is read alike whether its ends are looked at alone, or all of it is; and whether they are thought to tell it.
#[track_caller]
fn is_read_alike(lines: &[String], zone: &str, told: bool) -> String {
    let text = text(lines);
    let ((by_ends, is_told), (whole, _)) = (made(&text, zone, false), made(&text, zone, true));
    assert_eq!(is_told, told);
    assert!(by_ends == whole, "{:.300}\n{:.300}", by_ends, whole);
    by_ends
}

#[test]
fn a_text_in_order_of_time_is_told_by_its_ends() {
    let read = is_read_alike(&lines("2024-05-01T00:00"), "Europe/Berlin", true);
    assert_eq!(read.matches("2024-05-01T10:00:00Z ").count(), 3);
}

#[test]
fn without_an_interval_it_is_told_where_all_points_are_met_often() {
    for (every, told) in [(1, true), (100, true), (600, false)] {
        let lines = lines("2024-05-01T00:00").into_iter().enumerate();
        let lines = lines.filter(|(place, line)| !line.contains("D:E") || place / 3 % every == 0);
        let text = text(&lines.map(|(_, line)| line).collect::<Vec<_>>());
        let (by_ends, is_told) = made_at(None, &text, "Europe/Berlin", false);
        assert_eq!(is_told, told, "{every}");
        assert_eq!(by_ends, made_at(None, &text, "Europe/Berlin", true).0);
    }
}

#[test]
fn what_its_ends_do_not_tell_is_found_when_it_is_read() {
    let change = |line: &str, of: &dyn Fn(&str) -> String| {
        let mut lines = lines("2024-05-01T00:00");
        let date = lines[MIDDLE][..16].to_owned();
        let other = of(&date);
        match line {
            "" => lines.insert(MIDDLE, other),
            _ => lines[MIDDLE] = other,
        }
        is_read_alike(&lines, "Europe/Berlin", true)
    };
    let in_place = "in its place";
    // Another point, a number with a comma that may be either sign, another time, and what is none.
    assert!(change("", &|date| format!("{date},E,7,")).contains("\"E\""));
    change(in_place, &|date| format!("{date},A,\"1,234\","));
    change(in_place, &|_| "2024-05-01 00:00,A,7,".to_owned());
    change(in_place, &|_| "2024-05-03 00:00,A,7,".to_owned());
    change("", &|_| "2024-05-02 20:00,A,7,".to_owned());
    change("", &|_| "1971-05-03 00:00,A,7,".to_owned());
    change("", &|_| "2031-05-03 00:00,A,7,".to_owned());
    change("", &|_| "nothing".to_owned());
    change("", &|date| format!("{date},,7,"));
    change("", &|_| "t,n,v,x".to_owned());
    let refused = change("", &|_| "t,n,v,y,z".to_owned());
    assert!(refused.contains("another table"), "{refused}");
    change(in_place, &|date| format!("{date},A,on,"));
}

#[test]
fn a_pause_in_it_is_looked_at_whole() {
    for (from, days) in [("2024-05-02", 3), ("2024-05-03", 400)] {
        let mut lines = lines("2024-05-01T00:00");
        let moved = jiff::SignedDuration::from_hours(24 * days);
        for line in lines.iter_mut().filter(|line| line.as_str() >= from) {
            let at: jiff::civil::DateTime = line[..16].replace(' ', "T").parse().unwrap();
            line.replace_range(..16, &(at + moved).strftime("%Y-%m-%d %H:%M").to_string());
        }
        is_read_alike(&lines, "Asia/Taipei", true);
    }
}

#[test]
fn dates_whose_day_and_month_were_exchanged_are_seen_whole() {
    let mut lines = lines("2024-10-10T00:00");
    for line in &mut lines {
        let (day, month) = (line[8..10].to_owned(), line[5..7].to_owned());
        line.replace_range(5..10, &format!("{day}-{month}"));
    }
    let refused = is_read_alike(&lines, "Europe/Berlin", false);
    assert!(refused.contains("changed places"), "{refused}");
}

#[test]
fn a_text_with_a_doubled_hour_or_in_another_order_is_looked_at_whole() {
    is_read_alike(&lines("2024-10-26T12:00"), "Europe/Berlin", false);
    is_read_alike(&lines("2024-03-30T12:00"), "Europe/Berlin", true);
    let mut by_point = lines("2024-05-01T00:00");
    by_point.sort_by_key(|line| line[17..18].to_owned());
    is_read_alike(&by_point, "Europe/Berlin", false);
    let mut backward = lines("2024-05-01T00:00");
    backward.reverse();
    is_read_alike(&backward, "Europe/Berlin", false);
}

#[test]
fn a_name_with_bytes_that_are_no_characters_refuses_the_text_wherever_it_stands() {
    let mut lines = lines("2024-05-01T00:00");
    lines.insert(MIDDLE, "2024-05-02 20:00,K?hler,7,".to_owned());
    let text = text(&lines);
    let bytes = text
        .bytes()
        .map(|byte| if byte == b'?' { 0xF6 } else { byte });
    let file = FileBytes::in_memory(&bytes.collect::<Vec<u8>>(), Path::new("a.csv"));
    let (rule, stated) = (rule("Europe/Berlin"), stated(Some(MINUTE)));
    let looking = Looking {
        rule: &rule,
        stated: &stated,
        cancel: &Cancel::default(),
        sorting: None,
    };
    let reports = sniff::reports_in(&file, &mut *file.open().unwrap(), looking).unwrap();
    let read = read_in_memory::read_all(&file, reports, looking, &ReadOptions::default());
    let error = read.unwrap_err().to_string();
    assert!(
        error.contains(&format!("a.csv:{}", MIDDLE + 2)) && error.contains("UTF-8"),
        "{error}"
    );
}
