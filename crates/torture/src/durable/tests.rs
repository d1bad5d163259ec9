use super::*;

/// The commit of one part and its record, one event a line.
const COMMIT: &str = "\
make /d/manifests/.log/T
sync /d/manifests/.log
make /d/.staging/a
open /d/.staging/a/attempt.json
write /d/.staging/a/attempt.json
sync /d/.staging/a/attempt.json
close /d/.staging/a/attempt.json
sync /d/.staging/a
sync /d/.staging
open /d/.staging/a/p.parquet
write /d/.staging/a/p.parquet
sync /d/.staging/a/p.parquet
close /d/.staging/a/p.parquet
open /d/.staging/a/targets.json
write /d/.staging/a/targets.json
sync /d/.staging/a/targets.json
close /d/.staging/a/targets.json
sync /d/.staging/a
make /d/processed/T
move /d/.staging/a/p.parquet /d/processed/T/p.parquet
sync /d
sync /d/processed
sync /d/processed/T
sync /d/manifests
open /d/.staging/a/manifest.json
write /d/.staging/a/manifest.json
sync /d/.staging/a/manifest.json
close /d/.staging/a/manifest.json
link /d/.staging/a/manifest.json /d/manifests/.log/T/00000000000000000001.json
sync /d/manifests/.log/T
link /d/manifests/.log/T/00000000000000000001.json /d/manifests/manifest-b-t.json
sync /d/manifests
move /d/.staging/a /d/.staging/a.undo
remove /d/.staging/a.undo/manifest.json
remove /d/.staging/a.undo/targets.json
remove /d/.staging/a.undo/attempt.json
remove /d/.staging/a.undo
tell
end
";

fn events(text: &str) -> Vec<Event> {
    text.lines().map(event).collect()
}

fn event(line: &str) -> Event {
    let mut words = line.split(' ');
    let verb = words.next().unwrap();
    let mut path = || words.next().unwrap().to_owned();
    match verb {
        "make" => Event::MakeFolder(path()),
        "open" => Event::Open {
            path: path(),
            writes: true,
            makes: true,
        },
        "read" => Event::Open {
            path: path(),
            writes: false,
            makes: false,
        },
        "write" => Event::Write(path()),
        "sync" => Event::Fsync(path()),
        "close" => Event::Close(path()),
        "move" => Event::Move {
            from: path(),
            to: path(),
        },
        "link" => Event::Link {
            from: path(),
            to: path(),
        },
        "remove" => Event::Remove(path()),
        "tell" => Event::Tell,
        "end" => Event::End,
        other => panic!("{other}"),
    }
}

#[test]
fn a_commit_with_every_fsync_has_nothing_to_be_said_against_it() {
    assert_eq!(
        check(&events(COMMIT), Promise::Version),
        Vec::<String>::new()
    );
}

#[test]
fn a_commit_without_any_one_fsync_is_noticed() {
    let found = without_each_fsync(&events(COMMIT), Promise::Version);
    assert_eq!(found.len(), 14 + 12);
    let unseen: Vec<&Without> = found.iter().filter(|one| one.said.is_empty()).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn what_is_missing_is_said_by_name() {
    let without = |line: &str| {
        let text = COMMIT.replacen(&format!("{line}\n"), "", 1);
        check(&events(&text), Promise::Version).join("; ")
    };
    assert_eq!(
        without("sync /d/processed/T"),
        "the name /d/processed/T/p.parquet is not durable at the commit; \
         the name /d/processed/T/p.parquet is not durable at the end"
    );
    assert_eq!(
        without("sync /d"),
        "nobody made the name /d/manifests durable before the commit; \
         nobody made the name /d/processed durable before the commit"
    );
    assert!(without("sync /d/processed").contains("the name /d/processed/T is not durable"));
    let record = "/d/manifests/.log/T/00000000000000000001.json";
    assert!(
        without("sync /d/manifests/.log/T")
            .starts_with(&format!("the name {record} is not durable at the end"))
    );
    assert!(
        without("sync /d/.staging/a/manifest.json")
            .contains("manifest.json is not durable at the commit")
    );
}

#[test]
fn a_run_with_nothing_new_has_to_make_an_earlier_record_durable_before_it_says_so() {
    let record = "/d/manifests/.log/T/00000000000000000003.json";
    let whole =
        format!("read {record}\nclose {record}\nsync {record}\nsync /d/manifests/.log/T\ntell\n");
    assert_eq!(
        check(&events(&whole), Promise::Version),
        Vec::<String>::new()
    );
    for one in without_each_fsync(&events(&whole), Promise::Version) {
        assert_eq!(one.said.len(), 1, "{one:?}");
    }
}

#[test]
fn an_undoing_makes_its_removals_durable_before_it_drops_its_list() {
    let undo =
        "remove /d/processed/T/p.parquet\nsync /d/processed/T\nremove /d/.staging/a/targets.json\n";
    assert_eq!(check(&events(undo), Promise::Version), Vec::<String>::new());
    assert_eq!(
        without_each_fsync(&events(undo), Promise::Version)[0].said,
        ["/d/processed/T/p.parquet may come back after the list that names it is gone"]
    );
}

#[test]
fn a_directory_that_was_tried_out_without_fsync_is_noticed() {
    let text = "open /d/.staging/.probe-1\nsync /d/.staging/.probe-1\nclose /d/.staging/.probe-1\n\
                move /d/.staging/.probe-1 /d/processed/.probe-1\nsync /d/processed\nremove /d/processed/.probe-1\n";
    assert_eq!(check(&events(text), Promise::Version), Vec::<String>::new());
    let found = without_each_fsync(&events(text), Promise::Version);
    assert!(found.iter().all(|one| one.said.len() == 1), "{found:?}");
}

#[test]
fn what_is_replaced_goes_when_the_record_and_the_mark_of_expiry_are_durable() {
    let log = "/d/manifests/.log/T";
    let text = format!(
        "read {log}/00000000000000000002.json\nopen {log}/00000000000000000001.expired\n\
         sync {log}/00000000000000000001.expired\nsync {log}\nremove /d/processed/T/p.parquet\nend\n"
    );
    assert_eq!(check(&events(&text), Promise::Name), Vec::<String>::new());
    let said: Vec<Vec<String>> = without_each_fsync(&events(&text), Promise::Name)
        .into_iter()
        .map(|one| one.said)
        .collect();
    assert!(said[0][0].starts_with(
        "the content of /d/manifests/.log/T/00000000000000000001.expired is not durable"
    ));
    assert!(
        said[1][0].starts_with(
            "the name /d/manifests/.log/T/00000000000000000001.expired is not durable"
        )
    );
}

#[test]
fn an_attempt_is_removed_under_the_name_of_what_is_being_undone() {
    let folder = "/d/.staging/T.00ff";
    let whole = format!(
        "move {folder} {folder}.undo\nremove {folder}.undo/attempt.json\nremove {folder}.undo\nend\n"
    );
    assert_eq!(check(&events(&whole), Promise::Work), Vec::<String>::new());
    assert_eq!(
        check(
            &events(&format!("remove {folder}/attempt.json\nend\n")),
            Promise::Work
        ),
        [format!(
            "{folder}/attempt.json is removed while its tasks may still find the folder"
        )]
    );
}
