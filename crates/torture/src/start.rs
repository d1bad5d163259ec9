//! A start state, put into whatever folder it is wanted in.
//!
//! Enters: what leads to the state. Leaves: the state in a folder, as often as it is wanted there. Tasks, and attempts that wait for them, name the
//! folders of their dataset by absolute paths, so that a copy of such a state would lead back to the original: it is made anew for each folder,
//! once, and copied from there on.

use super::points::Point;
use super::program::{Program, SITE, Step};
use super::scenario::Before;
use super::strace::{self, Fault};
use super::tree;
use crate::{Result, at};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A state of a folder of data.
#[derive(Debug)]
pub(super) struct Start {
    /// Where it, or what stands for it in other folders, is kept.
    kept: PathBuf,
    origin: Origin,
}

/// What leads to a state.
#[derive(Debug)]
enum Origin {
    /// It is kept, and the same in every folder.
    Kept,
    /// These, in an empty folder.
    Made(Program, &'static [Before]),
    /// A kill of the step at the point, in another state.
    Killed(Program, Arc<Start>, Step, Point),
}

impl Start {
    /// The state that `before` leads to, to be kept at `kept`.
    ///
    /// # Errors
    /// Where a step of it fails.
    pub(super) fn made(
        program: &Program,
        before: &'static [Before],
        kept: PathBuf,
    ) -> Result<Self> {
        if before.iter().any(|before| before.has_tasks()) {
            let origin = Origin::Made(program.clone(), before);
            return Ok(Self { kept, origin });
        }
        make(program, before, &kept)?;
        let origin = Origin::Kept;
        Ok(Self { kept, origin })
    }

    /// The state that is in `data`, after a kill of `step` at `point` in the state `from`.
    ///
    /// # Errors
    /// Where it cannot be copied.
    pub(super) fn killed(
        program: &Program,
        (from, step, point): (&Arc<Self>, Step, &Point),
        data: &Path,
        kept: PathBuf,
    ) -> Result<Self> {
        if step.has_tasks() || from.is_of_one_folder() {
            let origin = Origin::Killed(program.clone(), Arc::clone(from), step, point.clone());
            let start = Self { kept, origin };
            tree::restore(data, &start.copy_for(data))?;
            return Ok(start);
        }
        tree::restore(data, &kept)?;
        let origin = Origin::Kept;
        Ok(Self { kept, origin })
    }

    fn is_of_one_folder(&self) -> bool {
        !matches!(self.origin, Origin::Kept)
    }

    /// Makes `data` this state; what was there before goes.
    ///
    /// # Errors
    /// Where a step that leads to it fails, or the file system refuses.
    pub(super) fn put(&self, data: &Path) -> Result {
        tree::restore(&self.ready_for(data)?, data)
    }

    /// Copies it into `data`, a folder that it was [put](Self::put) into before, and that is empty now.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn fill(&self, data: &Path) -> Result {
        tree::fill(&self.ready_for(data)?, data)
    }

    /// What is to be copied to `data`; made there where that was not done before.
    fn ready_for(&self, data: &Path) -> Result<PathBuf> {
        let copy = self.copy_for(data);
        if copy.exists() {
            return Ok(copy);
        }
        match &self.origin {
            Origin::Kept => return Ok(copy),
            Origin::Made(program, before) => make(program, before, data)?,
            Origin::Killed(program, from, step, point) => {
                from.put(data)?;
                strace::disturb(&program.words(*step, SITE, data), data, point, Fault::Kill)?;
            }
        }
        let draft = copy.with_extension("draft");
        tree::restore(data, &draft)?;
        if draft.exists() {
            fs::rename(&draft, &copy).map_err(at(&copy))?;
        }
        Ok(copy)
    }

    /// Where the copy for `data` is kept.
    fn copy_for(&self, data: &Path) -> PathBuf {
        if !self.is_of_one_folder() {
            return self.kept.clone();
        }
        let place = data.to_string_lossy().replace(['/', '.'], "_");
        let name = self.kept.file_name().unwrap_or_default();
        self.kept
            .with_file_name(format!("{}-of{place}", name.to_string_lossy()))
    }
}

fn make(program: &Program, before: &[Before], data: &Path) -> Result {
    tree::remove(data)?;
    fs::create_dir_all(data).map_err(at(data))?;
    before.iter().try_for_each(|one| one.make(program, data))
}
