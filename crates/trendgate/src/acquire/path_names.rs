//! The path of a file, and the name of a text in it → the names that a description takes from them.
//!
//! A member of an archive has a name of its own, which is as good as that of a file in a folder of the archive's name. A sheet has a name
//! that is none of a file: names from the path are those of its workbook.

use super::described::{DescribedTable, PointNames};
use regex::Regex;
use std::borrow::Cow;
use std::path::Path;

/// Which names a description takes from a path.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathNames {
    /// What is put before the name of each point; `{stem}` in it is the name of the file, or of the member.
    pub(crate) prefix: String,
    /// Where the name of the one point comes from, if not from the text.
    pub(crate) point: Option<NameSource>,
}

/// Where the name of the one point of a text comes from.
#[derive(Debug, Clone)]
pub(crate) enum NameSource {
    /// From the path: it is the group `name`.
    Path(PathPattern),
    /// It is the name of the sheet.
    Sheet,
}

/// Which text of a file is meant, as far as its name says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextName<'a> {
    /// The one that has no name of its own.
    Whole,
    /// A member of an archive.
    Member(&'a str),
    /// A sheet of a workbook.
    Sheet(&'a str),
}

impl<'a> TextName<'a> {
    /// Its name in its file, if it has one.
    #[must_use]
    pub(crate) fn in_file(self) -> Option<&'a str> {
        match self {
            Self::Whole => None,
            Self::Member(name) | Self::Sheet(name) => Some(name),
        }
    }

    /// The path whose names are those of the text: that of a member leads through its archive.
    fn path(self, file: &Path) -> Cow<'_, Path> {
        match self {
            Self::Whole | Self::Sheet(_) => file.into(),
            Self::Member(name) => file.join(name.replace('\\', "/")).into(),
        }
    }
}

/// A pattern of the last parts of a path.
#[derive(Debug, Clone)]
pub(crate) struct PathPattern {
    pattern: Regex,
    /// How many folders before the file's name it is about.
    folders: usize,
}

impl PathPattern {
    /// # Errors
    /// Why `text` is no pattern with a name in it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
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
        let source = match &self.point {
            None => "",
            Some(NameSource::Path(pattern)) => pattern.pattern.as_str(),
            Some(NameSource::Sheet) => "sheet",
        };
        format!("{}\n{source}", self.prefix)
    }

    /// What is put before the names of the points of this text of a file.
    pub(super) fn prefix(&self, file: &Path, text: TextName<'_>) -> String {
        self.prefix.replace("{stem}", &stem(&text.path(file)))
    }

    /// `table` with the names that it takes from the path of the file and the name of the text in it.
    pub(super) fn resolved(
        &self,
        table: &DescribedTable,
        file: &Path,
        text: TextName<'_>,
    ) -> DescribedTable {
        let path = text.path(file);
        let names = match (&self.point, text) {
            (None, _) => table.names.clone(),
            (Some(NameSource::Path(pattern)), _) => match pattern.name(&path) {
                Some(name) => PointNames::Path(name),
                None => PointNames::Unmatched,
            },
            (Some(NameSource::Sheet), TextName::Sheet(name)) => PointNames::Sheet(name.to_owned()),
            (Some(NameSource::Sheet), _) => PointNames::OfNoSheet,
        };
        DescribedTable {
            prefix: self.prefix(file, text),
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
    fn a_member_has_names_of_its_own_and_a_sheet_those_of_its_workbook() {
        use super::super::described::tests::table;
        let names = |point: Option<NameSource>, text| {
            let names = PathNames {
                prefix: "{stem}/".to_owned(),
                point,
            };
            let table = names.resolved(&table("iso", &["t"]), Path::new("in/week.xlsx"), text);
            (table.prefix, table.names)
        };
        let pattern = |text| Some(NameSource::Path(PathPattern::new(text).unwrap()));
        let some = |prefix: &str, names| (prefix.to_owned(), names);
        let path = |name: &str| PointNames::Path(name.to_owned());
        for (point, text, expected) in [
            (None, TextName::Whole, some("week/", PointNames::Header)),
            (
                pattern("(?<name>.*)"),
                TextName::Member("north/T1.csv"),
                some("T1/", path("T1")),
            ),
            (
                pattern("(?<name>.*)/T1"),
                TextName::Member("north\\T1.csv"),
                some("T1/", path("north")),
            ),
            (
                pattern("(?<name>.*)/T1"),
                TextName::Member("T1.csv"),
                some("T1/", path("week.xlsx")),
            ),
            (
                pattern("(?<name>.*)"),
                TextName::Sheet("T1.5"),
                some("week/", path("week")),
            ),
            (
                Some(NameSource::Sheet),
                TextName::Sheet("T1.5"),
                some("week/", PointNames::Sheet("T1.5".to_owned())),
            ),
            (
                Some(NameSource::Sheet),
                TextName::Member("T1.csv"),
                some("T1/", PointNames::OfNoSheet),
            ),
        ] {
            assert_eq!(names(point, text), expected, "{text:?}");
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
