//! The way from an attempt to a version, and what is left of those that do not get there.

mod as_of;
mod commit;
mod history;
mod tags;

use super::fixture::*;
use super::*;
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::model::Term;
use crate::store::{self, What};
use crate::text_id::TextId;
use crate::time::{DAY, Extent, Instant, Span};
use proptest::prelude::*;
use std::path::PathBuf;
