//! The configuration that a command goes by: the one that is named, or the one that is found from the working directory upward.
//!
//! Enters: what was typed. Leaves: a configuration, with where it stands; the settings and paths of one site, or of all of them. Refused: to
//! go by one site of several that is not named. A section that cannot be used is the error of its site alone.

use crate::args::{InputArgs, PlaceArgs, SettingsArgs};
use crate::text;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Once;
use trendgate::config::{BatchConfig, Config, Overrides, Settings};
use trendgate::pipeline::keep_refusal;
use trendgate::publish::Dirs;
use trendgate::time::Stopwatch;
use trendgate::{Error, ErrorKind, Result};

/// A configuration, and the file that it stands in, if it is no default.
pub(super) struct Configured {
    config: Config,
    file: Option<PathBuf>,
}

/// Sites by their ids, each with what is known of it, or why that cannot be.
pub(super) type Sites<P> = Vec<(String, Result<P>)>;

/// What all sites together may take.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    /// How many threads work.
    pub(super) threads: usize,
    /// The memory in bytes.
    pub(super) memory: u64,
}

/// A site that is to be run, with the reports that are its own.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) settings: Settings,
    pub(super) paths: Vec<PathBuf>,
}

/// Every site of a configuration.
pub(super) struct AllSites {
    pub(super) sites: Sites<Asked>,
    /// Where the datasets are, as far as that can be told.
    pub(super) places: Vec<(String, Dirs)>,
    /// What all of them together may take.
    pub(super) budget: Budget,
}

/// The configuration that is named, or found; the defaults where there is none.
pub(super) fn config(named: Option<&Path>) -> Result<Configured> {
    if let Some(path) = named {
        return Ok(Configured {
            config: Config::load(path)?,
            file: Some(path.to_owned()),
        });
    }
    let found = match std::env::current_dir() {
        Ok(here) => Config::find(&here)?,
        // There is nothing above a folder that is gone.
        Err(_) => None,
    };
    let Some(path) = found else {
        return Ok(Configured {
            config: Config::default(),
            file: None,
        });
    };
    static SAID: Once = Once::new();
    SAID.call_once(|| text::remark(&format!("using {}", text::path(&path))));
    Ok(Configured {
        config: Config::load_found(&path)?,
        file: Some(path),
    })
}

/// The configuration that says where a dataset is. None is looked for where the folder of the dataset is named.
pub(super) fn config_of_dataset(args: &PlaceArgs) -> Result<Configured> {
    match (&args.config, &args.data_dir) {
        (None, Some(_)) => Ok(Configured {
            config: Config::default(),
            file: None,
        }),
        (named, _) => config(named.as_deref()),
    }
}

/// The settings of one site, and where its reports are: as typed, or as the configuration says.
pub(super) fn settings_and_paths(args: &InputArgs) -> Result<(Settings, Vec<PathBuf>)> {
    let configured = config(args.settings.config.as_deref())?;
    let settings = configured.settings(&super::overrides(&args.settings))?;
    if !args.paths.is_empty() {
        return Ok((settings, args.paths.clone()));
    }
    let config = &configured.config;
    let paths = match config.sites.is_empty() {
        true => config.paths.clone(),
        false => config.of_site(settings.site.as_str())?.paths,
    };
    match paths.is_empty() {
        true => Err(Error::usage("no reports are named")
            .hint("name report files, or folders that are searched for them; or state `paths` in the configuration")),
        false => Ok((settings, paths)),
    }
}

/// Every site of the configuration with what its run needs, and what all of them together may take.
pub(super) fn all_sites(args: &SettingsArgs) -> Result<AllSites> {
    let configured = config(args.config.as_deref())?.of_several()?;
    let overrides = super::overrides(args);
    let budget = configured.budget(&overrides)?;
    let ids: Vec<&str> = configured.config.site_ids().collect();
    let one = |id: &&str| ((*id).to_owned(), configured.asked(id, &overrides));
    let place = |id: &&str| {
        let dirs = configured.dirs(Some(id), overrides.data_dir.as_deref());
        Some(((*id).to_owned(), dirs.ok()?))
    };
    Ok(AllSites {
        places: ids.iter().filter_map(place).collect(),
        sites: ids.iter().map(one).collect(),
        budget,
    })
}

impl Configured {
    /// The settings of the site that is named, or of the only one.
    pub(super) fn settings(&self, overrides: &Overrides) -> Result<Settings> {
        Settings::new(&self.config, overrides).map_err(|error| self.here(error))
    }

    /// The configuration that a report is read by: of several sites, that of the one which has it among its reports.
    pub(super) fn of_report(&self, file: &Path) -> Config {
        self.config.of_report(file)
    }

    /// The site, if there is only one.
    pub(super) fn site_id(&self) -> Option<String> {
        self.config.cleaner.site_id.clone()
    }

    /// How runs of a site behave; of one that the configuration does not name, what is said of all.
    pub(super) fn batch_of(&self, site: &str) -> Result<BatchConfig> {
        match self.config.sites.contains_key(site) {
            true => Ok(self.config.of_site(site)?.batch),
            false => Ok(self.config.batch.clone()),
        }
    }

