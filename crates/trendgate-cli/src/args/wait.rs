//! Whether a site is waited for that another command holds.

use clap::Args;
use std::ffi::OsString;
use trendgate::time::Span;
use trendgate::{Error, Result, WhenLocked};

/// What is done at a site that another command holds.
#[derive(Debug, Clone, Args)]
pub(crate) struct WaitArgs {
    /// Wait for the site's lock instead of failing with 75, for so long at the most where a time is given; batch.wait of the configuration says it
    /// for all commands
    #[arg(long, value_name = "SPAN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    wait: Option<String>,
}

impl WaitArgs {
    /// What was typed; else what the configuration says.
    pub(crate) fn or(&self, configured: WhenLocked) -> Result<WhenLocked> {
        match self.wait.as_deref() {
            None => Ok(configured),
            Some("") => Ok(WhenLocked::Wait),
            Some(text) => {
                let most = text.parse::<Span>();
                let most = most.map_err(|error| Error::usage(format!("--wait: {error}")))?;
                Ok(WhenLocked::WaitFor(most))
            }
        }
    }
}

/// The arguments, with a time behind `--wait` made its value: a path can stand there, too.
pub(super) fn with_waits(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut options = true;
    for argument in arguments {
        let is_time = || argument.to_str()?.parse::<Span>().ok();
        match joined.last_mut() {
            Some(last) if options && last == "--wait" && is_time().is_some() => {
                last.push("=");
                last.push(&argument);
            }
            _ => {
                options &= argument != "--";
                joined.push(argument);
            }
        }
    }
    joined
}
