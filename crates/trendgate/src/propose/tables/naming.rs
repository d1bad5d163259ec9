//! Texts of one form → where their points have their names from: their columns, or the paths of the files, where columns have the same names.

use super::groups::FoundTableText;
use super::undated::undated;
use crate::acquire::{FoundFact, FoundForm, FoundWhy, is_generic};
use regex::Regex;
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where the points of a group have their names from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PointNaming {
    /// Their columns.
    Columns,
    /// The path: a pattern with the name in it.
    Path(String),
    /// Their columns, with this before them.
    Prefix(String),
    /// The sheet.
    Sheet,
}

/// Folders of a path that may be part of a name.
const DEEPEST: usize = 4;

/// Dates at the end of a file's name, which are no part of the name of a point; the last one is any.
const DATED: [&str; 5] = [
    r"(?<name>.*\D)[-_ ]\d{4}-\d\d",
    r"(?<name>.*\D)[-_ ]\d{4}-\d\d-\d\d",
    r"(?<name>.*\D)[-_ ]\d{6}",
    r"(?<name>.*\D)[-_ ]\d{8}",
    r"(?<name>.*?[^0-9 _.-])[ _.-]*\d{4}[-_.]?\d\d(?:[-_.]?\d\d)?(?:[-_. ]*(?:to)?[-_. ]*\d{4}[-_.]?\d\d(?:[-_.]?\d\d)?)?",
];

/// The texts, parted where their points need names from different places.
pub(super) fn naming(
    texts: Vec<FoundTableText>,
) -> Vec<(Vec<FoundTableText>, FoundFact<PointNaming>)> {
    if texts.iter().all(is_of_one_nameless_point) {
        let naming = from_path(&texts);
        return vec![(texts, naming)];
    }
    let Some(why) = conflict(&texts) else {
        return apart(texts);
    };
    if sheets_contradict(&texts) {
        return by(texts, sheet, &FoundWhy::Proved(why));
    }
    let named = grouped_by(&texts, source);
    if named.len() > 1
        && named.len() < texts.len()
        && named
            .iter()
            .all(|(name, own)| !name.is_empty() && conflict(own).is_none())
    {
        return by(texts, source, &FoundWhy::Proved(why));
    }
    let stems: BTreeSet<String> = texts.iter().map(|text| stem(&text.named_path())).collect();
    if stems.len() == texts.len() {
        let what = PointNaming::Prefix("{stem}/".to_owned());
        return vec![(
            texts,
            FoundFact {
                what,
                why: FoundWhy::Proved(why),
            },
        )];
    }
    by_folder(texts, &why)
}

/// Texts that contradict each other nowhere: of one source, or of several that have the same names and were never logged at the same time.
fn apart(texts: Vec<FoundTableText>) -> Vec<(Vec<FoundTableText>, FoundFact<PointNaming>)> {
    let with_folder = |text: &FoundTableText| undated(&folder(&text.named_path()));
    let mut ways: [fn(&FoundTableText) -> String; 2] = [source, with_folder];
    // Files of one name in several folders are parts of what the folders are of.
    let folders = |texts: &Vec<&FoundTableText>| {
        let folders = texts.iter().map(|text| folder(&text.named_path()));
        folders.collect::<BTreeSet<String>>().len()
    };
    if grouped_by(&texts, source)
        .values()
        .any(|own| folders(own) > 1)
    {
        ways.reverse();
    }
    for way in ways {
        let named = grouped_by(&texts, way);
        if named.len() < 2 || named.contains_key("") || !share_names(&named) {
            continue;
        }
        if agree(&named) {
            continue;
        }
        let names: Vec<&String> = named.keys().take(3).collect();
        let why = format!(
            "the same names of points are in {names:?}, at other times: taken for different points; where they are those of one source, take the prefix out"
        );
        return by(texts, way, &FoundWhy::Check(why));
    }
    let why = FoundWhy::Proved("names are those of the columns".to_owned());
    let what = PointNaming::Columns;
    vec![(texts, FoundFact { what, why })]
}

/// Whether a point of one group is in another one, too.
fn share_names(named: &BTreeMap<String, Vec<&FoundTableText>>) -> bool {
    let mut known = BTreeSet::new();
    named.values().any(|texts| {
        let own: BTreeSet<&String> = texts.iter().flat_map(|text| &text.table.points).collect();
        own.into_iter().any(|point| !known.insert(point))
    })
}

