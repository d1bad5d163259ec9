//! How a site ended whose tasks were done, for whoever commits them.

use crate::answer::SiteAnswer;
use crate::error::{Error, Result};

/// How a site ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SiteEnd {
    /// What `--json` prints of it, a [`SiteAnswer`].
    pub answer: serde_json::Value,
    /// Whether the site is to be planned again.
    pub again: bool,
}

impl SiteEnd {
    pub(super) fn of(answer: &SiteAnswer) -> Result<Self> {
        let again = answer.is_to_plan_again();
        let answer = serde_json::to_value(answer)
            .map_err(|e| Error::bug(format!("cannot write an answer as JSON: {e}")))?;
        Ok(Self { answer, again })
    }

    pub(super) fn of_json(answer: serde_json::Value) -> Self {
        Self {
            answer,
            again: false,
        }
    }

    /// Whether of two attempts at a site this one is told of: one that was committed, or may have been, where the other does not settle that.
    pub(super) fn outweighs(&self, other: &Self) -> bool {
        let is_unsettled = self.answer["kind"] == "Unsettled";
        match (self.status(), other.status()) {
            ("committed", _) => true,
            (_, "committed" | "already_committed") => false,
            _ => is_unsettled,
        }
    }

    /// The `status` of its answer: `committed`, `nothing_new`, `already_committed`, `overtaken` or `failed`.
    ///
    /// ```
    /// use trendgate::{Watch, tasks};
    ///
    /// fn left_to_do(outcomes: Vec<Vec<u8>>) -> trendgate::Result<usize> {
    ///     let ends = tasks::commit(outcomes, Watch::unwatched())?;
    ///     Ok(ends.iter().filter(|end| end.again || end.status() == "failed").count())
    /// }
    /// assert_eq!(left_to_do(Vec::new())?, 0);
    /// # Ok::<(), trendgate::Error>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> &str {
        self.answer["status"].as_str().unwrap_or_default()
    }

    /// The site.
    ///
    /// ```
    /// use trendgate::tasks::SiteEnd;
    ///
    /// fn sites(ends: &[SiteEnd]) -> Vec<&str> {
    ///     ends.iter().map(SiteEnd::site_id).collect()
    /// }
    /// assert!(sites(&[]).is_empty());
    /// ```
    #[must_use]
    pub fn site_id(&self) -> &str {
        self.answer["site_id"].as_str().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_attempts_at_a_site_one_that_may_be_committed_is_told_of() {
        let end = |status: &str, kind: &str| {
            let answer = serde_json::json!({"status": status, "kind": kind});
            SiteEnd::of_json(answer)
        };
        let committed = end("committed", "");
        let already = end("already_committed", "");
        let unsettled = end("failed", "Unsettled");
        let failed = end("failed", "Storage");
        assert!(committed.outweighs(&unsettled));
        assert!(unsettled.outweighs(&failed));
        assert!(!unsettled.outweighs(&committed) && !unsettled.outweighs(&already));
        assert!(!failed.outweighs(&unsettled) && !failed.outweighs(&failed));
    }
}
