//! A frame of the rows of a report is cleaned as the report is: rows, flags and evidence are those of a run.

use super::*;
use arrow::array::{ArrayRef, Float64Array, TimestampNanosecondArray};
use std::sync::Arc;
use trendgate::frames::{Coercion, RawFrame, clean_frame};

/// Minutes since the row before, whether the first point has the same number as there, and the cells.
type Step = (i64, bool, [String; 5]);

const POINTS: [&str; 5] = ["CH1.CHST", "CH1.KW", "CH1.KWH", "P1.HZ", "P1.KW"];
/// Their columns; a frame may call them by these, too.
const COLUMNS: [&str; 5] = ["ch1_chst", "ch1_kw", "ch1_kwh", "p1_hz", "p1_kw"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![20 => Just(15_i64), 3 => 1..200_i64, 1 => 500..3000_i64];
    let still = prop_oneof![10 => Just(true), 1 => Just(false)];
    let cells = [cell(), cell(), cell(), cell(), cell()];
    prop::collection::vec((step, still, cells), 1..200)
}

/// The rows: minutes since the start, and their cells.
fn rows_of(steps: &[Step]) -> Vec<(i64, [String; 5])> {
    let (mut minutes, mut last) = (0, "44.6".to_owned());
    let rows = steps.iter().map(|(step, still, cells)| {
        minutes += step;
        let mut cells = cells.clone();
        match still {
            true => cells[0].clone_from(&last),
            false => last.clone_from(&cells[0]),
        }
        (minutes, cells)
    });
    rows.collect()
}

fn settings_of(data: &Path, resample: &str) -> Settings {
    let text = format!(
        "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: {resample}\n  max_gap: 1d\n  points:\n    \
         CH1.CHST: {{physical_type: chilled_water_temperature, unit: °F, required: true, frozen: {{min_duration: 1h, tolerance: 0.2}}}}\n    \
         CH1.KW: {{physical_type: power, scale: 0.5, hampel: {{half_width: 2h}}}}\n    CH1.KWH: {{physical_type: energy_counter}}\n    \
         P1.HZ: {{physical_type: frequency}}\n    P1.KW: {{physical_type: power, frozen: {{idle_below: 0.5}}}}\n  equipment:\n    \
         pumps: {{P1: {{frequency: P1.HZ, power: P1.KW, rated_frequency: 400, rated_power_kw: 300, settle: 30m}}}}\n    \
         chillers: {{C1: {{running: CH1.KW, needs: {{pump: [P1]}}}}}}\n  meters: {{M: {{power: CH1.KW, energy: CH1.KWH}}}}\n"
    );
    let overrides = Overrides {
        data_dir: Some(data.to_owned()),
        ..Overrides::default()
    };
    Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap()
}

/// The rows and the evidence that a run on a report of the rows leaves.
fn of_report(base: &Path, rows: &[(i64, [String; 5])], resample: &str) -> (Dataset, Vec<Why>) {
    let start = jiff::civil::date(2016, 11, 27).at(0, 0, 0, 0);
    let timed = rows.iter();
    let timed =
        timed.map(|(minutes, cells)| (start + jiff::SignedDuration::from_mins(*minutes), cells));
    let report = Report::new(POINTS).rows(timed).interval("15 Minutes");
    let folder = base.join("in");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.csv"), report.text()).unwrap();
    let settings = settings_of(&base.join("data"), resample);
    let summary = commit(&folder, &settings);
    let dataset = read(&settings, &summary);
    let evidence = evidence(&settings, &summary, &dataset);
    (dataset, evidence)
}

/// The same rows as a frame.
fn frame(names: [&str; 5], rows: &[(i64, [String; 5])]) -> RecordBatch {
    let start: Instant = "2016-11-26T16:00:00Z".parse().unwrap();
    let times = rows
        .iter()
        .map(|(minutes, _)| (start + *minutes * MINUTE).nanos());
    let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let mut columns: Vec<(&str, ArrayRef)> = vec![("timestamp", Arc::new(times))];
    for (place, name) in names.into_iter().enumerate() {
        let cells = rows
            .iter()
            .map(|(_, cells)| cells[place].parse::<f64>().ok());
        columns.push((name, Arc::new(cells.collect::<Float64Array>())));
    }
    RecordBatch::try_from_iter(columns).unwrap()
}

