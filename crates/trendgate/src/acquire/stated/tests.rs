use super::*;

#[test]
fn offsets_are_read_as_they_are_written_and_anything_else_is_refused() {
    for text in ["+01:00", "-06:00", "+05:45", "+00:00", "-00:30"] {
        let offset: ClockOffset = text.parse().unwrap();
        assert_eq!(offset.to_string(), text);
    }
    for text in [
        "", "1", "+1:00", "01:00", "+01:60", "+19:00", "+0100", "CET",
    ] {
        assert!(text.parse::<ClockOffset>().is_err(), "{text}");
    }
    let chicago: ClockOffset = "-06:00".parse().unwrap();
    let at = chicago.zone().to_offset(jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(at.seconds(), -6 * 3600);
    assert_eq!(ClockOffset::of_seconds(-6 * 3600), Some(chicago));
    assert_eq!(ClockOffset::of_seconds(61), None);
}

#[test]
fn what_is_stated_is_known_by_all_of_it_and_nothing_by_nothing() {
    let json = |text: &str| serde_json::from_str::<StatedReading>(text).unwrap();
    let readings = [
        json(r#"{"date_order": "mdy"}"#),
        json(r#"{"date_order": "dmy"}"#),
        json(r#"{"clock": "+01:00"}"#),
        json(r#"{"decimal": ","}"#),
        json(r#"{"encoding": "gbk"}"#),
        json(r#"{"encoding": "big5"}"#),
        json(r#"{"added": {"prefix": "a/"}}"#),
        json(r#"{"added": {"missing": ["a/"]}}"#),
    ];
    let mut ids: Vec<_> = readings.iter().map(StatedReading::id).collect();
    assert!(ids.iter().all(Option::is_some));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), readings.len());
    assert_eq!(json("{}").id(), None);
    assert_eq!(json(r#"{"encoding": "CP936"}"#), readings[4]);
    for reading in readings {
        let text = serde_json::to_string(&reading).unwrap();
        assert_eq!(json(&text), reading, "{text}");
        let bytes = postcard::to_allocvec(&reading).unwrap();
        assert_eq!(
            postcard::from_bytes::<StatedReading>(&bytes).unwrap(),
            reading
        );
    }
}

#[test]
fn the_first_entry_that_matches_a_path_goes_before_what_is_said_of_all() {
    let json = |text: &str| serde_json::from_str::<StatedReading>(text).unwrap();
    let source = |pattern: &str, stated: &str| StatedSource {
        pattern: pattern.to_owned(),
        patterns: PathPatterns::anywhere("", &pattern.to_owned()).unwrap(),
        member: None,
        members: None,
        stated: json(stated),
        names: PathNames::default(),
        line: 0,
    };
    let readings = StatedReadings {
        site: json(r#"{"date_order": "mdy", "decimal": "."}"#),
        sources: vec![
            source("eu/*.csv", r#"{"decimal": ","}"#),
            source("*.csv", r#"{"clock": "+01:00"}"#),
        ],
    };
    let of = |path: &str| {
        let file = Path::new(path);
        readings
            .file(file, &[Path::new("in")])
            .of_text(TextName::Whole)
    };
    assert_eq!(
        of("in/eu/a.csv"),
        json(r#"{"date_order": "mdy", "decimal": ","}"#)
    );
    let second = json(r#"{"date_order": "mdy", "decimal": ".", "clock": "+01:00"}"#);
    assert_eq!(of("in/us/a.csv"), second);
    assert_eq!(of("in/a.txt"), readings.site);
    let found = ["in/us/a.csv", "in/b.csv"].map(PathBuf::from);
    let unmatched = readings.unmatched(found.into_iter(), &[Path::new("in")]);
    let patterns = unmatched.iter().map(|source| &*source.pattern);
    assert_eq!(patterns.collect::<Vec<_>>(), ["eu/*.csv"]);
}

#[test]
fn an_entry_for_members_is_about_no_other_texts() {
    let json = |text: &str| serde_json::from_str::<StatedReading>(text).unwrap();
    let source = |members: Option<&str>, stated: &str| StatedSource {
        pattern: "*".to_owned(),
        patterns: PathPatterns::anywhere("", &"*".to_owned()).unwrap(),
        member: members.map(str::to_owned),
        members: members.map(|pattern| PathPatterns::new("", [&pattern.to_owned()]).unwrap()),
        stated: json(stated),
        names: PathNames::default(),
        line: 0,
    };
    let clock = |hour: u8| format!("{{\"clock\": \"+0{hour}:00\"}}");
    let readings = StatedReadings {
        site: StatedReading::default(),
        sources: vec![
            source(Some("Sheet*"), &clock(1)),
            source(Some("north/*.csv"), &clock(2)),
            source(None, &clock(3)),
        ],
    };
    let path = Path::new("in/a");
    let of = |text| readings.file(path, &[path]).of_text(text);
    for (text, hour) in [
        (TextName::Sheet("Sheet2"), 1),
        (TextName::Member("old/sheet.csv"), 1),
        (TextName::Member("north/a.csv"), 2),
        (TextName::Member("old/north/a.csv"), 3),
        (TextName::Sheet("2 Sheet"), 3),
        (TextName::Whole, 3),
    ] {
        assert_eq!(of(text), json(&clock(hour)), "{text:?}");
    }
    let was = json(&clock(1));
    assert!(!readings.read_otherwise(path, Some("Sheet2"), &was));
    assert!(readings.read_otherwise(path, Some("2"), &was));
    assert!(readings.read_otherwise(path, None, &was));
}
