use super::super::file::Config;
use super::*;
use crate::acquire::{StatedTexts as _, TextName, check_format};

fn sources(yaml: &str) -> Result<Vec<StatedSource>> {
    let config = Config::parse(&format!("cleaner:\n  sources:\n{yaml}"))?;
    Ok(config.cleaner.stated()?.sources)
}

fn refusal(yaml: &str) -> String {
    let error = sources(yaml).unwrap_err();
    format!("{error} (line {})", error.line_number().unwrap_or(0))
}

const PLAIN: &str = "    - match: '*.csv'\n      table: wide\n      time: {columns: Datetime, format: '%m/%d/%Y %H:%M'}\n";

#[test]
fn what_is_written_out_and_is_the_default_is_the_same_reading() {
    let id = |yaml: &str| sources(yaml).unwrap()[0].stated.id();
    let plain = id(PLAIN);
    assert!(plain.is_some());
    let same = [
        "    - match: '*.csv'\n      table: wide\n      name: chillers\n      time: {columns: [Datetime], format: '%m/%d/%Y %H:%M', edge: start}\n      interval: none\n      point: header\n      skip: []\n      header: [Datetime]\n",
        "    # another place\n    - {match: other, table: wide, time: {format: '%m/%d/%Y %H:%M', columns: [' Datetime ']}}\n",
    ];
    for yaml in same {
        assert_eq!(id(yaml), plain, "{yaml}");
    }
    let others = [
        "      separator: ';'\n",
        "      dialect: none\n",
        "      units: below\n",
        "      interval: 15m\n",
        "      interval: cov\n",
        "      skip: [RECORD]\n",
        "      missing: [-9999]\n",
        "      abbreviations: {SGT: '+08:00'}\n",
        "      header: [Datetime, A]\n",
        "      mend: exchanged_day_month\n",
        "      decimal: ','\n",
    ];
    let mut ids: Vec<_> = others
        .iter()
        .map(|other| id(&format!("{PLAIN}{other}")))
        .collect();
    ids.push(plain);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), others.len() + 1);
    let lists = |list: &str| {
        id(&format!(
            "{PLAIN}      skip: {list}\n      missing: ['-9999', NaN, na]\n"
        ))
    };
    assert_eq!(lists("[a, b]"), lists("[b, a, a]"));
}

#[test]
fn an_entry_without_a_table_adds_to_the_dialects_of_its_texts() {
    let readings = |yaml: &str| {
        let config = Config::parse(&format!("cleaner:\n  sources:\n{yaml}")).unwrap();
        config.cleaner.stated().unwrap()
    };
    let of = |yaml: &str, path: &str| {
        let readings = readings(yaml);
        let path = std::path::Path::new(path);
        readings.file(path, &["in"]).of_text(TextName::Whole)
    };
    let added = of(
        "    - {match: '*', abbreviations: {SGT: '+08:00'}, separator: tab, missing: [NaN], interval: 15m, prefix: '{stem}/'}\n",
        "in/a.csv",
    );
    assert_eq!(added.table, None);
    let added = added.added.unwrap();
    assert_eq!(added.prefix, "a/");
    assert_eq!(added.interval, Some(15 * crate::time::MINUTE));
    assert_eq!(added.abbreviations.len(), 1);
    assert_eq!(
        of("    - {match: '*', interval: none}\n", "in/a.csv").id(),
        None
    );
    let plain = |path| of("    - {match: '*', prefix: '{stem}/'}\n", path).id();
    assert_ne!(plain("in/a.csv"), plain("in/b.csv"));
}

