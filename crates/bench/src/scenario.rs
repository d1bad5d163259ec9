//! The scenarios: which reports, who takes part, and what has to agree.

use super::Bench;
use super::contestants::{Contestant, Rules};
use super::race::{Equal, Race, Runs};
use clap::ValueEnum;
use std::fs;
use std::path::{Path, PathBuf};
use testkit::corpus::{self, CorpusArgs, Plan, Shape};
use testkit::{Result, at, programs};

/// What is timed. The corpora of the first seven are those of `cargo xtask corpus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scenario {
    /// Weekly reports of 100 points, a row a minute
    Wide,
    /// One long report
    Tall,
    /// Many reports of few rows
    Small,
    /// Six kinds of report over the same hours
    Kinds,
    /// As wide, 30 % of the cells missing
    Dirty,
    /// One cell in a thousand is `Bad`, and a point comes to the reports: what hurried peers lose
    Changed,
    /// One report a point
    Points,
    /// The rows of wide as tables that are described, beside wide
    Table,
    /// Tables with one value a row in order of time, beside the same rows as reports
    Long,
    /// The same, point after point
    LongByPoint,
    /// The same, in no order
    LongShuffled,
    /// Rows of wide as a workbook, beside its cells read by calamine alone
    Xlsx,
    /// As small, against every report as a frame in one list
    OldWay,
    /// Wide with all rules against wide without
    Flags,
    /// A run over the known reports of small
    Rerun,
    /// Wide, kinds, small, points and eight sites with all rules: no limit of memory against 256 MB, every bit compared
    Memory,
    /// Time and memory over the number of small reports
    Curve,
}

impl Scenario {
    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// The memory limit of the scenario of that name, in MB.
const LIMIT_MB: u64 = 256;
/// So many sites are taken into one dataset, each in a run of its own.
const SITES: usize = 8;
/// As many small reports as the old way is given at most.
const OLD_WAY_FILES: u64 = 1_000;

/// The names of the careful peers.
const CAREFUL: [&str; 2] = ["DuckDB", "Polars"];
/// Their scripts for tables that are no reports.
const TABLES: [&str; 2] = ["tables_with_duckdb.py", "tables_with_polars.py"];

/// A corpus on disk.
#[derive(Debug)]
pub(super) struct Corpus {
    pub(super) folder: PathBuf,
    pub(super) plan: Plan,
    pub(super) bytes: u64,
    shape: Shape,
}

/// The scenarios named, or all.
pub(super) fn chosen(only: &[Scenario]) -> Vec<Scenario> {
    let all = Scenario::value_variants().iter().copied();
    all.filter(|scenario| only.is_empty() || only.contains(scenario))
        .collect()
}

/// A scenario that was run, or that cannot be here.
pub(super) enum Outcome {
    Run(Race),
    /// Why not.
    Skipped(String),
}

/// Runs one.
///
/// # Errors
/// As [`Bench::race`]; also where the corpus cannot be written.
pub(super) fn run(bench: &Bench, scenario: Scenario) -> Result<Outcome> {
    let race = match scenario {
        Scenario::Wide => against_peers(bench, "wide", Shape::Wide, true),
        Scenario::Tall => against_peers(bench, "tall", Shape::Tall, true),
        Scenario::Small => against_peers(bench, "small", Shape::Small, true),
        Scenario::Kinds => against_peers(bench, "many kinds", Shape::Kinds, false),
        Scenario::Dirty => against_peers(bench, "dirty", Shape::Dirty, true),
        Scenario::Changed => against_peers(bench, "changed", Shape::Changed, true),
        Scenario::Points => against_peers(bench, "per point", Shape::Points, false),
        Scenario::Table => table(bench),
        Scenario::Long => long(bench, "long", Shape::Long),
        Scenario::LongByPoint => long(bench, "long by point", Shape::LongByPoint),
        Scenario::LongShuffled => long(bench, "long in no order", Shape::LongShuffled),
        Scenario::Xlsx => return xlsx(bench),
        Scenario::OldWay => old_way(bench),
        Scenario::Flags => flags(bench),
        Scenario::Rerun => rerun(bench),
        Scenario::Memory => memory(bench),
        Scenario::Curve => bench.curve(),
    };
    race.map(Outcome::Run)
}

impl Bench {
    /// The corpus, written unless an earlier run did.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn corpus(&self, shape: Shape, files: Option<u64>) -> Result<Corpus> {
        let plan = Plan::new(&CorpusArgs::scaled(
            shape,
            PathBuf::new(),
            self.scale,
            files,
        ));
        let value = shape.to_possible_value();
        let name = value
            .as_ref()
            .map_or("corpus", clap::builder::PossibleValue::get_name);
        let name = format!("{name}-{}x{}x{}", plan.files, plan.rows, plan.points);
        let folder = self.dir.join(&name);
        let written = self.dir.join(format!("{name}.written"));
        if !written.exists() {
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(at(&folder))?;
            }
            let args = CorpusArgs::scaled(shape, folder.clone(), self.scale, files);
            println!("{}", corpus::write(&args)?);
            fs::write(&written, "").map_err(at(&written))?;
        }
        Ok(Corpus {
            bytes: size(&folder)?,
            folder,
            plan,
            shape,
        })
    }
}

