//! Files that hold several reports: appended to, replaced, retracted, made again.

use super::*;
use crate::packed::packed;
use trendgate::TextId;

/// The reports as one text.
fn joined(files: &[File]) -> String {
    files.iter().map(File::text).collect()
}

fn each(files: &[File]) -> Vec<&File> {
    files.iter().collect()
}

/// A report beside them.
fn beside() -> File {
    File::plain(3, 0, 2)
}

#[test]
fn a_file_to_which_a_report_is_appended_every_night_takes_the_place_of_what_it_was() {
    let days = [(1, 0, 2), (2, 1, 3), (1, 2, 4), (0, 30, 31)];
    let files = days.map(|(kind, first, last)| File::plain(kind, first, last));
    for is_packed in [false, true] {
        let inbox = Inbox::new();
        let path = inbox
            .folder()
            .join(if is_packed { "all.csv.gz" } else { "all.csv" });
        let mut grown = vec![beside()];
        inbox.put("beside.csv", &grown[0]);
        for (night, file) in files.iter().enumerate() {
            grown.push(file.clone());
            let text = joined(&files[..=night]);
            let bytes = if is_packed {
                packed(text.as_bytes())
            } else {
                text.clone().into_bytes()
            };
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            let manifest = inbox.night();
            assert_eq!(manifest.superseded.len(), usize::from(night > 0));
            assert_eq!(manifest.approximate_bins, 0);
            inbox.is_that_of(&each(&grown));
            let history = Site::of(&inbox.settings).history().unwrap();
            let known: Vec<usize> = (history.sources())
                .filter(|(id, _)| *id == TextId::of(text.as_bytes()))
                .map(|(_, source)| source.reports.len())
                .collect();
            assert_eq!(known, [night + 1]);
            assert_eq!(history.sources().count(), 2);
        }
        let again = inbox.run_with(RunOptions::default()).unwrap();
        assert!(matches!(again, Run::NothingNew(nothing) if nothing.known == 2));

        // A report of months that one of them has a share in: the text is read again, and listed once.
        let next = File::plain(2, 3, 5);
        inbox.put("next.csv", &next);
        let night = inbox.night();
        let night = read_manifest(&trendgate::internals::publish::record_path(
            inbox.settings.dirs(),
            "S",
            night.version,
        ))
        .unwrap();
        assert_eq!((night.rebuilt_from.len(), night.approximate_bins), (2, 0));
        grown.push(next);
        inbox.is_that_of(&each(&grown));

        // All of it leaves, comes back, and is made again.
        inbox
            .retract(&Retraction::named(&path), RunOptions::default())
            .unwrap();
        inbox.is_that_of(&[&grown[0], &grown[5]]);
        assert!(
            matches!(inbox.run_with(RunOptions::default()).unwrap(), Run::NothingNew(nothing) if nothing.withdrawn == 1)
        );
        inbox.run_with(TAKE_RETRACTED).unwrap();
        inbox.is_that_of(&each(&grown));
        inbox.run_with(REBUILD).unwrap();
        inbox.is_that_of(&each(&grown));
        let history = Site::of(&inbox.settings).history().unwrap();
        let reports = history.sources().map(|(_, source)| source.reports.len());
        assert_eq!(reports.sum::<usize>(), 6);
    }
}

#[test]
fn a_new_content_that_covers_some_of_the_reports_of_the_old_is_one_more_source() {
    let inbox = Inbox::new();
    let files = [File::plain(1, 0, 2), File::plain(2, 0, 2)];
    let path = inbox.folder().join("all.csv");
    overwrite(&path, &joined(&files));
    inbox.night();
    let longer = File::plain(1, 0, 3);
    overwrite(&path, &longer.text());
    let manifest = inbox.night();
    assert_eq!(manifest.superseded, []);
    assert_eq!(manifest.approximate_bins, 0, "the old content is kept");
    // Covered by one report each, in whatever order.
    let both = [File::plain(2, 0, 4), longer];
    overwrite(&path, &joined(&both));
    assert_eq!(inbox.night().superseded.len(), 2);
    inbox.is_that_of(&each(&both));
}

#[test]
fn a_text_of_several_reports_that_is_there_twice_is_read_once_and_listed_once() {
    let files = [
        File::plain(1, 0, 2),
        File::plain(2, 0, 2),
        File::plain(1, 2, 3),
    ];
    let text = joined(&files);
    let inbox = Inbox::new();
    overwrite(&inbox.folder().join("a.csv"), &text);
    fs::write(inbox.folder().join("b.csv.gz"), packed(text.as_bytes())).unwrap();
    overwrite(&inbox.folder().join("c.csv"), &text);
    let Run::Committed(summary) = inbox.run_with(RunOptions::default()).unwrap() else {
        panic!("nothing new")
    };
    let manifest = &summary.committed.manifest;
    let listed = (manifest.input_files_count, summary.committed.inputs);
    assert_eq!((listed, manifest.cells.equal_duplicates), ((1, 3), 0));
    inbox.is_that_of(&each(&files));
}

#[test]
fn a_known_text_whose_later_heads_do_not_show_at_its_ends_is_found_again() {
    let inbox = Inbox::new();
    let files = [File::plain(1, 0, 40), File::plain(2, 0, 40)];
    overwrite(&inbox.folder().join("all.csv"), &joined(&files));
    inbox.night();
    let next = File::plain(3, 38, 41);
    inbox.put("next.csv", &next);
    assert_eq!(inbox.night().approximate_bins, 0);
    inbox.is_that_of(&[&files[0], &files[1], &next]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn reports_that_arrive_joined_leave_the_dataset_of_each_alone(plant in Plant::any(), groups in prop::collection::vec(0..3_usize, 14)) {
        // Which of two reports that begin together goes first hangs on the digests of their texts.
        let firsts: BTreeSet<i64> = plant.files.iter().map(|file| file.rows[0].0).collect();
        prop_assume!(firsts.len() == plant.files.len());
        let inbox = Inbox::new();
        for group in 0..3 {
            let of_group = plant.files.iter().zip(&groups).filter(|(_, of)| **of == group);
            let text: String = of_group.map(|(file, _)| file.text()).collect();
            if !text.is_empty() {
                overwrite(&inbox.folder().join(format!("{group}.csv")), &text);
                inbox.night();
            }
        }
        let all: Vec<&File> = plant.files.iter().collect();
        inbox.is_that_of(&all);
    }
}
