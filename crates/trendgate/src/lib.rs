//! Trendgate turns folders of building-automation trend reports into a clean, contract-checked, partitioned Parquet
//! dataset, committed batch by batch.
//!
//! ```text
//! paths ─ acquire ─ plan ─┬─ acquire::Reader ─ clean ─ contract ─ partition ─┬─ pipeline ─ publish ─▶ version
//!     (heads and tails)   └──────── per task, streaming, on threads ─────────┘  (what changes)
//! ```
//!
//! The modules, in the order in which the data passes through them:
//!
//! | module | enters | leaves |
//! |---|---|---|
//! | [`acquire`] | paths | chunks of columns, and a count for every cell |
//! | [`roster`] | what is said of points and machines, the points of the reports | the roster, and what is checked of the machines |
//! | [`clean`] | chunks of many reports | one even, flagged series |
//! | [`contract`] | any record batch | one that keeps every promise of the dataset, or violations |
//! | [`partition`] | batches, which the contract has to admit | Parquet parts in staging, read back |
//! | [`publish`] | parts and a manifest | a version that readers see whole or not at all |
//! | [`verify`] | files | proof, or findings |
//!
//! [`plan`] makes the tasks and [`execute`] runs them, [`pipeline`] is the whole way, [`config`] says what was meant, [`inspect`] looks at
//! one report, [`propose`] at a whole folder, for a first configuration, [`answer`] is what `--json` prints of it all, [`metrics`] what an alarm watches, and [`page`] a page of HTML. [`time`] and [`model`] are the vocabulary of all of them; [`error`], [`warning`], [`progress`], [`dataset_path`], [`path_bytes`], [`escape`], [`digest`], [`text_id`], [`wording`], [`kept_source`] and [`store`] support them all.
//!
//! # The main job
//!
//! ```no_run
//! use trendgate::config::{Config, Overrides, Settings};
//! use trendgate::pipeline::{self, Run};
//! use trendgate::progress::Watch;
//!
//! let config = Config::load("plant.yaml".as_ref())?;
//! let settings = Settings::new(&config, &Overrides::default())?;
//! let cleaner = pipeline::own_cleaner(&settings);
//! if let Run::Committed(summary) = pipeline::run(&settings, &["reports".into()], &cleaner, Watch::unwatched())? {
//!     println!("version {}", summary.committed.version);
//! }
//! # Ok::<(), trendgate::Error>(())
//! ```
//!
//! # A cleaner of your own
//!
//! Whatever implements [`clean::Cleaner`] takes the place of [`clean::EvenSeries`] and still gets the contract, the
//! partitioning and the commit. Whoever has clean record batches already hands them to [`pipeline::frames`].

pub mod acquire;
pub mod answer;
pub mod clean;
pub mod config;
pub mod contract;
pub mod dataset_path;
pub mod digest;
mod digesting_file;
pub mod error;
pub mod escape;
pub mod execute;
mod guarded;
pub mod inspect;
pub mod kept_source;
pub mod metrics;
pub mod model;
mod named;
pub mod page;
mod parallel;
pub mod partition;
pub mod path_bytes;
pub mod pipeline;
pub mod plan;
mod process;
pub mod progress;
pub mod propose;
pub mod publish;
pub mod roster;
mod scratch;
pub mod store;
pub mod tasks;
pub mod text_id;
pub mod time;
pub mod verify;
pub mod warning;
pub mod wording;

pub use dataset_path::DatasetPath;
pub use digest::Digest;
pub use error::{Error, ErrorKind, Result};
pub use text_id::{Digests, EarlierIds, FileId, TextId};
pub use warning::{Warning, WarningEntry};
