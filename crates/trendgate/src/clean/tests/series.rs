//! The series, bin by bin, against the definitions read one after the other.

use super::*;

/// The series by the book.
pub(super) fn by_the_book(rows: &[Row], roster: &[PointSpec], kinds: &[Kind]) -> Series {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.time);
    let occupied: BTreeSet<Instant> = rows.iter().map(|row| bin_of(row.time)).collect();
    let mut axis = occupied.clone();
    for (a, b) in occupied.iter().zip(occupied.iter().skip(1)) {
        if *b - *a - RULES.interval <= RULES.max_gap {
            let mut bin = *a + RULES.interval;
            while bin < *b {
                axis.insert(bin);
                bin += RULES.interval;
            }
        }
    }
    axis.into_iter()
        .map(|start| (start, book_bin(start, &rows, roster, kinds)))
        .collect()
}

fn book_bin(start: Instant, rows: &[Row], roster: &[PointSpec], kinds: &[Kind]) -> Bin {
    let end = start + RULES.interval;
    let inside: Vec<&Row> = rows
        .iter()
        .filter(|row| (start..end).contains(&row.time))
        .collect();
    let mut flags = FlagSet::CLEAN;
    if inside
        .iter()
        .flat_map(|row| &row.cells)
        .flatten()
        .any(|value| value.abs() >= 1e20)
    {
        flags.insert(Flag::Outlier);
    }
    let mut values = Vec::new();
    let mut covered_by_any = false;
    for (column, spec) in roster.iter().enumerate() {
        let mut cells: BTreeMap<Instant, f64> = BTreeMap::new();
        for row in &inside {
            let place = kinds[row.kind]
                .columns
                .iter()
                .position(|c| *c == ColumnId::new(column));
            if let Some(cell) = place.map(|place| row.cells[place]).filter(is_number) {
                cells.entry(row.time).or_insert(cell.unwrap());
            }
        }
        let sum = spec
            .sum_over
            .map(|over| summed::by_the_book(start, &cells, over));
        if sum.is_some_and(f64::is_nan) && !cells.is_empty() {
            flags.insert(Flag::InsufficientData);
        }
        let cells: Vec<f64> = cells.into_values().collect();
        let held = held::minutes(start, column, rows, spec, kinds);
        covered_by_any |= held.iter().any(Option::is_some);
        let value = match spec.aggregation {
            _ if spec.hold.is_some() => held::by_the_book(spec.aggregation, &held),
            _ if cells.is_empty() => f64::NAN,
            Aggregation::Sum => sum.unwrap_or(f64::NAN),
            Aggregation::Mean => cells.iter().sum::<f64>() / cells.len() as f64,
            Aggregation::Last => cells[cells.len() - 1],
            _ => cells.iter().copied().fold(f64::MIN, f64::max),
        };
        if spec.required && value.is_nan() {
            flags.insert(Flag::InsufficientData);
        }
        values.push(value.to_bits());
    }
    for (index, kind) in kinds.iter().enumerate() {
        let times: Vec<Instant> = rows
            .iter()
            .filter(|r| r.kind == index && held::is_due(r, kind, roster))
            .map(|r| r.time)
            .collect();
        let samples: Vec<Instant> = rows
            .iter()
            .filter(|row| row.kind == index && row.cells.iter().any(is_number))
            .filter(|row| held::is_due(row, kind, roster))
            .map(|row| row.time)
            .collect();
        // Covered minutes of the bin, one by one: every time in these tests is a whole minute.
        let minutes = (0..RULES.interval / MINUTE)
            .map(|minute| start + minute * MINUTE)
            .filter(|minute| {
                samples.iter().any(|sample| match kind.interval {
                    Some(interval) => (*sample..*sample + interval).contains(minute),
                    None => bin_of(*sample) == start,
                })
            });
        let covered = minutes.count() as f64 / (RULES.interval / MINUTE) as f64;
        covered_by_any |= covered > 0.0;
        let active = times.windows(2).any(|pair| {
            pair[1] - pair[0] <= RULES.max_gap
                && bin_of(pair[0]) <= start
                && start <= bin_of(pair[1])
        });
        let alive = samples
            .iter()
            .any(|sample| start - *sample <= RULES.max_gap && *sample - end <= RULES.max_gap);
        if active && alive && covered < RULES.min_coverage {
            flags.insert(Flag::InsufficientData);
        }
    }
    if !covered_by_any {
        flags.insert(Flag::InsufficientData);
    }
    (values, flags)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_cut_of_the_rows_gives_the_series_by_the_book(
        parts in (kind_rows(0, 2), kind_rows(1, 2), kind_rows(2, 1)),
        intervals in prop::array::uniform3(prop_oneof![Just(None), Just(Some(5 * MINUTE)), Just(Some(15 * MINUTE)), Just(Some(HOUR))]),
        reports in 1..4_usize,
        chunk in 1..9_usize,
        batch in 1..20_usize,
        cuts in prop::collection::btree_set(0..200_i64, 0..3),
    ) {
        let kinds = kinds(intervals);
        let mut rows: Vec<Row> = [parts.0, parts.1, parts.2].concat();
        agree(&mut rows, &kinds);
        let cuts: Vec<Instant> = cuts
            .into_iter()
            .map(|bin| START + bin * RULES.interval)
            .collect();
        let expected = by_the_book(&rows, &roster(), &kinds);
        let plant = Plant { roster: roster(), equipment: Equipment::default(), kinds };
        let Cleaned { series, counts, .. } = clean(&rows, &plant, (reports, chunk, batch), &cuts);
        prop_assert_eq!(series, expected);
        let numbers = rows.iter().flat_map(|row| &row.cells).filter(|cell| is_number(cell)).count() as u64;
        prop_assert_eq!(counts.used + counts.equal_duplicates, numbers);
        prop_assert_eq!(counts.conflict_losers, 0);
    }
}
