//! Calls → what they do to a disk.

use super::Call;

/// What a call that succeeded did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A file was opened; `writes` says whether it can be written to, `makes` whether it may have been made.
    Open {
        path: String,
        writes: bool,
        makes: bool,
    },
    /// The content of a file changed.
    Write(String),
    /// The content of a file, or the names in a directory, were made durable.
    Fsync(String),
    Close(String),
    MakeFolder(String),
    Link {
        from: String,
        to: String,
    },
    Move {
        from: String,
        to: String,
    },
    /// A name was removed.
    Remove(String),
    /// Something was told to whoever started the program.
    Tell,
    /// It ended well.
    End,
}

/// The events of the calls that succeeded, in order.
pub(crate) fn events(calls: &[Call]) -> Vec<Event> {
    calls.iter().filter_map(event).collect()
}

fn event(call: &Call) -> Option<Event> {
    if call.name == "exit_group" {
        let code = call.arguments.first().map(String::as_str);
        return matches!(code, Some("0" | "3")).then_some(Event::End);
    }
    if !call.succeeded() {
        return None;
    }
    let mut paths = call.paths().into_iter();
    let first = paths.next()?;
    Some(match call.name.as_str() {
        "open" | "openat" | "creat" => {
            let flags = call.arguments.join(" ");
            let any = |words: &[&str]| words.iter().any(|word| flags.contains(word));
            Event::Open {
                path: first,
                writes: any(&["O_WRONLY", "O_RDWR"]) || call.name == "creat",
                makes: any(&["O_CREAT", "O_TMPFILE"]) || call.name == "creat",
            }
        }
        "write" | "writev" if is_standard_output(call) => Event::Tell,
        "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" | "ftruncate" | "truncate"
        | "fallocate" => Event::Write(first),
        "copy_file_range" | "sendfile" => Event::Write(paths.next().unwrap_or(first)),
        "fsync" | "fdatasync" => Event::Fsync(first),
        "close" => Event::Close(first),
        "mkdir" | "mkdirat" => Event::MakeFolder(first),
        "link" | "linkat" => Event::Link {
            from: first,
            to: paths.next()?,
        },
        "rename" | "renameat" | "renameat2" => Event::Move {
            from: first,
            to: paths.next()?,
        },
        "unlink" | "unlinkat" | "rmdir" => Event::Remove(first),
        _ => return None,
    })
}

fn is_standard_output(call: &Call) -> bool {
    call.arguments
        .first()
        .is_some_and(|to| to.starts_with("1<"))
}
