//! What an alarm watches of sites: one definition of every metric, and the values of a site in the text format of Prometheus.
//!
//! ```text
//! log, words of runs, last week of the parts ─ site ─▶ SiteState ─ samples ─▶ MetricSample … ─ exposition ─▶ text
//!                                                                    ▲
//!                                        definition: name, help, labels, when it is written
//! ```
//!
//! Enters: a site of a dataset, and how its last run ended. Leaves: text that a textfile collector reads. Refuses nothing: what cannot be
//! read leaves its metrics out, and is said beside them.
//!
//! What is read is bounded: the log, the words that runs and verifications left, and the rows of the last seven days; of points without a
//! value on the last day also footers of earlier parts. What cannot be had from these is no metric.
//!
//! What proves it: every sample's name and labels are those of its definition (`tests`); the alert rules, their tests and the dashboard that
//! the program generates name no other metric; the text is parsed by the parser of Prometheus' own client and by `promtool`, and scraped by
//! a real Prometheus through a real node exporter (`checks/test_metrics.py`).

mod definition;
mod exposition;
mod samples;
mod site;
mod window;

pub use definition::{Metric, MetricLabel};
pub use exposition::exposition;
pub use samples::{MetricSample, samples, samples_of_failure, samples_of_unread};
pub use site::SiteState;

#[cfg(test)]
use site::DatasetState;
#[cfg(test)]
use window::{PointStates, RecentRows};

#[cfg(test)]
mod tests;
