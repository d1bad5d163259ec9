//! What other readers make of a dataset: environments with their floors and their newest versions in, docs/readers.md out.
//!
//! Enters: the wheel, and the script in crates/trendgate-py/matrix that makes the environments. Leaves: the page, or the verdict of the package's tests in
//! each of them. An environment whose Python is not here is left out, and said.

use crate::{Result, programs, python, root, wheel};
use xshell::{Shell, cmd};

/// Which is done.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ReadersArgs {
    /// Write nothing; fail where the page says something else
    #[arg(long)]
    pub(crate) check: bool,
}

/// Tries the package beside every reader, at its floor and at its newest; writes the page, or holds it against what was found.
pub(crate) fn table(sh: &Shell, args: ReadersArgs) -> Result {
    let program = programs::built(sh)?;
    let wheel = wheel::build(sh)?;
    let matrix = root().join("crates/trendgate-py/matrix");
    let python = python::with(sh, &matrix.join("requirements.txt"))?;
    let script = matrix.join("environments.py");
    let out = programs::target()?.join("readers");
    let check = args.check.then_some("--check");
    let made = cmd!(
        sh,
        "{python} -B {script} --wheel {wheel} --out {out} {check...}"
    );
    let made = made.env("TESTKIT_BIN", programs::dev(sh, "testkit")?);
    Ok(made.env("TRENDGATE_BIN", program).run()?)
}