impl Corpus {
    pub(super) fn rules(&self, on: bool, memory_mb: Option<u64>) -> Rules<'static> {
        let interval = match self.shape {
            Shape::Points => "15m",
            _ => "5m",
        };
        Rules {
            sources: sources(self.shape),
            on,
            memory_mb,
            keeps: true,
            interval,
        }
    }

    /// A race over it that is yet to be run.
    pub(super) fn race(&self, name: &str) -> Race {
        let Plan {
            files,
            rows,
            points,
            ..
        } = self.plan;
        Race {
            name: name.to_owned(),
            corpus: format!("{files} reports × {rows} rows × {points} points"),
            bytes: self.bytes,
            files,
            agreed: String::new(),
            taken: Vec::new(),
            against: Vec::new(),
            hurried: Vec::new(),
        }
    }

    /// The race of these over it, after checking that all give the same numbers.
    fn raced(
        &self,
        bench: &Bench,
        name: &str,
        contestants: &[Contestant],
        against: &[&str],
    ) -> Result<Race> {
        let raced = bench.race(contestants, Equal::Numbers)?;
        Ok(Race {
            agreed: raced.agreed,
            taken: raced.taken,
            hurried: raced.losses,
            against: against.iter().map(ToString::to_string).collect(),
            ..self.race(name)
        })
    }

    fn program(
        &self,
        bench: &Bench,
        name: &str,
        on: bool,
        limit: Option<u64>,
    ) -> Result<Contestant> {
        Contestant::program(bench, name, &self.folder, self.rules(on, limit))
    }

    /// The program leaves a copy of each file, as it does without a configuration; peers keep none, and so it takes part without them, too.
    fn without_copies(&self, bench: &Bench, limit: Option<u64>) -> Result<Contestant> {
        let rules = Rules {
            keeps: false,
            ..self.rules(false, limit)
        };
        Contestant::program(bench, "without copies", &self.folder, rules)
    }

    /// The peers that read everything as text and count on nothing but the heads: the scripts of DuckDB and of Polars.
    fn careful(&self, bench: &Bench, [duckdb, polars]: [&str; 2]) -> Vec<Contestant> {
        let scripts = CAREFUL.into_iter().zip([duckdb, polars]);
        scripts
            .map(|(name, file)| self.script(bench, name, file))
            .collect()
    }

    /// The hurried peers of somebody who knows that they take long to open many files, and puts these together first.
    fn joined(&self, bench: &Bench) -> Vec<Contestant> {
        let hurried = self.hurried(bench).into_iter();
        let joined = hurried.zip(["joined DuckDB", "joined Polars"]);
        joined
            .map(|(peer, name)| peer.joined(bench, name))
            .collect()
    }

    /// The peers that take every shortcut.
    fn hurried(&self, bench: &Bench) -> Vec<Contestant> {
        let scripts = [
            ("hurried DuckDB", "hurried_duckdb.py"),
            ("hurried Polars", "hurried_polars.py"),
        ];
        scripts
            .into_iter()
            .map(|(name, file)| self.script(bench, name, file).in_a_hurry())
            .collect()
    }

    fn minutes(&self) -> u32 {
        self.plan.minutes.max(5)
    }

    fn script(&self, bench: &Bench, name: &str, file: &str) -> Contestant {
        Contestant::script(bench, name, file, &self.folder, self.minutes())
    }
}

