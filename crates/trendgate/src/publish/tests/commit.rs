//! What makes an attempt a version, and what keeps one from becoming one.

use super::*;

#[test]
fn a_committed_batch_is_read_back_as_it_was_written() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let history = site.history();
    assert_eq!((done.version, history.version()), (1, 1));
    assert_eq!(read_manifest(&done.record).unwrap(), done.manifest);
    assert_eq!(
        done.record,
        site.dirs
            .manifests
            .join(".log/S-1/00000000000000000001.json")
    );
    let public = done.public.unwrap();
    let name = public.file_name().unwrap().to_str().unwrap();
    assert_eq!(
        name,
        format!(
            "manifest-{}-20261124T060000123Z.json",
            done.manifest.batch_id
        )
    );
    assert_eq!(bytes_of(&public), bytes_of(&done.record));
    assert_eq!(
        done.manifest
            .files
            .iter()
            .map(|part| part.rows)
            .collect::<Vec<_>>(),
        [8, 8]
    );
    for part in &done.manifest.files {
        let file = site.dirs.manifests.join("../processed").join(&part.path);
        assert_eq!(store::digest(&file).unwrap(), (part.bytes, part.sha256));
    }
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
    assert_eq!(sites(&site.dirs).unwrap(), [SITE]);
}

#[test]
fn in_a_fork_of_its_process_an_attempt_is_neither_undone_nor_committed() {
    let site = SiteFixture::new();
    site.commit(1);
    let mut attempt = site.begin();
    let staged = parts(&attempt, 2);
    let before = site.files();
    attempt.of_another_process_for_test();
    let error = attempt.require_own_process().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.message().ends_with("and this is a fork of it"));
    let manifest = manifest(2, &staged);
    let committed = attempt.commit(manifest, &staged, &[], PublicCopy::Write);
    assert_eq!(committed.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(site.files(), before, "dropped, it leaves everything");
}

#[test]
fn a_version_counts_from_the_microsecond_in_which_it_was_made() {
    let site = SiteFixture::new();
    let made = site.commit(1).manifest.created_at;
    assert_eq!(
        made.nanos() % 1_000_000,
        456_789,
        "as earlier releases wrote it"
    );
    let history = site.history();
    let earlier = |nanos| made - Span::from_nanos(nanos);
    for by in [made, earlier(789)] {
        assert_eq!(history.as_of(by).unwrap().version(), 1);
    }
    let error = history.as_of(earlier(790)).unwrap_err();
    assert!(error.message().contains("no version yet"), "{error}");
}

