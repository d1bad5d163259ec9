//! The same work on many things, on as many threads as a run may have.

use crate::error::Result;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `work` on every number below `count`, on `threads` threads.
pub(super) fn in_parallel(count: usize, threads: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    on_each(threads.min(count), || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            work(index);
        }
    });
}

/// What `work` makes of each of `items`, in their order, on `threads` threads.
///
/// # Errors
/// That of the first item that has one; those after it may not have been begun.
pub(super) fn map<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let threads = threads.min(items.len());
    // They are begun in their order, so when one fails those before it have been begun, too.
    let items = Mutex::new(items.into_iter().enumerate());
    let failed = AtomicBool::new(false);
    let made = Mutex::new(Vec::new());
    on_each(threads, || {
        while !failed.load(Ordering::Relaxed) {
            let next = locked(&items).next();
            let Some((place, item)) = next else { break };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            locked(&made).push((place, result));
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, result)| result).collect()
}

/// `work` on `threads` threads, of which this is one.
fn on_each(threads: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(&work);
        }
        work();
    });
}

/// What a mutex holds.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

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
}
