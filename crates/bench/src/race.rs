//! Contestants in, measurements out: one round for the comparison, then rounds in turn, so that a busy minute hits all alike.

use super::Bench;
use super::contestants::Contestant;
use crate::{Result, at};
use serde::{Deserialize, Serialize};
use std::fs;
use std::process::Command;
use testkit::programs::output;

/// What one run took.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Taken {
    /// Seconds.
    pub(super) wall: f64,
    /// Seconds of all threads, user and system.
    pub(super) cpu: f64,
    /// Peak resident bytes.
    pub(super) rss: u64,
    pub(super) code: i32,
}

/// A contestant's name, and what each of its runs took.
pub(super) type Runs = (String, Vec<Taken>);

/// What has to be equal before anything is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Equal {
    /// Numbers, within rounding.
    Numbers,
    /// Every bit, flag and row of evidence.
    Everything,
    /// Nothing: they do different things.
    Nothing,
}

/// A scenario that was run.
#[derive(Debug)]
pub(super) struct Race {
    pub(super) name: String,
    /// What was read, in words.
    pub(super) corpus: String,
    pub(super) bytes: u64,
    pub(super) files: u64,
    /// What the comparison found equal.
    pub(super) agreed: String,
    /// By contestant, its runs.
    pub(super) taken: Vec<Runs>,
    /// The contestants that the ratio is taken to: the best of them.
    pub(super) against: Vec<String>,
    /// The hurried peers, which a ratio of its own is taken to, and what each of them did not get right.
    pub(super) hurried: Vec<Loss>,
}

/// The cells of the program that a hurried peer has not, or has otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Loss {
    /// The peer.
    pub(super) name: String,
    /// How many cells there are.
    pub(super) cells: u64,
    /// How many of them the peer has not.
    pub(super) missing: u64,
    /// How many of them are other numbers there.
    pub(super) different: u64,
    /// How many the peer has beside them.
    pub(super) more: u64,
}

/// What a race found and took.
#[derive(Debug)]
pub(super) struct Raced {
    /// What the comparison found equal.
    pub(super) agreed: String,
    /// By contestant, its runs.
    pub(super) taken: Vec<Runs>,
    /// What each hurried contestant did not get right.
    pub(super) losses: Vec<Loss>,
}

impl Bench {
    /// Compares the contestants, then times them. What the hurried ones get wrong is counted against the last of the others.
    ///
    /// # Errors
    /// Where one fails, or those that are not hurried do not agree.
    pub(super) fn race(&self, contestants: &[Contestant], equal: Equal) -> Result<Raced> {
        for contestant in contestants {
            self.once(contestant)?;
        }
        let (hurried, careful): (Vec<_>, Vec<_>) =
            contestants.iter().cloned().partition(|one| one.hurried);
        let agreed = self.compared(&careful, equal)?;
        let losses = self.counted(&careful, &hurried)?;
        let mut taken: Vec<_> = contestants
            .iter()
            .map(|one| (one.name.clone(), Vec::new()))
            .collect();
        for _ in 0..self.runs {
            for (contestant, (_, runs)) in contestants.iter().zip(&mut taken) {
                runs.push(self.once(contestant)?);
            }
        }
        for contestant in contestants {
            contestant.clear()?;
        }
        Ok(Raced {
            agreed,
            taken,
            losses,
        })
    }

    /// What each of `hurried` lacks of the last of `careful`.
    ///
    /// # Errors
    /// Where one lacks all of it.
    fn counted(&self, careful: &[Contestant], hurried: &[Contestant]) -> Result<Vec<Loss>> {
        let (Some(right), false) = (careful.last(), hurried.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut command = self.comparison("--counted");
        command.args(right.dataset());
        command.args(hurried.iter().filter_map(Contestant::dataset));
        let text = output(&mut command)?;
        let losses: Vec<Loss> =
            serde_json::from_str(&text).map_err(|error| format!("compare.py: {error}"))?;
        // A shortcut is still a way to the result.
        match losses.iter().find(|loss| loss.missing == loss.cells) {
            Some(loss) => Err(format!("{} has none of the cells", loss.name)),
            None => Ok(losses),
        }
    }

    /// Runs one contestant once.
    ///
    /// # Errors
    /// Where it fails, with the end of what it printed.
    pub(super) fn once(&self, contestant: &Contestant) -> Result<Taken> {
        contestant.clear()?;
        let log = self.dir.join("out").join("log");
        let text = output(&mut contestant.measured(self, &log))?;
        let taken: Taken =
            serde_json::from_str(&text).map_err(|error| format!("measure.py: {error}"))?;
        if taken.code == 0 {
            return Ok(taken);
        }
        let printed = fs::read(&log).map_err(at(&log))?;
        let end = printed.len().saturating_sub(2000);
        let end = String::from_utf8_lossy(&printed[end..]);
        Err(format!(
            "{} ended with {}:\n{end}",
            contestant.name, taken.code
        ))
    }

    /// What the datasets of these have in common, which has to be all of it.
    ///
    /// # Errors
    /// Where they differ.
    pub(super) fn compared(&self, contestants: &[Contestant], equal: Equal) -> Result<String> {
        if equal == Equal::Nothing || contestants.len() < 2 {
            return Ok(String::new());
        }
        let mut command = match equal {
            Equal::Everything => self.comparison("--exact"),
            _ => self.comparison("--near"),
        };
        command.args(contestants.iter().filter_map(Contestant::dataset));
        let mut agreed = output(&mut command)?.trim().to_owned();
        let evidence: Vec<_> = contestants
            .iter()
            .filter_map(Contestant::evidence)
            .collect();
        if equal == Equal::Everything && !evidence.is_empty() {
            let found = output(self.comparison("--exact").args(evidence))?;
            agreed += &format!("; evidence: {}", found.trim());
        }
        Ok(agreed)
    }

    fn comparison(&self, how: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg("-B").arg(self.scripts.join("compare.py"));
        command.arg(how);
        command
    }
}
