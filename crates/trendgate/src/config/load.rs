//! YAML → [`Config`], with messages that name file, line, and what was probably meant.

use super::file::Config;
use super::settings::normal;
use crate::error::{Error, ErrorKind, Missing, Result};
use crate::roster::RULES_STAND_ELSEWHERE;
use crate::store;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The name of a configuration that is found without being named.
const NAME: &str = "trendgate.yaml";

/// A configuration larger than this is a mistake.
const LARGEST: u64 = 16 << 20;

/// What people look for under another name than it has, and where that stands.
const ELSEWHERE: [(&str, &str); 1] = [("rules", RULES_STAND_ELSEWHERE)];

impl Config {
    /// Reads the configuration file at `path`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for whatever is wrong in it; [`Usage`](crate::ErrorKind::Usage) where it does not
    /// exist; [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
    ///
    /// ```
    /// use trendgate::{Config, ErrorKind};
    ///
    /// let missing = Config::load("no/such/plant.yaml".as_ref());
    /// assert_ne!(missing.unwrap_err().kind(), ErrorKind::Bug);
    /// ```
    pub fn load(path: &Path) -> Result<Self> {
        let found = match store::what_is(path)? {
            Some(store::What::File) => Ok(()),
            Some(store::What::Folder) => Err(Error::usage(
                "expected a configuration file, found a folder",
            )),
            None => Err(Error::missing(Missing::Path, "no such configuration file")),
        };
        found.map_err(|error| error.at(path))?;
        let mut text = String::new();
        store::open(path)
            .map_err(no_input)?
            .take(LARGEST + 1)
            .read_to_string(&mut text)
            .map_err(|error| {
                Error::config(format!("the configuration cannot be read: {error}")).at(path)
            })?;
        if text.len() as u64 > LARGEST {
            return Err(Error::config(format!(
                "expected a configuration of at most {LARGEST} bytes, found more"
            ))
            .at(path));
        }
        let config = Self::parse(&text).and_then(|config| config.read_at(path));
        config.map_err(|error| error.at(path))
    }

    /// Reads the configuration that was [found](Self::find) at `path`: its directories are relative to its folder.
    ///
    /// # Errors
    /// As [`Config::load`].
    ///
    /// ```
    /// use trendgate::Config;
    ///
    /// assert!(Config::load_found("no/such/trendgate.yaml".as_ref()).is_err());
    /// ```
    pub fn load_found(path: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder_of(path),
            ..Self::load(path)?
        })
    }

    /// The configuration of the folder `from`, or of the next one above it that has one.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be told which folders these are.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// std::fs::write(folder.path().join("trendgate.yaml"), "paths: [exports]").unwrap();
    /// let found = trendgate::Config::find(folder.path())?;
    /// assert!(found.is_some_and(|path| path.ends_with("trendgate.yaml")));
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    pub fn find(from: &Path) -> Result<Option<PathBuf>> {
        let from = store::canonical(from)?;
        let places = from.ancestors().map(|folder| folder.join(NAME));
        // What may not be looked at is no configuration of this user's.
        let mut found = places.filter(|p| matches!(store::what_is(p), Ok(Some(store::What::File))));
        Ok(found.next())
    }

    /// This configuration, as it stands in the file `path`.
    fn read_at(mut self, path: &Path) -> Result<Self> {
        let folder = folder_of(path);
        let paths = self.sites.values_mut().flat_map(|site| &mut site.paths);
        for path in paths.chain(&mut self.paths) {
            *path = normal(&folder.join(&path));
        }
        self.check_paths()?;
        if !self.sites.is_empty() {
            self.folder = folder;
        }
        Ok(self)
    }

    /// Reads a configuration from its text.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for whatever is wrong in it, with the line.
    ///
    /// ```
    /// use trendgate::Config;
    ///
    /// assert!(Config::parse("cleaner: {timezone: Asia/Taipei}").is_ok());
    /// // Words that nobody knows are refused, with their line.
    /// assert_eq!(Config::parse("clenaer: {}").unwrap_err().line_number(), Some(1));
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        if text
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
        {
            return Ok(Self::default());
        }
        let parsed = serde_saphyr::from_str(text);
        let mut config: Self = parsed.map_err(|error| explain(&error, text))?;
        super::sources::take_lines(&mut config, text);
        config.take_sites(text).map_err(|error| {
            let shown = error.line_number().and_then(|line| line_of(text, line));
            error.excerpt(shown)
        })?;
        Ok(config)
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// A line as it stands in the text.
fn line_of(text: &str, line: u64) -> Option<String> {
    let place = usize::try_from(line).ok()?.checked_sub(1)?;
    Some(text.lines().nth(place)?.trim_end().to_owned())
}

/// What is no regular file is no configuration.
fn no_input(error: Error) -> Error {
    match (error.kind(), error.path()) {
        (ErrorKind::Input, Some(path)) => Error::config(error.message()).at(path),
        _ => error,
    }
}

