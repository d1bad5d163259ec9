//! Reports that begin at the same time: which is first, and which are there twice.
//!
//! Enters: new and known inputs in any order. Leaves: them in the order of precedence, each once; what else has the text of one as a
//! [`Duplicate`], and what could not be read for its digest as a failed input. Digests are taken here only where the order, or whether two are the
//! same, hangs on them.

use super::{FailedInput, Survey};
use crate::acquire::{self, Report};
use crate::error::{ErrorKind, Result};
use crate::plan::{Input, Inputs, Standing, ties};
use crate::progress::Cancel;
use crate::text_id::{Digests, TextId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file that is the same as another one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Duplicate {
    /// The file.
    #[serde(with = "crate::path_bytes::as_json")]
    pub(crate) path: PathBuf,
    /// The name of its text in it, if that has one.
    pub(crate) member: Option<String>,
    /// The one that is read, with the name of its text in it.
    #[serde(with = "crate::path_bytes::as_json")]
    pub(crate) of: PathBuf,
    /// What their text is known by.
    pub(crate) digest: TextId,
    /// Its size.
    pub(crate) bytes: u64,
}

impl Survey {
    /// Puts inputs into the order of precedence, learns the digests on which that hangs, and sets reports aside that are there twice. To
    /// be called before every plan: what is known of a report may change on the way.
    pub(in crate::pipeline) fn settle_ties(
        &mut self,
        inputs: &mut Inputs,
        stop_on_error: bool,
        cancel: &Cancel,
    ) -> Result<()> {
        let (failed, duplicates) = (&mut self.failed, &mut self.duplicates);
        let redigested = &mut self.redigested;
        let learn = |group: &mut Vec<Input>| {
            let mut lost = Vec::new();
            for index in ties(group) {
                let input = &mut group[index];
                if input.digest.is_none() {
                    let report = &input.report;
                    let digests = input.digests();
                    match acquire::identify_text(&report.path, &report.text, digests, cancel) {
                        Ok(file) => {
                            let file = file.read_as(input.report.reading());
                            match input.known_by {
                                // One with another text by now is found out when it is read.
                                Some(known) if !file.is(known) => {}
                                known => {
                                    redigested.extend(known.map(|known| (known, file)));
                                    input.digest = Some(file.text);
                                }
                            }
                        }
                        Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
                        Err(error) if error.is_exhaustion() => return Err(error.exhausted()),
                        // So is that a report of the dataset cannot be read.
                        Err(_) if input.known_by.is_some() => {}
                        Err(error) if stop_on_error => return Err(error),
                        Err(error) => lost.push((index, error)),
                    }
                }
            }
            for (index, error) in lost.into_iter().rev() {
                let report = group.remove(index).report;
                let error = report.located(error);
                let Report { path, stated, .. } = report;
                let lost = FailedInput::new(path, error, &stated, Digests::Today, cancel);
                failed.push(lost);
            }
            Ok(())
        };
        inputs.settle(learn, |group| set_duplicates_aside(group, duplicates))
    }
}

/// Of new inputs that are the same, which follow each other, the first is read. A text that is there twice is so with all its reports, and
/// is listed with the first of them.
fn set_duplicates_aside(group: &mut Vec<Input>, duplicates: &mut Vec<Duplicate>) {
    let mut first: Option<((TextId, u32), PathBuf)> = None;
    group.retain(|input| {
        let Some(digest) = input.digest else {
            return true;
        };
        let report = (digest, input.report.ordinal);
        match &first {
            Some((known, of)) if *known == report && input.standing == Standing::New => {
                if input.report.ordinal == 0 {
                    duplicates.push(Duplicate {
                        path: input.report.path.clone(),
                        member: input.report.text.member_name().map(ToOwned::to_owned),
                        of: of.clone(),
                        digest,
                        bytes: match &input.report.text.member {
                            Some(member) => member.bytes,
                            None => input.report.stamp.bytes,
                        },
                    });
                }
                false
            }
            _ => {
                first = (input.standing == Standing::New).then(|| (report, input.report.shown()));
                true
            }
        }
    });
}
