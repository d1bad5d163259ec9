//! Forms of tables that differ in one thing or another: what is written for each, and what is read by it.
//!
//! A form is a folder of `checks/forms`: files in `in`, and `expected.txt` with the zone of the site, what is read, and the entries of sources.

use super::*;
use std::fmt::Write as _;
use std::io::Read as _;

fn text_of(path: &Path) -> String {
    let mut text = String::new();
    store::open(path)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn every_form_is_found_and_read_as_it_stands() {
    let folder = format!("{}/../../checks/forms", env!("CARGO_MANIFEST_DIR"));
    let forms = store::list_dir(Path::new(&folder)).unwrap();
    assert!(forms.len() >= 30, "{} forms", forms.len());
    let mut others = String::new();
    for form in forms {
        let expected = text_of(&form.join("expected.txt"));
        let (zone, expected) = expected.split_once('\n').unwrap();
        let found = outcome(&form.join("in"), zone);
        let found = format!("{}\n\n{}\n", found.shown(), found.entries());
        if found.trim_end() != expected.trim_end() {
            let name = form.file_name().unwrap().to_string_lossy();
            writeln!(others, "=== {name}\n{zone}\n{found}").unwrap();
        }
    }
    assert!(
        others.is_empty(),
        "these are other than expected:\n{others}"
    );
}

#[test]
fn words_for_states_have_their_numbers_where_these_are_known_and_are_left_to_a_person_elsewhere() {
    let folder = format!(
        "{}/../../checks/forms/states-in-other-languages/in",
        env!("CARGO_MANIFEST_DIR")
    );
    let yaml = outcome(Path::new(&folder), "Europe/Berlin").yaml;
    let line = |name: &str| {
        let is_it = |line: &&str| {
            let plain = line.trim_start().trim_start_matches("# ");
            plain.starts_with(&format!("{name:?}: "))
        };
        let line = yaml.lines().find(is_it).unwrap_or_default().trim();
        line.split("   # ").next().unwrap_or_default().to_owned()
    };
    for (name, expected) in [
        ("Pumpe", r#""Pumpe": {states: {"Aus": 0, "Ein": 1}}"#),
        (
            "Ventilateur",
            r#""Ventilateur": {states: {"Arrêt": 0, "Marche": 1}}"#,
        ),
        ("Door", r#""Door": {states: {"有": 1, "無": 0}}"#),
        ("Licht", r#""Licht": {states: {"Ein": 1}}"#),
        ("Fan", r#"# "Fan": {states: {"手动": ?, "自动": ?}}"#),
        (
            "Mode",
            r#"# "Mode": {states: {"Cooling": ?, "Heating": ?, "Off": ?}}"#,
        ),
    ] {
        assert_eq!(line(name), expected, "{yaml}");
    }
}
