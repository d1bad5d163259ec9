//! Which files a field of the configuration is about: patterns of their paths.
//!
//! They are written as in a `.gitignore`: a pattern without a slash is about the name of a file or folder, wherever it is; one with a
//! slash is about the path below the folder that was given; one that ends in a slash is about folders alone. What is in a folder that
//! matches does, too. Letters match without regard to case, as in `batch.input_pattern`.

use crate::error::{Error, Result};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::Path;

/// Patterns of the paths of files.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathPatterns {
    set: GlobSet,
    /// Whether the last parts of a whole path are enough, wherever the search began.
    anywhere: bool,
}

impl PathPatterns {
    /// Those of `field` of the configuration.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a pattern that is none.
    pub(crate) fn new<'p>(
        field: &str,
        patterns: impl IntoIterator<Item = &'p String>,
    ) -> Result<Self> {
        Self::of(field, patterns, false)
    }

    /// A pattern of `field` of which a slash does not mean that it is about the folder that was given: what it says has to be the same of a file
    /// whichever folder above it was given. Only one that begins with a slash is about that folder.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn anywhere(field: &str, pattern: &String) -> Result<Self> {
        Self::of(field, [pattern], !pattern.starts_with('/'))
    }

    fn of<'p>(
        field: &str,
        patterns: impl IntoIterator<Item = &'p String>,
        anywhere: bool,
    ) -> Result<Self> {
        let wrong = |pattern: &str, error: globset::Error| {
            Error::config(format!("{field}: {pattern:?} is not a pattern: {error}"))
        };
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            for glob in globs(pattern) {
                let glob = match anywhere && !glob.starts_with("**/") {
                    true => format!("**/{glob}"),
                    false => glob,
                };
                let glob = GlobBuilder::new(&glob)
                    .case_insensitive(true)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| wrong(pattern, error))?;
                set.add(glob);
            }
        }
        let set = set.build();
        set.map(|set| Self { set, anywhere })
            .map_err(|error| Error::config(format!("{field}: {error}")))
    }

    /// Whether which folder was given decides nothing.
    pub(super) fn is_anywhere(&self) -> bool {
        self.anywhere
    }

    /// Whether one matches `path`, which was found in a search of `given`. Of a file that was given itself the name counts.
    #[must_use]
    pub(crate) fn matches(&self, path: &Path, given: &[impl AsRef<Path>]) -> bool {
        if self.anywhere {
            let whole = std::path::absolute(path);
            return whole.is_ok_and(|whole| self.set.is_match(whole));
        }
        let below = given
            .iter()
            .filter_map(|folder| path.strip_prefix(folder).ok());
        let below = below.filter(|below| !below.as_os_str().is_empty());
        let below = below.min_by_key(|below| below.components().count());
        let name = || path.file_name().map(Path::new);
        below
            .or_else(name)
            .is_some_and(|path| self.set.is_match(path))
    }
}

/// The globs of a pattern, for paths below the folder that was given.
fn globs(pattern: &str) -> Vec<String> {
    let plain = pattern.trim_end_matches('/');
    let anchored = match plain.contains('/') {
        true => plain.trim_start_matches('/').to_owned(),
        false => format!("**/{plain}"),
    };
    let inside = format!("{anchored}/**");
    if plain.len() == pattern.len() {
        vec![anchored, inside]
    } else {
        vec![inside]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_over(pattern: &str) -> Vec<&'static str> {
        let ignore = PathPatterns::new("ignore", [&pattern.to_owned()]).unwrap();
        let files = [
            "in/bad.csv",
            "in/old/bad.csv",
            "in/old/good.csv",
            "in/2025/old/more.csv",
            "in/bad",
        ];
        let is = |file: &&str| ignore.matches(Path::new(file), &[Path::new("in")]);
        files.into_iter().filter(is).collect()
    }

    #[test]
    fn a_name_is_passed_over_wherever_it_is_and_a_path_only_below_the_given_folder() {
        assert_eq!(passed_over("BAD.csv"), ["in/bad.csv", "in/old/bad.csv"]);
        assert_eq!(passed_over("/bad.csv"), ["in/bad.csv"]);
        assert_eq!(passed_over("old/bad.csv"), ["in/old/bad.csv"]);
        assert_eq!(passed_over("*/bad.csv"), ["in/old/bad.csv"]);
        let old = ["in/old/bad.csv", "in/old/good.csv", "in/2025/old/more.csv"];
        assert_eq!(passed_over("old"), old);
        assert_eq!(passed_over("old/"), old);
        assert_eq!(passed_over("/old/"), old[..2]);
        assert_eq!(passed_over("bad/"), [""; 0]);
    }

    #[test]
    fn what_is_said_anywhere_is_said_whichever_folder_was_given() {
        let of = |pattern: &str| PathPatterns::anywhere("", &pattern.to_owned()).unwrap();
        let file = Path::new("/plant/in/eu/a.csv");
        for given in ["/plant", "/plant/in", "/plant/in/eu", "/plant/in/eu/a.csv"] {
            let given = [Path::new(given)];
            assert!(of("eu/*.csv").matches(file, &given));
            assert!(of("*.CSV").matches(file, &given));
            assert!(of("eu/").matches(file, &given));
            assert!(!of("u/*.csv").matches(file, &given));
        }
        assert!(of("/eu/*.csv").matches(file, &[Path::new("/plant/in")]));
        assert!(!of("/eu/*.csv").matches(file, &[Path::new("/plant")]));
    }

    #[test]
    fn of_a_file_that_was_given_the_name_counts_and_a_pattern_that_is_none_is_refused() {
        let ignore = PathPatterns::new("ignore", [&"bad.csv".to_owned()]).unwrap();
        let file = Path::new("in/old/bad.csv");
        assert!(ignore.matches(file, &[file]));
        let error = PathPatterns::new("cleaner.ignore", [&"a[".to_owned()]).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Config);
        assert!(error.message().contains("cleaner.ignore: \"a[\""));
    }
}