    /// The directories of the site that is named, or those that all sites share.
    pub(super) fn dirs(&self, site: Option<&str>, data_dir: Option<&Path>) -> Result<Dirs> {
        let config = &self.config;
        let dirs = match site.filter(|_| !config.sites.is_empty()) {
            Some(site) => config.of_site(site)?.dirs(data_dir),
            None => config.dirs(data_dir),
        };
        dirs.map_err(|error| self.here(error))
    }

    /// The sites that `verify` and `gc` are about, each with the directories of its dataset; sites in which nothing is committed yet are said
    /// and left out, where all are asked for.
    pub(super) fn places(&self, args: &PlaceArgs, all: bool) -> Result<Sites<Dirs>> {
        let (config, data_dir) = (&self.config, args.data_dir.as_deref());
        let is_of_several = !config.sites.is_empty();
        if is_of_several && !all && args.site.is_none() && data_dir.is_none() {
            return Err(config.which_site());
        }
        if !(is_of_several && all) {
            let dirs = super::there(self.dirs(args.site.as_deref(), data_dir)?)?;
            return Ok(super::all_in(&dirs, super::sites(args, &dirs)?));
        }
        let mut places = Vec::new();
        for id in config.site_ids() {
            let dirs = self.dirs(Some(id), data_dir);
            let sites = dirs.as_ref().map(trendgate::publish::sites);
            match sites {
                Ok(Ok(sites)) if !sites.iter().any(|site| site == id) => {
                    text::remark(&format!("{id}: nothing is committed yet"));
                }
                Ok(Err(error)) => places.push((id.to_owned(), Err(error))),
                _ => places.push((id.to_owned(), dirs)),
            }
        }
        Ok(places)
    }

    pub(super) fn is_of_several(&self) -> bool {
        !self.config.sites.is_empty()
    }

    /// Every site that `known` finds where the sections have their datasets, with the directories of its own. A section whose dataset is not there
    /// failed: a disk may be gone. Sections that are not among the sites of theirs are said; a site that no section has is told of once.
    pub(super) fn known_places(
        &self,
        known: impl Fn(&Dirs) -> Result<Vec<String>>,
    ) -> Result<Sites<Dirs>> {
        let mut places = BTreeMap::new();
        for id in self.config.site_ids() {
            let dirs = self.dirs(Some(id), None).and_then(super::there);
            match dirs.and_then(|dirs| Ok((known(&dirs)?, dirs))) {
                Ok((sites, dirs)) => {
                    if !sites.iter().any(|site| site == id) {
                        text::remark(&format!("{id}: nothing is known of it yet"));
                    }
                    for site in sites {
                        if site == id || !self.config.sites.contains_key(&site) {
                            places.entry(site).or_insert_with(|| Ok(dirs.clone()));
                        }
                    }
                }
                Err(error) => _ = places.insert(id.to_owned(), Err(error)),
            }
        }
        Ok(places.into_iter().collect())
    }

    /// The configuration itself.
    pub(super) fn into_config(self) -> Config {
        self.config
    }

    pub(super) fn of_several(self) -> Result<Self> {
        match self.config.sites.is_empty() {
            true => Err(Error::usage(match &self.file {
                Some(_) => "--all: the configuration has no `sites`",
                None => "--all: there is no configuration",
            })
            .at_if_nowhere(self.file.as_deref().unwrap_or(Path::new("trendgate.yaml")))
            .hint("state the sites under `sites`: each with its `paths`, and whatever is its own under `cleaner` and `batch`")),
            false => Ok(self),
        }
    }

    fn budget(&self, overrides: &Overrides) -> Result<Budget> {
        let (threads, memory) = self
            .config
            .budget(overrides)
            .map_err(|error| self.here(error))?;
        Ok(Budget { threads, memory })
    }

    fn asked(&self, id: &str, overrides: &Overrides) -> Result<Asked> {
        let since = Stopwatch::start();
        let overrides = Overrides {
            site: Some(id.to_owned()),
            ..overrides.clone()
        };
        let asked = self.settings(&overrides).and_then(|settings| {
            let paths = self.config.of_site(id)?.paths;
            match paths.is_empty() {
                true => Err(self.here(
                    Error::config(format!("sites.{id}.paths: expected where its reports are, found nothing"))
                        .hint("add `paths: [exports]` to its section; relative paths are those of the folder of the configuration"),
                )),
                false => Ok(Asked { settings, paths }),
            }
        });
        if let Err(error) = &asked
            && let Ok(dirs) = self.dirs(Some(id), overrides.data_dir.as_deref())
        {
            keep_refusal(&dirs, id, error, since);
        }
        asked
    }

    /// An error of a line of the configuration, or of one of several sites, in its file.
    fn here(&self, error: Error) -> Error {
        let is_in_it = error.line_number().is_some() || !self.config.sites.is_empty();
        match &self.file {
            Some(file) if error.kind() == ErrorKind::Config && is_in_it => {
                error.at_if_nowhere(file)
            }
            _ => error,
        }
    }
}

impl Budget {
    /// What commands may take that hold little in memory.
    pub(super) fn of_machine() -> Self {
        let cores = std::thread::available_parallelism();
        Self {
            threads: cores.map_or(1, std::num::NonZeroUsize::get),
            memory: u64::MAX,
        }
    }
}
