//! `trendgate init`: a commented starter configuration from a folder of reports.

use crate::args::InitArgs;
use crate::exit::Exit;
use crate::logging::About;
use crate::progress::Terminal;
use crate::text::{self, plural};
use trendgate::details::ProposalCounts;
use trendgate::{Cancel, Result, SiteWishes, Watch, propose};

/// Runs the command: the configuration goes to standard output, everything else to standard error.
pub(crate) fn init(args: &InitArgs) -> Result<Exit> {
    let wanted = SiteWishes {
        site: args.site.clone(),
        timezone: args.timezone.clone(),
    };
    let (terminal, cancel) = (Terminal::new(), Cancel::default());
    let watch = Watch::new(&terminal, &cancel);
    let proposal = propose(&args.paths, &wanted, watch)?;
    drop(terminal);
    for (_, error) in &proposal.failed {
        text::tell(About::Rejected, "left out", error);
    }
    text::remark(&summary(&proposal.counts));
    text::print_document(&proposal.yaml);
    Ok(if proposal.failed.is_empty() {
        Exit::Good
    } else {
        Exit::Partly
    })
}

fn summary(counts: &ProposalCounts) -> String {
    let elsewhere = match counts.check_elsewhere {
        0 => String::new(),
        some => format!(
            "; {} marked CHECK in sources and states",
            plural(some, "line")
        ),
    };
    format!(
        "{}: {} proposed ({} to check), {} not mapped, {} dead{elsewhere}",
        plural(counts.reports, "report"),
        plural(counts.proposed, "point"),
        counts.check,
        counts.unmapped,
        counts.dead
    )
}
