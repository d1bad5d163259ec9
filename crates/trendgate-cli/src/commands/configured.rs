//! The configuration that a command goes by: the one that is named, or the one that is found from the working directory upward.
//!
//! Enters: what was typed. Leaves: a configuration, with where it stands; the settings and paths of one site, or of all of them. Refused: to
//! go by one site of several that is not named. A section that cannot be used is the error of its site alone.

use crate::args::{InputArgs, PlaceArgs, SettingsArgs};
use crate::text;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Once;
use trendgate::time::Stopwatch;
use trendgate::{Config, Dataset, Error, ErrorKind, Overrides, Result, Settings, Site};

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
    /// The sites whose datasets can be told.
    pub(super) places: Vec<Site>,
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
    let paths = match config.is_of_several() {
        false => config.paths().to_vec(),
        true => (config.of_site(Site::of(&settings).id())?.paths()).to_vec(),
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
        let dataset = configured.dataset(Some(id), overrides.data_dir.as_deref());
        dataset.ok()?.site(id).ok()
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
        self.config.site_id().map(ToOwned::to_owned)
    }

    /// What is said of a site; of one that the configuration does not name, what is said of all.
    pub(super) fn of_site(&self, site: &str) -> Result<Config> {
        match self.config.has_site(site) {
            true => self.config.of_site(site),
            false => Ok(self.config.clone()),
        }
    }

    /// The dataset of the site that is named, or that which all sites share.
    pub(super) fn dataset(&self, site: Option<&str>, data_dir: Option<&Path>) -> Result<Dataset> {
        let config = &self.config;
        let dataset = match site.filter(|_| config.is_of_several()) {
            Some(site) => Dataset::of_config(&config.of_site(site)?, data_dir),
            None => Dataset::of_config(config, data_dir),
        };
        dataset.map_err(|error| self.here(error))
    }

    /// The sites that `verify` and `gc` are about; those in which nothing is committed yet are said and left out, where all are asked for.
    pub(super) fn places(&self, args: &PlaceArgs, all: bool) -> Result<Sites<Site>> {
        let (config, data_dir) = (&self.config, args.data_dir.as_deref());
        let is_of_several = config.is_of_several();
        if is_of_several && !all && args.site.is_none() && data_dir.is_none() {
            return Err(config.which_site());
        }
        if !(is_of_several && all) {
            let dataset = super::there(self.dataset(args.site.as_deref(), data_dir)?)?;
            return Ok(super::all_in(&dataset, super::sites(args, &dataset)?));
        }
        let mut places = Vec::new();
        for id in config.site_ids() {
            let place = || -> Result<Option<Site>> {
                let dataset = self.dataset(Some(id), data_dir)?;
                match dataset.sites()?.iter().any(|site| site == id) {
                    true => dataset.site(id).map(Some),
                    false => Ok(None),
                }
            };
            match place().transpose() {
                Some(place) => places.push((id.to_owned(), place)),
                None => text::remark(&format!("{id}: nothing is committed yet")),
            }
        }
        Ok(places)
    }

    pub(super) fn is_of_several(&self) -> bool {
        self.config.is_of_several()
    }

    /// Every site that `known` finds where the sections have their datasets. A section whose dataset is not there
    /// failed: a disk may be gone. Sections that are not among the sites of theirs are said; a site that no section has is told of once.
    pub(super) fn known_places(
        &self,
        known: impl Fn(&Dataset) -> Result<Vec<String>>,
    ) -> Result<Sites<Site>> {
        let mut places = BTreeMap::new();
        for id in self.config.site_ids() {
            let dataset = self.dataset(Some(id), None).and_then(super::there);
            match dataset.and_then(|dataset| Ok((known(&dataset)?, dataset))) {
                Ok((sites, dataset)) => {
                    if !sites.iter().any(|site| site == id) {
                        text::remark(&format!("{id}: nothing is known of it yet"));
                    }
                    for site in sites {
                        if site == id || !self.config.has_site(&site) {
                            let place = dataset.site(&site);
                            places.entry(site).or_insert(place);
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
        match self.config.is_of_several() {
            false => Err(Error::usage(match &self.file {
                Some(_) => "--all: the configuration has no `sites`",
                None => "--all: there is no configuration",
            })
            .at_if_nowhere(self.file.as_deref().unwrap_or(Path::new("trendgate.yaml")))
            .hint("state the sites under `sites`: each with its `paths`, and whatever is its own under `cleaner` and `batch`")),
            true => Ok(self),
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
            let paths = self.config.of_site(id)?.paths().to_vec();
            match paths.is_empty() {
                true => Err(self.here(
                    Error::config(format!("sites.{id}.paths: expected where its reports are, found nothing"))
                        .hint("add `paths: [exports]` to its section; relative paths are those of the folder of the configuration"),
                )),
                false => Ok(Asked { settings, paths }),
            }
        });
        if let Err(error) = &asked
            && let Ok(dataset) = self.dataset(Some(id), overrides.data_dir.as_deref())
            && let Ok(site) = dataset.site(id)
        {
            site.keep_refusal(error, since);
        }
        asked
    }

    /// An error of a line of the configuration, or of one of several sites, in its file.
    fn here(&self, error: Error) -> Error {
        let is_in_it = error.line_number().is_some() || self.config.is_of_several();
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
