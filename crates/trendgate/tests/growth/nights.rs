//! A site that grows by one file a night, for as long as wanted: `NIGHTS=1000 cargo test --release -p trendgate --test growth nights -- --nocapture`.

use super::plants::File;
use super::{Inbox, collect};
use std::fs;
use trendgate::verify::Snapshot;

fn nights() -> i64 {
    let wanted = std::env::var("NIGHTS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(80)
}

#[test]
fn nights_of_growth_with_edits_and_late_arrivals_stay_as_cheap_as_the_first_and_end_as_one_run() {
    let inbox = Inbox::new();
    let nights = nights();
    let mut there: Vec<File> = Vec::new();
    let mut sizes = Vec::new();
    let mut read = Vec::new();
    for night in 0..nights {
        let mut file = File::plain(1, night, night + 1);
        // Every ninth report is late by four nights, every seventh is exported again with more rows.
        if night % 9 != 4 {
            inbox.put(&format!("{night}.csv"), &file);
            there.push(file);
        }
        if night % 9 == 8 {
            let late = File::plain(1, night - 4, night - 3);
            inbox.put(&format!("{}.csv", night - 4), &late);
            there.push(late);
        }
        if night % 7 == 6
            && let Some(place) = there
                .iter()
                .position(|file| *file == File::plain(1, night - 1, night))
        {
            file = File::plain(1, night - 1, night);
            file.rows[5].1 = "3.3".to_owned();
            file.rows
                .push((night * 24 * 60 + 5, "8.8".to_owned(), "2000".to_owned()));
            inbox.put(&format!("{}.csv", night - 1), &file);
            there[place] = file;
        }
        if night % 9 == 4 {
            continue;
        }
        if night % 30 == 29 {
            collect(&inbox);
        }
        let begun = trendgate::clock::Stopwatch::start();
        let manifest = inbox.night();
        sizes.push(manifest.to_bytes().unwrap().len());
        read.push(manifest.rebuilt_from.len());
        if sizes.len() % 40 == 0 {
            println!(
                "night {:4}: {:?}, manifest {} bytes, {} known reports read again",
                night + 1,
                begun.elapsed(),
                sizes[sizes.len() - 1],
                read[read.len() - 1]
            );
        }
    }
    let files: Vec<&File> = there.iter().collect();
    inbox.is_that_of(&files);
    // Two months at most are made again, so no night reads more than their reports and those around them.
    assert!(
        read.iter().all(|reports| *reports <= 2 * 31 + 5),
        "{read:?}"
    );
    let most = |sizes: &[usize]| sizes.iter().max().copied().unwrap();
    let (early, late) = sizes.split_at(sizes.len() / 2);
    assert!(
        most(late) <= most(early) * 2,
        "{} and {}",
        most(early),
        most(late)
    );
    let months = usize::try_from(nights / 28 + 2).unwrap();
    assert!(
        Snapshot::of_site(&inbox.settings.dirs, "S")
            .unwrap()
            .parts
            .len()
            <= months
    );
    let log = inbox.settings.dirs.manifests.join(".log/S");
    let kept = fs::read_dir(log)
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with("checkpoint-")
        })
        .count();
    assert!((1..=2).contains(&kept), "{kept}");
}
