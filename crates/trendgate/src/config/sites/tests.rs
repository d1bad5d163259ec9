//! How a section and what is shared become one configuration, what its digest covers, and what is refused.

use super::*;
use crate::config::{Overrides, Settings};
use crate::store;
use proptest::prelude::*;

fn settings(text: &str, site: &str) -> Settings {
    let overrides = Overrides {
        site: Some(site.to_owned()),
        ..Overrides::default()
    };
    Settings::new(&Config::parse(text).unwrap(), &overrides).unwrap()
}

const MANY: &str = r#"
cleaner:
  resample_interval: 15m
  min_coverage: 0.8
  ignore: ["*-draft.csv"]
  points:
    "*.KWH": {physical_type: energy_counter, unit: kWh}
    "*.ST": {physical_type: status}
    "CH1.CHST": {physical_type: chilled_water_temperature, unit: °C}
  sources:
    - {match: "*.dat", decimal: ","}
  meters:
    MAIN: {power: M.KW, energy: M.KWH}
batch: {compression: zstd, threads: 3, memory_limit_mb: 512}
sites:
  NORTH:
    paths: [north, more/north]
    cleaner:
      timezone: Asia/Taipei
      min_coverage: 0.5
      ignore: ["~*"]
      points:
        "CH1.CHST": {unit: °F}
        "CH2.CHST": {physical_type: chilled_water_temperature, unit: °C}
      equipment: {pumps: {P1: {running: P1.ST}}}
      sources:
        - {match: "loggers/*.dat", clock: "+01:00"}
  SOUTH:
    paths: [south]
    cleaner: {timezone: Europe/Berlin, resample_interval: 5m}
    batch: {compression: snappy}
"#;

const NORTH: &str = r#"
cleaner:
  site_id: NORTH
  timezone: Asia/Taipei
  resample_interval: 15m
  ignore: ["~*", "*-draft.csv"]
  points:
    "*.KWH": {physical_type: energy_counter, unit: kWh}
    "*.ST": {physical_type: status}
    "CH1.CHST": {unit: °F}
    "CH2.CHST": {physical_type: chilled_water_temperature, unit: °C}
  equipment: {pumps: {P1: {running: P1.ST}}}
  sources:
    - {match: "loggers/*.dat", clock: "+01:00"}
    - {match: "*.dat", decimal: ","}
  meters:
    MAIN: {power: M.KW, energy: M.KWH}
batch: {compression: zstd, threads: 3, memory_limit_mb: 512}
"#;

#[test]
fn a_section_over_what_is_shared_is_the_configuration_of_a_file_of_its_own() {
    let many = Config::parse(MANY).unwrap();
    let north = many.of_site("NORTH").unwrap();
    let mut alone = Config::parse(NORTH).unwrap();
    // The lines in which entries stand are those of their own file.
    assert_eq!(north.cleaner.sources[0].line, 27);
    assert_eq!(north.cleaner.sources[1].line, 11);
    for (source, other) in (alone.cleaner.sources.iter_mut()).zip(&north.cleaner.sources) {
        source.line = other.line;
    }
    assert_eq!(north.cleaner, alone.cleaner);
    assert_eq!(north.batch, alone.batch);
    assert_eq!(north.paths, ["north", "more/north"].map(PathBuf::from));
    let south = settings(MANY, "SOUTH");
    assert_eq!(south.resample_interval, 5 * crate::time::MINUTE);
    assert!((south.min_coverage - 0.8).abs() < 1e-9);
    assert_eq!(
        south.parts.compression,
        crate::partition::Compression::Snappy
    );
    assert_eq!((south.threads, south.memory_limit), (3, 512_000_000));
}

#[test]
fn the_digest_of_a_site_is_that_of_a_file_of_its_own() {
    assert_eq!(
        settings(MANY, "NORTH").digest(),
        settings(NORTH, "NORTH").digest()
    );
    let default = "cleaner: {timezone: UTC, min_coverage: 0.8}\nsites:\n  A: {cleaner: {min_coverage: 0.5}}\n";
    let alone = "cleaner: {site_id: A, timezone: UTC}\n";
    assert_eq!(
        settings(default, "A").digest(),
        settings(alone, "A").digest(),
        "a default that a section writes goes before what is shared"
    );
}

