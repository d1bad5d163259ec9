//! Trendgate turns folders of building-automation trend reports into a clean, contract-checked, partitioned Parquet
//! dataset, committed batch by batch.
//!
//! # The main job
//!
//! ```no_run
//! use trendgate::{Config, Overrides, Run, RunOptions, Settings, Site, Watch};
//!
//! let config = Config::load("plant.yaml".as_ref())?;
//! let settings = Settings::new(&config, &Overrides::default())?;
//! let site = Site::of(&settings);
//! let ended = site.run(&settings, &["reports".into()], RunOptions::default(), Watch::unwatched())?;
//! if let Run::Committed(summary) = ended {
//!     println!("version {}", summary.committed.version);
//! }
//! # Ok::<(), trendgate::Error>(())
//! ```
//!
//! [`Site`] is one site of a [`Dataset`]: it plans, runs and retracts, takes [frames](Site::frames), recovers and collects garbage, and tells of
//! what is committed: its [history](Site::history), a [snapshot](Site::snapshot) to read, whether it is [as it was committed](Site::verify), and
//! [why a row is flagged](Site::explain).
//!
//! # A cleaner of your own
//!
//! Whatever implements [`cleaner::Cleaner`] takes the place of ours in [`Site::run_with`] and still gets the contract, the partitioning and the
//! commit. Whoever has clean record batches already hands them to [`Site::frames`].
//!
//! # What is where
//!
//! In front are the names that a caller needs who runs a site and reads what came of it. Beside them stand modules of plain values:
//!
//! | module | what is in it |
//! |---|---|
//! | [`details`] | the parts of what a [`Site`] returns |
//! | [`manifest`] | the entries of a [`Manifest`] |
//! | [`answers`] | what `--json` prints and Python gets |
//! | [`time`] | instants, spans, ranges |
//! | [`vocabulary`] | the names that configurations and datasets share: flags, rules, types, units |
//! | [`cleaner`] | what a cleaner of a caller's own implements, and what it is given |
//! | [`files`] | what is done with single files: checks, manifests, files that are written whole |
//! | [`tasks`] | runs whose tasks others do: processes, machines, engines that carry bytes |
//! | [`metrics`] | what an alarm watches |
//! | [`page`] | a page of HTML |
//! | [`wording`] | numbers and texts as people read them |
//! | [`rules`] | the definitions of the rules that flag rows, each with its sources |
//!
//! Nothing else is public. The program and the Python package use nothing else; `tests/house.rs` counts the names.

#![cfg_attr(
    not(feature = "internals"),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "what only tests, benches and fuzz targets use; with the feature, which every check has on, nothing is allowed"
    )
)]

mod acquire;
mod answer;
mod clean;
mod config;
mod contract;
mod dataset_path;
mod digest;
mod digesting_file;
mod error;
mod escape;
#[cfg(feature = "internals")]
mod example;
mod execute;
mod guarded;
mod inspect;
mod kept_source;
pub mod metrics;
mod model;
mod named;
pub mod page;
mod parallel;
mod partition;
mod path_bytes;
mod pipeline;
mod plan;
mod process;
mod progress;
mod propose;
mod publish;
mod roster;
mod scratch;
mod site;
mod store;
pub mod tasks;
mod text_id;
mod text_pieces;
pub mod time;
mod verify;
mod warning;
pub mod wording;

pub use clean::RULES_VERSION;
pub use config::{Config, Overrides, Settings};
pub use dataset_path::DatasetPath;
pub use digest::Digest;
pub use error::{Error, ErrorKind, Missing, Result};
pub use inspect::Inspection;
pub use pipeline::frames::Batch;
pub use pipeline::{
    LastRun, NothingNew, Retracted, Retraction, Run, RunOptions, RunOutcome, Scope, Trust, at_sites,
};
pub use progress::{Cancel, Event, Progress, Stage, Watch};
pub use propose::{Proposal, SiteWishes, propose};
pub use publish::{History, Manifest, Tag, Version, WhenLocked};
pub use site::{AsOf, Dataset, Garbage, PlannedRun, Site};
pub use text_id::TextId;
pub use verify::{ChangesSince, Explanation, Snapshot, Verified};
pub use warning::Warning;

/// What `--json` prints and Python gets: one type for each result that both give.
pub mod answers {
    pub use crate::answer::{
        AlreadyAnswer, CommittedAnswer, CommittedFiles, DiffAnswer, ExplainAnswer, ExplainedFlag,
        FailedAnswer, FailedFileAnswer, FailureAnswer, GarbageCollected, LeavingReport,
        NothingNewAnswer, NothingNewFiles, OvertakenAnswer, PathAnswer, PlanAnswer, PlannedColumn,
        PlannedInput, PlannedKind, PlannedOverlap, PlannedTask, PointChange, Recovered,
        RetractionAnswer, RunAnswer, SiteAnswer, Twice,
    };
}