/// Whether texts of two groups say the same of the same times: they are exports of one source, whatever they are called.
fn agree(named: &BTreeMap<String, Vec<&FoundTableText>>) -> bool {
    let groups: Vec<&Vec<&FoundTableText>> = named.values().collect();
    groups.iter().enumerate().any(|(at, one)| {
        let mut others = groups[at + 1..].iter().take(8);
        others.any(|other| {
            let pairs = one.iter().take(8);
            let mut pairs =
                pairs.flat_map(|one| other.iter().take(8).map(move |other| (one, other)));
            pairs.any(|(one, other)| common_rows(one, other).0 > 0)
        })
    })
}

/// What the name of a text says of its source.
fn source(text: &FoundTableText) -> String {
    match &text.member {
        Some(member) if text.is_sheet => undated(member),
        _ => undated(&stem(&text.named_path())),
    }
}

fn sheet(text: &FoundTableText) -> String {
    text.member.clone().unwrap_or_default()
}

fn grouped_by(
    texts: &[FoundTableText],
    name: fn(&FoundTableText) -> String,
) -> BTreeMap<String, Vec<&FoundTableText>> {
    let mut named: BTreeMap<String, Vec<&FoundTableText>> = BTreeMap::new();
    for text in texts {
        named.entry(name(text)).or_default().push(text);
    }
    named
}

/// A group for each name, which stands before its points.
fn by(
    texts: Vec<FoundTableText>,
    name: fn(&FoundTableText) -> String,
    why: &FoundWhy,
) -> Vec<(Vec<FoundTableText>, FoundFact<PointNaming>)> {
    let is_stem = texts
        .iter()
        .all(|text| !text.is_sheet && name(text) == stem(&text.named_path()));
    if is_stem {
        let what = PointNaming::Prefix("{stem}/".to_owned());
        let why = why.clone();
        return vec![(texts, FoundFact { what, why })];
    }
    let mut named: BTreeMap<String, Vec<FoundTableText>> = BTreeMap::new();
    for text in texts {
        named.entry(name(&text)).or_default().push(text);
    }
    let prefixed = named.into_iter().map(|(name, texts)| {
        let what = PointNaming::Prefix(format!("{name}/"));
        let why = why.clone();
        (texts, FoundFact { what, why })
    });
    prefixed.collect()
}

/// Whether sheets of one workbook say different things of the same times.
fn sheets_contradict(texts: &[FoundTableText]) -> bool {
    let sheets: Vec<&FoundTableText> = texts.iter().filter(|text| text.is_sheet).collect();
    sheets.iter().enumerate().any(|(at, one)| {
        let mut others = sheets[at + 1..].iter().take(8);
        others.any(|other| one.path == other.path && contradict(one, other))
    })
}

/// A group for each folder, where files in several folders have the same names.
fn by_folder(
    texts: Vec<FoundTableText>,
    why: &str,
) -> Vec<(Vec<FoundTableText>, FoundFact<PointNaming>)> {
    let mut folders: BTreeMap<String, Vec<FoundTableText>> = BTreeMap::new();
    for text in texts {
        folders
            .entry(folder(&text.named_path()))
            .or_default()
            .push(text);
    }
    let prefixed = folders.into_iter().map(|(folder, texts)| {
        let prefix = match conflict(&texts) {
            None => format!("{folder}/"),
            Some(_) => format!("{folder}/{{stem}}/"),
        };
        (
            texts,
            FoundFact {
                what: PointNaming::Prefix(prefix),
                why: FoundWhy::Proved(why.to_owned()),
            },
        )
    });
    prefixed.collect()
}

/// Whether a text has one point, of which its columns say no name.
fn is_of_one_nameless_point(text: &FoundTableText) -> bool {
    match &text.table.form {
        FoundForm::Wide => matches!(&text.table.points[..], [only] if is_generic(only)),
        FoundForm::Long(long) => long.point.what.is_empty(),
        FoundForm::Day(day) => day.point.is_empty(),
    }
}

