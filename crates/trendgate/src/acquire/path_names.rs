//! The path of a file → the names that a description takes from it.

use super::described::{DescribedTable, PointNames};
use regex::Regex;
use std::path::Path;

/// Which names a description takes from a path.
#[derive(Debug, Clone, Default)]
pub struct PathNames {
    /// What is put before the name of each point; `{stem}` in it is the file's name.
    pub prefix: String,
    /// The pattern in which the name of the point is the group `name`.
    pub point: Option<PathPattern>,
}

/// A pattern of the last parts of a path.
#[derive(Debug, Clone)]
pub struct PathPattern {
    pattern: Regex,
    /// How many folders before the file's name it is about.
    folders: usize,
}

impl PathPattern {
    /// # Errors
    /// Why `text` is no pattern with a name in it.
    pub fn new(text: &str) -> Result<Self, String> {
        let pattern = Regex::new(&format!("^(?:{text})$"));
        let pattern = pattern.map_err(|_| format!("{text:?} is not a regular expression"))?;
        if !pattern.capture_names().flatten().any(|name| name == "name") {
            return Err(format!(
                "{text:?} has no group (?<name>…), which is the name of the point"
            ));
        }
        Ok(Self {
            pattern,
            folders: text.matches('/').count(),
        })
    }

    /// The name in the last parts of `path`, with or without the ending of the file's name.
    fn name(&self, path: &Path) -> Option<String> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let folders: Vec<_> = parent.components().rev().take(self.folders).collect();
        let folders = folders.iter().rev();
        let folders: String = folders
            .map(|folder| format!("{}/", folder.as_os_str().to_string_lossy()))
            .collect();
        let whole = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = stem(path);
        [&*stem, &*whole].into_iter().find_map(|name| {
            let path = format!("{folders}{name}");
            let found = self.pattern.captures(&path)?.name("name")?;
            Some(found.as_str().to_owned())
        })
    }
}

impl PathNames {
    /// The one way to write them down.
    pub(super) fn canonical(&self) -> String {
        let pattern = self.point.as_ref().map(|point| point.pattern.as_str());
        format!("{}\n{}", self.prefix, pattern.unwrap_or_default())
    }

    /// `table` with the names that it takes from `path`.
    pub(super) fn resolved(&self, table: &DescribedTable, path: &Path) -> DescribedTable {
        let names = match &self.point {
            None => table.names.clone(),
            Some(point) => match point.name(path) {
                Some(name) => PointNames::Path(name),
                None => PointNames::Unmatched,
            },
        };
        DescribedTable {
            prefix: self.prefix.replace("{stem}", &stem(path)),
            of_path: self.point.is_some() || self.prefix.contains("{stem}"),
            names,
            ..table.clone()
        }
    }
}

/// The name of a file without the ending of its container and the last one.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = name.len().saturating_sub(3);
    let plain = match name.get(end..) {
        Some(ending) if ending.eq_ignore_ascii_case(".gz") => &name[..end],
        _ => &*name,
    };
    match plain.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_file_without_its_endings() {
        for (path, expected) in [
            ("in/temp.csv", "temp"),
            ("in/temp.csv.gz", "temp"),
            ("in/temp.GZ", "temp"),
            ("in/a.b.csv", "a.b"),
            ("temp", "temp"),
            (".csv", ".csv"),
        ] {
            assert_eq!(stem(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_pattern_is_about_the_last_parts_of_a_path_whatever_stands_before_them() {
        let name = |pattern: &str, path: &str| {
            let pattern = PathPattern::new(pattern).unwrap();
            pattern.name(Path::new(path))
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(name("(?<name>.*)", "/a/b/L5_T.csv"), some("L5_T"));
        assert_eq!(name(r"(?<name>.*)\.csv", "/a/b/L5_T.csv"), some("L5_T"));
        assert_eq!(name("L5_(?<name>.*)", "/a/b/L5_T.csv"), some("T"));
        assert_eq!(name("L6_(?<name>.*)", "/a/b/L5_T.csv"), None);
        assert_eq!(name("(?<name>.*)/data", "/a/b/data.csv"), some("b"));
        assert_eq!(name("(?<name>a/.*)/data", "/a/b/data.csv"), some("a/b"));
        assert!(PathPattern::new("(").is_err());
        assert!(PathPattern::new("(.*)").unwrap_err().contains("(?<name>"));
    }
}
