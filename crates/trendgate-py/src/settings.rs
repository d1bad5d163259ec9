//! What a caller asks for → settings of the library, or a dataset.

use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use trendgate::details::Gone;
use trendgate::time::{DAY, Span};
use trendgate::{
    Config, Dataset, Overrides, Result, Retracted, RunOptions, Scope, Settings, Trust, WhenLocked,
};

/// For so long a site that is held is waited for: as good as for ever.
const LONG: Span = DAY.times(365);

/// A call of `run` or `plan`, as a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Request {
    config_file: Option<PathBuf>,
    config_text: Option<String>,
    pub(crate) paths: Vec<PathBuf>,
    site: Option<String>,
    timezone: Option<String>,
    resample: Option<String>,
    data_dir: Option<PathBuf>,
    threads: Option<usize>,
    rebuild: bool,
    take_retracted: bool,
    force: bool,
    paranoid: bool,
    wait: bool,
}

impl Request {
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            scope: match self.rebuild {
                true => Scope::Everything,
                false => Scope::Changed,
            },
            retracted: match self.take_retracted {
                true => Retracted::Take,
                false => Retracted::PassOver,
            },
            gone: match self.force {
                true => Gone::Accept,
                false => Gone::Refuse,
            },
            trust: match self.paranoid {
                true => Trust::Nothing,
                false => Trust::Stamps,
            },
        }
    }

    /// For runs of several sites; a site that is held is waited for where that was asked.
    pub(crate) fn config_and_overrides(&self) -> Result<(Config, Overrides)> {
        let config = config(self.config_file.as_deref(), self.config_text.as_deref())?;
        let config = match self.wait {
            true => config.waiting_for(LONG),
            false => config,
        };
        let overrides = Overrides {
            site: self.site.clone(),
            timezone: self.timezone.clone(),
            resample: self.resample.clone(),
            data_dir: self.data_dir.clone(),
            threads: self.threads,
        };
        Ok((config, overrides))
    }

    pub(crate) fn settings(&self) -> Result<Settings> {
        let (config, overrides) = self.config_and_overrides()?;
        let settings = Settings::new(&config, &overrides)?;
        Ok(match self.wait {
            true => settings.waiting(WhenLocked::Wait),
            false => settings,
        })
    }
}

/// Which dataset is meant, as a dictionary: by its folder, or by the configuration of its runs.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Place {
    config_file: Option<PathBuf>,
    config_text: Option<String>,
    data_dir: Option<PathBuf>,
}

impl Place {
    /// The configuration.
    pub(crate) fn config(&self) -> Result<Config> {
        config(self.config_file.as_deref(), self.config_text.as_deref())
    }

    /// What the configuration says of a site; of one that it does not name, what it says of all.
    pub(crate) fn config_of(&self, site: &str) -> Result<Config> {
        let config = self.config()?;
        match config.has_site(site) {
            true => config.of_site(site),
            false => Ok(config),
        }
    }

    pub(crate) fn dataset(&self) -> Result<Dataset> {
        let config = self.config()?;
        Dataset::of_config(&config, self.data_dir.as_deref())
    }
}

fn config(file: Option<&Path>, text: Option<&str>) -> Result<Config> {
    match (file, text) {
        (Some(path), _) => Config::load(path),
        (None, Some(text)) => Config::parse(text),
        (None, None) => Ok(Config::default()),
    }
}
