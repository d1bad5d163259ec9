//! What takes part: the program under a configuration, or a script of a peer; what each writes, and where.

use super::Bench;
use crate::{Result, at};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One that takes part.
#[derive(Debug, Clone)]
pub(super) struct Contestant {
    pub(super) name: String,
    command: Vec<OsString>,
    /// What it writes; taken away before every run, unless it continues.
    out: PathBuf,
    /// Where the Parquet files stand in it, if it writes any.
    dataset: Option<PathBuf>,
    /// The evidence, where there may be some.
    evidence: Option<PathBuf>,
    continues: bool,
    /// Whether it takes every shortcut, so that what it gets wrong is counted and stops nothing.
    pub(super) hurried: bool,
}

/// How the program is configured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Whether every point has a type, and so every rule of points and machines is on.
    pub(super) on: bool,
    pub(super) memory_mb: Option<u64>,
    /// Whether a compressed copy of each file is kept, as without a configuration; peers keep none.
    pub(super) keeps: bool,
    /// The length of a bin.
    pub(super) interval: &'a str,
    /// The entries that describe the reports, if they are tables.
    pub(super) sources: &'a str,
}

impl Contestant {
    /// The program on the reports in `corpus`.
    ///
    /// # Errors
    /// Where its configuration cannot be written.
    pub(super) fn program(
        bench: &Bench,
        name: &str,
        corpus: &Path,
        rules: Rules<'_>,
    ) -> Result<Self> {
        let out = bench.dir.join("out").join(name.replace(' ', "-"));
        let config = out.with_extension("yaml");
        let folder = bench.dir.join("out");
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        fs::write(&config, configuration(rules)).map_err(at(&config))?;
        let mut command: Vec<OsString> = vec![bench.program.clone().into(), "run".into()];
        command.extend([corpus.into(), "--config".into(), config.into()]);
        command.extend(["--json".into(), "--data-dir".into(), out.clone().into()]);
        Ok(Self {
            name: name.to_owned(),
            command,
            dataset: Some(out.join("processed")),
            evidence: Some(out.join("evidence")),
            out,
            continues: false,
            hurried: false,
        })
    }

    /// The same as one of several sites of a dataset, to which it adds.
    pub(super) fn of_site(&self, site: &str) -> Self {
        let mut command = self.command.clone();
        command.extend(["--site".into(), site.into()]);
        Self {
            command,
            dataset: self.dataset.as_ref().map(|folder| folder.join(site)),
            evidence: self.evidence.as_ref().map(|folder| folder.join(site)),
            continues: true,
            ..self.clone()
        }
    }

    /// A script that takes a folder of reports, a folder to write to, and the minutes of a bin.
    pub(super) fn script(
        bench: &Bench,
        name: &str,
        file: &str,
        corpus: &Path,
        minutes: u32,
    ) -> Self {
        let out = bench.dir.join("out").join(name.replace(' ', "-"));
        let script = bench.scripts.join(file);
        let mut command: Vec<OsString> = vec![bench.python.clone().into(), "-B".into()];
        command.extend([script.into(), corpus.into(), out.clone().into()]);
        command.push(minutes.to_string().into());
        Self {
            name: name.to_owned(),
            command,
            dataset: Some(out.clone()),
            evidence: None,
            out,
            continues: false,
            hurried: false,
        }
    }

    /// A program that reads a folder of reports, and writes nothing.
    pub(super) fn bare(name: &str, program: &Path, corpus: &Path) -> Self {
        Self {
            name: name.to_owned(),
            command: vec![program.into(), corpus.into()],
            out: PathBuf::new(),
            dataset: None,
            evidence: None,
            continues: false,
            hurried: false,
        }
    }

    /// The same with the files put together first.
    pub(super) fn joined(mut self, bench: &Bench, name: &str) -> Self {
        let out = bench.dir.join("out").join(name.replace(' ', "-"));
        for word in &mut self.command {
            if *word == self.out {
                *word = out.clone().into();
            }
        }
        self.command.push("joined".into());
        Self {
            name: name.to_owned(),
            dataset: Some(out.clone()),
            out,
            ..self
        }
    }

