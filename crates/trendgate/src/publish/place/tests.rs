//! Names of folders: found, agreed upon, refused.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

use super::super::fixture::{SITE, bytes_of, folders};
use super::super::{SiteLock, fixture};
use super::*;
use std::os::unix::fs::symlink;

fn names(processed: &str, manifests: &str, staging: &str) -> FolderNames {
    FolderNames::new(processed, manifests, staging).unwrap()
}

fn others() -> FolderNames {
    names("parts", "m", "work")
}

struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        Self(crate::store::test_folder())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn file(&self, text: &str) -> &Self {
        store::create_dir_all(&self.path()).unwrap();
        let path = self.path().join(FILE);
        store::remove_file(&path).unwrap();
        store::write_all_synced(&path, text.as_bytes()).unwrap();
        self
    }

    fn refusal(&self) -> String {
        let error = Dirs::find(&self.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        error.message().to_owned()
    }
}

#[test]
fn a_dataset_without_the_file_has_the_usual_names_and_one_with_it_those_in_it() {
    let root = Root::new();
    assert_eq!(Dirs::find(&root.path()).unwrap(), Dirs::under(&root.path()));
    root.file(r#"{"format": 1, "processed": "parts", "manifests": "m", "staging": "work", "sources": "s"}"#);
    let found = Dirs::find(&root.path()).unwrap();
    assert_eq!(found, Dirs::named(&root.path(), &others()));
    assert_eq!(found.processed, root.path().join("parts"));
    assert_eq!(found.evidence, root.path().join("evidence"));
}

#[test]
fn a_file_that_leads_out_of_its_folder_or_says_nonsense_is_refused() {
    let root = Root::new();
    let text = |processed: &str| {
        format!(
            r#"{{"format": 1, "processed": {processed:?}, "manifests": "m", "staging": "work"}}"#
        )
    };
    for hostile in ["..", "../x", "/etc", "a/b", "a/../..", ".", "", "a/", "./a"] {
        let said = root.file(&text(hostile)).refusal();
        assert_eq!(
            said,
            format!("expected the name of a folder, found {hostile:?}")
        );
    }
    for taken in ["evidence", "sources", FILE] {
        let said = root.file(&text(taken)).refusal();
        assert_eq!(
            said,
            format!("{taken:?} is the name of something else in a dataset")
        );
    }
    assert_eq!(
        root.file(&text("m")).refusal(),
        r#"expected three different folders, found processed "m", manifests "m", staging "work""#
    );
    let newer = text("parts").replace("\"format\": 1", "\"format\": 2");
    assert_eq!(root.file(&newer).refusal(), "expected format 1, found 2");
    for nonsense in ["", "{", "[]", "{\"format\": 1}", "null"] {
        let said = root.file(nonsense).refusal();
        assert!(
            said.starts_with("expected the names of folders: "),
            "{said}"
        );
    }
    let large = format!("{}{}", text("parts"), " ".repeat(1 << 16));
    assert_eq!(
        root.file(&large).refusal(),
        "expected at most 65536 bytes, found more"
    );
}

#[test]
fn the_file_or_a_folder_that_it_names_must_not_be_a_link_to_somewhere_else() {
    let root = Root::new();
    root.file(r#"{"format": 1, "processed": "parts", "manifests": "m", "staging": "work"}"#);
    let elsewhere = crate::store::test_folder();
    symlink(elsewhere.path(), root.path().join("parts")).unwrap();
    assert_eq!(
        root.refusal(),
        "trendgate.json names a folder that is a link to somewhere else"
    );
    store::remove_file(&root.path().join("parts")).unwrap();
    store::create_dir_all(&root.path().join("real")).unwrap();
    symlink("real", root.path().join("parts")).unwrap();
    Dirs::find(&root.path()).unwrap();
    let file = root.path().join(FILE);
    store::rename_new(&file, &root.path().join("other.json")).unwrap();
    symlink("other.json", &file).unwrap();
    assert_eq!(root.refusal(), "expected a file, found a link or a device");
    store::remove_file(&file).unwrap();
    store::create_dir_all(&file).unwrap();
    assert_eq!(root.refusal(), "expected a file, found a folder");
}

#[test]
fn the_first_run_names_the_folders_and_other_names_are_refused_from_then_on() {
    let root = Root::new();
    let ours = Dirs::named(&root.path(), &others());
    let lock = SiteLock::take(&ours, SITE).unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes_of(&root.path().join(FILE))).unwrap(), @r#"
    {
      "format": 1,
      "processed": "parts",
      "manifests": "m",
      "staging": "work"
    }
    "#);
    assert_eq!(Dirs::find(&root.path()).unwrap(), ours);
    assert_eq!(list_of(&ours.staging), Vec::<String>::new());
    let usual = Dirs::under(&root.path());
    let error = SiteLock::take(&usual, SITE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    insta::assert_snapshot!(error.message(), @r#"the dataset has the folders processed "parts", manifests "m", staging "work", and the configuration states processed "processed", manifests "manifests", staging ".staging""#);
    assert_eq!(error.path(), Some(&*root.path().join(FILE)));
    assert!(!usual.processed.exists(), "and no folder is made");
    drop(lock);
    assert!(!root.path().exists(), "who commits nothing leaves nothing");
}

#[test]
fn a_dataset_of_before_the_file_keeps_its_usual_names_and_gets_no_file() {
    let site = fixture::SiteFixture::new();
    site.commit(1);
    let root = site.dirs.root.clone();
    store::remove_file(&root.join(FILE)).unwrap();
    site.commit(2);
    assert!(!root.join(FILE).exists());
    let error = Dirs::stated(&root, &others()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .message()
            .contains("the dataset has the folders processed \"processed\""),
        "{error}"
    );
    assert_eq!(Dirs::moved(&root, &others()).unwrap(), site.dirs);
}

#[test]
fn a_run_that_commits_nothing_leaves_the_file_to_the_sites_that_are_there() {
    let root = Root::new();
    let dirs = Dirs::named(&root.path(), &others());
    let first = SiteLock::take(&dirs, "A").unwrap();
    let second = SiteLock::take(&dirs, "B").unwrap();
    drop(first);
    assert_eq!(Dirs::find(&root.path()).unwrap(), dirs);
    drop(second);
    // Whoever made the file has gone before: it stays, and says what it said.
    assert_eq!(Dirs::find(&root.path()).unwrap(), dirs);
    // Taken away between the folders and the lock of a second run, it is put back by that run.
    let third = SiteLock::take(&dirs, "A").unwrap();
    store::remove_file(&root.path().join(FILE)).unwrap();
    dirs.settle("A", &mut false).unwrap();
    assert_eq!(Dirs::find(&root.path()).unwrap(), dirs);
    // And by the one that took it away, where another one's lock is there by then.
    dirs.unsettle("B");
    assert_eq!(Dirs::find(&root.path()).unwrap(), dirs);
    drop(third);
}

#[test]
fn a_draft_that_a_crash_left_is_taken_away_by_recovery() {
    use super::super::{
        Act, AttemptNames as Which, Others, PublicCopy, Recovery, sites_to_recover,
    };
    let root = Root::new();
    let dirs = Dirs::under(&root.path());
    store::create_dir_all(&dirs.staging).unwrap();
    let draft = dirs
        .staging
        .join(format!("{}{}", draft_prefix(SITE), "0".repeat(24)));
    store::write_all_synced(&draft, b"{").unwrap();
    assert_eq!(sites_to_recover(&dirs).unwrap(), [SITE]);
    let recovery = Recovery {
        copy: PublicCopy::Write,
        names: Which::Last,
        others: Others::Spare,
    };
    let lock = SiteLock::hold(&dirs, SITE).unwrap();
    let deeds = recovery.run(&dirs, &lock).unwrap();
    assert_eq!(
        deeds.iter().map(|deed| deed.act).collect::<Vec<_>>(),
        [Act::RemoveProbe]
    );
    assert_eq!(list_of(&dirs.staging), Vec::<String>::new());
}

#[test]
fn of_many_that_come_first_at_once_one_names_the_folders() {
    let root = Root::new();
    let tries: Vec<FolderNames> = (0..8)
        .map(|n| names(&format!("p{n}"), &format!("m{n}"), &format!("s{n}")))
        .collect();
    let taken: Vec<bool> = std::thread::scope(|scope| {
        let tries = tries.iter().map(|names| {
            let dirs = Dirs::named(&root.path(), names);
            scope.spawn(move || {
                let lock = SiteLock::take(&dirs, SITE);
                match lock {
                    Ok(lock) => {
                        // Held for good, as by a run that goes on.
                        std::mem::forget(lock);
                        true
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
                        false
                    }
                }
            })
        });
        let tries: Vec<_> = tries.collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|won| **won).count(), 1);
    let winner = taken.iter().position(|won| *won).unwrap();
    assert_eq!(
        Dirs::find(&root.path()).unwrap(),
        Dirs::named(&root.path(), &tries[winner])
    );
}

#[test]
fn what_is_no_dataset_is_said() {
    let root = Root::new();
    let said = |dirs: Dirs| {
        dirs.existing()
            .unwrap_err()
            .to_string()
            .replace(&*root.0.path().to_string_lossy(), "")
    };
    assert_eq!(said(Dirs::under(&root.path())), "/data: no such folder");
    store::create_dir_all(&root.path()).unwrap();
    assert_eq!(
        said(Dirs::under(&root.path())),
        "/data: there is no dataset in this folder"
    );
    store::write_all_synced(&root.path().join("file"), b"").unwrap();
    assert_eq!(
        said(Dirs::under(&root.path().join("file"))),
        "/data/file: expected the folder of a dataset, found a file"
    );
    let site = fixture::SiteFixture::new();
    site.commit(1);
    assert!(!folders(&site).is_empty());
    site.dirs.clone().existing().unwrap();
}

fn list_of(folder: &Path) -> Vec<String> {
    let names = super::super::list(folder).unwrap();
    names
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}