/// What our cleaner makes of a frame.
fn of_frame(batches: &[RecordBatch], resample: &str, raw: &RawFrame) -> (Dataset, Vec<Why>) {
    let settings = settings_of(Path::new("nowhere"), resample);
    let rows = batches.iter().cloned().map(Ok);
    let schema = batches[0].schema();
    let cleaned = clean_frame(&settings, &schema, rows, raw, Watch::unwatched()).unwrap();
    let (mut dataset, mut last, mut why) = (Dataset::new(), Instant::MIN, Vec::new());
    for batch in &cleaned.rows {
        collect(batch, &mut dataset, &mut last);
    }
    for row in cleaned
        .evidence
        .iter()
        .flat_map(|batch| evidence_rows(batch).unwrap())
    {
        let bits = [row.value, row.low, row.high].map(|number| number.map(f64::to_bits));
        why.push((row.time, row.column, row.rule, bits, row.known_at.unwrap()));
    }
    (dataset, why)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_frame_of_the_rows_of_a_report_leaves_what_the_report_leaves(
        steps in steps(),
        by_columns: bool,
        cuts in prop::collection::vec(0..200_usize, 0..4),
        turned: bool,
        resample in prop_oneof![Just("15m"), Just("1h")],
    ) {
        let base = tempfile::tempdir().unwrap();
        let mut rows = rows_of(&steps);
        let expected = of_report(base.path(), &rows, resample);
        if turned {
            rows.reverse();
        }
        let whole = frame(if by_columns { COLUMNS } else { POINTS }, &rows);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (rows.len() + 1)).collect();
        ends.push(rows.len());
        ends.sort_unstable();
        let mut start = 0;
        let batches: Vec<RecordBatch> = ends
            .into_iter()
            .map(|end| {
                let piece = whole.slice(start, end - start);
                start = end;
                piece
            })
            .collect();
        let raw = RawFrame {
            interval: Some(15 * MINUTE),
            coercion: turned.then(Coercion::default),
        };
        let found = of_frame(&batches, resample, &raw);
        prop_assert_eq!(&found.0, &expected.0);
        prop_assert_eq!(&found.1, &expected.1);
    }
}

#[test]
fn a_required_point_that_is_dead_throughout_a_frame_flags_no_row() {
    let rows = |cells: [&str; 3]| -> Vec<(i64, [String; 5])> {
        let row = |(place, cell): (i64, &str)| {
            (place * 15, [cell, "1", "2", "3", "4"].map(str::to_owned))
        };
        (0..).zip(cells).map(row).collect()
    };
    let flagged = |cells| {
        let (dataset, _) = of_frame(&[frame(POINTS, &rows(cells))], "15m", &RawFrame::default());
        let flags = dataset
            .values()
            .map(|(_, flags)| flags.contains("INSUFFICIENT"));
        flags.collect::<Vec<_>>()
    };
    assert_eq!(flagged(["44.6", "", "45.1"]), [false, true, false]);
    assert_eq!(flagged(["", "", ""]), [false; 3]);
}

#[test]
fn two_numbers_of_one_time_are_one_row_of_which_the_first_stands() {
    let mut rows = rows_of(&[(15, true, ["44.6", "1", "2", "3", "4"].map(str::to_owned))]);
    let mut other = rows[0].clone();
    other.1[1] = "9".to_owned();
    rows.push(other);
    let settings = settings_of(Path::new("nowhere"), "15m");
    let frame = frame(POINTS, &rows);
    let cleaned = clean_frame(
        &settings,
        &frame.schema(),
        [Ok(frame.clone())],
        &RawFrame::default(),
        Watch::unwatched(),
    );
    let cleaned = cleaned.unwrap();
    let (mut dataset, mut last) = (Dataset::new(), Instant::MIN);
    collect(&cleaned.rows[0], &mut dataset, &mut last);
    let (cells, _) = dataset.values().next().unwrap();
    assert_eq!((dataset.len(), cells["ch1_kw"]), (1, 0.5_f64.to_bits()));
    let said: Vec<String> = cleaned.warnings.iter().map(ToString::to_string).collect();
    assert!(
        said.iter()
            .any(|said| said.contains("of 2 cells in frame, 1 lost: 1 are other numbers of times")),
        "{said:?}"
    );
}
