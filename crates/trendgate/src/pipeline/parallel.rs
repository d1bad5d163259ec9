//! The same work on many things, on as many threads as a run may have.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `work` on every number below `count`, on `threads` threads.
pub(super) fn in_parallel(count: usize, threads: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let run = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            work(index);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(count) {
            scope.spawn(run);
        }
        run();
    });
}

/// What `work` makes of each of `items`, in their order, on `threads` threads.
pub(super) fn map<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let count = items.len();
    let items = Mutex::new(items.into_iter().enumerate());
    let made = Mutex::new(Vec::with_capacity(count));
    in_parallel(count, threads, |_| {
        let next = locked(&items).next();
        if let Some((place, item)) = next {
            let result = work(item);
            locked(&made).push((place, result));
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, result)| result).collect()
}

/// What a mutex holds.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items_whoever_made_them() {
        let items: Vec<u64> = (0..100).collect();
        for threads in [1, 2, 7, 200] {
            let made = map(items.clone(), threads, |item| {
                if item % 10 == 0 {
                    std::thread::yield_now();
                }
                item * 2
            });
            assert!(made.into_iter().eq(items.iter().map(|item| item * 2)));
        }
        assert!(map(Vec::<u64>::new(), 2, |item| item).is_empty());
    }
}
