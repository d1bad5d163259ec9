//! What is refused, what goes before what, and what the digest covers.

use super::*;

fn settings(text: &str) -> Result<Settings> {
    let config = Config::parse(&format!(
        "cleaner:\n  site_id: KMUH\n  timezone: Asia/Taipei\n{text}"
    ))?;
    Settings::new(&config, &Overrides::default())
}

fn refusal(text: &str) -> String {
    let error = settings(text).unwrap_err();
    format!("{error}\nhelp: {}", error.hint_text().unwrap_or("-"))
}

#[test]
fn contradictions_and_impossible_values_are_refused() {
    insta::assert_snapshot!(refusal("  resample_interval: 7m\n"), @"
    cleaner.resample_interval: expected a length that divides 24 h, such as 1m, 5m, 15m or 1h
    help: -
    ");
    insta::assert_snapshot!(refusal("batch:\n  time_resolution: 15m\n"), @"
    batch.time_resolution is 15m, but cleaner.resample_interval is 5m
    help: make them equal, or leave batch.time_resolution out
    ");
    insta::assert_snapshot!(refusal("  min_coverage: 1.5\n"), @"
    cleaner.min_coverage: expected above 0 and at most 1
    help: -
    ");
    insta::assert_snapshot!(refusal("  max_gap: 1m\n"), @"
    cleaner.max_gap: expected at least cleaner.resample_interval and at most 3660d
    help: -
    ");
    insta::assert_snapshot!(refusal("  max_hold: 4000d\n"), @"
    cleaner.max_hold: expected at most 3660d
    help: -
    ");
    insta::assert_snapshot!(refusal("  points: {A: {interval: often}}\n"), @r#"
    expected a length of time such as 15m, 1h, 90s or 7d, found "often", or cov
    help: -
    "#);
    insta::assert_snapshot!(refusal("  points: {A: {agg: held_mean}}\n"), @r#"
    unknown value "held_mean"
    help: known here: mean, last, max, sum
    "#);
    insta::assert_snapshot!(refusal("batch:\n  staging_dir: /elsewhere/.staging\n"), @"
    batch.output_base_dir (data/processed), staging_dir (/elsewhere/.staging) and manifest_dir (data/manifests) must share a parent
    help: parts are moved from one to the other, which must be one step
    ");
    insta::assert_snapshot!(refusal("batch:\n  memory_limit_mb: 1\n"), @"
    batch.memory_limit_mb: expected at least 64
    help: -
    ");
    insta::assert_snapshot!(refusal("batch:\n  max_time_span_per_file: 5h\n"), @"
    batch.max_time_span_per_file: expected a part of a day that divides it, or whole days
    help: -
    ");
    let plain = |overrides| Settings::new(&Config::default(), &overrides).unwrap_err();
    insta::assert_snapshot!(plain(Overrides::default()), @"the site is not given");
    let site = Some("KMUH".to_owned());
    insta::assert_snapshot!(plain(Overrides { site: site.clone(), ..Overrides::default() }), @"the time zone of the reports is not given");
    let wrong = plain(Overrides {
        site,
        timezone: Some("Asia/Taipeh".into()),
        ..Overrides::default()
    });
    insta::assert_snapshot!(format!("{wrong}\nhelp: {}", wrong.hint_text().unwrap()), @r#"
    "Asia/Taipeh" is not an IANA time zone
    help: did you mean "Asia/Taipei"?
    "#);
    let bare = plain(Overrides {
        site: Some("KMUH".into()),
        timezone: Some("taipei".into()),
        ..Overrides::default()
    });
    assert_eq!(bare.hint_text(), Some("did you mean \"Asia/Taipei\"?"));
    let short = plain(Overrides {
        site: Some("KMUH".into()),
        timezone: Some("CST".into()),
        ..Overrides::default()
    });
    let expected = "CST is short for several: name the site's own, such as Asia/Taipei, Asia/Shanghai or America/Chicago";
    assert_eq!(short.hint_text(), Some(expected));
    // In the database, and no zone: it would be taken for UTC.
    for name in ["Etc/Unknown", "etc/unknown", "ETC/UNKNOWN", "Factory"] {
        let unknown = plain(Overrides {
            site: Some("KMUH".into()),
            timezone: Some(name.into()),
            ..Overrides::default()
        });
        assert_eq!(unknown.kind(), crate::ErrorKind::Config);
        assert_eq!(
            unknown.to_string(),
            format!("{name:?} is not an IANA time zone")
        );
        assert!(crate::inspect::time_rule(name).is_err(), "{name}");
    }
    let id = Overrides {
        site: Some("../x".into()),
        timezone: Some("UTC".into()),
        ..Overrides::default()
    };
    insta::assert_snapshot!(plain(id), @r#""../x" is not a site id: expected letters, digits, '.', '_' and '-', beginning with a letter or digit"#);
    let error = SiteId::new(&"S".repeat(129)).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Config);
    insta::assert_snapshot!(error, @"a site id has at most 128 characters, found 129");
    SiteId::new(&"S".repeat(128)).unwrap();
}

#[test]
fn the_command_line_goes_before_the_file() {
    let config = Config::parse("cleaner:\n  site_id: A\n  timezone: UTC\n").unwrap();
    let overrides = Overrides {
        site: Some("B".into()),
        timezone: Some("Asia/Taipei".into()),
        resample: Some("15m".into()),
        data_dir: Some("out".into()),
        threads: Some(7),
    };
    let settings = Settings::new(&config, &overrides).unwrap();
    assert_eq!(
        (
            settings.site.as_str(),
            &*settings.timezone,
            settings.threads
        ),
        ("B", "Asia/Taipei", 7)
    );
    assert_eq!(settings.resample_interval.to_string(), "15m");
    assert_eq!(settings.dirs.staging, Path::new("out/.staging"));
    assert_eq!(settings.dirs.processed, Path::new("out/processed"));
}

#[test]
fn the_digest_covers_what_changes_results_and_nothing_else() {
    let base = settings("").unwrap().digest();
    for same in [
        "  min_coverage: 0.5 # the default\n",
        "  max_gap: 7d\n  resample_interval: 5m\n",
        "batch:\n  threads: 3\n  compression: zstd\n  max_rows_per_file: 10\n",
        "  allow_upsample: true\n",
        "  not_before: 2001-01-01\n",
        "  max_hold: 7d # as long as max_gap\n",
    ] {
        assert_eq!(settings(same).unwrap().digest(), base, "{same}");
    }
    let points = |text: &str| {
        settings(&format!("  points: {{A: {{{text}}}}}\n"))
            .unwrap()
            .digest()
    };
    let status = points("physical_type: status, states: {on: [Auto, run], off: [x]}");
    assert_eq!(
        status,
        points("physical_type: status, agg: max, states: {off: [X], on: [RUN, auto]}")
    );
    assert_eq!(
        points("physical_type: flow"),
        points("physical_type: flow, unit: L/min")
    );
    assert_ne!(
        points("physical_type: flow"),
        points("physical_type: flow, unit: GPM")
    );
    assert_ne!(
        status,
        points("physical_type: status, agg: last, states: {on: [auto, run], off: [x]}")
    );
    for other in [
        "  max_hold: 1d\n",
        "  points: {A: {interval: cov}}\n",
        "  points: {A: {interval: 15m}}\n",
        "  min_coverage: 0.6\n",
        "  max_gap: 8d\n",
        "  resample_interval: 15m\n",
        "  ambiguous_time: later\n",
        "  points: {A: {physical_type: flow, plausible: {min: 0, max: 9}}}\n",
        "  points: {A: {unit: kW}}\n",
        "  equipment: {pumps: {P1: {running: A}}}\n",
        "batch:\n  deduplicate_timestamps: false\n",
        "batch:\n  timestamp_unit: us\n",
    ] {
        assert_ne!(settings(other).unwrap().digest(), base, "{other}");
    }
}

#[test]
fn the_first_day_is_a_day_and_decides_what_the_dataset_says() {
    let settings = |day: &str| settings(&format!("  not_before: {day}\n"));
    let earlier = settings("1995-06-30").unwrap();
    let begin = earlier.not_before.begin(&earlier.zone);
    assert_eq!(begin.to_string(), "1995-06-29T16:00:00Z");
    assert_ne!(earlier.digest(), settings("2001-01-01").unwrap().digest());
    for wrong in ["2001", "2001-02-30", "soon", "2001-01-01 00:00"] {
        let error = settings(wrong).unwrap_err();
        assert!(
            error.message().contains("is no day of the form 2001-01-31"),
            "{wrong}: {error}"
        );
    }
}
