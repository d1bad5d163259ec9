//! A site that grows by one file a night, for as long as wanted: `NIGHTS=1000 cargo test --release -p trendgate --test growth nights -- --nocapture`.

use super::plants::File;
use super::{Inbox, collect, nothing_loose};
use std::fs;
use std::time::Duration;
use trendgate::{AsOf, Site};

fn nights() -> i64 {
    let wanted = std::env::var("NIGHTS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(80)
}

/// What a run costs, whatever else the machine does: of this thread, as the kernel counts it.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Time on a processor.
    cpu: Duration,
    /// Bytes that were read.
    bytes: u64,
    /// Calls that read.
    calls: u64,
}

impl Cost {
    fn so_far() -> Self {
        let file = |name: &str| fs::read_to_string(format!("/proc/thread-self/{name}")).unwrap();
        let io = file("io");
        let field = |name: &str| {
            let line = io.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim().parse().unwrap()
        };
        let schedule = file("schedstat");
        let cpu = schedule.split(' ').next().unwrap().parse().unwrap();
        Self {
            cpu: Duration::from_nanos(cpu),
            bytes: field("rchar:"),
            calls: field("syscr:"),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu - before.cpu,
            bytes: self.bytes - before.bytes,
            calls: self.calls - before.calls,
        }
    }
}

/// The median over a month of nights: within a month a night costs the more the later it is, so months are compared.
fn median<T: Ord + Copy>(costs: &[Cost], of: impl Fn(&Cost) -> T) -> T {
    let mut all: Vec<T> = costs.iter().map(of).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

/// A night in the last month costs what one in an early month did, but for what there is to do for each known file: it is listed and
/// looked at, and has a line in the lists that spare reading it.
fn is_flat(costs: &[Cost], known: usize) {
    const MONTH: usize = 28;
    const RECORDS: u64 = 64;
    const LOOK: Duration = Duration::from_micros(150);
    let (early, late) = (&costs[10..10 + MONTH], &costs[costs.len() - MONTH..]);
    let cpu = [early, late].map(|nights| median(nights, |cost| cost.cpu));
    let bytes = [early, late].map(|nights| median(nights, |cost| cost.bytes));
    let calls = [early, late].map(|nights| median(nights, |cost| cost.calls));
    println!(
        "medians of an early and of the last month: {cpu:?}, {bytes:?} bytes read in {calls:?} calls"
    );
    assert!(
        cpu[1] < cpu[0] * 2 + LOOK * u32::try_from(known).unwrap(),
        "{cpu:?}"
    );
    assert!(calls[1] < calls[0] * 2 + 4 * RECORDS, "{calls:?}");
    assert!(bytes[1] < bytes[0] * 2 + 1024 * known as u64, "{bytes:?}");
}

#[test]
fn nights_of_growth_with_edits_and_late_arrivals_stay_as_cheap_as_the_first_and_end_as_one_run() {
    let mut inbox = Inbox::new();
    // So that this thread's cost is all of it.
    inbox.settings.set_threads(1);
    let nights = nights();
    let mut there: Vec<File> = Vec::new();
    let mut sizes = Vec::new();
    let mut read = Vec::new();
    let mut costs = Vec::new();
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
            collect(&inbox.settings);
            nothing_loose(&inbox);
        }
        let before = Cost::so_far();
        let manifest = inbox.night();
        costs.push(Cost::so_far().since(before));
        sizes.push(manifest.to_bytes().unwrap().len());
        read.push(manifest.rebuilt_from.len());
        if sizes.len() % 40 == 0 {
            println!(
                "night {:4}: {:?}, manifest {} bytes, {} known reports read again",
                night + 1,
                costs[costs.len() - 1],
                sizes[sizes.len() - 1],
                read[read.len() - 1]
            );
        }
    }
    is_flat(&costs, there.len());
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
        Site::of(&inbox.settings)
            .snapshot(AsOf::Latest)
            .unwrap()
            .parts
            .len()
            <= months
    );
    let log = inbox.settings.dirs().manifests.join(".log/S");
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
