//! File systems that cannot keep the promise are refused, and what they lack is named.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

use super::super::fixture::{SITE, SiteFixture};
use super::*;
use std::os::unix::fs::{MetadataExt as _, symlink};

#[test]
fn a_fork_of_the_process_that_holds_the_lock_leaves_what_taking_it_left() {
    let site = SiteFixture::new();
    let mut lock = SiteLock::take(&site.dirs, SITE).unwrap();
    let file = log::folder(&site.dirs, SITE).join(LOCK);
    lock.of_another_process_for_test();
    drop(lock);
    assert!(store::what_is(&file).unwrap().is_some());
    // Nobody holds it: the process that took it is gone, as far as this one can tell.
    let lock = SiteLock::take(&site.dirs, SITE).unwrap();
    drop(lock);
    assert!(
        store::what_is(&file).unwrap().is_some(),
        "it was there before"
    );
}

#[test]
fn folders_on_two_file_systems_are_refused_with_both_names_and_nothing_is_left() {
    let site = SiteFixture::new();
    let memory = Path::new("/dev/shm");
    let device = |path: &Path| path.metadata().map(|meta| meta.dev());
    store::create_dir_all(&site.dirs.root).unwrap();
    match device(memory) {
        Ok(other) if other != device(&site.dirs.root).unwrap() => {}
        _ => {
            return println!(
                "SKIPPED: /dev/shm is no other file system than that of temporary files"
            );
        }
    }
    let elsewhere = tempfile::tempdir_in(memory).unwrap();
    symlink(elsewhere.path(), &site.dirs.processed).unwrap();
    let error = SiteLock::take(&site.dirs, SITE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    let [from, to] = [&site.dirs.staging, &site.dirs.processed].map(|dir| dir.display());
    let expected = format!("a commit has to move files from {from} to {to}, and cannot: ");
    assert!(error.message().starts_with(&expected), "{error}");
    let hint = "put both on one file system; two bind mounts of one file system count as two";
    assert_eq!(error.hint_text(), Some(hint));
    assert_eq!(site.files(), Vec::<String>::new());
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_file_system_without_links_or_that_replaces_what_is_there_is_refused_by_what_it_lacks() {
    let [from, to] = ["/a/x", "/b/y"].map(Path::new);
    let failed = |errno: Errno| Error::storage("cannot link", to, errno.into());
    let said = |errno| {
        let error = lacking("link", from, to, failed(errno));
        format!("{} | {}", error.message(), error.hint_text().unwrap())
    };
    insta::assert_snapshot!(said(Errno::PERM), @"a commit has to link files from /a to /b, and cannot: cannot link: Operation not permitted (os error 1) | use a local file system such as ext4, XFS or btrfs");
    insta::assert_snapshot!(said(Errno::ACCESS), @"a commit has to link files from /a to /b, and cannot: cannot link: Permission denied (os error 13) | change the owner or the mode of the folders, or run this as a user who may write there");
    insta::assert_snapshot!(said(Errno::NOSPC), @"a commit has to link files from /a to /b, and cannot: cannot link: No space left on device (os error 28) | make room; `trendgate gc` removes what no version refers to");
    refuses("move", to, (Put::Done, Put::Exists)).unwrap();
    for outcome in [(Put::Done, Put::Done), (Put::Exists, Put::Exists)] {
        let error = refuses("move", to, outcome).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/b/y: a commit needs to move files without replacing; expected the second move to one name to be refused, found it done"
        );
    }
}

#[test]
fn staging_or_a_log_that_is_a_symbolic_link_is_refused_and_nothing_is_made_behind_it() {
    for place in [
        ".staging",
        "manifests/.log",
        "manifests/.log/S-1",
        "manifests/.log/S-1/lock",
    ] {
        let site = SiteFixture::new();
        let link = site.dirs.root.join(place);
        store::create_dir_all(link.parent().unwrap()).unwrap();
        let outside = crate::store::test_folder();
        symlink(outside.path(), &link).unwrap();
        let error = SiteLock::take(&site.dirs, SITE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage, "{place}");
        assert_eq!(error.path(), Some(link.as_path()));
        assert!(error.message().contains("found a symbolic link"), "{error}");
        assert_eq!(outside.path().read_dir().unwrap().count(), 0, "{place}");
    }
    let site = SiteFixture::new();
    let outside = crate::store::test_folder();
    store::create_dir_all(&site.dirs.root).unwrap();
    symlink(outside.path(), &site.dirs.staging).unwrap();
    let error = crate::publish::Attempt::begin(&site.dirs, SITE, 0).unwrap_err();
    assert!(error.message().contains("found a symbolic link"), "{error}");
}
