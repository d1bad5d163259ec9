//! States that a crash leaves, made by hand, and what becomes of them.

use super::super::fixture::*;
use super::super::stage::{FinalPlace, Folder, List};
use super::super::*;
use super::undo::fence;
use super::*;
use crate::store;
use std::path::PathBuf;

const RECOVERY: Recovery = Recovery {
    copy: PublicCopy::Write,
    names: AttemptNames::Last,
    others: Others::Spare,
};

/// Runs a recovery, then a second one, which must find nothing more to do.
fn recover(site: &SiteFixture, recovery: Recovery) -> Vec<Deed> {
    let lock = SiteLock::hold(&site.dirs, SITE).unwrap();
    let planned = recovery.look(&site.dirs, SITE).unwrap();
    let done = recovery.run(&site.dirs, &lock).unwrap();
    assert_eq!(planned, done, "a dry run says what is done");
    let again = recovery.run(&site.dirs, &lock).unwrap();
    assert!(again.iter().all(|deed| deed.act == Act::Leave), "{again:?}");
    done
}

fn acts(deeds: &[Deed]) -> Vec<Act> {
    deeds.iter().map(|deed| deed.act).collect()
}

/// An attempt as a killed process leaves it: its folder stays, and its record names a process that is no more.
struct Killed {
    folder: PathBuf,
    parts: Vec<crate::partition::Part>,
}

impl Killed {
    fn new(site: &SiteFixture, nth: u8) -> Self {
        let mut attempt = site.begin();
        let parts = parts(&attempt, nth);
        attempt.settle();
        let killed = Self {
            folder: attempt.dir().to_owned(),
            parts,
        };
        killed.owned_by(|owner| owner.process_start += 1);
        killed
    }

    fn owned_by(&self, change: impl Fn(&mut Owner)) {
        let path = self.folder.join("attempt.json");
        let mut record: AttemptRecord = serde_json::from_slice(&bytes_of(&path)).unwrap();
        change(&mut record.owner);
        overwrite(&path, &serde_json::to_vec(&record).unwrap());
    }

    fn list(&self) {
        let target = |part: &crate::partition::Part| FinalPlace {
            folder: Folder::Processed,
            path: part.relative.clone(),
        };
        let list = List {
            copy: PublicCopy::Write,
            targets: self.parts.iter().map(target).collect(),
        };
        let bytes = serde_json::to_vec(&list).unwrap();
        store::write_all_synced(&self.folder.join("targets.json"), &bytes).unwrap();
    }

    fn moved(&self, site: &SiteFixture, count: usize) {
        for part in &self.parts[..count] {
            let target = site.dirs.processed.join(&part.relative);
            store::create_dir_all(target.parent().unwrap()).unwrap();
            store::rename_new(&part.staged, &target).unwrap();
        }
    }
}

#[test]
fn an_attempt_is_undone_wherever_before_the_commit_its_owner_died() {
    for moved in 0..=2 {
        let site = SiteFixture::new();
        site.commit(1);
        let before = site.files();
        let killed = Killed::new(&site, 2);
        killed.list();
        killed.moved(&site, moved);
        assert_eq!(acts(&recover(&site, RECOVERY)), [Act::Undo]);
        assert_eq!(site.files(), before, "{moved} parts were moved");
        let march = site.dirs.processed.join(SITE).join("year=2026/month=05");
        assert_eq!(
            store::what_is(&march).unwrap(),
            None,
            "an empty folder is left"
        );
    }
}

#[test]
fn an_attempt_without_a_list_or_with_a_torn_one_moved_nothing_and_its_folder_goes() {
    for torn in [
        None,
        Some(&b""[..]),
        Some(&b"{\"targets\": [{\"folder\": \"proc"[..]),
    ] {
        let site = SiteFixture::new();
        site.commit(1);
        let before = site.files();
        let killed = Killed::new(&site, 2);
        if let Some(bytes) = torn {
            store::write_all_synced(&killed.folder.join("targets.json"), bytes).unwrap();
        }
        assert_eq!(acts(&recover(&site, RECOVERY)), [Act::Undo]);
        assert_eq!(site.files(), before);
    }
}

