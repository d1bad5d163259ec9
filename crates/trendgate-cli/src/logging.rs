//! The log on standard error: events of the library, and what the program has to say → lines of text, or one JSON object a line.
//!
//! Enters: the options `--log-format`, `-v` and `-q`, the filter in `TRENDGATE_LOG`, and events from any thread. Leaves: lines on standard
//! error. An event has a name that stays the same from version to version, and fields; the site and whatever else its spans know
//! stand in its own object. As JSON, errors, warnings and remarks are events as well, and nothing else is written there. Refused: a
//! filter that cannot be read.
//!
//! Proven by `tests/program/logged.rs`: every line of runs that commit, fail and are locked out parses and names its site, from worker
//! threads too; the text of a run without options is what it was.

use crate::text;
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use std::sync::OnceLock;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, EnteredSpan, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use trendgate::details::WarningEntry;
use trendgate::{Error, Result, Warning};

/// What the program's own errors are told under: no filter keeps them back.
const TOLD: &str = "trendgate_told";

/// The variable with the filter.
const FILTER: &str = "TRENDGATE_LOG";

/// The options of all commands.
pub(crate) const OPTIONS: [&str; 4] = ["log_format", "verbose", "quiet", "color"];

/// What standard error is to have.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct LogOptions {
    /// What standard error has: text for a person, with progress; or one JSON object a line, and nothing else
    #[arg(
        long,
        global = true,
        help_heading = "Log",
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true
    )]
    log_format: LogFormat,
    /// Say more on standard error: -v what is done, -vv each task, part and removed file; TRENDGATE_LOG, a filter such as
    /// trendgate::publish=debug, goes first
    #[arg(short, long, global = true, help_heading = "Log", action = clap::ArgAction::Count)]
    verbose: u8,
    /// Say nothing on standard error but errors and rejected files
    #[arg(
        short,
        long,
        global = true,
        help_heading = "Log",
        conflicts_with = "verbose"
    )]
    quiet: bool,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Text for a person
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

static WANTED: OnceLock<LogOptions> = OnceLock::new();

fn wanted() -> LogOptions {
    WANTED.get().copied().unwrap_or_default()
}

/// Whether standard error has nothing but events as JSON.
pub(crate) fn is_json() -> bool {
    wanted().log_format == LogFormat::Json
}

/// Whether nothing but errors is wanted.
pub(crate) fn is_quiet() -> bool {
    wanted().quiet
}

/// Whether a person wants to see progress.
pub(crate) fn shows_progress() -> bool {
    !is_json() && !is_quiet()
}

/// Takes events from now on.
///
/// # Errors
/// [`Usage`](trendgate::ErrorKind::Usage) for a filter that cannot be read.
pub(crate) fn begin(args: LogOptions) -> Result<()> {
    // Nobody asked for another log before.
    let _ = WANTED.set(args);
    let stated = std::env::var(FILTER).ok().filter(|text| !text.is_empty());
    let filter = match &stated {
        Some(text) => EnvFilter::try_new(text),
        None => EnvFilter::try_new(args.level()),
    };
    let wrong = filter.is_err();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(args.level()));
    let filter = match format!("{TOLD}=info").parse() {
        Ok(told) => filter.add_directive(told),
        Err(_) => filter,
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(Lines)
        .init();
    match stated {
        Some(text) if wrong => Err(Error::usage(format!(
            "{FILTER}: expected a filter, found {text:?}"
        ))
        .hint("such as info, debug or warn,trendgate::publish=debug")),
        _ => Ok(()),
    }
}

/// As [`begin`], for arguments that cannot be read: whether JSON was asked for in them.
pub(crate) fn begin_with_wrong_arguments(mut arguments: impl Iterator<Item = String>) {
    let mut args = LogOptions::default();
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--log-format") {
            Some("") => arguments.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if value.is_some_and(|value| value == "json") {
            args.log_format = LogFormat::Json;
        }
    }
    // The arguments are the first thing to mend.
    let _ = begin(args);
}

impl LogOptions {
    fn level(self) -> &'static str {
        match (self.quiet, self.verbose, self.log_format) {
            (true, ..) => "error",
            (false, 0, LogFormat::Text) => "warn",
            (false, 0, LogFormat::Json) | (false, 1, _) => "info",
            (false, ..) => "debug",
        }
    }
}

