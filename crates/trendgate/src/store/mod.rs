//! All use of the disk.
//!
//! Every function names the file in its error. Nothing here but [`replace`] and [`replace_durably`], which are not for what a version names, replaces a file: what is written is
//! written under a new name, and a name that is taken is an outcome ([`Put::Exists`]) or an error, never overwritten. Nothing here is durable
//! unless its documentation says so: the content of a file takes its own fsync, and its name one of the directory.
//!
//! A call that a signal interrupted is made again: no caller sees `EINTR`.
//!
//! A build with the feature `mutations` can leave out any one durable step, so that the tests can show that they would
//! notice; `mutations` (with the feature of that name) has their names.

#![allow(
    clippy::disallowed_methods,
    reason = "this folder is what the rest of the library goes through"
)]

mod below;
mod input;
mod lock;
mod look;
#[cfg(any(test, feature = "mutations"))]
pub(crate) mod mutations;
mod names;
mod read;
mod replace;
mod resources;
mod write;

pub(crate) use below::{named_below, remove_file_below};
pub(crate) use input::open;
pub(crate) use lock::{Lock, LockFile, lock};
use look::is_absent;
pub(crate) use look::{
    Named, Stamp, canonical, kind_word, link_target, list_dir, look_into, named,
};
pub use look::{What, what_is};
#[cfg(feature = "mutations")]
pub(crate) use mutations::{skipped, threshold};
pub use names::create_dir_all;
pub(crate) use names::remove_file;
pub(crate) use names::{
    Put, create_dir, hard_link, remove_dir, remove_tree, rename_folder, rename_new,
};
pub use read::digest;
pub use read::read;
pub use replace::replace;
pub(crate) use replace::replace_durably;
pub(crate) use resources::{Room, peak_resident, resident, room};
#[cfg(test)]
pub(crate) use write::open_append;
pub(crate) use write::{
    FileSystem, append, create_new, create_unnamed, fsync, fsync_file, write_all,
};
pub(crate) use write::{fsync_dir, write_all_synced};

use std::io::{self, ErrorKind};

/// Whether this build is told to leave out the check of this name; never, without the feature `mutations`.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn skipped(_check: &str) -> bool {
    false
}

/// How many of something it takes until things are done another way: as many as usual, without the feature `mutations`.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn threshold(usual: usize) -> usize {
    usual
}

/// `call`, made again for as long as a signal interrupts it.
fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A folder of its own for a test, which goes with what is given.
#[cfg(test)]
pub(crate) fn test_folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[cfg(test)]
mod tests;
