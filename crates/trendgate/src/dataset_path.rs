//! Where a file of a dataset stands, as manifests name it: a path that cannot lead out of its folder.
//!
//! Enters: text, from a manifest that anyone may have written. Leaves: a [`DatasetPath`], relative, of plain names only. Refused:
//! an absolute path, `.` and `..`, an empty name, a backslash, a zero, and every other character that no name of ours has. Whether
//! it is a file of a given kind and site is asked with [`DatasetPath::is_of`].

use crate::error::{Error, Result};
use crate::time::Month;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// A path relative to one of the folders of a dataset: names of letters, digits, `.`, `_`, `-` and `=`, each beginning with a letter or
/// a digit, with `/` between them.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = "^[A-Za-z0-9][A-Za-z0-9._=-]*(/[A-Za-z0-9][A-Za-z0-9._=-]*)*$")
)]
pub struct DatasetPath(String);

/// What a file of a dataset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A part: `{site}/year=2026/month=02/part-….parquet` in `processed`.
    Part,
    /// An evidence file: `{site}/year=2026/month=02/evidence-….parquet` in `evidence`.
    Evidence,
    /// What stands beside a record: `inputs-{site}-….jsonl.zst` and `details-{site}-….json.zst` in the folder of the manifests; a list of
    /// inputs of an earlier program is `inputs-{site}-….jsonl`.
    Side,
}

impl DatasetPath {
    /// The path that `text` is.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where it is none.
    pub(crate) fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-=".contains(&byte);
        let plain = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphanumeric())
                && name.bytes().all(of_a_name)
        };
        if text.split('/').all(plain) {
            return Ok(Self(text));
        }
        Err(Error::damaged(format!(
            "expected the path of a file of the dataset, found {text:?}"
        )))
    }

    /// The path of the file `name` among those of a site and a month.
    ///
    /// # Errors
    /// As [`DatasetPath::new`].
    pub(crate) fn in_month(site: &str, month: Month, name: &str) -> Result<Self> {
        Self::new(format!("{}/{name}", month.folder(site)))
    }

    /// The path as text.
    ///
    /// ```
    /// use trendgate::{RunOptions, Site, Watch};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (settings, reports) = trendgate::internals::example(folder.path());
    /// let site = Site::of(&settings);
    /// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
    /// let history = site.history()?;
    /// let part = &history.versions()[0].manifest.output_files[0];
    /// assert!(part.as_str().starts_with("PLANT/year=2026/month=02/"));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that it is in; empty where it is in none.
    #[must_use]
    pub(crate) fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether it is where files of this kind and this site are, and called as they are.
    #[must_use]
    pub(crate) fn is_of(&self, kind: FileKind, site: &str) -> bool {
        let names: Vec<&str> = self.0.split('/').collect();
        let called = |name: &str, start: &str, end: &str| {
            name.strip_prefix(start)
                .and_then(|rest| rest.strip_suffix(end))
                .is_some_and(|rest| !rest.is_empty())
        };
        match (kind, names.as_slice()) {
            (FileKind::Side, [name]) => {
                let inputs = format!("inputs-{site}-");
                [".jsonl.zst", ".jsonl"]
                    .iter()
                    .any(|end| called(name, &inputs, end))
                    || called(name, &format!("details-{site}-"), ".json.zst")
            }
            (FileKind::Part | FileKind::Evidence, [of, year, month, name]) => {
                let start = if kind == FileKind::Part {
                    "part-"
                } else {
                    "evidence-"
                };
                *of == site
                    && numbered(year, "year=", 4)
                    && numbered(month, "month=", 2)
                    && called(name, start, ".parquet")
            }
            _ => false,
        }
    }

    /// Refuses what [`is_of`](Self::is_of) denies.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged), with the path.
    pub(crate) fn must_be_of(&self, kind: FileKind, site: &str) -> Result<()> {
        if self.is_of(kind, site) {
            return Ok(());
        }
        let expected = match kind {
            FileKind::Part => "a part",
            FileKind::Evidence => "an evidence file",
            FileKind::Side => "a list of inputs or of details",
        };
        Err(Error::damaged(format!(
            "expected the path of {expected} of the site {site}, found {:?}",
            self.0
        )))
    }
}

/// Whether `name` is `start` and so many digits.
fn numbered(name: &str, start: &str, digits: usize) -> bool {
    name.strip_prefix(start)
        .is_some_and(|rest| rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

impl TryFrom<String> for DatasetPath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<DatasetPath> for String {
    fn from(path: DatasetPath) -> Self {
        path.0
    }
}

impl AsRef<Path> for DatasetPath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for DatasetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_path_of_ours_is_refused() {
        for text in [
            "",
            "/etc/passwd",
            "../../victim.csv",
            "S-1/../../victim.csv",
            "S-1/./part-a.parquet",
            "S-1//part-a.parquet",
            "S-1/",
            "S-1\\..\\x",
            "S-1/a\0b",
            "S-1/\u{202e}a",
            ".staging/x",
            "S-1/part a.parquet",
        ] {
            let error = DatasetPath::new(text).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Damaged, "{text:?}");
            let json = serde_json::to_string(text).unwrap();
            assert!(
                serde_json::from_str::<DatasetPath>(&json).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_path_is_of_one_kind_and_one_site() {
        use FileKind::{Evidence, Part, Side};
        let month = "S-1/year=2026/month=02";
        for (text, kind, site) in [
            (format!("{month}/part-a-202602-00000.parquet"), Part, "S-1"),
            (
                format!("{month}/evidence-a-202602.parquet"),
                Evidence,
                "S-1",
            ),
            ("inputs-S-1-b-a.jsonl.zst".to_owned(), Side, "S-1"),
            ("details-S-1-b-a.json.zst".to_owned(), Side, "S-1"),
            ("inputs-S-1-b-a.jsonl".to_owned(), Side, "S-1"),
        ] {
            let path = DatasetPath::new(text).unwrap();
            for asked in [Part, Evidence, Side] {
                assert_eq!(path.is_of(asked, site), asked == kind, "{path}");
                assert!(!path.is_of(asked, "S-2"), "{path}");
            }
        }
        for text in [
            "S-1/year=2026/part-a.parquet",
            "S-1/year=26/month=02/part-a.parquet",
            "S-1/year=2026/month=02/part-.parquet",
            "S-1/year=2026/month=02/part-a.csv",
            "S-1/year=2026/month=02/x/part-a.parquet",
            "victim.csv",
        ] {
            assert!(
                !DatasetPath::new(text).unwrap().is_of(Part, "S-1"),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_path_that_is_taken_stays_below_what_it_is_joined_to(text in "[a./\\\\=\\-\0 ]{0,12}") {
            if let Ok(path) = DatasetPath::new(text) {
                let joined = Path::new("/top").join(&path);
                prop_assert!(joined.starts_with("/top"));
                let plain = |part| matches!(part, std::path::Component::Normal(_));
                prop_assert!(joined.components().skip(1).all(plain));
            }
        }
    }
}
