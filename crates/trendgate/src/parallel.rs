//! The same work on many things, on as many threads as a run may have.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Does `work` on every number below `count`, on `threads` threads.
///
/// # Errors
/// [`Bug`](crate::ErrorKind::Bug) where `work` panicked on another thread than this one.
pub(crate) fn in_parallel(count: usize, threads: usize, work: impl Fn(usize) + Sync) -> Result<()> {
    with_helpers(count, threads, || false, work)
}

/// As [`in_parallel`], where a thread other than this one ends once it has done some of the work and `is_superfluous` says so. What
/// is left is for the others, at last for this one.
///
/// # Errors
/// As [`in_parallel`].
pub(crate) fn with_helpers(
    count: usize,
    threads: usize,
    is_superfluous: impl Fn() -> bool + Sync,
    work: impl Fn(usize) + Sync,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    // Whether there was anything left to do.
    let work_on_next = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let is_left = index < count;
        if is_left {
            work(index);
        }
        is_left
    };
    // What is said on another thread is said of the same site.
    let span = tracing::Span::current();
    let help = || span.in_scope(|| while work_on_next() && !is_superfluous() {});
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(help)).collect();
        while work_on_next() {}
        // Each is joined: the scope would panic for one that was not.
        let ends = helpers.into_iter().map(std::thread::ScopedJoinHandle::join);
        ends.collect::<Vec<_>>()
            .into_iter()
            .collect::<std::thread::Result<()>>()
    })
    .map_err(|_| Error::bug("a worker thread panicked"))
}

/// What `work` makes of each of `items`, in their order, on `threads` threads.
///
/// # Errors
/// That of the first item that has one; those after it may not have been begun. [`Bug`](crate::ErrorKind::Bug) as [`in_parallel`].
pub(crate) fn map<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let count = items.len();
    // They are begun in their order, so when one fails those before it have been begun, too.
    let items = Mutex::new(items.into_iter().enumerate());
    let failed = AtomicBool::new(false);
    let made = Mutex::new(Vec::new());
    in_parallel(count, threads, |_| {
        if failed.load(Ordering::Relaxed) {
            return;
        }
        let Some((place, item)) = locked(&items).next() else {
            return;
        };
        let result = work(item);
        failed.fetch_or(result.is_err(), Ordering::Relaxed);
        locked(&made).push((place, result));
    })?;
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, result)| result).collect()
}

/// What a mutex holds, even where a thread panicked while it held it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn results_are_in_the_order_of_the_items_whoever_made_them() {
        let items: Vec<u64> = (0..100).collect();
        for threads in [1, 2, 7, 200] {
            let made = map(items.clone(), threads, |item| {
                if item % 10 == 0 {
                    std::thread::yield_now();
                }
                Ok(item * 2)
            });
            let expected = items.iter().map(|item| item * 2);
            assert!(made.unwrap().into_iter().eq(expected));
        }
        assert!(map(Vec::<u64>::new(), 2, Ok).unwrap().is_empty());
    }

    #[test]
    fn the_first_error_is_told_and_no_item_is_begun_after_one() {
        for threads in [1, 2, 7] {
            let begun = AtomicUsize::new(0);
            let made = map((0..1000).collect(), threads, |item| {
                begun.fetch_add(1, Ordering::Relaxed);
                match item {
                    // The later one is there first.
                    7 => {
                        std::thread::sleep(std::time::Duration::from_millis(20));
                        Err(Error::usage("seven"))
                    }
                    8 | 9 => Err(Error::usage("later")),
                    _ => Ok(item),
                }
            });
            assert_eq!(made.unwrap_err().message(), "seven");
            assert!(begun.into_inner() < 8 + 2 * threads, "{threads}");
        }
    }

    #[test]
    fn a_helper_that_is_superfluous_ends_and_all_work_is_done_once() {
        let (done, this) = (Mutex::new(Vec::new()), std::thread::current().id());
        let work = |index| {
            let by = std::thread::current().id();
            if by == this {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            locked(&done).push((index, by));
        };
        with_helpers(50, 4, || true, work).unwrap();
        let mut done = done.into_inner().unwrap();
        let by_helpers = done.iter().filter(|(_, by)| *by != this).count();
        assert!(by_helpers <= 3, "{by_helpers}");
        done.sort_by_key(|(index, _)| *index);
        assert!(done.into_iter().map(|(index, _)| index).eq(0..50));
    }

    #[test]
    fn a_panic_on_another_thread_is_an_error() {
        let this = std::thread::current().id();
        let work = |_: usize| {
            assert_eq!(std::thread::current().id(), this, "work on another thread");
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        for threads in [2, 4] {
            let error = in_parallel(8, threads, work).unwrap_err();
            let message = (error.kind(), error.message());
            assert_eq!(message, (ErrorKind::Bug, "a worker thread panicked"));
        }
        let made = map(vec![0; 8], 2, |item| {
            work(item);
            Ok(item)
        });
        assert_eq!(made.unwrap_err().kind(), ErrorKind::Bug);
    }
}
