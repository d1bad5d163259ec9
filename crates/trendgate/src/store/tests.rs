//! What the door to the disk promises.

use super::*;

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
