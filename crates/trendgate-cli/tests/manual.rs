//! What the program says of itself: help with examples, pages for `man`, what shells complete, its version.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

fn said(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_trendgate"))
        .args(args)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands, as the help lists them.
fn commands() -> BTreeSet<String> {
    let help = said(&["-h"]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let names = list.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn the_help_of_every_command_ends_with_examples_that_begin_with_it() {
    assert!(commands().len() > 15);
    for command in commands() {
        let help = said(&[&command, "--help"]);
        let (_, examples) = help.split_once("Examples:\n").expect(&command);
        let begin = format!("  trendgate {command}");
        assert!(examples.lines().count() > 0);
        for example in examples.lines() {
            assert!(example.starts_with(&begin), "{example}");
        }
    }
    assert!(said(&["--help"]).contains("Examples:\n  trendgate init"));
}

#[test]
fn every_command_has_a_page_for_man() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        said(&["man", "--out", folder.path().to_str().unwrap()]);
    }
    let pages = fs::read_dir(folder.path()).unwrap();
    let pages: BTreeSet<String> = pages
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = commands().into_iter();
    let steps = ["task-plan", "task-run", "task-commit"].map(str::to_owned);
    let expected = expected.chain(steps);
    let expected = expected.map(|command| format!("trendgate-{command}.1"));
    let expected: BTreeSet<String> = expected.chain(["trendgate.1".to_owned()]).collect();
    assert_eq!(pages, expected);
    let page = said(&["man"]);
    assert!(page.contains(".TH trendgate 1") && page.contains("Exit codes"));
}

#[test]
fn what_shells_complete_is_what_they_can_read() {
    let script = said(&["completions", "bash"]);
    for command in commands() {
        assert!(
            script.contains(&format!("trendgate,{command})")),
            "{command}"
        );
    }
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        assert!(said(&["completions", shell]).contains("retract"), "{shell}");
    }
    let read = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn();
    if let Ok(mut bash) = read {
        bash.stdin
            .take()
            .unwrap()
            .write_all(script.as_bytes())
            .unwrap();
        assert!(bash.wait().unwrap().success());
    }
}

#[test]
fn the_version_is_that_of_the_program_and_of_its_rules() {
    let version = said(&["--version"]);
    let begin = format!("trendgate {} (", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(&begin), "{version}");
    assert!(
        version
            .trim_end()
            .ends_with(&format!("rules {})", trendgate::RULES_VERSION))
    );
}
