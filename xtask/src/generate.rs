//! What the program says of itself → the files that are generated from it.

use crate::{Result, programs};
use xshell::{Shell, cmd};

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

/// Writes the files; or compares them, and refuses stale ones.
pub(crate) fn run(sh: &Shell, check: bool) -> Result {
    let program = programs::dev(sh, "trendgate")?;
    let mut stale = Vec::new();
    for (what, file) in FILES {
        let said = cmd!(sh, "{program} schema {what}").quiet().output()?.stdout;
        let text = String::from_utf8(said)?;
        if sh.read_file(file).is_ok_and(|kept| kept == text) {
            continue;
        }
        if check {
            stale.push(file);
        } else {
            sh.write_file(file, text)?;
            println!("wrote {file}");
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    let remedy = "run `cargo xtask gen` and look at the difference";
    Err(format!("not what the program says: {stale:?}; {remedy}").into())
}
