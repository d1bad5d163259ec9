//! What the program says of itself → the files that are generated from it.

use crate::programs::{cargo, output};
use crate::{Result, at};
use clap::Args;
use std::fs;
use std::path::Path;

/// What to do with the generated files.
#[derive(Debug, Clone, Args)]
pub(crate) struct GenArgs {
    /// Write nothing; fail where a file is not what the program says
    #[arg(long)]
    check: bool,
}

impl GenArgs {
    /// `gen --check`.
    pub(crate) const CHECK: Self = Self { check: true };
}

/// What `trendgate schema <what>` prints, and the file that keeps it.
const FILES: [(&str, &str); 10] = [
    ("answers", "schemas/answers.schema.json"),
    ("manifest", "schemas/manifest.schema.json"),
    ("config", "schemas/config.schema.json"),
    ("cli", "docs/cli.md"),
    ("dialects", "docs/dialects.md"),
    ("types", "docs/types.md"),
    ("metrics", "docs/metrics.md"),
    ("alerts", "ops/prometheus/trendgate.rules.yml"),
    ("alert-tests", "ops/prometheus/trendgate.rules.test.yml"),
    ("dashboard", "ops/grafana/trendgate.json"),
];

/// Writes the files, or compares them.
///
/// # Errors
/// Where the program does not build, or a file is stale.
pub(crate) fn run(root: &Path, args: &GenArgs) -> Result {
    let mut stale = Vec::new();
    for (what, file) in FILES {
        let mut command = cargo(&["run", "--quiet", "--package", "trendgate-cli", "--"]);
        let text = output(command.args(["schema", what]).current_dir(root))?;
        let path = root.join(file);
        if fs::read_to_string(&path).is_ok_and(|kept| kept == text) {
            continue;
        }
        if args.check {
            stale.push(file);
        } else {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(at(parent))?;
            }
            fs::write(&path, text).map_err(at(&path))?;
            println!("wrote {file}");
        }
    }
    verdict(&stale)
}

fn verdict(stale: &[&str]) -> Result {
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not what the program says: {}; run `cargo xtask gen` and look at the difference",
        stale.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_is_named_with_the_command() {
        assert_eq!(verdict(&[]), Ok(()));
        let message = verdict(&["docs/cli.md"]).unwrap_err();
        assert!(message.contains("docs/cli.md") && message.contains("cargo xtask gen"));
    }
}