#[test]
fn the_loser_of_a_version_learns_who_won_and_leaves_nothing() {
    let site = SiteFixture::new();
    let _lock = SiteLock::take(&site.dirs, SITE).unwrap();
    let [winner, twin, other] = [site.begin(), site.begin(), site.begin()];
    let Outcome::Committed(won) = try_commit(winner, 1).unwrap() else {
        panic!("expected a commit")
    };
    assert_eq!(
        try_commit(other, 2).unwrap(),
        Outcome::Overtaken { version: 1 }
    );
    assert_eq!(
        try_commit(twin, 1).unwrap(),
        Outcome::AlreadyCommitted(won.clone())
    );
    assert_eq!(read_manifest(&won.record).unwrap(), won.manifest);
    // Two parts, the record, its public name and what stands beside it: all of the winner.
    assert_eq!(site.files().len(), 6);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn a_name_that_is_taken_fails_the_commit_and_is_not_overwritten() {
    let site = SiteFixture::new();
    site.commit(1);
    let before = site.files();
    let attempt = site.begin();
    let parts = parts(&attempt, 2);
    let taken = site.dirs.processed.join(&parts[1].relative);
    store::create_dir_all(taken.parent().unwrap()).unwrap();
    store::write_all_synced(&taken, b"someone else's").unwrap();
    let error = attempt
        .commit(manifest(2, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Storage, Some(taken.as_path()))
    );
    assert_eq!(bytes_of(&taken), b"someone else's");
    store::remove_file(&taken).unwrap();
    assert_eq!(site.files(), before);
    assert_eq!(site.history().version(), 1);
}

#[test]
fn a_part_that_is_not_there_fails_the_commit_and_the_others_are_taken_back() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    let parts = parts(&attempt, 1);
    store::remove_file(&parts[1].staged).unwrap();
    let error = attempt
        .commit(manifest(1, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(site.files(), Vec::<String>::new());
    let year = site.dirs.processed.join(SITE);
    assert_eq!(
        store::what_is(&year).unwrap(),
        None,
        "folders that the attempt made are left"
    );
    assert_eq!(site.history().versions(), []);
}

#[test]
fn a_log_that_cannot_be_written_fails_the_commit_and_nothing_is_visible() {
    let site = SiteFixture::new();
    let log = site.dirs.manifests.join(".log");
    store::create_dir_all(&log).unwrap();
    store::write_all_synced(&log.join(SITE), b"in the way").unwrap();
    let error = try_commit(Attempt::begin(&site.dirs, SITE, 0).unwrap(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(site.files(), ["manifests/.log/S-1"]);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn an_error_after_the_commit_point_is_unsettled_and_deletes_nothing() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    let folder = attempt.dir().to_owned();
    let parts = parts(&attempt, 1);
    let manifest = manifest(1, &parts);
    let public = public_path(&site.dirs, &manifest);
    store::create_dir_all(&site.dirs.manifests).unwrap();
    store::write_all_synced(&public, b"someone else's").unwrap();
    let error = attempt
        .commit(manifest, &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsettled);
    assert_eq!(store::what_is(&folder).unwrap(), Some(What::Folder));
    assert_eq!(site.history().live_parts().len(), 2);
    store::remove_file(&public).unwrap();
    site.history()
        .acknowledge(&site.dirs, PublicCopy::Write)
        .unwrap();
    assert_eq!(
        bytes_of(&public),
        bytes_of(&site.history().head().unwrap().record)
    );
}

#[test]
fn a_manifest_that_contradicts_its_parts_is_never_committed() {
    let site = SiteFixture::new();
    let wrongs: [fn(&mut Manifest); 6] = [
        |manifest| manifest.statistics.total_rows += 1,
        |manifest| manifest.statistics.time_range = None,
        |manifest| manifest.cells.used -= 1,
        |manifest| manifest.input_files_count = 2,
        |manifest| manifest.schema[0].unit = Some(Term::of("K")),
        |manifest| manifest.site_id = "S-2".into(),
    ];
    for wrong in wrongs {
        let attempt = site.begin();
        let parts = parts(&attempt, 1);
        let mut manifest = manifest(1, &parts);
        wrong(&mut manifest);
        let error = attempt
            .commit(manifest, &parts, &[], PublicCopy::Write)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{error}");
    }
    let attempt = site.begin();
    let mut parts = parts(&attempt, 1);
    let elsewhere = format!("S-2/year=2026/month=03/part-{}.parquet", attempt.id());
    parts[0].relative = DatasetPath::new(elsewhere).unwrap();
    let error = attempt
        .commit(manifest(1, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
    assert_eq!(site.files(), Vec::<String>::new());
}

#[test]
fn an_attempt_that_is_abandoned_or_dropped_leaves_nothing() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    parts(&attempt, 1);
    let record: AttemptRecord =
        serde_json::from_slice(&bytes_of(&attempt.dir().join("attempt.json"))).unwrap();
    assert_eq!(
        (record.attempt.as_str(), record.base_version),
        (attempt.id(), 0)
    );
    assert_eq!(
        (record.owner.pid, record.site_id.as_str()),
        (std::process::id(), SITE)
    );
    let other = site.begin();
    assert_ne!(attempt.id(), other.id());
    attempt.abandon().unwrap();
    drop(other);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn a_site_that_is_locked_names_the_holder_and_another_site_is_free() {
    let site = SiteFixture::new();
    let lock = SiteLock::take(&site.dirs, SITE).unwrap();
    let error = SiteLock::take(&site.dirs, SITE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let process = format!(
        "the site S-1 is locked by process {} on ",
        std::process::id()
    );
    assert!(error.message().starts_with(&process), "{error}");
    SiteLock::take(&site.dirs, "S-2").unwrap();
    drop(lock);
    SiteLock::take(&site.dirs, SITE).unwrap();
}

#[test]
fn a_first_run_that_commits_nothing_leaves_no_folder_and_a_later_one_keeps_them() {
    let site = SiteFixture::new();
    let lock = SiteLock::take(&site.dirs, SITE).unwrap();
    drop(site.begin());
    drop(lock);
    assert_eq!(folders(&site), Vec::<PathBuf>::new());
    assert_eq!(sites(&site.dirs).unwrap(), Vec::<String>::new());
    let done = site.commit(1);
    drop(SiteLock::take(&site.dirs, SITE).unwrap());
    assert_eq!(store::what_is(&done.record).unwrap(), Some(What::File));
}

#[test]
fn a_run_with_nothing_new_makes_a_missing_public_name_and_notices_a_missing_part() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let public = done.public.unwrap();
    store::remove_file(&public).unwrap();
    site.history()
        .acknowledge(&site.dirs, PublicCopy::Suppress)
        .unwrap();
    assert_eq!(store::what_is(&public).unwrap(), None);
    site.history()
        .acknowledge(&site.dirs, PublicCopy::Write)
        .unwrap();
    assert_eq!(bytes_of(&public), bytes_of(&done.record));
    let part = site.dirs.processed.join(&done.manifest.output_files[1]);
    store::remove_file(&part).unwrap();
    let error = site
        .history()
        .acknowledge(&site.dirs, PublicCopy::Write)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Damaged, Some(part.as_path()))
    );
}