#[test]
fn what_other_sections_say_does_not_change_the_digest_of_a_site() {
    let digest = |text: &str| settings(text, "NORTH").digest();
    let before = digest(MANY);
    let other = MANY.replace(
        "resample_interval: 5m",
        "resample_interval: 30m, points: {\"*.KW\": {unit: kW}}, max_gap: 2d",
    );
    assert_ne!(other, MANY);
    assert_eq!(digest(&other), before);
    let gone = MANY.split("  SOUTH:").next().unwrap();
    assert_eq!(digest(gone), before);
    let more = format!(
        "{MANY}  WEST: {{paths: [west], cleaner: {{timezone: UTC, unit_system: imperial}}}}\n"
    );
    assert_eq!(digest(&more), before);
    let own = MANY.replace("min_coverage: 0.5", "min_coverage: 0.6");
    assert_ne!(digest(&own), before);
    let shared = MANY.replace("unit: kWh", "unit: MWh");
    assert_ne!(digest(&shared), before);
}

#[test]
fn the_digest_tells_patterns_apart_only_where_one_has_to_go_before_the_other() {
    let of = |shared: &str, own: &str| {
        let text = format!(
            "cleaner: {{timezone: UTC, points: {{{shared}}}}}\nsites:\n  A: {{cleaner: {{points: {{{own}}}}}}}\n"
        );
        settings(&text, "A").digest()
    };
    let alone = |points: &str| {
        let text = format!("cleaner: {{site_id: A, timezone: UTC, points: {{{points}}}}}\n");
        settings(&text, "A").digest()
    };
    let (kw, kwh) = ("\"*.KW\": {unit: kW}", "\"*.KWH\": {unit: kWh}");
    let both = format!("{kw}, {kwh}");
    assert_eq!(of(kw, kwh), alone(&both), "no point is of both");
    let chillers = "\"CH*\": {unit: MW}";
    let both = format!("{kw}, {chillers}");
    assert_ne!(of(kw, chillers), alone(&both), "CH1.KW would be of both");
    assert_ne!(
        of(kw, chillers),
        of(chillers, kw),
        "and one of them goes before the other"
    );
    let alike = "\"CH*\": {unit: kW}";
    assert_eq!(
        of(kw, alike),
        alone(&format!("{kw}, {alike}")),
        "both say the same"
    );
    let suffix = ("\"*:KW\": {unit: kW}", "\"CH?\": {unit: MW}");
    let both = format!("{}, {}", suffix.0, suffix.1);
    assert_ne!(
        of(suffix.0, suffix.1),
        alone(&both),
        "CH1:KW is of both, by its names"
    );
}

