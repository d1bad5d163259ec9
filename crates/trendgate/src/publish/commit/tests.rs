//! Requests whose answers were lost, as network file systems lose them: what is under the name decides.

use super::super::fixture::*;
use super::*;

#[test]
fn a_move_that_was_done_though_it_said_that_it_failed_counts_and_is_taken_back_with_the_others() {
    let site = SiteFixture::new();
    for (lost, committed) in [(false, true), (true, false)] {
        let attempt = site.begin();
        let parts = parts(&attempt, 1);
        let target = site.dirs.processed.join(&parts[0].relative);
        store::create_dir_all(target.parent().unwrap()).unwrap();
        // The server moved it; the client asks again, and hears that there is no such file.
        assert_eq!(
            store::rename_new(&parts[0].staged, &target).unwrap(),
            Put::Done
        );
        if lost {
            store::remove_file(&parts[1].staged).unwrap();
        }
        let outcome = attempt.commit(manifest(1, &parts), &parts, &[], PublicCopy::Write);
        assert_eq!(outcome.is_ok(), committed, "{outcome:?}");
        assert_eq!(store::what_is(&target).unwrap().is_some(), committed);
        let Ok(Outcome::Committed(done)) = outcome else {
            continue;
        };
        assert_eq!(site.history().live_parts().len(), 2);
        store::remove_file(&done.record).unwrap();
        store::remove_file(&done.public.unwrap()).unwrap();
        store::remove_file(&target).unwrap();
    }
}

#[test]
fn a_record_that_exists_is_ours_if_it_has_our_bytes_another_s_if_not_and_unsettled_if_nobody_can_say()
 {
    let site = SiteFixture::new();
    let ours = b"{\"ours\": true}";
    let try_it = |make: &dyn Fn(&Path)| {
        let mut attempt = site.begin();
        let record = attempt.record_of_version();
        store::create_dir_all(record.parent().unwrap()).unwrap();
        make(&record);
        store::write_all_synced(&attempt.dir().join(RECORD), ours).unwrap();
        let put = attempt.put_record().map_err(|error| error.kind());
        let folder = attempt.dir().to_owned();
        drop(attempt);
        let kept = store::what_is(&folder).unwrap().is_some();
        let is_file = store::what_is(&record).unwrap() == Some(store::What::File);
        let _ = if is_file {
            store::remove_file(&record)
        } else {
            store::remove_dir(&record)
        };
        (put, kept)
    };
    let write =
        |bytes: &'static [u8]| move |record: &Path| store::write_all_synced(record, bytes).unwrap();
    assert_eq!(try_it(&write(ours)), (Ok(Put::Done), false));
    assert_eq!(try_it(&write(b"{}")), (Ok(Put::Exists), false));
    // It cannot be read: nothing is deleted, not even the attempt's own folder.
    let folder = |record: &Path| assert_eq!(store::create_dir(record).unwrap(), Put::Done);
    assert_eq!(try_it(&folder), (Err(ErrorKind::Unsettled), true));
}
