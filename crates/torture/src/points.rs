//! The trace of an undisturbed step → every call at which it can be disturbed.

use super::trace::{Call, calls};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// One call of the program: the `nth` of its name, as strace counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    pub(super) call: String,
    pub(super) nth: usize,
    /// What it is about, for whoever reads of it.
    pub(super) about: String,
    /// What it returned when nothing disturbed it.
    pub(super) result: i64,
}

/// What a call that tells the result is about.
const RESULT: &str = "standard output";

impl Point {
    /// Whether the program tells its result by it.
    pub(super) fn is_result(&self) -> bool {
        self.about == RESULT
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.call, self.nth)
    }
}

/// Calls that change a disk, or whose failure has to be noticed.
const MUTATING: [&str; 34] = [
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "truncate",
    "ftruncate",
    "fallocate",
    "copy_file_range",
    "sendfile",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "syncfs",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "flock",
    "chmod",
    "fchmod",
    "fchmodat",
    "utimensat",
    "setxattr",
    "fsetxattr",
    "creat",
];

/// The points of a trace at which the program touches what is below `data`, or tells how it ended; in order.
///
/// # Errors
/// Where the trace cannot be understood, or several threads change the disk: strace counts for each thread, so that a
/// point would not be one call.
pub(super) fn of(trace: &str, data: &Path) -> Result<Vec<Point>> {
    let data = data.to_string_lossy();
    let mut counts: BTreeMap<(u32, String), usize> = BTreeMap::new();
    let mut writing = BTreeSet::new();
    let mut processes = BTreeSet::new();
    let mut points = Vec::new();
    for call in calls(trace)? {
        let key = (call.process, call.name.clone());
        let nth = counts.entry(key).and_modify(|n| *n += 1).or_insert(1);
        let Some(about) = touched(&call, &data, &mut writing) else {
            continue;
        };
        processes.insert(call.process);
        points.push(Point {
            call: call.name,
            nth: *nth,
            about,
            result: call.result.unwrap_or_default(),
        });
    }
    match processes.len() {
        0 | 1 => Ok(points),
        n => Err(format!("{n} threads change the disk, expected one")),
    }
}

/// What a call that counts is about.
fn touched(call: &Call, data: &str, writing: &mut BTreeSet<String>) -> Option<String> {
    let paths = call.paths();
    let first = call.arguments.first()?;
    if call.name.starts_with("write") && first.starts_with("1<") {
        return Some(RESULT.to_owned());
    }
    if !paths.iter().any(|path| path.starts_with(data)) {
        return None;
    }
    let counts = match call.name.as_str() {
        "open" | "openat" => opens(call, writing),
        "close" => writing.remove(first),
        name => MUTATING.contains(&name),
    };
    let short = |path: &String| path.replacen(data, "", 1);
    counts.then(|| paths.iter().map(short).collect::<Vec<_>>().join(" "))
}

/// Whether a file is opened for writing; its descriptor is remembered, so that its closing counts, too.
fn opens(call: &Call, writing: &mut BTreeSet<String>) -> bool {
    let flags = call.arguments.join(" ");
    let words = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];
    let writes = words.iter().any(|word| flags.contains(word));
    if let (true, Some(number), Some(path)) = (writes, call.result, &call.returned) {
        writing.insert(format!("{number}<{path}>"));
    }
    writes
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"7 openat(AT_FDCWD</w>, "/lib/x", O_RDONLY|O_CLOEXEC) = 3</lib/x>
7 close(3</lib/x>) = 0
7 openat(AT_FDCWD</w>, "/d/f", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0666) = 3</d/f>
7 write(2<pipe:[8]>, ""..., 5) = 5
7 write(3</d/f>, ""..., 5) = 5
7 fsync(3</d/f>) = 0
7 close(3</d/f>) = 0
7 openat(AT_FDCWD</w>, "/d/f", O_RDONLY|O_CLOEXEC) = 3</d/f>
7 close(3</d/f>) = 0
7 write(1<pipe:[9]>, ""..., 5) = 5
7 exit_group(0) = ?
"#;

    #[test]
    fn points_are_counted_as_strace_counts_and_only_those_on_the_data_are_taken() {
        let points = of(TRACE, Path::new("/d")).unwrap();
        let names: Vec<String> = points.iter().map(Point::to_string).collect();
        assert_eq!(
            names,
            ["openat:2", "write:2", "fsync:1", "close:2", "write:3"]
        );
        assert_eq!(points[0].about, "/f");
        assert!(points[4].is_result() && !points[0].is_result());
    }

    #[test]
    fn two_threads_that_write_are_refused() {
        let text = "7 mkdir(\"/d/a\", 0777) = 0\n8 mkdir(\"/d/b\", 0777) = 0\n";
        let message = of(text, Path::new("/d")).unwrap_err();
        assert_eq!(message, "2 threads change the disk, expected one");
    }
}
