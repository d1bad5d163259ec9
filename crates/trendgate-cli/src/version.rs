//! What the program is: its version, the commit that it was built from, and the version of the rules that it cleans by.

use std::sync::LazyLock;
use trendgate::RULES_VERSION;

/// In one line: `0.1.0 (commit 0123456789ab, rules 5)`.
pub(crate) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let commit = match env!("TRENDGATE_COMMIT") {
            "" => String::new(),
            commit => format!("commit {commit}, "),
        };
        let version = env!("CARGO_PKG_VERSION");
        format!("{version} ({commit}rules {RULES_VERSION})")
    });
    &VERSION
}