    /// The same as one that is hurried.
    pub(super) fn in_a_hurry(self) -> Self {
        Self {
            hurried: true,
            ..self
        }
    }

    /// The same script under another Python.
    pub(super) fn with(mut self, python: &Path) -> Self {
        self.command[0] = python.into();
        self
    }

    /// The same again over what it has written already.
    pub(super) fn again(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            continues: true,
            ..self
        }
    }

    /// Takes away what an earlier run wrote.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn clear(&self) -> Result {
        if !self.continues && self.out.exists() {
            fs::remove_dir_all(&self.out).map_err(at(&self.out))?;
        }
        Ok(())
    }

    /// The command that measures it; what it prints goes to `log`.
    pub(super) fn measured(&self, bench: &Bench, log: &Path) -> Command {
        let mut command = Command::new(&bench.python);
        command
            .arg("-B")
            .arg(bench.scripts.join("measure.py"))
            .arg(log);
        command.args(&self.command);
        command
    }

    /// Its dataset as the comparison wants it named, where it writes one.
    pub(super) fn dataset(&self) -> Option<OsString> {
        let folder = self.dataset.as_ref();
        folder.map(|folder| named(&self.name, folder))
    }

    /// Its evidence, where there is some.
    pub(super) fn evidence(&self) -> Option<OsString> {
        let folder = self.evidence.as_ref().filter(|folder| folder.exists());
        folder.map(|folder| named(&self.name, folder))
    }
}

fn named(name: &str, folder: &Path) -> OsString {
    let mut word = OsString::from(format!("{name}="));
    word.push(folder);
    word
}

/// Roles of the first points, so that a chiller and a pump are judged; their numbers make no sense, and cost the same.
const MACHINES: &str = r#"    "P00000.T": {physical_type: frequency, unit: Hz}
    "P00001.T": {physical_type: power, unit: kW}
    "P00002.T": {physical_type: flow, unit: L/min}
    "P00003.T": {physical_type: chilled_water_temperature, unit: °C}
    "P00004.T": {physical_type: chilled_water_temperature, unit: °C}
    "P00005.T": {physical_type: cooling_load, unit: kW}
    "*.T": {physical_type: water_temperature, unit: °C, hampel: {}}
  equipment:
    chillers:
      CH1: {capacity_kw: 30, flow: P00002.T, supply: P00003.T, return: P00004.T, load: P00005.T}
    pumps:
      PU1: {frequency: P00000.T, power: P00001.T, rated_frequency: 60, rated_power_kw: 45}
"#;

fn configuration(rules: Rules<'_>) -> String {
    let mut text = format!(
        "cleaner:\n  site_id: BENCH\n  timezone: Asia/Taipei\n  resample_interval: {}\n",
        rules.interval
    );
    if !rules.sources.is_empty() {
        text += "  sources:\n";
        text += rules.sources;
    }
    if rules.on {
        text += "  points:\n";
        text += MACHINES;
    }
    let limit = rules
        .memory_mb
        .map(|limit| format!("  memory_limit_mb: {limit}\n"));
    let keeps = (!rules.keeps).then(|| "  keep_sources: none\n".to_owned());
    let batch: Vec<String> = limit.into_iter().chain(keeps).collect();
    if !batch.is_empty() {
        text += "batch:\n";
        text += &batch.concat();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_has_what_the_scenario_asks_for_and_nothing_else() {
        let rules = Rules {
            on: false,
            memory_mb: None,
            keeps: true,
            interval: "15m",
            sources: "",
        };
        let plain =
            "cleaner:\n  site_id: BENCH\n  timezone: Asia/Taipei\n  resample_interval: 15m\n";
        assert_eq!(configuration(rules), plain);
        let limited = configuration(Rules {
            on: true,
            memory_mb: Some(256),
            ..rules
        });
        assert!(limited.starts_with(plain) && limited.contains("  equipment:\n"));
        assert!(limited.ends_with("batch:\n  memory_limit_mb: 256\n"));
        let without_copies = configuration(Rules {
            keeps: false,
            ..rules
        });
        assert!(without_copies.ends_with("batch:\n  keep_sources: none\n"));
    }
}