/// What a cleaner of a caller's own implements, and what it is given.
pub mod cleaner {
    pub use crate::clean::{
        Cleaner, Cleaning, EvenRules, EvenSeries, Kind, KindRow, Look, MergedRows, NumberColumns,
        Stretch, Verdicts,
    };
    pub use crate::model::{
        Column, ColumnId, DatasetSchema, Equipment, Evidence, FlagSet, KindId, PointSpec,
        flag_lists,
    };
}

/// The parts of what a [`Site`] takes and returns.
pub mod details {
    pub use crate::inspect::{InspectedRow, PointInspection};
    pub use crate::partition::EvidenceRow;
    pub use crate::pipeline::{FailedInput, Gone, RunCounts, RunFailure, Share, Summary};
    pub use crate::propose::ProposalCounts;
    pub use crate::publish::{
        Act, Collected, Collection, Committed, Compacted, Deed, KeptSum, Others, Reason, Records,
        Removal, TrimmedLog,
    };
    pub use crate::verify::{
        CheckReport, Finding, FlaggedShare, PointSummary, Repaired, SitePoints, SnapshotHead,
        SnapshotPart, SourceFreshness, StatedFlag,
    };
    pub use crate::warning::WarningEntry;
}

/// What is done with single files: manifests, parts, and files that are written whole.
pub mod files {
    pub use crate::contract::check_schema;
    pub use crate::partition::columns_with_values;
    pub use crate::publish::{read_manifest, read_record};
    #[cfg(feature = "mutations")]
    pub use crate::store::mutations::NAMES as MUTATIONS;
    pub use crate::store::{What, create_dir_all, read, replace, what_is};
    pub use crate::verify::{check_file, check_file_every, manifest_parts, verify_manifest};
}

/// Frames of a caller's own: what a [`Batch`] takes and says, and what is done with one without a dataset.
pub mod frames {
    pub use crate::contract::Violations;
    pub use crate::pipeline::frames::{
        Added, CleanedFrame, Coercion, CoercionKind, FrameCheck, FrameConflict, FrameConflicts,
        FrameOptions, OnConflict, RawFrame, Refusal, check_frame, clean_frame,
    };
}

/// The entries of a [`Manifest`]; the JSON Schema of the manifest says the same.
pub mod manifest {
    pub use crate::publish::{
        CellFate, Cells, Conflict, Conflicts, Conversion, CounterReset, EquipmentEntry,
        EquipmentOff, FailedFile, FileEntry, GapEntry, InputEntry, InputReport, InputStatus,
        InputText, KeepSources, KeptSource, KindPoint, Occasion, Origin, PartEntry,
        PointStatistics, Redigested, ReportKind, Retry, SourceRef, StandingCondition, Statistics,
        Trip, WeekEntry,
    };
}

/// The definitions of the rules that flag rows, each with its sources.
pub mod rules {
    pub use crate::clean::{affinity, frozen, hampel, heat, meter, needs, plausible, water};
}

/// The names that configurations and datasets share.
pub mod vocabulary {
    pub use crate::acquire::{DialectId, FieldSeparator};
    pub use crate::model::{
        Aggregation, Flag, PhysicalType, Rule, SchemaColumn, Term, TimestampUnit, Unit,
    };
}

/// What the tests, benches and fuzz targets of this repository use beyond the public names. It promises nothing.
#[cfg(feature = "internals")]
#[doc(hidden)]
#[allow(missing_docs, reason = "each is documented where it is defined")]
pub mod internals {
    pub use crate::example::{example, example_config};
    pub use crate::text_id::Digests;

    pub mod acquire {
        pub use crate::acquire::{
            CellRule, CellsAtATime, Choice, Chunk, ReadOptions, ReadOutcome, ReadStep, Reader,
            Report, StatedReading, StatedTexts, TextName, TimeRule, Window, read_bytes,
            read_bytes_as, sniff,
        };
    }
    pub mod contract {
        pub use crate::contract::{Contract, ContractRules, Gap};
    }
    pub mod inspect {
        pub use crate::inspect::time_rule;
    }
    pub mod kept_source {
        pub use crate::kept_source::SourceId;
    }
    pub mod model {
        pub use crate::model::{
            NotJudged, RuleCounts, column_key, column_name, exceeds, plain_name, schema_hash,
        };
    }
    pub mod partition {
        pub use crate::partition::{PartRules, Partitioner, evidence_rows, read_part};
    }
    pub mod pipeline {
        pub use crate::pipeline::{error_log_path, own_cleaner, prospect, retract, run, run_with};
    }
    pub mod publish {
        pub use crate::publish::{
            AttemptNames, ContentVerdict, Dirs, HistoryQueries, PublicCopy, Recovery, SiteLock,
            record_path,
        };
    }
    pub mod store {
        pub use crate::store::digest;
    }
    pub mod plan {
        pub use crate::plan::{DatasetPoints, Input, Inputs, Months, Plan, Shape, Standing, plan};
    }
}
