//! Trendgate.

pub mod acquire;
pub mod clean;
pub mod clock;
pub mod config;
pub mod contract;
pub mod digest;
pub mod error;
pub mod flags;
pub mod inspect;
pub mod partition;
pub mod pipeline;
pub mod point;
pub mod publish;
pub mod store;
pub mod units;
pub mod verify;
pub mod workers;

pub use digest::Digest;
pub use error::{Error, ErrorKind, Result};
