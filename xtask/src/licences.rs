//! `cargo metadata` in, the packages whose licence is not on the list out.

use crate::programs::{cargo, output};
use crate::{Result, spdx};
use serde_json::Value;
use std::path::Path;

/// Licences that put no duty on those who use the program beyond naming the authors. MPL-2.0 is not among them.
const ACCEPTED: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Checks the licence of every package in the lock file.
///
/// # Errors
/// Names the packages that have another licence, or none.
pub(crate) fn check(root: &Path) -> Result {
    let packages = packages(root)?;
    let refused: Vec<String> = packages.iter().filter_map(refusal).collect();
    if refused.is_empty() {
        println!("{} packages, all under accepted licences", packages.len());
        return Ok(());
    }
    Err(format!(
        "packages under licences that are not accepted: {}; choose others, or add the licence to xtask/src/licences.rs",
        refused.join("; ")
    ))
}

/// Every package in the lock file, as `cargo metadata` has it.
///
/// # Errors
/// Where cargo does not say.
pub(crate) fn packages(root: &Path) -> Result<Vec<Value>> {
    let text = output(cargo(&["metadata", "--format-version", "1", "--locked"]).current_dir(root))?;
    let mut metadata: Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata: expected packages".to_owned()),
    }
}

/// Why a package is refused.
fn refusal(package: &Value) -> Option<String> {
    let name = package["name"].as_str().unwrap_or("?");
    let Some(licence) = package["license"].as_str() else {
        return Some(format!("{name} (states none)"));
    };
    match spdx::allows(licence, &ACCEPTED) {
        Ok(true) => None,
        Ok(false) => Some(format!("{name} ({licence})")),
        Err(why) => Some(format!("{name} ({licence:?}: {why})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_package_is_refused_for_its_licence_or_for_having_none() {
        assert_eq!(
            refusal(&json!({"name": "a", "license": "MIT OR GPL-2.0"})),
            None
        );
        assert_eq!(
            refusal(&json!({"name": "a", "license": "GPL-2.0"})).as_deref(),
            Some("a (GPL-2.0)")
        );
        assert_eq!(
            refusal(&json!({"name": "a", "license": null})).as_deref(),
            Some("a (states none)")
        );
    }
}
