//! Starter configurations.

use super::*;

/// The reports of the example plant, wherever the tests run.
fn plant() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plant").to_owned()
}

#[test]
fn init_proposes_a_configuration_for_the_example_plant_and_a_run_takes_it() {
    let desk = Desk::new();
    let text = desk.run(&["init", &plant()]);
    insta::assert_snapshot!(text, @r##"
    exit 0
    # A starter configuration, written by trendgate init from 6 reports with 7488 rows. A run takes it as it stands and guesses nothing.
    # Of 25 points 23 are proposed (2 of them marked CHECK), 0 are not, and 2 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    cleaner:
      # site_id: PLANT01   # required, and no report says it; give it here, or as --site
      # timezone: Asia/Taipei   # required, and no report says it; the IANA zone of their clock, here or as --timezone
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 13 points: chillers_260209-260222.csv and 1 more
        # guess: name ends in CHWRT; 2418 values from 7.5 to 12.4 in steps of 0.1; usual in °C only
        "CH1.CHWRT": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in CHWST; 2418 values from 6.7 to 7.3 in steps of 0.1; usual in °C only
        "CH1.CHWST": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in CWRT; 2496 values from 19.7 to 28.1 in steps of 0.1; usual in °C only
        "CH1.CWRT": {physical_type: condenser_water_temperature, unit: °C}
        # guess: name ends in CWST; 2496 values from 18.8 to 21.9 in steps of 0.1; usual in °C only; it stays on one reading for up to 1h (99 of 100 times), so only 3 times that is FROZEN
        "CH1.CWST": {physical_type: condenser_water_temperature, unit: °C, frozen: {min_duration: 3h}}
        # guess: CHECK the unit: neither name nor cells say it; usual in L/min, GPM; name ends in FLOW; 2496 values from 6160 to 6240 in steps of 0.1
        "CH1.FLOW": {physical_type: flow, unit: "L/min"}
        # guess: name ends in TON; 2496 values from 88.5 to 724 in steps of 0.1
        "CH1.TON": {physical_type: cooling_load, unit: RT}
        # guess: name ends in CHWRT; 2496 values from 9.7 to 16.9 in steps of 0.1; usual in °C only; it stays on one reading for up to 16h (99 of 100 times), so only 3 times that is FROZEN
        "CH2.CHWRT": {physical_type: chilled_water_temperature, unit: °C, frozen: {min_duration: 2d}}
        # guess: name ends in CHWST; 2496 values from 6.9 to 16.5 in steps of 0.1; usual in °C only; it stays on one reading for up to 16h (99 of 100 times), so only 3 times that is FROZEN
        "CH2.CHWST": {physical_type: chilled_water_temperature, unit: °C, frozen: {min_duration: 2d}}
        # guess: CHECK the unit: neither name nor cells say it; usual in L/min, GPM; name ends in FLOW; 2496 values from 0 to 5934.9 in steps of 0.1
        "CH2.FLOW": {physical_type: flow, unit: "L/min"}
        # guess: name ends in T, of OUTDOOR; 2496 values from 10.6 to 23.9 in steps of 0.1; usual in °C, °F; the site's other temperatures are in °C; it stays on one reading for up to 2h (99 of 100 times), so only 3 times that is FROZEN
        "OUTDOOR T": {physical_type: air_temperature, unit: °C, frozen: {min_duration: 6h}}
        # guess: name ends in 溫度, of 冰水; 2496 values from 6.8 to 7.4 in steps of 0.01; usual in °C only
        "冰水主管溫度": {physical_type: chilled_water_temperature, unit: °C}

        # Dead: no number in any report.
        # "CH3.CHWRT": {physical_type: chilled_water_temperature}   # No Data 2496; defined Error:  No trend definitions found.
        # "CH3.CHWST": {physical_type: chilled_water_temperature}   # No Data 2496; defined Error:  No trend definitions found.

        # --- Reports of every 15m with 3 points: meters_260209-260222.csv and 1 more
        # guess: name ends in A, beside KW; 2484 values from 643.54 to 1392.76 in steps of 0.01
        "PLANT.A": {physical_type: current, unit: A}
        # guess: name ends in KW; 2484 values from 374.2 to 810.6 in steps of 0.1
        "PLANT.KW": {physical_type: power, unit: kW}
        # guess: name ends in KWH; 2496 values from 4815330 to 5173166 in steps of 1
        "PLANT.KWH": {physical_type: energy_counter, unit: kWh}

        # --- Reports of every 15m with 9 points: pumps_260209-260222.csv and 1 more
        # guess: name ends in HZ; 2490 values from 36.6 to 55.4 in steps of 0.1
        "CHP-1.HZ": {physical_type: frequency, unit: Hz}
        # guess: name ends in KW; 2490 values from 10.2 to 35.3 in steps of 0.1
        "CHP-1.KW": {physical_type: power, unit: kW}
        # guess: name ends in ST; two-state words only; 2490 values, always 1
        "CHP-1.ST": {physical_type: status}
        # guess: name ends in HZ; 2490 values from -0.2 to 55.3 in steps of 0.1
        "CHP-2.HZ": {physical_type: frequency, unit: Hz}
        # guess: name ends in KW; 2490 values from 0 to 35.2 in steps of 0.1
        "CHP-2.KW": {physical_type: power, unit: kW}
        # guess: name ends in ST; two-state words only; 2490 values, only 0 and 1
        "CHP-2.ST": {physical_type: status}
        # guess: name ends in HZ; 2490 values from -0.2 to 55.3 in steps of 0.1
        "CHP-3.HZ": {physical_type: frequency, unit: Hz}
        # guess: name ends in KW; 2490 values from 0 to 35.3 in steps of 0.1
        "CHP-3.KW": {physical_type: power, unit: kW}
        # guess: name ends in ST; two-state words only; 2490 values, only 0 and 1
        "CHP-3.ST": {physical_type: status}

      # guess: a power and a counter of one meter, by their names. Day by day a run holds the one against the other and warns where they do not agree.
      meters:
        "PLANT": {power: "PLANT.KW", energy: "PLANT.KWH"}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    ---
    looking at 6 files
    6 reports: 23 points proposed (2 to check), 0 not mapped, 2 dead
    "##);
    let yaml = text.split_once("exit 0\n").unwrap().1;
    desk.file("plant.yaml", yaml.split_once("---\n").unwrap().0);
    let run = |more: &[&str]| {
        let plant = plant();
        let args = [
            "run",
            &plant,
            "--config",
            "plant.yaml",
            "--data-dir",
            "data",
        ];
        desk.run(&[&args, more].concat())
    };
    assert!(run(&[]).contains("the site is not given"));
    let ran = run(&["--site", "P", "--timezone", "Asia/Taipei"]);
    assert!(ran.starts_with("exit 0\ncommitted P version 1"), "{ran}");
    assert!(
        !ran.contains("no report has"),
        "every line is of a point: {ran}"
    );
}

#[test]
fn init_takes_points_with_chinese_names_and_punctuation_and_names_what_it_leaves_out() {
    let desk = Desk::new();
    let named = REPORT
        .replace("A.B", "冰水溫度 #1: \"\"A\"\"")
        .replace("A.ST", "it's {運轉}, [狀態]");
    desk.file("in/a.csv", named).file("in/b.csv", "hello");
    let text = desk.run(&["init", "in", "--site", "S", "--timezone", "Asia/Taipei"]);
    insta::assert_snapshot!(text, @r##"
    exit 3
    # A starter configuration, written by trendgate init from 1 report with 2 rows. A run takes it as it stands and guesses nothing.
    # Of 2 points 2 are proposed (1 of them marked CHECK), 0 are not, and 0 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    # Left out: in/b.csv (not a trend report: looked for what texts of siemens-scheduler, siemens-points, niagara-history, metasys-long, zinc, siemens-pages, toa5 have, and found none of it; it has no column of times by which it would be a table)
    cleaner:
      site_id: "S"
      timezone: "Asia/Taipei"
      # The finest interval that a report states is 15m; a run refuses a finer one.
      resample_interval: 15m
      points:

        # --- Reports of every 15m with 2 points: a.csv
        # guess: name ends in 狀態; two-state words only; 2 values, only 0 and 1
        "it's {運轉}, [狀態]": {physical_type: status}
        # guess: CHECK the unit: few values, though usual in °F only; name ends in 溫度, of 冰水; 1 value, always 51.4
        "冰水溫度 #1:\"A\"": {physical_type: chilled_water_temperature, unit: °F}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    ---
    looking at 2 files
    left out: in/b.csv: not a trend report: looked for what texts of siemens-scheduler, siemens-points, niagara-history, metasys-long, zinc, siemens-pages, toa5 have, and found none of it; it has no column of times by which it would be a table
      | hello
      help: remove the file, or set batch.input_pattern so that it is not taken for a report; if it is an export, `trendgate init FILE` begins a configuration, and cleaner.sources can describe it
    1 report: 2 points proposed (1 to check), 0 not mapped, 0 dead
    "##);
    let yaml = text.split_once("exit 3\n").unwrap().1;
    desk.file("site.yaml", yaml.split_once("---\n").unwrap().0);
    fs::remove_file(desk.path("in/b.csv")).unwrap();
    let ran = desk.run(&["run", "in", "--config", "site.yaml", "--data-dir", "data"]);
    assert!(ran.starts_with("exit 0\ncommitted S version 1"), "{ran}");
    assert!(
        !ran.contains("no report has"),
        "every line is of a point: {ran}"
    );
}

#[test]
fn tables_are_described_so_that_a_run_takes_them_and_inspect_shows_the_entry() {
    let desk = Desk::new();
    let quarter = |number: u32| {
        let minutes = 23 * 60 + number * 15;
        let (day, minutes) = (3 + minutes / 1440, minutes % 1440);
        let (hour, minute, tenth) = (minutes / 60, minutes % 60, number);
        format!(
            "4/{day}/2019 {hour}:{minute:02},6.{tenth},{},0\n",
            100 + number
        )
    };
    let rows: String = (0..8).map(quarter).collect();
    let text =
        format!("Exported by nobody\n\nDatetime,CH1.CHWST,CH1.KW,Fault Ground Truth\n{rows}");
    desk.file("in/ahu_1.csv", text);
    let text = desk.run(&["init", "in", "--site", "S", "--timezone", "America/Chicago"]);
    insta::assert_snapshot!(text, @r##"
    exit 0
    # A starter configuration, written by trendgate init from 1 report with 8 rows. A run takes it as it stands and guesses nothing.
    # Of 2 points 2 are proposed (1 of them marked CHECK), 0 are not, and 0 are dead. Read the comment over each
    # line: it says why. docs/types.md and schemas/config.schema.json say what can stand here.
    cleaner:
      site_id: "S"
      timezone: "America/Chicago"
      # How files are read that need it said. `proved` says what in them proves a line; what nothing proves is marked CHECK.
      sources:
        # ahu_1.csv: a table with a row a time, a column a point; 2 points in the first one
        - match: "*.csv"
          table: wide
          # proved: read so, rows go on from day to day over midnight; read in another order of day and month they leap
          time: {columns: "Datetime", format: "%m/%d/%Y %H:%M"}
          # proved: no point is "Fault Ground Truth": its name says that it was found out by hand
          skip: ["Fault Ground Truth"]
      # No report states its interval; 7 of 7 steps from row to row are 15m.
      resample_interval: 15m
      points:

        # --- Reports that state no interval with 2 points: ahu_1.csv
        # guess: CHECK the unit: few values, though usual in °C only; name ends in CHWST; 8 values from 6 to 6.7 in steps of 0.1
        "CH1.CHWST": {physical_type: chilled_water_temperature, unit: °C}
        # guess: name ends in KW; 8 values from 100 to 107 in steps of 1
        "CH1.KW": {physical_type: power, unit: kW}

    # Chillers, pumps and fans: init does not know which points belong together. Describe them under cleaner.equipment.
    # A point that stands still while its machine is at rest is FROZEN, unless running: names the point that says so.
    ---
    looking at 1 file
    1 report: 2 points proposed (1 to check), 0 not mapped, 0 dead
    "##);
    let yaml = text.split_once("exit 0\n").unwrap().1;
    desk.file("site.yaml", yaml.split_once("---\n").unwrap().0);
    let ran = desk.run(&["run", "in", "--config", "site.yaml", "--data-dir", "data"]);
    assert!(ran.starts_with("exit 0\ncommitted S version 1"), "{ran}");
    let seen = desk.run(&["inspect", "in/ahu_1.csv", "--timezone", "America/Chicago"]);
    for line in [
        r#"    time: {columns: "Datetime", format: "%m/%d/%Y %H:%M"}"#,
        "  2019-04-04T04:00:00Z  6  100",
        "  2019-04-04T05:00:00Z  6.4  104",
    ] {
        assert!(seen.lines().any(|seen| seen == line), "{seen}");
    }
    let seen = desk.run(&["inspect", "in/ahu_1.csv", "--config", "site.yaml"]);
    assert!(!seen.contains("first rows"), "it is described: {seen}");
}
