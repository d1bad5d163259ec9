//! Cleaners and reports that give rows in no order.

use super::*;

/// A cleaner of a caller's own that breaks the contract: it gives its rows twice.
struct Stutter;

struct Stuttering<'a>(Box<dyn Cleaning + 'a>);

impl Cleaner for Stutter {
    fn look(&self, _kinds: &[Kind], _points: &[PointSpec], _equipment: &Equipment) -> Look {
        Look {
            before: Span::ZERO,
            after: Span::ZERO,
        }
    }

    fn begin<'a>(&'a self, stretch: Stretch<'a>) -> Result<Box<dyn Cleaning + 'a>> {
        const OURS: trendgate::cleaner::EvenSeries =
            trendgate::cleaner::EvenSeries::new(trendgate::cleaner::EvenRules {
                interval: MINUTE.times(15),
                max_gap: DAY,
                min_coverage: 0.5,
            });
        Ok(Box::new(Stuttering(OURS.begin(stretch)?)))
    }
}

impl Cleaning for Stuttering<'_> {
    fn push(&mut self, rows: &MergedRows) -> Result<Option<RecordBatch>> {
        self.0.push(rows)
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>> {
        let batch = self.0.finish()?.unwrap();
        Ok(Some(
            arrow::compute::concat_batches(&batch.schema(), [&batch, &batch]).unwrap(),
        ))
    }
}

#[test]
fn a_cleaner_that_breaks_the_contract_commits_nothing_and_leaves_nothing() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let settings = settings(&base.path().join("data"), "15m", 1, "");
    let error = pipeline::run(&settings, &[folder], &Stutter, Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(error.message().contains("timestamp"), "{error}");
    only_the_error_log_is_left(&settings);
}

#[test]
fn a_report_that_steps_back_and_then_into_the_future_is_rejected_and_the_others_are_not() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    // Long enough that neither head nor tail shows what is in the middle.
    let mut bad = plain_rows(9000);
    bad.swap(4000, 4001);
    // More rows of a wrong clock than are rejected one by one.
    for row in &mut bad[5000..5017] {
        row.0 = 60 * 24 * 365 * 80;
    }
    fs::write(folder.join("b.csv"), report(1, &bad)).unwrap();
    let settings = settings(&base.path().join("data"), "15m", 2, "");
    let summary = commit(&folder, &settings);
    assert_eq!(summary.failed.len(), 1);
    assert_eq!(summary.failed[0].error.kind(), ErrorKind::Future);
    assert_eq!(summary.failed[0].error.line_number(), Some(5007));
    assert_eq!(summary.committed.manifest.cells.used, 20);
}

#[test]
fn a_report_out_of_order_in_its_middle_is_sorted() {
    let base = tempfile::tempdir().unwrap();
    let mut rows = plain_rows(9000);
    let folder = one_report(base.path(), &rows);
    let settings = |name: &str| settings(&base.path().join(name), "15m", 2, "");
    let expected = read(&settings("ordered"), &commit(&folder, &settings("ordered")));
    rows.swap(4000, 4100);
    fs::write(folder.join("a.csv"), report(0, &rows)).unwrap();
    let summary = commit(&folder, &settings("shuffled"));
    assert_eq!(read(&settings("shuffled"), &summary), expected);
    let manifest = read_manifest(&summary.committed.record).unwrap();
    assert_eq!(
        manifest.inputs[0].problems,
        ["the rows are not in time order; they are sorted"]
    );
}
