//! The lock file in, known holes in what we depend on out; where nobody can be asked, that is said.

use crate::Result;
use crate::programs::{cargo, works};
use std::path::Path;
use std::process::Stdio;

/// Tools that know the advisories, with the words that ask for them, the better one first.
const TOOLS: [(&str, &[&str]); 2] = [
    ("deny", &["deny", "check", "advisories"]),
    ("audit", &["audit"]),
];

/// What the tools say where the database of advisories cannot be had. One that was had and cannot be read is no excuse.
const UNREACHABLE: [&str; 2] = [
    "failed to fetch advisory database",
    "couldn't fetch advisory database",
];

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Clean,
    Unreachable,
    Found,
}

/// Asks the first tool that is installed.
///
/// # Errors
/// With what the tool found.
pub(crate) fn check(root: &Path) -> Result {
    for (tool, words) in TOOLS {
        if works(cargo(&[tool, "--version"]).current_dir(root)) {
            return ask(root, words);
        }
    }
    println!(
        "skipped: neither cargo-deny nor cargo-audit is installed (cargo install cargo-deny --locked)"
    );
    Ok(())
}

fn ask(root: &Path, words: &[&str]) -> Result {
    let command = words.join(" ");
    let output = cargo(words)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `cargo {command}`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match judge(output.status.success(), &said) {
        Verdict::Clean => println!("`cargo {command}`: nothing known"),
        Verdict::Unreachable => {
            println!("skipped: the database of advisories is out of reach:\n{said}")
        }
        Verdict::Found => {
            let listed = String::from_utf8_lossy(&output.stdout);
            return Err(format!("`cargo {command}`:\n{listed}{said}"));
        }
    }
    Ok(())
}

/// Only a failure to fetch is forgiven; every other failure counts as a finding.
fn judge(success: bool, said: &str) -> Verdict {
    if success {
        return Verdict::Clean;
    }
    let said = said.to_lowercase();
    if UNREACHABLE.iter().any(|sign| said.contains(sign)) {
        return Verdict::Unreachable;
    }
    Verdict::Found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unreachable_database_is_forgiven() {
        assert_eq!(judge(true, ""), Verdict::Clean);
        assert_eq!(
            judge(false, "[ERROR] failed to fetch advisory database https://x"),
            Verdict::Unreachable
        );
        assert_eq!(
            judge(false, "error: couldn't fetch advisory database: git"),
            Verdict::Unreachable
        );
        assert_eq!(judge(false, "error[vulnerability]: a hole"), Verdict::Found);
        assert_eq!(
            judge(
                false,
                "[ERROR] failed to load advisory database: parse error"
            ),
            Verdict::Found
        );
    }
}