#[test]
fn an_attempt_whose_record_is_missing_empty_or_torn_is_undone_by_its_folder_s_name() {
    for torn in [None, Some(&b""[..]), Some(&b"{\"attempt\": \"18"[..])] {
        let site = SiteFixture::new();
        let killed = Killed::new(&site, 1);
        let record = killed.folder.join("attempt.json");
        store::remove_file(&record).unwrap();
        if let Some(bytes) = torn {
            store::write_all_synced(&record, bytes).unwrap();
        }
        let done = recover(&site, RECOVERY);
        assert_eq!(acts(&done), [Act::Undo]);
        assert!(
            done[0].why.ends_with("its record was never finished"),
            "{}",
            done[0]
        );
        assert_eq!(site.files(), Vec::<String>::new());
    }
}

#[test]
fn a_version_that_was_committed_keeps_its_parts_and_gets_its_public_name() {
    let site = SiteFixture::new();
    let killed = Killed::new(&site, 1);
    killed.list();
    killed.moved(&site, 2);
    let mut manifest = manifest(1, &killed.parts);
    manifest.version = 1;
    let record = record_path(&site.dirs, SITE, 1);
    store::create_dir_all(record.parent().unwrap()).unwrap();
    store::write_all_synced(&record, &manifest.to_bytes().unwrap()).unwrap();
    // Where it is not known that versions have public names, the attempt's own list tells.
    let unknowing = Recovery {
        copy: PublicCopy::Suppress,
        ..RECOVERY
    };
    assert_eq!(acts(&recover(&site, unknowing)), [Act::CleanUp]);
    assert_eq!(site.history().live_parts().len(), 2);
    for part in &manifest.files {
        let digest = store::digest(&site.dirs.processed.join(&part.path)).unwrap();
        assert_eq!(digest, (part.bytes, part.sha256));
    }
    let public = public_path(&site.dirs, &manifest);
    assert_eq!(bytes_of(&public), bytes_of(&record));
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn where_the_log_is_damaged_an_attempt_that_it_may_name_is_left_alone() {
    let site = SiteFixture::new();
    let killed = Killed::new(&site, 1);
    killed.list();
    killed.moved(&site, 2);
    let record = record_path(&site.dirs, SITE, 1);
    store::create_dir_all(record.parent().unwrap()).unwrap();
    store::write_all_synced(&record, b"").unwrap();
    let before = site.files();
    let done = recover(&site, RECOVERY);
    assert_eq!(acts(&done), [Act::Leave]);
    assert!(done[0].why.starts_with("the log is damaged"), "{}", done[0]);
    assert_eq!(site.files(), before);
}

#[test]
fn a_recovery_that_was_killed_is_gone_on_with() {
    let site = SiteFixture::new();
    site.commit(1);
    let before = site.files();
    let killed = Killed::new(&site, 2);
    killed.list();
    killed.moved(&site, 2);
    let fenced = fence(&killed.folder).unwrap().unwrap();
    store::remove_file(&site.dirs.processed.join(&killed.parts[0].relative)).unwrap();
    store::remove_file(&fenced.join("attempt.json")).unwrap();
    assert_eq!(acts(&recover(&site, RECOVERY)), [Act::Undo]);
    assert_eq!(site.files(), before);
}

#[test]
fn a_list_that_cannot_be_read_is_not_taken_for_none() {
    let site = SiteFixture::new();
    site.commit(1);
    let killed = Killed::new(&site, 2);
    killed.moved(&site, 2);
    store::create_dir(&killed.folder.join("targets.json")).unwrap();
    let before = site.files();
    assert_eq!(acts(&recover(&site, RECOVERY)), [Act::Leave]);
    let deed = Deed::new(
        Act::Undo,
        &killed.folder,
        "it was readable when it was looked at",
    );
    let settled = settle(&site.dirs, &deed).unwrap();
    assert_eq!(settled.act, Act::Leave);
    assert_eq!(
        site.files().len(),
        before.len(),
        "it stays, behind its fence"
    );
}

#[test]
fn an_owner_that_lives_is_left_alone_and_one_elsewhere_unless_it_is_forced() {
    let site = SiteFixture::new();
    let alive = site.begin();
    let killed = Killed::new(&site, 1);
    killed.owned_by(|owner| {
        (owner.host, owner.boot_id) = ("another".into(), "another".into());
    });
    let done = recover(&site, RECOVERY);
    assert_eq!(acts(&done), [Act::Leave, Act::Leave]);
    let forced = Recovery {
        others: Others::Undo,
        ..RECOVERY
    };
    let done = recover(&site, forced);
    let act = |folder: &Path| done.iter().find(|deed| deed.path == folder).unwrap().act;
    assert_eq!(
        (act(alive.dir()), act(&killed.folder)),
        (Act::Leave, Act::Undo)
    );
}

#[test]
fn an_owner_that_was_wrongly_taken_for_dead_cannot_commit_any_more() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    let parts = parts(&attempt, 1);
    let record = attempt.dir().join("attempt.json");
    let mut other: AttemptRecord = serde_json::from_slice(&bytes_of(&record)).unwrap();
    other.owner.process_start += 1;
    overwrite(&record, &serde_json::to_vec(&other).unwrap());
    assert_eq!(acts(&recover(&site, RECOVERY)), [Act::Undo]);
    let error = attempt
        .commit(manifest(1, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Storage);
    assert_eq!(site.files(), Vec::<String>::new());
}

#[test]
fn a_list_that_names_what_is_not_the_attempt_s_is_not_acted_upon() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let killed = Killed::new(&site, 2);
    for path in [
        done.manifest.output_files[0].as_str(),
        "S-1/../S-1/x",
        "/etc/passwd",
    ] {
        let list = killed.folder.join("targets.json");
        store::remove_file(&list).unwrap();
        let target = serde_json::json!({ "folder": "processed", "path": path });
        let targets = serde_json::json!({ "copy": "write", "targets": [target] });
        store::write_all_synced(&list, targets.to_string().as_bytes()).unwrap();
        let before = site.files();
        assert_eq!(acts(&recover(&site, RECOVERY)), [Act::Leave], "{path}");
        assert_eq!(site.files(), before);
    }
}