/// The entry that describes the files of a shape, where they are tables.
fn sources(shape: Shape) -> &'static str {
    match shape {
        Shape::Table => {
            "    - {match: \"*.csv\", table: wide, interval: 1m, time: {columns: t, format: \"%Y-%m-%d %H:%M:%S\"}}\n"
        }
        Shape::Long | Shape::LongByPoint | Shape::LongShuffled => {
            "    - {match: \"*.csv\", table: long, interval: 1m, point: {columns: name}, value: {column: v}, time: {columns: t, format: \"%Y-%m-%d %H:%M:%S\"}}\n"
        }
        Shape::Workbook => {
            "    - {match: \"*.xlsx\", table: wide, interval: 1m, time: {columns: t, format: sheet}}\n"
        }
        _ => "",
    }
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        bytes += entry
            .and_then(|entry| entry.metadata())
            .map_err(at(folder))?
            .len();
    }
    Ok(bytes)
}

/// Reports that differ in their points have no hurried peers: the first would be taken for all.
fn against_peers(bench: &Bench, name: &str, shape: Shape, hurried: bool) -> Result<Race> {
    let corpus = bench.corpus(shape, None)?;
    let mut contestants = corpus.careful(bench, ["with_duckdb.py", "with_polars.py"]);
    if hurried {
        contestants.extend(corpus.hurried(bench));
    }
    if shape == Shape::Small {
        contestants.extend(corpus.joined(bench));
    }
    contestants.push(corpus.program(bench, "trendgate", false, None)?);
    contestants.push(corpus.without_copies(bench, None)?);
    corpus.raced(bench, name, &contestants, &CAREFUL)
}

fn table(bench: &Bench) -> Result<Race> {
    let corpus = bench.corpus(Shape::Table, None)?;
    let reports = bench.corpus(Shape::Wide, None)?;
    let mut contestants = corpus.careful(bench, TABLES);
    contestants.extend(corpus.hurried(bench));
    contestants.push(reports.program(bench, "as reports", false, None)?);
    contestants.push(corpus.program(bench, "trendgate", false, None)?);
    contestants.push(corpus.without_copies(bench, None)?);
    corpus.raced(bench, "table", &contestants, &CAREFUL)
}

/// The memory is limited, too: rows that are not in order may take more.
fn long(bench: &Bench, name: &str, shape: Shape) -> Result<Race> {
    let corpus = bench.corpus(shape, None)?;
    let reports = bench.corpus(Shape::Wide, Some(corpus.plan.files))?;
    let limit = Some(LIMIT_MB);
    let mut contestants = corpus.careful(bench, TABLES);
    contestants.extend(corpus.hurried(bench));
    contestants.push(reports.program(bench, "as reports", false, limit)?);
    contestants.push(corpus.program(bench, "trendgate", false, limit)?);
    contestants.push(corpus.without_copies(bench, limit)?);
    corpus.raced(bench, name, &contestants, &CAREFUL)
}

/// What reading the cells takes is not compared: it leaves nothing.
fn xlsx(bench: &Bench) -> Result<Outcome> {
    let alone = match programs::xtask(&["program", "--example", "cells_with_calamine"]) {
        Ok(alone) => PathBuf::from(alone),
        Err(error) => return Ok(Outcome::Skipped(error)),
    };
    let peers = bench.scripts.join("requirements_of_workbooks.txt");
    let python = match super::python(&peers) {
        Ok(python) => python,
        Err(error) => {
            return Ok(Outcome::Skipped(format!(
                "{error}; it needs a network once"
            )));
        }
    };
    let corpus = bench.corpus(Shape::Workbook, None)?;
    let contestants = [
        Contestant::bare("calamine alone", &alone, &corpus.folder),
        corpus
            .script(bench, "calamine, Polars", "workbooks_with_polars.py")
            .with(&python),
        corpus.program(bench, "trendgate", false, None)?,
    ];
    let race = corpus.raced(bench, "xlsx", &contestants, &["calamine alone"])?;
    Ok(Outcome::Run(race))
}