#[test]
fn what_is_wrong_with_an_entry_is_said_with_its_line() {
    insta::assert_snapshot!(refusal("    - {match: a}\n    - match: b\n      table: long\n"), @"cleaner.sources[1]: a table needs `time:` (line 4)");
    insta::assert_snapshot!(refusal("    - {match: a, table: day}\n"), @"cleaner.sources[0]: a table needs `time:` (line 3)");
    insta::assert_snapshot!(refusal("    - {match: a, table: wide}\n"), @"cleaner.sources[0]: a table needs `time:` (line 3)");
    insta::assert_snapshot!(refusal("    - {match: a, skip: [B]}\n"), @"cleaner.sources[0].skip is about tables: it needs `table:` (line 3)");
    insta::assert_snapshot!(refusal("    - {match: a, table: wide, time: {columns: t, format: '%H:%M'}}\n"), @r#"cleaner.sources[0].time.format: "%H:%M" has no word for a year (%Y, %y or %EY); known are %Y %y %EY %m %b %B %d %H %I %p %M %S %f %z %Z %a %A %F %T %R %D, or iso, epoch_s, epoch_ms, excel, sheet (line 3)"#);
    insta::assert_snapshot!(refusal(&format!("{PLAIN}      date_order: mdy\n")), @"cleaner.sources[0].date_order: `mdy` is said by `time.format` of a table (line 3)");
    insta::assert_snapshot!(refusal("    - {match: a, interval: 8s, snap: 5s}\n"), @"cleaner.sources[0].snap: expected at most half of `interval`, which has to be a length of time (line 3)");
    insta::assert_snapshot!(refusal("    - {match: a, interval: cov, snap: 5s}\n"), @"cleaner.sources[0].snap: expected at most half of `interval`, which has to be a length of time (line 3)");
    insta::assert_snapshot!(refusal(&format!("{PLAIN}      snap: 5s\n")), @"cleaner.sources[0].snap: expected at most half of `interval`, which has to be a length of time (line 3)");
    insta::assert_snapshot!(refusal(&format!("{PLAIN}      header: {{none: [t, value]}}\n")), @r#"cleaner.sources[0].time.columns: "Datetime" is none of the names in `header: {none: …}` (line 3)"#);
    insta::assert_snapshot!(refusal(&format!("{PLAIN}      abbreviations: {{CST: China}}\n")), @r#"cleaner.sources[0].abbreviations: CST: expected how far from UTC the clock is, such as "+08:00", or an IANA zone, found "China" (line 3)"#);
    insta::assert_snapshot!(refusal(&format!("{PLAIN}      point: {{path: '.*'}}\n")), @r#"cleaner.sources[0].point.path: ".*" has no group (?<name>…), which is the name of the point (line 3)"#);
    let unknown = refusal(&format!("{PLAIN}      colour: red\n"));
    assert!(unknown.contains("unknown field \"colour\""), "{unknown}");
}

#[test]
fn what_is_wrong_with_the_columns_of_values_is_said_with_its_line() {
    let wide = |value: &str| refusal(&format!("{PLAIN}      value: {value}\n"));
    insta::assert_snapshot!(wide("{column: B}"), @"cleaner.sources[0].value: in a wide table each column is a point; `column` and `columns` are of `table: long` (line 3)");
    insta::assert_snapshot!(wide("{status: {column: S, good: [ok]}}"), @"cleaner.sources[0].value: of a wide table it says where the statuses of columns stand (line 3)");
    insta::assert_snapshot!(wide("{status: {beside: '*', good: [ok]}}"), @r#"cleaner.sources[0].value.status.beside: expected a name such as Quality, or one with a `*` for the name of the column of the value, such as "* Status", found "*" (line 3)"#);
    let long = |rest: &str| {
        refusal(&format!(
            "    - match: a\n      table: long\n      time: {{columns: t, format: iso}}\n      {rest}\n"
        ))
    };
    insta::assert_snapshot!(long("point: {columns: id}"), @"cleaner.sources[0]: a table with one value a row needs `value:` (line 3)");
    insta::assert_snapshot!(long("value: {column: v, columns: [w]}"), @"cleaner.sources[0].value: expected `column`, of a table with one value a row, or `columns` of one with several (line 3)");
    insta::assert_snapshot!(long("value: {columns: '*'}"), @"cleaner.sources[0].value.columns: the names of such points begin with what stands in columns of the row (line 3)");
    insta::assert_snapshot!(long("value: {column: v, status: {beside: '* q', good: [ok]}}"), @"cleaner.sources[0].value.status.beside: it is about several columns of values; of one value a row say `status: {column: …}` (line 3)");
    let neither = long("value: {column: v, status: {good: [ok]}}");
    assert!(neither.contains("expected {column: Status"), "{neither}");
}

#[test]
fn several_columns_of_values_and_their_statuses_are_part_of_what_reads_them() {
    let id = |value: &str| {
        let yaml = format!(
            "    - {{match: a, table: long, time: {{columns: t, format: iso}}, point: {{columns: id}}, value: {value}}}\n"
        );
        sources(&yaml).unwrap()[0].stated.id()
    };
    let same = "{columns: [b, a], status: {beside: '* q', good: [OK, Alarm]}}";
    assert_eq!(
        id(same),
        id("{status: {good: [alarm, ok], beside: ' * q'}, columns: [a, b]}")
    );
    let others = [
        same,
        "{columns: '*'}",
        "{columns: [a, b]}",
        "{columns: [a, b], status: {beside: q, good: [ok, alarm]}}",
        "{columns: [a, b], status: {beside: '* q', good: [ok]}}",
        "{columns: [a, b], status: {beside: '* q', good: [ok, alarm], without: [a]}}",
        "{columns: [a, b], status: {column: q, good: [ok, alarm]}}",
    ];
    let ids: std::collections::BTreeSet<_> = others.into_iter().map(id).collect();
    assert_eq!(ids.len(), others.len());
}

#[test]
fn names_from_the_path_are_part_of_the_identity() {
    let yaml =
        "    - {match: '*', table: wide, prefix: '{stem}/', time: {columns: t, format: epoch_s}}\n";
    let readings = Config::parse(&format!("cleaner:\n  sources:\n{yaml}")).unwrap();
    let readings = readings.cleaner.stated().unwrap();
    let of = |path: &str| {
        let path = std::path::Path::new(path);
        readings.file(path, &["in"]).of_text(TextName::Whole)
    };
    assert_ne!(of("in/a.csv").id(), of("in/b.csv").id());
    assert_eq!(of("in/a.csv").id(), of("in/old/a.csv.gz").id());
    assert_eq!(of("in/a.csv").table.unwrap().prefix, "a/");
    let of_member = |file: &str, name| {
        let file = std::path::Path::new(file);
        readings.file(file, &["in"]).of_text(name)
    };
    let member = of_member("in/b.zip", TextName::Member("north/a.csv"));
    assert_eq!(of("in/a.csv").id(), member.id());
    let sheet = of_member("in/a.xlsx", TextName::Sheet("b.csv"));
    assert_eq!(of("in/a.csv").id(), sheet.id());
}

#[test]
fn the_guide_to_sources_has_every_field_and_every_word_of_a_format() {
    let guide = include_str!("../../../../../docs/dialects.md");
    let schema = schemars::schema_for!(SourceConfig).to_value();
    let time = schemars::schema_for!(TimeConfig).to_value();
    let fields = |schema: &serde_json::Value| -> Vec<String> {
        schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    let written = |name: &String| guide.contains(&format!("`{name}`"));
    let times = fields(&time).into_iter().map(|name| format!("time.{name}"));
    // `time` itself has none but these, and all reports may have an order of dates.
    let others = fields(&schema)
        .into_iter()
        .filter(|name| !["time", "date_order"].contains(&&**name));
    let missing: Vec<String> = others.chain(times).filter(|name| !written(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unknown = check_format("%q").unwrap_err();
    let (_, known) = unknown.split_once("known are ").unwrap();
    let missing: Vec<&str> = known
        .split([' ', ','])
        .filter(|word| !word.is_empty() && *word != "or")
        .filter(|word| !written(&(*word).to_owned()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
