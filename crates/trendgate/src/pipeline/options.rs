//! What is wanted of a run beyond taking what is new, and how far what is known is trusted.

use serde::{Deserialize, Serialize};

/// What is wanted of a run beyond taking what is new.
///
/// ```
/// use trendgate::{RunOptions, Scope};
///
/// let rebuild = RunOptions { scope: Scope::Everything, ..RunOptions::default() };
/// assert_ne!(rebuild, RunOptions::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Which months are made again.
    pub scope: Scope,
    /// What is done with reports that were retracted.
    pub retracted: Retracted,
    /// What is done where a report leaves months that need one that is gone.
    pub gone: Gone,
    /// What is believed of known files without reading them.
    pub trust: Trust,
}

/// Which months are made again beyond those that have to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// None. A configuration that differs from that of the dataset in a field that changes results is refused.
    #[default]
    Changed,
    /// All whose reports are there, by the present configuration (`--rebuild`).
    Everything,
}

/// What is done with reports that were retracted and are found again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retracted {
    /// They are passed over.
    #[default]
    PassOver,
    /// They are taken as new ones are (`--take-retracted`).
    Take,
}

/// What is done where a report leaves months that hold bins of another one whose file is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// It is refused: what the leaving report has a share in cannot be told from the rest.
    #[default]
    Refuse,
    /// The bins of the one that is gone stay as they are (`--force`).
    Accept,
}

/// What is believed of a known file without reading it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// That it has the content that it had, where the file system says that it is unchanged.
    #[default]
    Stamps,
    /// Nothing: every file that may be known is digested (`--paranoid`).
    Nothing,
}