/// The name of the one point of each text, from its path.
fn from_path(texts: &[FoundTableText]) -> FoundFact<PointNaming> {
    if texts.iter().all(|text| text.is_sheet) {
        return FoundFact {
            what: PointNaming::Sheet,
            why: FoundWhy::Proved("no column has a name for the point".to_owned()),
        };
    }
    let why = || {
        FoundWhy::Proved(
            "each file has one point, and its column has no name of its own".to_owned(),
        )
    };
    let names = |pattern: &str| {
        texts
            .iter()
            .map(|text| of_path(pattern, &text.named_path()))
            .collect::<Option<Vec<_>>>()
    };
    let follow = |pattern: &&&str| {
        let found = names(pattern);
        texts.len() > 1 && found.is_some_and(|found| follow_each_other(texts, &found))
    };
    if let Some(dated) = DATED.iter().find(follow) {
        let what = PointNaming::Path((*dated).to_owned());
        return FoundFact { what, why: why() };
    }
    let mut patterns = (0..DEEPEST).map(|depth| format!("(?<name>{}.*)", ".*/".repeat(depth)));
    let different = |pattern: &String| {
        names(pattern)
            .is_some_and(|found| found.iter().collect::<BTreeSet<_>>().len() == texts.len())
    };
    let pattern = patterns
        .find(different)
        .unwrap_or_else(|| "(?<name>.*)".to_owned());
    FoundFact {
        what: PointNaming::Path(pattern),
        why: why(),
    }
}

/// Whether texts of one name are of one time after the other.
fn follow_each_other(texts: &[FoundTableText], names: &[String]) -> bool {
    let mut spans: BTreeMap<&String, Vec<_>> = BTreeMap::new();
    for (name, text) in names.iter().zip(texts) {
        spans.entry(name).or_default().push(text.span);
    }
    spans.values().any(|spans| spans.len() > 1)
        && spans.into_values().all(|mut spans| {
            spans.sort_unstable();
            spans.windows(2).all(|pair| pair[0].1 <= pair[1].0)
        })
}

/// The name in the last parts of a path, as a run takes it from there.
fn of_path(pattern: &str, path: &Path) -> Option<String> {
    let folders = pattern.matches('/').count();
    let parent: Vec<_> = path.parent()?.components().rev().take(folders).collect();
    if parent.len() < folders {
        return None;
    }
    let mut text: String = parent
        .iter()
        .rev()
        .map(|part| format!("{}/", part.as_os_str().to_string_lossy()))
        .collect();
    text.push_str(&stem(path));
    let found = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    Some(found.captures(&text)?.name("name")?.as_str().to_owned())
}

/// Why columns of the same names are different points; `None` where they are not.
fn conflict<T: Borrow<FoundTableText>>(texts: &[T]) -> Option<String> {
    let mut known: BTreeMap<&String, Vec<&FoundTableText>> = BTreeMap::new();
    for text in texts.iter().map(Borrow::borrow) {
        for point in &text.table.points {
            let before = known.entry(point).or_default();
            if let Some(other) = before.iter().find(|other| contradict(other, text)) {
                let (one, two) = (shown(other), shown(text));
                return Some(format!(
                    "{point:?} is in {one} and in {two}, at the same times with other values"
                ));
            }
            // So many are enough to tell.
            if before.len() < 16 {
                before.push(text);
            }
        }
    }
    None
}

/// What a text is called in a reason.
fn shown(text: &FoundTableText) -> String {
    match &text.member {
        Some(sheet) if text.is_sheet => sheet.clone(),
        _ => stem(&text.named_path()),
    }
}

/// Whether two texts say different things of the same times.
fn contradict(one: &FoundTableText, other: &FoundTableText) -> bool {
    if !matches!(one.table.form, FoundForm::Wide) {
        return false;
    }
    let (same, different) = common_rows(one, other);
    different > same
}

/// How many rows of the samples of two texts are of the same time and say the same, and how many say something else.
fn common_rows(one: &FoundTableText, other: &FoundTableText) -> (usize, usize) {
    let (a, b) = (one.span, other.span);
    if a.1 < b.0 || b.1 < a.0 {
        return (0, 0);
    }
    let rows: BTreeMap<_, _> = one.rows.iter().map(|(time, row)| (*time, row)).collect();
    let both = other
        .rows
        .iter()
        .filter_map(|(time, row)| Some((rows.get(time)?, row)));
    both.fold((0, 0), |(same, different), (one, other)| {
        match *one == other {
            true => (same + 1, different),
            false => (same, different + 1),
        }
    })
}

/// The name of a file without the ending of its container and the last one.
pub(in super::super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".GZ"))
        .unwrap_or(&name);
    match plain.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => plain.to_owned(),
    }
}

/// The name of the folder of a file.
pub(in super::super) fn folder(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    folder.to_string_lossy().into_owned()
}