fn refusal(text: &str) -> String {
    let error = Config::parse(text).unwrap_err();
    format!(
        "line {}: {error}\n| {}\nhelp: {}",
        error.line_number().unwrap_or_default(),
        error.excerpt_lines().join("\n"),
        error.hint_text().unwrap_or("-")
    )
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    insta::assert_snapshot!(refusal("cleaner: {timezone: UTC}\nsites:\n  NORTH: {paths: [a]}\n  North: {paths: [b]}\n"), @r#"
    line 4: sites.North: there is a site "NORTH", too, which differs in capital letters alone
    |   North: {paths: [b]}
    help: make them one, or give one of them another id
    "#);
    insta::assert_snapshot!(refusal("sites:\n  A: {paths: [a]}\n  A: {paths: [b]}\n"), @r#"
    line 3: the field "A" is there twice
    |   A: {paths: [b]}
    help: keep one of them
    "#);
    insta::assert_snapshot!(refusal("cleaner:\n  site_id: A\nsites:\n  A:\n    paths: [a]\n"), @"
    line 2: cleaner.site_id stands beside `sites`
    |   site_id: A
    help: leave it out: each section of `sites` has the id of its site for a name
    ");
    insta::assert_snapshot!(refusal("sites:\n  A:\n    cleaner:\n      timezone: UTC\n      site_id: A\n"), @"
    line 5: sites.A.cleaner.site_id: the section has the id of the site for a name
    |       site_id: A
    help: leave it out
    ");
    insta::assert_snapshot!(refusal("sites:\n  A:\n    batch:\n      threads: 2\n"), @"
    line 4: sites.A.batch.threads: threads and memory are those of all sites together
    |       threads: 2
    help: state batch.threads beside `sites`, or leave it out
    ");
    insta::assert_snapshot!(refusal("sites:\n  A:\n    batch: {memory_limit_mb: 100}\n"), @"
    line 3: sites.A.batch.memory_limit_mb: threads and memory are those of all sites together
    |     batch: {memory_limit_mb: 100}
    help: state batch.memory_limit_mb beside `sites`, or leave it out
    ");
    insta::assert_snapshot!(refusal("paths: [a]\nsites:\n  A: {}\n"), @"
    line 1: `paths` stands beside `sites`
    | paths: [a]
    help: reports are those of one site: give each section of `sites` its own
    ");
    insta::assert_snapshot!(refusal("sites:\n  \"../x\": {paths: [a]}\n"), @r#"
    line 2: sites: "../x" is not a site id: expected letters, digits, '.', '_' and '-', beginning with a letter or digit
    |   "../x": {paths: [a]}
    help: -
    "#);
    insta::assert_snapshot!(refusal("sites:\n  A:\n    cleaner:\n      timezon: UTC\n"), @r#"
    line 4: unknown field "timezon"
    |       timezon: UTC
    help: did you mean "timezone"?
    "#);
    insta::assert_snapshot!(refusal("sites:\n  A:\n    pats: [a]\n"), @r#"
    line 3: unknown field "pats"
    |     pats: [a]
    help: did you mean "paths"?
    "#);
    insta::assert_snapshot!(refusal("sites: [A, B]\n"), @"
    line 1: expected mapping start
    | sites: [A, B]
    help: -
    ");
}

#[test]
fn one_report_is_of_one_site() {
    let folder = store::test_folder();
    let refused = |text: &str| {
        let path = folder.path().join("sites.yaml");
        let _ = store::remove_file(&path);
        store::write_all(&path, text.as_bytes()).unwrap();
        let error = Config::load(&path).err()?;
        let place = folder.path().display().to_string();
        Some(error.to_string().replace(&place, "."))
    };
    let sites = |a: &str, b: &str| {
        refused(&format!(
            "sites:\n  A:\n    paths: [{a}]\n  B:\n    paths: [{b}]\n"
        ))
    };
    insta::assert_snapshot!(sites("in", "./in/").unwrap(), @r#"./sites.yaml:4: sites.B.paths: ./in and ./in of the site "A" would be reports of both"#);
    insta::assert_snapshot!(sites("in", "in/b").unwrap(), @r#"./sites.yaml:4: sites.B.paths: ./in/b and ./in of the site "A" would be reports of both"#);
    insta::assert_snapshot!(sites("in/a/x.csv", &format!("{}/in", folder.path().display())).unwrap(), @r#"./sites.yaml:4: sites.B.paths: ./in and ./in/a/x.csv of the site "A" would be reports of both"#);
    assert_eq!(sites("in/a", "in/b"), None);
    assert_eq!(sites("in/a", "in/ab"), None);
    let patterns = |b: &str| {
        refused(&format!(
            "sites:\n  A: {{paths: [in], batch: {{input_pattern: \"a*\"}}}}\n  B: {{paths: [in], batch: {{input_pattern: \"{b}\"}}}}\n"
        ))
    };
    assert_eq!(patterns("b*"), None);
    assert!(patterns("a*").is_some());
}

#[test]
fn a_site_is_chosen_by_its_id() {
    let many = Config::parse(MANY).unwrap();
    assert!(many.site_ids().eq(["NORTH", "SOUTH"]));
    let error = Settings::new(&many, &Overrides::default()).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Usage);
    assert_eq!(error.message(), "the configuration has 2 sites");
    assert_eq!(
        error.hint_text(),
        Some(
            "name one with --site: NORTH, SOUTH; `run`, `plan`, `verify`, `gc` and `report` take all of them with --all"
        )
    );
    let error = many.of_site("EAST").unwrap_err();
    assert_eq!(error.message(), "the configuration has no site \"EAST\"");
    assert_eq!(error.hint_text(), Some("it has NORTH, SOUTH"));
}

#[test]
fn paths_are_those_of_the_folder_of_the_file_and_all_sites_have_one_dataset_unless_they_say_otherwise()
 {
    let folder = store::test_folder();
    let path = folder.path().join("sites.yaml");
    store::write_all(&path, MANY.as_bytes()).unwrap();
    let many = Config::load(&path).unwrap();
    let north = many.of_site("NORTH").unwrap();
    assert_eq!(north.paths[1], folder.path().join("more/north"));
    let root = |config: &Config| config.dirs(None).unwrap().root;
    assert_eq!(root(&north), folder.path().join("data"));
    assert_eq!(root(&many), folder.path().join("data"));
    let moved = many.dirs(Some(Path::new("elsewhere"))).unwrap();
    assert_eq!(moved.root, Path::new("elsewhere"));
    let apart = MANY.replace(
        "compression: snappy",
        "output_base_dir: s/processed, staging_dir: s/.staging, manifest_dir: s/manifests",
    );
    store::remove_file(&path).unwrap();
    store::write_all(&path, apart.as_bytes()).unwrap();
    let many = Config::load(&path).unwrap();
    assert_eq!(
        root(&many.of_site("SOUTH").unwrap()),
        folder.path().join("s")
    );
    assert_eq!(
        many.dirs(None).unwrap_err().message(),
        "the configuration has 2 sites"
    );
}

#[test]
fn a_configuration_is_found_in_the_folder_or_above_it() {
    let folder = store::test_folder();
    let below = folder.path().join("a/b");
    store::create_dir_all(&below).unwrap();
    assert_eq!(Config::find(&below).unwrap(), None);
    let path = folder.path().join("trendgate.yaml");
    store::write_all(
        &path,
        b"cleaner: {site_id: S, timezone: UTC}\npaths: [in]\n",
    )
    .unwrap();
    let found = Config::find(&below).unwrap().unwrap();
    assert_eq!(found, store::canonical(&path).unwrap());
    let config = Config::load_found(&found).unwrap();
    let root = found.parent().unwrap();
    assert_eq!(config.paths, [root.join("in")]);
    assert_eq!(config.dirs(None).unwrap().root, root.join("data"));
    let named = Config::load(&path).unwrap();
    assert_eq!(
        named.dirs(None).unwrap().root,
        Path::new("data"),
        "as ever where it is named"
    );
    store::create_dir_all(&below.join("trendgate.yaml")).unwrap();
    assert_eq!(
        Config::find(&below).unwrap(),
        Some(found),
        "a folder is no configuration"
    );
}

proptest! {
    /// Each of these lines stands beside `sites`, in the section, or in both; what the section writes counts.
    #[test]
    fn whatever_stands_where_the_digest_is_that_of_what_counts(
        places in proptest::collection::vec((0..4_u8, any::<bool>()), 7),
    ) {
        const LINES: [[&str; 2]; 7] = [
            ["resample_interval: 15m", "resample_interval: 5m"],
            ["min_coverage: 0.7", "min_coverage: 0.5"],
            ["max_gap: 3d", "max_gap: 7d"],
            ["ambiguous_time: later", "ambiguous_time: earlier"],
            ["points: {A: {unit: kW}}", "points: {A: {unit: V}}"],
            ["meters: {M: {power: A, energy: B}}", "meters: {M: {power: C, energy: B}}"],
            ["not_before: 2010-01-01", "not_before: 2001-01-01"],
        ];
        let (mut shared, mut own, mut counts) = (vec!["timezone: UTC"], vec!["timezone: UTC"], vec!["site_id: A", "timezone: UTC"]);
        for ((place, which), lines) in places.into_iter().zip(LINES) {
            let (one, other) = (lines[usize::from(which)], lines[usize::from(!which)]);
            match place {
                0 => {}
                1 => { shared.push(one); counts.push(one); }
                2 => { own.push(one); counts.push(one); }
                _ => { shared.push(other); own.push(one); counts.push(one); }
            }
        }
        let many = format!(
            "cleaner: {{{}}}\nsites:\n  A: {{cleaner: {{{}}}}}\n  B: {{cleaner: {{max_gap: 1d}}}}\n",
            shared.join(", "),
            own.join(", ")
        );
        let alone = format!("cleaner: {{{}}}\n", counts.join(", "));
        prop_assert_eq!(settings(&many, "A").digest(), settings(&alone, "A").digest());
    }
}
