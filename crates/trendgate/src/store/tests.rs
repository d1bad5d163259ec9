//! What the functions over the disk promise.

use super::*;
use crate::digest::Digest;
use std::path::{Path, PathBuf};

#[test]
fn a_name_that_is_taken_is_neither_linked_nor_moved_over() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    write_all_synced(&a, b"a").unwrap();
    write_all_synced(&b, b"b").unwrap();
    assert_eq!(hard_link(&a, &b).unwrap(), Put::Exists);
    assert_eq!(rename_new(&a, &b).unwrap(), Put::Exists);
    assert_eq!(read(&b, 1).unwrap(), b"b");
    assert_eq!(rename_new(&a, &dir.path().join("c")).unwrap(), Put::Done);
    assert_eq!(what_is(&a).unwrap(), None);
    assert!(write_all_synced(&b, b"new").is_err());
}

#[test]
fn only_the_directories_that_were_missing_are_named_as_made() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("x/y");
    let made = create_dir_all(&deep).unwrap();
    assert_eq!(made, [dir.path().join("x"), deep.clone()]);
    assert_eq!(create_dir_all(&deep).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn a_file_beyond_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    write_all_synced(&path, b"1234").unwrap();
    assert_eq!(read(&path, 4).unwrap(), b"1234");
    assert!(
        read(&path, 3)
            .unwrap_err()
            .message()
            .contains("at most 3 bytes")
    );
    assert_eq!(digest(&path).unwrap(), (4, Digest::of(b"1234")));
}

#[test]
fn a_lock_names_its_holder_to_whoever_comes_second_and_is_free_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let first = lock(&path, "the first").unwrap();
    let Lock::Taken(holder) = lock(&path, "the second").unwrap() else {
        panic!("expected the lock to be taken");
    };
    assert_eq!(holder, "the first");
    drop(first);
    assert!(matches!(lock(&path, "the third").unwrap(), Lock::Held(_)));
}

#[test]
fn nothing_is_seen_or_removed_behind_a_symbolic_link() {
    let dir = tempfile::tempdir().unwrap();
    let (top, outside) = (dir.path().join("top"), dir.path().join("outside"));
    for folder in [&top.join("a"), &outside] {
        create_dir_all(folder).unwrap();
    }
    for file in [top.join("a/f"), outside.join("f")] {
        write_all_synced(&file, b"f").unwrap();
    }
    std::os::unix::fs::symlink(&outside, top.join("link")).unwrap();
    let named = |path: &str| named_below(&top, path.as_ref()).unwrap();
    assert!(matches!(named("a/f"), Some(Named::File(_))));
    assert_eq!(named("a"), Some(Named::Folder));
    assert_eq!(named("link"), Some(Named::Other));
    assert_eq!(named("link/f"), Some(Named::Other));
    assert_eq!(named("a/g"), None);
    assert!(named_below(&top, "../outside/f".as_ref()).is_err());
    for path in ["link/f", "../outside/f"] {
        let error = remove_file_below(&top, path.as_ref()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Storage, "{path}");
    }
    assert!(outside.join("f").exists());
    remove_file_below(&top, "a/f".as_ref()).unwrap();
    remove_file_below(&top, "a/f".as_ref()).unwrap();
    assert_eq!(named("a/f"), None);
}

#[test]
fn only_a_regular_file_is_opened_and_a_pipe_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    for (path, found) in [
        (pipe.as_path(), "a pipe"),
        (&socket, "a socket"),
        (&link, "a device"),
        (dir.path(), "a folder"),
    ] {
        let error = open(path).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Input, "{error}");
        assert_eq!(error.message(), format!("expected a file, found {found}"));
        let error = read(path, 10).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Damaged, "{error}");
        assert!(append(path, b"x").is_err());
    }
    assert_eq!(
        read(Path::new("/proc/self/comm"), 100).unwrap().last(),
        Some(&b'\n')
    );
}

#[test]
fn a_lock_and_a_log_are_not_written_through_a_symbolic_link() {
    let dir = tempfile::tempdir().unwrap();
    let (victim, link) = (dir.path().join("victim"), dir.path().join("link"));
    write_all_synced(&victim, b"mine").unwrap();
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    for error in [
        append(&link, b"x").unwrap_err(),
        lock(&link, "me").unwrap_err(),
    ] {
        assert_eq!(error.kind(), crate::ErrorKind::Storage);
        assert!(error.message().contains("found a symbolic link"), "{error}");
    }
    std::os::unix::fs::symlink(dir.path().join("new"), dir.path().join("dangling")).unwrap();
    assert!(append(&dir.path().join("dangling"), b"x").is_err());
    assert!(!dir.path().join("new").exists());
    assert_eq!(read(&victim, 10).unwrap(), b"mine");
}

#[test]
fn a_tree_goes_with_its_links_and_what_they_lead_to_stays() {
    let folder = test_folder();
    let [tree, other] = ["tree", "other"].map(|name| folder.path().join(name));
    create_dir_all(&tree.join("a/b")).unwrap();
    create_dir_all(&other).unwrap();
    let kept = other.join("kept");
    for file in [&tree.join("f"), &tree.join("a/b/f"), &kept] {
        write_all_synced(file, b"x").unwrap();
    }
    std::os::unix::fs::symlink(&other, tree.join("to_folder")).unwrap();
    std::os::unix::fs::symlink(&kept, tree.join("a/to_file")).unwrap();
    let mut seen = Vec::new();
    look_into(&tree, |name, what| seen.push((name, what))).unwrap();
    seen.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("a", Some(What::Folder)),
        ("f", Some(What::File)),
        ("to_folder", None),
    ];
    assert_eq!(seen, expected.map(|(name, what)| (name.into(), what)));
    remove_tree(&tree).unwrap();
    remove_tree(&tree).unwrap();
    assert_eq!(list_dir(folder.path()).unwrap(), [other]);
    assert!(named(&kept).unwrap().is_some());
}
