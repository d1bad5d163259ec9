//! `trendgate plan`, and `run --dry-run`: what a run would read, merge and write.

use crate::args::{InputArgs, PlanArgs};
use crate::exit::Exit;
use crate::logging::{self, About};
use crate::printed::Printed;
use crate::progress::Terminal;
use crate::text::{self, bytes, count, plural};
use trendgate::Result;
use trendgate::acquire::Report;
use trendgate::answer::PlanAnswer;
use trendgate::pipeline::{Prospect, RunOptions, Survey, prospect};
use trendgate::progress::{Cancel, Watch};
use trendgate::time::Span;
use trendgate::workers::{Plan, Standing};

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
    let _of_site = logging::of_site(Some(settings.site.as_str()));
    let (terminal, cancel) = (Terminal::new(), Cancel::default());
    let watch = Watch::new(&terminal, &cancel);
    let prospect = prospect(&settings, &paths, options, watch)?;
    drop(terminal);
    if args.settings.json {
        let plan = PlanAnswer::new(settings.site.as_str(), &prospect)?;
        text::print_json(&Printed::Plan(Box::new(plan)));
    } else {
        text::print(&as_text(&prospect)?);
        for failed in &prospect.survey.failed {
            text::tell(About::Rejected, "rejected", &failed.error);
        }
    }
    Ok(exit(&prospect))
}

/// Nothing at all is a failure of a run, too.
pub(super) fn exit(prospect: &Prospect) -> Exit {
    let survey = &prospect.survey;
    let is_nothing = survey.new.is_empty()
        && prospect.plan.inputs.is_empty()
        && survey.known.is_empty()
        && survey.withdrawn.is_empty();
    match (is_nothing, survey.failed.is_empty()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Good,
        (false, false) => Exit::Partly,
    }
}

/// How many files are listed one by one.
const LISTED: usize = 40;

pub(super) fn as_text(prospect: &Prospect) -> Result<String> {
    let plan = &prospect.plan;
    let sections = [
        reports(plan, &prospect.survey)?,
        kinds(plan),
        overlaps(plan)?,
        tasks(prospect),
    ];
    let sections = sections.map(|lines| lines.join("\n") + "\n");
    Ok(sections.join("\n"))
}

fn reports(plan: &Plan, survey: &Survey) -> Result<Vec<String>> {
    let mut lines = vec![format!(
        "{} to read, {} known, {} known to be rejected, {} twice, {} rejected{}",
        plural(plan.inputs.len(), "report"),
        survey.known.len(),
        survey.known_rejects.len(),
        survey.duplicates.len(),
        survey.failed.len(),
        super::run::left_aside(survey.withdrawn.len(), survey.ignored),
    )];
    for (id, input) in plan.inputs.ids().zip(plan.inputs.iter()).take(LISTED) {
        let input = input?;
        let report = &input.report;
        lines.push(format!(
            "  {}  kind {}  {}  {} .. {}{}",
            place(report),
            plan.kind_of(id).index() + 1,
            bytes(plan.inputs.bytes(id)),
            report.range.first,
            report.range.last,
            match (input.standing, report.complete) {
                (Standing::Committed, _) => "  known, read again",
                (Standing::New, true) => "",
                (Standing::New, false) => "  cut short",
            },
        ));
    }
    if plan.inputs.len() > LISTED {
        let more = (plan.inputs.len() - LISTED) as u64;
        lines.push(format!("  … and {} more", count(more)));
    }
    Ok(lines)
}

/// The file of a report; with the line of its head, where it holds several.
fn place(report: &Report) -> String {
    let path = text::path(&report.shown());
    match report.section {
        Some(_) => format!("{path}:{}", report.first_line()),
        None => path,
    }
}

fn kinds(plan: &Plan) -> Vec<String> {
    let mut lines = vec![plural(plan.kinds.len(), "kind")];
    for (index, kind) in plan.kinds.iter().enumerate() {
        let reports = (plan.inputs.ids()).filter(|input| plan.kind_of(*input).index() == index);
        lines.push(format!(
            "  kind {}  {}  every {}  {}",
            index + 1,
            plural(kind.columns.len(), "point"),
            shown(kind.interval),
            plural(reports.count(), "report"),
        ));
    }
    lines
}

fn overlaps(plan: &Plan) -> Result<Vec<String>> {
    let overlaps = plan.overlaps();
    let pairs = plural(overlaps.len(), "pair");
    let mut lines = vec![format!("{pairs} that share points and time")];
    for overlap in overlaps.iter().take(LISTED) {
        let [first, second] = [overlap.first, overlap.second].map(|input| plan.inputs.get(input));
        lines.push(format!(
            "  {} and {}  {} .. {}",
            place(&first?.report),
            place(&second?.report),
            overlap.range.first,
            overlap.range.last,
        ));
    }
    Ok(lines)
}

fn tasks(prospect: &Prospect) -> Vec<String> {
    let plan = &prospect.plan;
    let mut lines = vec![format!(
        "{} into {}, {}, {} to read",
        plural(plan.roster.len(), "column"),
        plural(plan.months().len(), "month"),
        plural(plan.tasks.len(), "task"),
        bytes(plan.bytes_to_read()),
    )];
    for (index, task) in plan.tasks.iter().enumerate() {
        let stretch = prospect.stretch(task);
        lines.push(format!(
            "  task {}  {} .. {}  {}",
            index + 1,
            stretch.first,
            stretch.last,
            plural(task.inputs.len(), "report"),
        ));
    }
    let unmapped = plan.roster.iter().filter(|point| !point.mapped).count();
    if unmapped > 0 {
        lines.push(format!(
            "{} not mapped in the configuration: taken as gauges (mean)",
            plural(unmapped, "point")
        ));
    }
    lines
}

fn shown(interval: Option<Span>) -> String {
    interval.map_or_else(
        || "(not stated)".to_owned(),
        |interval| interval.to_string(),
    )
}
