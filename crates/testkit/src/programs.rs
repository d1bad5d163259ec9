//! Other programs: run to their end, with their failure as an error that names the command.

use crate::Result;
use std::process::{Command, Stdio};

/// Runs a command that talks to the terminal itself.
///
/// # Errors
/// Where it cannot be started or fails.
pub fn run(command: &mut Command) -> Result {
    let name = written(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cannot start `{name}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{name}` failed ({status})"))
    }
}

/// Runs a command for what it prints.
///
/// # Errors
/// As [`run`]; also where it prints no UTF-8.
pub fn output(command: &mut Command) -> Result<String> {
    let name = written(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start `{name}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{name}` failed ({})", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("`{name}`: {error}"))
}

/// Whether a command can be started and succeeds; silent.
pub fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a developer's command prints, without the end of the line.
///
/// # Errors
/// Where it fails.
pub fn xtask(words: &[&str]) -> Result<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let text = output(cargo.arg("xtask").args(words).current_dir(root))?;
    Ok(text.trim_end().to_owned())
}

fn written(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let message = run(Command::new("false").arg("--really")).unwrap_err();
        assert_eq!(message, "`false --really` failed (exit status: 1)");
        let message = output(&mut Command::new("no-such-program")).unwrap_err();
        assert!(message.starts_with("cannot start `no-such-program`"));
    }

    #[test]
    fn output_is_what_was_printed() {
        assert_eq!(output(Command::new("echo").arg("a b")).unwrap(), "a b\n");
    }
}