/// Until it is dropped, what this thread says is of this site.
pub(crate) fn of_site(site: Option<&str>) -> Option<EnteredSpan> {
    site.map(|site| tracing::error_span!("site", site).entered())
}

/// How an error is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// It ended the command.
    Error,
    /// A file was not used for it.
    Rejected,
    /// It is no more than what should be known.
    Warning,
}

/// An error as an event.
pub(crate) fn error_event(about: About, error: &Error) {
    let kind = error.kind().name();
    let file = error.path().map(|path| path.to_string_lossy().into_owned());
    let excerpt = Some(error.excerpt_lines().join("\n")).filter(|lines| !lines.is_empty());
    macro_rules! event {
        ($level:expr, $name:literal) => {
            tracing::event!(
                name: $name,
                target: TOLD,
                $level,
                kind,
                file = file.as_deref(),
                member = error.member(),
                line = error.line_number(),
                point = error.point_name(),
                excerpt = excerpt.as_deref(),
                hint = error.hint_text(),
                "{}",
                error.message()
            )
        };
    }
    match about {
        About::Error => event!(Level::ERROR, "error"),
        About::Rejected => event!(Level::ERROR, "rejected"),
        About::Warning => event!(Level::WARN, "warning"),
    }
}

/// A warning as an event.
pub(crate) fn warning_event(warning: &Warning) {
    let WarningEntry {
        kind,
        message,
        remedy,
        file,
        point,
        column,
        equipment,
        rule,
        month,
        ..
    } = warning.entry();
    tracing::warn!(
        name: "warning",
        target: TOLD,
        kind,
        file,
        point,
        column,
        equipment,
        rule,
        month,
        hint = remedy,
        "{message}"
    );
}

/// What has to be said, whatever is wanted, as an event.
pub(crate) fn note_event(line: &str) {
    tracing::info!(name: "note", target: TOLD, "{line}");
}

/// A remark as an event.
pub(crate) fn remark_event(line: &str) {
    tracing::info!(name: "remark", "{line}");
}

/// What an event, or a span, states.
#[derive(Debug, Clone, Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

/// One line of the log.
#[derive(Debug, Serialize)]
struct Line {
    timestamp: String,
    level: &'static str,
    event: String,
    message: String,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl Line {
    fn as_text(&self) -> String {
        let word = match self.level {
            "WARN" => "warning",
            "ERROR" => "error",
            "INFO" => "info",
            _ => "debug",
        };
        let mut text = format!("{word}: ");
        let mut fields = self.fields.clone();
        // Writing to a String cannot fail.
        if self.level == "INFO" {
            fields.remove("attempt");
        }
        if let Some(Value::String(site)) = fields.remove("site") {
            let _ = write!(text, "{}: ", text::safe(&site));
        }
        text.push_str(&text::safe(&self.message));
        let stated: Vec<String> = (fields.iter())
            .map(|(name, value)| match value {
                Value::String(value) => format!("{name} {}", text::safe(value)),
                Value::Number(number) if number.is_f64() => {
                    format!("{name} {:.3}", number.as_f64().unwrap_or_default())
                }
                value => format!("{name} {value}"),
            })
            .collect();
        if !stated.is_empty() {
            let _ = write!(text, " ({})", stated.join(", "));
        }
        text
    }
}

/// Writes each event as a line.
struct Lines;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            // From the innermost span outwards: the first word counts.
            if let Some(stated) = span.extensions().get::<Fields>() {
                for (name, value) in &stated.0 {
                    let known = fields.0.entry(name.clone());
                    known.or_insert_with(|| value.clone());
                }
            }
        }
        event.record(&mut fields);
        let message = match fields.0.remove("message") {
            Some(Value::String(message)) => message,
            _ => String::new(),
        };
        let metadata = event.metadata();
        // Code of others gives its events no names.
        let is_named = !metadata.name().starts_with("event ");
        let line = Line {
            timestamp: trendgate::time::now().to_string(),
            level: metadata.level().as_str(),
            event: if is_named {
                metadata.name()
            } else {
                metadata.target()
            }
            .to_owned(),
            message,
            fields: fields.0,
        };
        if is_json() {
            text::log_json(&line);
        } else {
            text::log_text(&line.as_text());
        }
    }
}