fn explain(error: &serde_saphyr::Error, text: &str) -> Error {
    let plain = error.without_snippet();
    let explained = match plain {
        serde_saphyr::Error::SerdeUnknownField {
            field, expected, ..
        } => unknown("field", field, expected),
        serde_saphyr::Error::SerdeUnknownVariant {
            variant, expected, ..
        } => unknown("value", variant, expected),
        serde_saphyr::Error::DuplicateMappingKey { key, .. } => Error::config(format!(
            "the field {:?} is there twice",
            key.clone().unwrap_or_default()
        ))
        .hint("keep one of them"),
        serde_saphyr::Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | serde_saphyr::Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => Error::config(format!("expected {expected}, found {unexpected}")),
        other => Error::config(plainly(&first_line(&other.to_string()))),
    };
    let Some(location) = plain.location() else {
        return explained;
    };
    let line = location.line();
    explained.line(line).excerpt(line_of(text, line))
}

/// What YAML expected, without the names of types.
fn plainly(message: &str) -> String {
    match message {
        "invalid u64" | "invalid u32" | "invalid usize" => {
            "expected a whole number without a unit".to_owned()
        }
        "invalid f64" => "expected a number without a unit".to_owned(),
        other => other.to_owned(),
    }
}

/// The message without the position, which the error has already.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.split(" (defined at line ")
        .next()
        .unwrap_or_default()
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn unknown(what: &str, found: &str, expected: &[&str]) -> Error {
    let error = Error::config(format!("unknown {what} {found:?}"));
    if let Some((_, place)) = ELSEWHERE.iter().find(|(name, _)| *name == found) {
        return error.hint(*place);
    }
    match nearest(found, expected.iter().copied()) {
        Some(near) => error.hint(format!("did you mean {near:?}?")),
        None => error.hint(format!("known here: {}", expected.join(", "))),
    }
}

/// The one of `names` that `text` was probably meant to be.
pub(super) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |name: &&str| strsim::jaro_winkler(&text.to_lowercase(), &name.to_lowercase());
    let best = names.max_by(|a, b| near(a).total_cmp(&near(b)))?;
    (near(&best) > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let error = Config::parse(text).unwrap_err();
        format!(
            "line {}: {error}\n| {}\nhelp: {}",
            error.line_number().unwrap_or_default(),
            error.excerpt_lines().join("\n"),
            error.hint_text().unwrap_or("-")
        )
    }

    #[test]
    fn an_empty_file_means_the_defaults_and_so_do_they_themselves() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
        assert_eq!(Config::parse("# nothing\n\n").unwrap(), Config::default());
        assert_eq!(
            Config::parse("cleaner: {}\nbatch:\n  input_pattern: null\n").unwrap(),
            Config::default()
        );
        let commented = "cleaner:\n  # site_id: A\nbatch:\n  # threads: 2\n";
        assert_eq!(Config::parse(commented).unwrap(), Config::default());
        assert_eq!(
            Config::parse("cleaner:\n  points:\n    # A: {unit: kW}\n").unwrap(),
            Config::default()
        );
        let json = serde_json::to_string(&Config::default()).unwrap();
        assert_eq!(Config::parse(&json).unwrap(), Config::default());
    }

    #[test]
    fn names_in_any_script_are_points() {
        let config = Config::parse(
            "cleaner:\n  points:\n    冰水溫度: {physical_type: water_temperature, unit: °C}\n",
        )
        .unwrap();
        assert_eq!(
            config.cleaner.points["冰水溫度"].unit,
            Some(crate::model::Unit::Celsius)
        );
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_a_suggestion() {
        insta::assert_snapshot!(refusal("cleaner:\n  resample_intervall: 5m\n"), @r#"
        line 2: unknown field "resample_intervall"
        |   resample_intervall: 5m
        help: did you mean "resample_interval"?
        "#);
        insta::assert_snapshot!(refusal("cleaner:\n  resample_interval: 5 minutes\n"), @r#"
        line 2: expected a length of time such as 15m, 1h, 90s or 7d, found "5 minutes"
        |   resample_interval: 5 minutes
        help: -
        "#);
        insta::assert_snapshot!(refusal("batch:\n  compression: gzip\n"), @r#"
        line 2: unknown value "gzip"
        |   compression: gzip
        help: known here: snappy, zstd
        "#);
        insta::assert_snapshot!(refusal("batch:\n  max_rows_per_file: many\n"), @"
        line 2: expected a whole number without a unit
        |   max_rows_per_file: many
        help: -
        ");
        insta::assert_snapshot!(refusal("cleaner:\n  site_id: A\n  site_id: B\n"), @r#"
        line 3: the field "site_id" is there twice
        |   site_id: B
        help: keep one of them
        "#);
        insta::assert_snapshot!(refusal("cleaner:\n  rules: {}\n"), @r#"
        line 2: unknown field "rules"
        |   rules: {}
        help: what a rule is to judge by stands with what it judges: `plausible`, `frozen` and `hampel` under cleaner.points, machines under cleaner.equipment
        "#);
        insta::assert_snapshot!(refusal("cleaner:\n  points:\n    A.B: {physical_type: water_temprature}\n"), @r#"
        line 3: unknown value "water_temprature"
        |     A.B: {physical_type: water_temprature}
        help: did you mean "water_temperature"?
        "#);
        insta::assert_snapshot!(refusal("cleaner: [\n"), @"
        line 1: expected mapping start
        | cleaner: [
        help: -
        ");
    }
}
