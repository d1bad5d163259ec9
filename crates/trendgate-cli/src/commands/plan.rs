//! `trendgate plan`, and `run --dry-run`: what a run would read, merge and write.

use crate::args::{InputArgs, PlanArgs};
use crate::exit::Exit;
use crate::logging::{self, About};
use crate::printed::Printed;
use crate::progress::Terminal;
use crate::text::{self, bytes, count, plural};
use trendgate::answers::{PlanAnswer, PlannedInput};
use trendgate::{Cancel, PlannedRun, Result, RunOptions, Site, Watch};

/// Runs the command.
pub(crate) fn plan(args: &PlanArgs) -> Result<Exit> {
    look(&args.input, args.options())
}

/// Says what a run with these options would do.
pub(super) fn look(args: &InputArgs, options: RunOptions) -> Result<Exit> {
    if args.all {
        return super::all::plan(&args.settings, options);
    }
    let (settings, paths) = super::configured::settings_and_paths(args)?;
    let site = Site::of(&settings);
    let _of_site = logging::of_site(Some(site.id()));
    let (terminal, cancel) = (Terminal::new(), Cancel::default());
    let watch = Watch::new(&terminal, &cancel);
    let planned = site.plan(&settings, &paths, options, watch)?;
    drop(terminal);
    let exit = exit(&planned);
    if args.settings.json {
        text::print_json(&Printed::Plan(Box::new(planned.answer)));
    } else {
        text::print(&as_text(&planned.answer));
        for failed in &planned.failed {
            text::tell(About::Rejected, "rejected", &failed.error);
        }
    }
    Ok(exit)
}

/// Nothing at all is a failure of a run, too.
pub(super) fn exit(planned: &PlannedRun) -> Exit {
    let plan = &planned.answer;
    let is_nothing = plan.inputs.is_empty() && plan.known.is_empty() && plan.withdrawn.is_empty();
    match (is_nothing, planned.failed.is_empty()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Good,
        (false, false) => Exit::Partly,
    }
}

/// How many files are listed one by one.
const LISTED: usize = 40;

pub(super) fn as_text(plan: &PlanAnswer) -> String {
    let sections = [reports(plan), kinds(plan), overlaps(plan), tasks(plan)];
    let sections = sections.map(|lines| lines.join("\n") + "\n");
    sections.join("\n")
}

fn reports(plan: &PlanAnswer) -> Vec<String> {
    let mut lines = vec![format!(
        "{} to read, {} known, {} known to be rejected, {} twice, {} rejected{}",
        plural(plan.inputs.len(), "report"),
        plan.known.len(),
        plan.known_rejects.len(),
        plan.duplicates.len(),
        plan.failed_files.len(),
        super::run::left_aside(plan.withdrawn.len(), plan.ignored),
    )];
    for input in plan.inputs.iter().take(LISTED) {
        lines.push(format!(
            "  {}  kind {}  {}  {} .. {}{}",
            place(input),
            input.kind + 1,
            bytes(input.bytes),
            input.time_range.first,
            input.time_range.last,
            match (input.known, input.complete) {
                (true, _) => "  known, read again",
                (false, true) => "",
                (false, false) => "  cut short",
            },
        ));
    }
    if plan.inputs.len() > LISTED {
        let more = (plan.inputs.len() - LISTED) as u64;
        lines.push(format!("  … and {} more", count(more)));
    }
    lines
}

/// The file of a report; with the line of its head, where it holds several.
fn place(input: &PlannedInput) -> String {
    let member = input.member.as_deref();
    let member = member.map_or_else(String::new, |name| format!("!{name}"));
    let path = text::safe(&format!("{}{member}", input.path.path));
    match input.line {
        Some(line) => format!("{path}:{line}"),
        None => path,
    }
}

fn kinds(plan: &PlanAnswer) -> Vec<String> {
    let mut lines = vec![plural(plan.kinds.len(), "kind")];
    for (index, kind) in plan.kinds.iter().enumerate() {
        let reports = plan.inputs.iter().filter(|input| input.kind == index);
        lines.push(format!(
            "  kind {}  {}  every {}  {}",
            index + 1,
            plural(kind.columns.len(), "point"),
            kind.interval.as_deref().unwrap_or("(not stated)"),
            plural(reports.count(), "report"),
        ));
    }
    lines
}

fn overlaps(plan: &PlanAnswer) -> Vec<String> {
    let pairs = plural(plan.overlaps.len(), "pair");
    let mut lines = vec![format!("{pairs} that share points and time")];
    for overlap in plan.overlaps.iter().take(LISTED) {
        let [first, second] = overlap.inputs.map(|input| place(&plan.inputs[input]));
        let range = overlap.time_range;
        lines.push(format!(
            "  {first} and {second}  {} .. {}",
            range.first, range.last,
        ));
    }
    lines
}

fn tasks(plan: &PlanAnswer) -> Vec<String> {
    let mut lines = vec![format!(
        "{} into {}, {}, {} to read",
        plural(plan.columns.len(), "column"),
        plural(plan.months.len(), "month"),
        plural(plan.tasks.len(), "task"),
        bytes(plan.bytes_to_read),
    )];
    for (index, task) in plan.tasks.iter().enumerate() {
        lines.push(format!(
            "  task {}  {} .. {}  {}",
            index + 1,
            task.from,
            task.to,
            plural(task.inputs.len(), "report"),
        ));
    }
    let unmapped = plan.columns.iter().filter(|column| !column.mapped).count();
    if unmapped > 0 {
        lines.push(format!(
            "{} not mapped in the configuration: taken as gauges (mean)",
            plural(unmapped, "point")
        ));
    }
    lines
}
