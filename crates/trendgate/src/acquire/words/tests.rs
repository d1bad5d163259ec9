use super::*;

#[test]
fn numbers_units_and_marks_are_told_apart() {
    for (text, number, unit, mark) in [
        ("21.5", "21.5", "", None),
        ("21.5*", "21.5", "", Some("*")),
        ("22.5 *", "22.5", "", Some("*")),
        ("23.5 -N-", "23.5", "", Some("-N-")),
        ("24.5 {ok}", "24.5", "", Some("{ok}")),
        ("24.5 {fault,stale}", "24.5", "", Some("{fault,stale}")),
        ("25.5 (A)", "25.5", "", Some("(A)")),
        ("26.5 F*", "26.5", "", Some("F*")),
        ("26.5AL*", "26.5", "", Some("AL*")),
        // The letters are a unit beyond doubt.
        ("26.5 kW*", "26.5", "kW", Some("*")),
        ("26.5 °C*", "26.5", "°C", Some("*")),
        ("26.5 (kW)", "26.5", "(kW)", None),
        ("26.5 kW {ok}", "26.5", "kW", Some("{ok}")),
        ("7,5 °C", "7,5", "°C", None),
        ("1 234,0 kWh", "1 234,0", "kWh", None),
        ("1.5E+03", "1.5E+03", "", None),
        ("1,5e3*", "1,5e3", "", Some("*")),
        ("(12.5)", "", "", Some("(12.5)")),
        ("12.5-", "12.5", "-", None),
        ("5*3*", "5", "*3", Some("*")),
        ("-5 C", "-5", "C", None),
        ("", "", "", None),
    ] {
        let parts = Parts::of(text);
        assert_eq!(
            (parts.number, parts.unit, parts.mark.map(str::trim)),
            (number, unit, mark),
            "{text}"
        );
    }
}

#[test]
fn a_status_that_says_that_there_is_no_value_is_known() {
    for (text, expected) in [
        ("0 {null}", true),
        ("{down}", true),
        ("21.5 {fault,stale}", true),
        ("21.5 {OK, Stale}", true),
        ("21.5 (disabled)", true),
        ("21.5 {ok}", false),
        ("21.5 {alarm,unackedAlarm}", false),
        ("21.5 {overridden}", false),
        ("21.5 {shutdown}", false),
        ("null", false),
        ("21.5", false),
    ] {
        assert_eq!(Parts::of(text).has_no_value(), expected, "{text}");
    }
}

#[test]
fn a_unit_that_no_table_knows_is_a_word_and_nothing_else() {
    for unit in [
        "mg/l", "hrs", "W/m2", "kJ/kg", "°dH", "µg/m³", "parsecs", "min", "公噸",
    ] {
        let text = format!("12 {unit}");
        assert_eq!(Parts::of(&text).unit(), UnitWord::Unknown, "{unit}");
    }
    for text in [
        "12 k", "12 x", "12 h", "12 da", "12 Mio", "12 pm", "12 th", "12 mw", "12 pA", "12 MA",
        "12 on", "12 OFF", "12 bad", "12 NaN", "12 null", "12. Jan", "12 März", "12h30", "1e5 kW",
        "12 of 5", "12-", "12-Jan", "12:30", "12/30", "0x1F", "12 _", "12 kW kW",
    ] {
        assert_eq!(Parts::of(text).unit(), UnitWord::NoUnit, "{text}");
    }
    assert_eq!(Parts::of("5 mW").unit(), UnitWord::Known(Unit::Milliwatt));
    assert_eq!(Parts::of("5").unit(), UnitWord::None);
}