#[test]
fn probe_files_of_the_site_go_and_those_of_another_site_and_strange_files_stay() {
    let site = SiteFixture::new();
    site.commit(1);
    let id = super::super::stage::new_id();
    for file in [
        site.dirs.staging.join(format!(".probe-S-1.{id}")),
        site.dirs.evidence.join(format!(".probe-S-1.{id}")),
        site.dirs.staging.join(format!(".probe-S-1.a.{id}")),
        site.dirs.staging.join(format!("S-1.a.{id}")),
        site.dirs.staging.join("notes"),
    ] {
        store::write_all_synced(&file, b"").unwrap();
    }
    assert_eq!(acts(&recover(&site, RECOVERY)), [Act::RemoveProbe; 2]);
    assert_eq!(list(&site.dirs.staging).unwrap().len(), 3);
    assert_eq!(sites_to_recover(&site.dirs).unwrap(), [SITE, "S-1.a"]);
}

#[test]
fn only_the_last_version_is_given_its_public_name_at_the_start_of_a_run_and_all_of_them_on_demand()
{
    let site = SiteFixture::new();
    for done in [1, 2].map(|nth| site.commit(nth)) {
        store::remove_file(&done.public.unwrap()).unwrap();
    }
    let quiet = Recovery {
        copy: PublicCopy::Suppress,
        ..RECOVERY
    };
    assert_eq!(recover(&site, quiet), []);
    let last = recover(&site, RECOVERY);
    assert_eq!(last[0].why, "version 2 is committed and had none");
    let all = Recovery {
        names: AttemptNames::All,
        ..RECOVERY
    };
    assert_eq!(
        recover(&site, all)[0].why,
        "version 1 is committed and had none"
    );
}