fn old_way(bench: &Bench) -> Result<Race> {
    let all = Plan::new(&CorpusArgs::scaled(
        Shape::Small,
        PathBuf::new(),
        bench.scale,
        None,
    ));
    let corpus = bench.corpus(Shape::Small, Some(all.files.min(OLD_WAY_FILES)))?;
    let contestants = [
        corpus.script(bench, "one list", "old_way.py"),
        corpus.program(bench, "trendgate", false, None)?,
    ];
    corpus.raced(bench, "the old way", &contestants, &["one list"])
}

fn flags(bench: &Bench) -> Result<Race> {
    let corpus = bench.corpus(Shape::Wide, None)?;
    let contestants = [
        corpus.program(bench, "flags off", false, None)?,
        corpus.program(bench, "flags on", true, None)?,
    ];
    corpus.raced(bench, "flags", &contestants, &["flags off"])
}

fn rerun(bench: &Bench) -> Result<Race> {
    let corpus = bench.corpus(Shape::Small, None)?;
    let first = corpus.program(bench, "first run", false, None)?;
    let first_taken = bench.once(&first)?;
    let again = first.again("nothing new");
    let mut taken = bench.race(&[again], Equal::Nothing)?.taken;
    taken.insert(0, ("first run".to_owned(), vec![first_taken]));
    Ok(Race {
        taken,
        against: vec!["first run".to_owned()],
        ..corpus.race("nothing new")
    })
}

fn memory(bench: &Bench) -> Result<Race> {
    let mut all = bench.corpus(Shape::Wide, None)?.race("memory");
    all.corpus =
        format!("the reports of these scenarios, without a limit and with one of {LIMIT_MB} MB");
    (all.bytes, all.files) = (0, 0);
    let mut agreed = Vec::new();
    for (name, shape) in [
        ("wide", Shape::Wide),
        ("kinds", Shape::Kinds),
        ("small", Shape::Small),
        ("points", Shape::Points),
    ] {
        let corpus = bench.corpus(shape, None)?;
        let contestants = [
            corpus.program(bench, &format!("{name} free"), true, None)?,
            corpus.program(bench, &format!("{name} limited"), true, Some(LIMIT_MB))?,
        ];
        let raced = bench.race(&contestants, Equal::Everything)?;
        agreed.push(raced.agreed);
        all.taken.extend(raced.taken);
    }
    let (found, taken) = sites(bench)?;
    agreed.push(found);
    all.taken.extend(taken);
    Ok(Race {
        agreed: agreed.join("\n"),
        ..all
    })
}

/// Site after site, and every site of the one dataset against that of the other.
fn sites(bench: &Bench) -> Result<(String, Vec<Runs>)> {
    let corpus = bench.corpus(Shape::Kinds, None)?;
    let contestants = [
        corpus.program(bench, "sites free", true, None)?,
        corpus.program(bench, "sites limited", true, Some(LIMIT_MB))?,
    ];
    let names: Vec<String> = (1..=SITES).map(|site| format!("SITE{site}")).collect();
    let mut taken = Vec::new();
    for contestant in &contestants {
        contestant.clear()?;
        let runs = names
            .iter()
            .map(|site| bench.once(&contestant.of_site(site)));
        taken.push((contestant.name.clone(), runs.collect::<Result<_>>()?));
    }
    let mut agreed = Vec::new();
    for site in &names {
        let of_site = contestants.each_ref().map(|one| one.of_site(site));
        agreed.push(format!(
            "{site}: {}",
            bench.compared(&of_site, Equal::Everything)?
        ));
    }
    for contestant in &contestants {
        contestant.clear()?;
    }
    Ok((agreed.join("\n"), taken))
}
