//! Reads that fail for a reason that may pass are made again, a little later each time.

use crate::error::{Error, Result};
use crate::progress::Watch;
use crate::time;
use crate::warning::Warning;
use rustix::io::Errno;
use std::path::Path;
use std::time::Duration;

/// Whether the operating system may do what it just refused: a disk or a network that is not there for a moment.
pub(super) fn is_transient(error: &Error) -> bool {
    const PASSING: [Errno; 12] = [
        Errno::IO,
        Errno::AGAIN,
        Errno::BUSY,
        Errno::STALE,
        Errno::TIMEDOUT,
        Errno::REMOTEIO,
        Errno::NETDOWN,
        Errno::NETUNREACH,
        Errno::HOSTDOWN,
        Errno::HOSTUNREACH,
        Errno::CONNRESET,
        Errno::NOTCONN,
    ];
    let code = error.io().and_then(std::io::Error::raw_os_error);
    code.is_some_and(|code| PASSING.iter().any(|errno| errno.raw_os_error() == code))
}

/// `read`, made again up to `most` times where it fails for a reason that may pass.
///
/// # Errors
/// Its last one; [`Stopped`](crate::ErrorKind::Stopped) where the run is to stop meanwhile.
pub(super) fn with_retries<T>(
    most: u32,
    watch: Watch<'_>,
    read: impl Fn() -> Result<T>,
) -> Result<T> {
    let mut tries = 0;
    loop {
        match read() {
            Err(error) if tries < most && is_transient(&error) => {
                tries += 1;
                wait(tries, &error, watch)?;
            }
            result => return result,
        }
    }
}

/// Says that `error` leads to another try, the `tries`th, and waits: 0.2 s, 0.4 s, 0.8 s, up to 5 s.
///
/// # Errors
/// [`Stopped`](crate::ErrorKind::Stopped) where the run is to stop.
pub(super) fn wait(tries: u32, error: &Error, watch: Watch<'_>) -> Result<()> {
    const STEP: Duration = Duration::from_millis(100);
    watch.warn(&Warning::Retrying {
        file: error.path().map(Path::to_owned),
        error: error.to_string(),
        tries,
    });
    for _ in 0..(1_u32 << tries.min(6)).min(50) {
        watch.go_on("while waiting to read again")?;
        time::pause(STEP);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::progress::Heard;
    use std::cell::Cell;

    fn failing(errno: Errno) -> Error {
        Error::storage("cannot read", Path::new("a.csv"), errno.into())
    }

    #[test]
    fn a_read_that_fails_twice_for_a_passing_reason_succeeds_at_the_third_try() {
        let (left, heard) = (Cell::new(2), Heard::default());
        let read = || match left.get() {
            0 => Ok("rows"),
            more => {
                left.set(more - 1);
                Err(failing(Errno::STALE))
            }
        };
        assert_eq!(with_retries(3, heard.watch(), read).unwrap(), "rows");
        assert_eq!(heard.warnings().len(), 2);
    }

    #[test]
    fn a_reason_that_stays_and_one_that_does_not_pass_are_the_caller_s() {
        for (errno, tries) in [(Errno::IO, 2), (Errno::ACCESS, 1)] {
            let count = Cell::new(0);
            let read = || -> Result<()> {
                count.set(count.get() + 1);
                Err(failing(errno))
            };
            let error = with_retries(1, Watch::unwatched(), read).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Storage);
            assert_eq!(count.get(), tries);
        }
    }

    #[test]
    fn a_run_that_is_to_stop_does_not_wait() {
        let heard = Heard::default();
        heard.cancel.cancel();
        let read = || -> Result<()> { Err(failing(Errno::IO)) };
        let error = with_retries(3, heard.watch(), read);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Stopped);
    }
}
