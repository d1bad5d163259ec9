//! Whether the licences of all dependencies are among those that a user of ours can live with.

use crate::{Result, root};
use std::process::Command;

/// Permissive licences. Everything else needs a decision.
const ACCEPTED: [&str; 13] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "Unicode-3.0",
    "BSL-1.0",
    "bzip2-1.0.6",
];

/// Checks the licence of every package that the lock file names.
pub(crate) fn check() -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists no packages")?;
    let mut refused = Vec::new();
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_accepted(licence) {
            refused.push(format!(
                "{} {}: {licence:?}",
                package["name"], package["version"]
            ));
        }
    }
    println!("{} packages", packages.len());
    if refused.is_empty() {
        Ok(())
    } else {
        Err(format!("licences not accepted:\n{}", refused.join("\n")).into())
    }
}

/// Whether an SPDX expression can be met with accepted licences: of an OR one side, of an AND both.
fn is_accepted(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser {
        words: &words,
        at: 0,
    };
    parser.either().unwrap_or(false) && parser.at == words.len()
}

struct Parser<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl Parser<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(there);
        there
    }

    fn either(&mut self) -> Option<bool> {
        let mut good = self.both()?;
        while self.eat("OR") {
            good |= self.both()?;
        }
        Some(good)
    }

    fn both(&mut self) -> Option<bool> {
        let mut good = self.one()?;
        while self.eat("AND") {
            good &= self.one()?;
        }
        Some(good)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let good = self.either()?;
            return self.eat(")").then_some(good);
        }
        let mut name = (*self.words.get(self.at)?).to_owned();
        self.at += 1;
        if self.eat("WITH") {
            name = format!("{name} WITH {}", self.words.get(self.at)?);
            self.at += 1;
        }
        Some(ACCEPTED.contains(&name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::is_accepted;

    #[test]
    fn an_or_needs_one_side_and_an_and_needs_both() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "MIT/Apache-2.0",
            "(Apache-2.0 OR MIT) AND BSD-3-Clause",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        ] {
            assert!(is_accepted(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT OR",
            "(MIT",
            "MIT MIT",
            "Apache-2.0 WITH other",
        ] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }
}
