//! Settings → a value from which another process makes the same settings.
//!
//! Enters: settings that a configuration and a command line made. Leaves: JSON with both of these and with where the dataset is, as it is called
//! from any working directory; and the settings again. Refused: a value that says something else than the settings did.

use super::file::Config;
use super::settings::Overrides;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::pipeline::Settings;
use crate::publish::Dirs;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What settings are made from again.
#[derive(Serialize, Deserialize)]
struct SavedSettings {
    config: Config,
    shared_patterns: BTreeSet<String>,
    overrides: Overrides,
    dirs: Dirs,
    digest: Digest,
}

impl Settings {
    /// As a value: `config` and `overrides` made them.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for directories that cannot be told from any working directory.
    pub(crate) fn saved(
        &self,
        config: &Config,
        overrides: &Overrides,
    ) -> Result<serde_json::Value> {
        let site = self.site.as_str();
        let config = match config.sites.is_empty() {
            true => config.clone(),
            false => config.of_site(site)?,
        };
        let saved = SavedSettings {
            shared_patterns: config.shared_patterns.clone(),
            config,
            overrides: Overrides {
                site: Some(site.to_owned()),
                data_dir: None,
                ..overrides.clone()
            },
            dirs: self.dirs.clone(),
            digest: self.digest(),
        };
        serde_json::to_value(saved)
            .map_err(|e| Error::bug(format!("cannot write a configuration as JSON: {e}")))
    }

    /// The settings that were [saved](Self::saved).
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where the value is none, or says something else than the settings did.
    pub(crate) fn of_saved(value: serde_json::Value) -> Result<Self> {
        let saved: SavedSettings = serde_json::from_value(value)
            .map_err(|e| Error::damaged(format!("expected saved settings: {e}")))?;
        let config = Config {
            shared_patterns: saved.shared_patterns,
            ..saved.config
        };
        let settings = Self {
            dirs: saved.dirs,
            ..Self::new(&config, &saved.overrides)?
        };
        match settings.digest() == saved.digest {
            true => Ok(settings),
            false => Err(Error::damaged(
                "expected the settings of the plan, found others of another digest",
            )),
        }
    }

    /// The same, whatever the working directory is.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no working directory, and a folder is relative to it.
    pub(crate) fn wherever_it_runs(mut self) -> Result<Self> {
        let dirs = &mut self.dirs;
        for dir in [
            &mut dirs.root,
            &mut dirs.processed,
            &mut dirs.staging,
            &mut dirs.manifests,
            &mut dirs.evidence,
            &mut dirs.sources,
        ] {
            *dir = absolute(dir)?;
        }
        Ok(self)
    }
}

/// A path that leads to the same place from any working directory.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where there is no working directory.
pub(crate) fn absolute(path: &std::path::Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| {
        Error::config(format!(
            "it is relative to a working directory that cannot be told: {e}"
        ))
        .at(path)
        .hint("name it by a path that begins with /")
    })
}
