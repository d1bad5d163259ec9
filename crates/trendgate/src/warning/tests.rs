//! What a warning says, to a person and to a program.

use super::*;

#[test]
fn a_warning_is_one_sentence_for_a_person_and_flat_fields_for_a_program() {
    let warning = Warning::RuleTripped {
        rule: "plausible",
        month: "2016-11".to_owned(),
        flagged: 96,
        judged: 100,
        limit: 0.5,
    };
    assert_eq!(
        warning.to_string(),
        "the rule plausible flags 96 of the 100 cells that it judged in 2016-11: more than cleaner.trip_share, 0.5 \
         (look at the evidence (`trendgate explain`) before the flags of that month are used)"
    );
    let json = serde_json::to_value(&warning).unwrap();
    assert_eq!(json["kind"], "rule_tripped");
    assert_eq!(json["month"], "2016-11");
    assert_eq!(
        json["counts"],
        serde_json::json!({"flagged": 96, "judged": 100})
    );
    assert!(json.get("file").is_none(), "what does not apply is absent");
    let read: WarningEntry = serde_json::from_value(json).unwrap();
    assert_eq!(read, warning.entry());
}

#[test]
fn what_most_of_the_lost_cells_are_decides_the_remedy() {
    let lost = |texts: u64, ambiguous_numbers, unit_mismatch| {
        let warning = Warning::LostCells {
            point: "A".to_owned(),
            column: "a".to_owned(),
            unit: Some("kW"),
            reports: 1,
            cells: 10,
            unrecognised: texts + ambiguous_numbers,
            ambiguous_numbers,
            unit_mismatch,
            repeated: 0,
            files: vec!["a.csv".into()],
            examples: vec!["7,625".to_owned()],
        };
        warning.to_string()
    };
    insta::assert_snapshot!(lost(2, 0, 1), @r#"point "A": of 10 cells in a.csv, 3 lost: 2 are texts of no known kind ("7,625"), 1 have a unit that does not fit the point's (if the texts are states, name them under `states` of the point in cleaner.points)"#);
    insta::assert_snapshot!(lost(0, 2, 0), @r#"point "A": of 10 cells in a.csv, 2 lost: 2 are ambiguous numbers, whose comma may be the decimal sign or set thousands apart ("7,625") (say in the configuration which sign is the decimal one: `decimal: "."` or `decimal: ","`, under cleaner)"#);
    insta::assert_snapshot!(lost(1, 2, 0), @r#"point "A": of 10 cells in a.csv, 3 lost: 3 are texts of no known kind, 2 of them ambiguous numbers, whose comma may be the decimal sign or set thousands apart ("7,625") (say in the configuration which sign is the decimal one: `decimal: "."` or `decimal: ","`, under cleaner)"#);
    insta::assert_snapshot!(lost(0, 1, 2), @r#"point "A": of 10 cells in a.csv, 3 lost: 1 are ambiguous numbers, whose comma may be the decimal sign or set thousands apart ("7,625"), 2 have a unit that does not fit the point's (is the unit kW right? state `unit` under cleaner.points)"#);
}

#[test]
fn reports_cut_short_are_one_warning_with_a_file_only_where_there_is_one() {
    let cut = |names: &[&str], reports| Warning::CutShort {
        reports,
        examples: names.iter().map(PathBuf::from).collect(),
    };
    let one = cut(&["a.csv"], 1);
    assert!(
        one.message()
            .starts_with("a.csv: the report has no trailer")
    );
    assert_eq!(one.entry().file.as_deref(), Some("a.csv"));
    let many = cut(&["a.csv", "b.csv"], 7);
    assert!(
        many.message()
            .starts_with("7 reports have no trailer, among them a.csv, b.csv;")
    );
    assert_eq!(many.entry().file, None);
    assert_eq!(many.entry().examples, ["a.csv", "b.csv"]);
}

#[test]
fn the_ratio_of_a_meter_is_told_with_the_round_factor_that_is_near() {
    let said = |ratio: f64| {
        let warning = Warning::MeterDisagrees {
            meter: "MDB".to_owned(),
            power: "KW".to_owned(),
            energy: "KWH".to_owned(),
            column: "kwh".to_owned(),
            days: 3,
            ratio,
        };
        let remedy = warning.remedy().unwrap();
        let factor = remedy.split("scale: ").nth(1);
        let factor = factor.and_then(|rest| rest.split('`').next());
        (warning.message(), factor.map(ToOwned::to_owned))
    };
    assert_eq!(
        said(10.524).0,
        "the meter \"MDB\" does not agree with itself on 3 days: KW says 10.5 times what KWH counts (median)"
    );
    for (ratio, factor) in [
        (10.524, Some("10")),
        (0.00098, Some("0.001")),
        (975.0, Some("1000")),
        (39.8, Some("40")),
        (1.05, None),
        (0.6, None),
        (1.5, None),
    ] {
        assert_eq!(said(ratio).1.as_deref(), factor, "{ratio}");
    }
}
