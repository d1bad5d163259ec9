//! The law of the contract: cutting a stream into batches changes nothing.

use super::*;
use arrow::compute::concat_batches;
use proptest::prelude::*;

/// Rows on a five-minute grid with holes, some values impossible, some flags set.
fn stream() -> impl Strategy<Value = RecordBatch> {
    let value = prop_oneof![
        4 => (-50.0..150.0).prop_map(Some),
        1 => Just(None),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(-1e20)),
    ];
    let flag = prop::sample::subsequence(
        Flag::ALL.iter().map(|flag| flag.name()).collect::<Vec<_>>(),
        0..=2,
    );
    prop::collection::vec((1..7_i64, value, flag), 1..40).prop_map(|rows| {
        let minutes: Vec<_> = rows
            .iter()
            .scan(0, |at, (step, _, _)| {
                *at += step * 5;
                Some(*at)
            })
            .collect();
        let values: Vec<_> = rows.iter().map(|(_, value, _)| *value).collect();
        let names: Vec<&[&str]> = rows.iter().map(|(_, _, names)| &names[..]).collect();
        of(vec![
            ("timestamp", times(&minutes)),
            ("quality_flags", flags(&names)),
            ("chst", floats(&values)),
            ("a", floats(&vec![Some(0.5); minutes.len()])),
        ])
    })
}

fn pieces(batch: &RecordBatch, cuts: &[usize]) -> Vec<RecordBatch> {
    let mut ends: Vec<_> = cuts
        .iter()
        .map(|cut| cut % (batch.num_rows() + 1))
        .collect();
    ends.push(batch.num_rows());
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.clone());
    starts
        .zip(&ends)
        .map(|(start, end)| batch.slice(start, end - start))
        .collect()
}

type Verdict = (Option<RecordBatch>, Findings, Option<Violation>);

fn verdict(batches: &[RecordBatch]) -> Verdict {
    let mut contract = contract();
    let mut out = Vec::new();
    for batch in batches {
        match contract.admit(batch) {
            Ok(conforming) => out.extend(
                conforming
                    .into_iter()
                    .map(|conforming| conforming.batch().clone()),
            ),
            Err(found) => {
                let first = found.examples()[0].clone();
                return (None, Findings::default(), Some(first));
            }
        }
    }
    let all = concat_batches(&schema().arrow(), &out).unwrap();
    (Some(all), contract.findings().clone(), None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cutting_a_stream_into_batches_changes_nothing(
        batch in stream(),
        cuts in prop::collection::vec(0..64_usize, 0..6),
    ) {
        prop_assert_eq!(verdict(&pieces(&batch, &cuts)), verdict(&[batch]));
    }

    #[test]
    fn what_was_admitted_is_admitted_again_unchanged(batch in stream()) {
        let (Some(once), _, _) = verdict(&[batch]) else { return Ok(()) };
        let (twice, findings, _) = verdict(std::slice::from_ref(&once));
        prop_assert_eq!(twice, Some(once));
        prop_assert_eq!(findings.missing_bins, 0);
        prop_assert!(findings.extremes.is_empty() && findings.nans.is_empty());
    }

    #[test]
    fn cutting_a_broken_stream_does_not_change_its_first_violation(
        batch in stream(),
        row in 0..40_usize,
        cuts in prop::collection::vec(0..64_usize, 0..6),
    ) {
        let twice = row % batch.num_rows();
        let broken = concat_batches(&batch.schema(), [&batch, &batch.slice(twice, 1), &batch]).unwrap();
        let whole = verdict(std::slice::from_ref(&broken));
        prop_assert!(whole.2.is_some());
        prop_assert_eq!(verdict(&pieces(&broken, &cuts)), whole);
    }
}
