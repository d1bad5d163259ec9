//! The same work at many sites, several at a time, within what one run may take.
//!
//! Enters: how many sites there are, and the threads and the memory for all of them together. Leaves: what became of each, in their order.
//! So many sites are worked at as there are threads, and as the memory has room for the least that a run takes; each has its
//! [`Share`] of both. A site that fails, or whose work panics, keeps nobody from the others. One that would take more memory than its share
//! is done again when the others have ended, alone and with all that there is. Nothing is refused here.
//!
//! Proof: the shares of the sites at work never add up to more than there is, whatever ends when, and each site is done whatever becomes of
//! the others.

use crate::error::{Error, ErrorKind, Result};
use crate::parallel::{in_parallel, locked};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The least memory that a run can be given.
pub(crate) const LEAST_MEMORY: u64 = 64_000_000;

/// What one of several sites may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many threads work at it.
    pub threads: usize,
    /// Among how many sites the memory is shared.
    pub sites_at_once: usize,
}

/// Does `work` at every site below `sites`, several at a time: with `threads` threads and `memory` bytes for all of them together.
///
/// ```
/// let ended = trendgate::at_sites(3, 2, 1_000_000_000, |site, _| Ok(site * 2));
/// assert_eq!(ended.into_iter().collect::<trendgate::Result<Vec<_>>>()?, [0, 2, 4]);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn at_sites<R: Send>(
    sites: usize,
    threads: usize,
    memory: u64,
    work: impl Fn(usize, Share) -> Result<R> + Sync,
) -> Vec<Result<R>> {
    let room = usize::try_from(memory / LEAST_MEMORY).unwrap_or(usize::MAX);
    let at_once = threads.min(room).min(sites).max(1);
    let one = |site: usize, sites_at_once: usize| {
        let share = Share {
            threads: (threads / sites_at_once).max(1),
            sites_at_once,
        };
        (share, guarded_site(|| work(site, share)))
    };
    let (left, ended) = (AtomicUsize::new(sites), Mutex::new(Vec::new()));
    let all_begun = in_parallel(sites, at_once, |site| {
        // Those that are at work have begun when at least as many were left: what they have and this share are not more than the whole.
        let sites_at_once = at_once.min(left.load(Ordering::SeqCst)).max(1);
        let done = one(site, sites_at_once);
        locked(&ended).push((site, done));
        left.fetch_sub(1, Ordering::SeqCst);
    });
    debug_assert!(all_begun.is_ok(), "the work of a site panics nowhere else");
    let mut ended = ended
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    ended.sort_unstable_by_key(|(site, _)| *site);
    let again = |(site, (share, result)): (usize, (Share, Result<R>))| match result {
        Err(error) if error.kind() == ErrorKind::Memory && share.sites_at_once > 1 => {
            one(site, 1).1
        }
        result => result,
    };
    ended.into_iter().map(again).collect()
}

/// The result of the work at one site; a panic is reported as ever, and an error of that site alone.
fn guarded_site<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    // Unwind safe: what the work was at is dropped, and its site is given up.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(Error::bug("the program panicked at this site")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;
    use std::time::Duration;

    const MB: u64 = 1_000_000;

    #[test]
    fn what_sites_at_work_may_take_is_never_more_than_there_is() {
        for (sites, threads, memory) in [(40, 7, 4096 * MB), (3, 8, 4096 * MB), (9, 8, 200 * MB)] {
            let (now, most) = (
                Mutex::new((0_usize, 0.0_f64)),
                Mutex::new((0_usize, 0.0_f64)),
            );
            let ended = at_sites(sites, threads, memory, |site, share| {
                #[allow(clippy::cast_precision_loss, reason = "small numbers")]
                let memory = 1.0 / share.sites_at_once as f64;
                let mut here = locked(&now);
                *here = (here.0 + share.threads, here.1 + memory);
                let mut high = locked(&most);
                *high = (high.0.max(here.0), high.1.max(here.1));
                drop((here, high));
                sleep(Duration::from_millis(1 + site as u64 % 5));
                let mut here = locked(&now);
                *here = (here.0 - share.threads, here.1 - memory);
                Ok(site)
            });
            let (threads_at_most, memory_at_most) = most.into_inner().unwrap();
            assert!(threads_at_most <= threads, "{threads_at_most} of {threads}");
            assert!(memory_at_most < 1.0 + 1e-9, "{memory_at_most}");
            let ended: Vec<usize> = ended.into_iter().map(Result::unwrap).collect();
            assert!(ended.into_iter().eq(0..sites));
        }
    }

    #[test]
    fn the_share_is_a_legal_limit_and_one_site_has_all() {
        let shares = |sites, threads, memory| {
            let ended = at_sites(sites, threads, memory, |_, share| Ok(share));
            ended.into_iter().map(Result::unwrap).collect::<Vec<_>>()
        };
        let share = |threads, sites_at_once| Share {
            threads,
            sites_at_once,
        };
        assert_eq!(shares(1, 8, 4096 * MB), [share(8, 1)]);
        assert_eq!(shares(2, 8, 64 * MB), [share(8, 1), share(8, 1)]);
        assert_eq!(shares(9, 8, 130 * MB)[0], share(4, 2));
        assert_eq!(shares(0, 8, 4096 * MB), []);
    }

    #[test]
    fn a_site_that_fails_or_panics_keeps_nobody_from_the_others() {
        let ended = at_sites(6, 2, 4096 * MB, |site, _| match site {
            1 => Err(Error::usage("one")),
            2 => panic!("a panic of a test"),
            site => Ok(site),
        });
        let kinds: Vec<_> = ended
            .iter()
            .map(|end| end.as_ref().map_err(Error::kind))
            .collect();
        let (usage, bug) = (Err(ErrorKind::Usage), Err(ErrorKind::Bug));
        assert_eq!(kinds, [Ok(&0), usage, bug, Ok(&3), Ok(&4), Ok(&5)]);
    }

    #[test]
    fn one_that_takes_more_than_its_share_is_done_again_alone_with_all() {
        let large = |site, share: Share| match (site, share.sites_at_once) {
            (0, 1) => Ok(share),
            (0, _) => Err(Error::new(ErrorKind::Memory, "too much")),
            (1, _) => Err(Error::new(ErrorKind::Memory, "always too much")),
            _ => Ok(share),
        };
        let ended = at_sites(4, 4, 4096 * MB, large);
        let alone = Share {
            threads: 4,
            sites_at_once: 1,
        };
        assert_eq!(ended[0].as_ref().unwrap(), &alone);
        let message = ended[1].as_ref().unwrap_err().message();
        assert_eq!(message, "always too much");
    }
}
