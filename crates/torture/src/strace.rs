//! The program under strace: recorded once, then disturbed at one call.

use super::points::Point;
use super::program::{Outcome, finish};
use crate::{Result, at};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process ends before the call.
    Kill,
    /// The call is not done and fails so.
    Error(&'static str),
    /// The call and all later ones of its name are not done and fail so.
    ErrorFromThen(&'static str),
    /// The call is not done and says that it was, with this result.
    Lost(i64),
}

impl Fault {
    fn written(self) -> String {
        match self {
            Self::Kill => "signal=KILL".to_owned(),
            Self::Error(name) | Self::ErrorFromThen(name) => format!("error={name}"),
            Self::Lost(result) => format!("retval={result}"),
        }
    }

    /// Whether it befalls the later calls, too, as strace writes it.
    const fn again(self) -> &'static str {
        match self {
            Self::ErrorFromThen(_) => "+",
            Self::Kill | Self::Error(_) | Self::Lost(_) => "",
        }
    }
}

/// Whether strace is there and may trace.
///
/// # Errors
/// The reason why not.
pub(super) fn probe() -> Result {
    let output = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output()
        .map_err(|error| format!("strace cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("strace may not trace here: {}", said.trim()))
}

/// Where the trace of a step on `data` is written: beside the folder.
fn trace_file(data: &Path) -> PathBuf {
    data.with_extension("trace")
}

/// Does a step under strace and returns all of its calls.
///
/// # Errors
/// Where strace cannot be started, or wrote no trace.
pub(super) fn record(words: &[OsString], data: &Path) -> Result<(Outcome, String)> {
    traced(words, data, &["trace=all".to_owned()])
}

/// Does a step with one call disturbed; whether the point was reached.
///
/// # Errors
/// As [`record`].
pub(super) fn disturb(
    words: &[OsString],
    data: &Path,
    point: &Point,
    fault: Fault,
) -> Result<(Outcome, bool)> {
    let expressions = [
        format!("trace={}", point.call),
        format!(
            "inject={}:{}:when={}{}",
            point.call,
            fault.written(),
            point.nth,
            fault.again()
        ),
    ];
    let (outcome, trace) = traced(words, data, &expressions)?;
    let reached = match fault {
        Fault::Kill => trace.contains("+++ killed by SIGKILL +++"),
        Fault::Error(_) | Fault::ErrorFromThen(_) | Fault::Lost(_) => trace.contains("(INJECTED)"),
    };
    Ok((outcome, reached))
}

fn traced(words: &[OsString], data: &Path, expressions: &[String]) -> Result<(Outcome, String)> {
    let file = trace_file(data);
    let mut all: Vec<OsString> = ["strace", "-f", "-y", "-s0", "-o"]
        .map(OsString::from)
        .to_vec();
    all.push(file.clone().into());
    for expression in expressions {
        all.extend(["-e".into(), OsString::from(expression)]);
    }
    let (variables, words) = without_env(words);
    for variable in variables {
        all.extend(["-E".into(), variable.clone()]);
    }
    all.extend(words.iter().cloned());
    let outcome = finish(&all)?;
    let trace = fs::read_to_string(&file).map_err(at(&file))?;
    Ok((outcome, trace))
}

/// Words that begin with `env` as the variables that it sets and the words behind them: its own calls are not to be counted with the program's.
fn without_env(words: &[OsString]) -> (&[OsString], &[OsString]) {
    let Some(rest) = words.strip_prefix(&[OsString::from("env")]) else {
        return (&[], words);
    };
    let is_variable = |word: &OsString| word.to_string_lossy().contains('=');
    let end = rest.iter().position(|word| !is_variable(word));
    rest.split_at(end.unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_env_are_set_without_it() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let [all, bare] = ["env A=1 B=2 run --c=3", "run --c=3"].map(words);
        assert_eq!(without_env(&all), (&words("A=1 B=2")[..], &bare[..]));
        assert_eq!(without_env(&bare), (&[][..], &bare[..]));
    }
}
