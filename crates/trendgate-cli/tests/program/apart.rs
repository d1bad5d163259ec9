//! A configuration whose sites have folders of data of their own: commands about all sites go over all of them.

use super::*;

const CONFIG: &str = "cleaner: {timezone: Asia/Taipei, resample_interval: 15m}\nsites:\n  EAST: {paths: [in/east], batch: {output_base_dir: east/processed, staging_dir: east/.staging, manifest_dir: east/manifests}}\n  NEW: {paths: [in/new], batch: {output_base_dir: new/processed, staging_dir: new/.staging, manifest_dir: new/manifests}}\n  SOUTH: {paths: [in/south]}\n  WEST: {paths: [in/west]}\n";

/// EAST has a folder of its own, SOUTH and WEST share one, and NEW has never run.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("trendgate.yaml", CONFIG);
    for (site, first) in [("east", "51.4"), ("south", "52.4"), ("west", "53.4")] {
        fs::create_dir(desk.path("in").join(site)).unwrap();
        desk.file(
            &format!("in/{site}/a.csv"),
            REPORT
                .replace("51.4", first)
                .replace("A.", &format!("{site}.")),
        );
        let run = desk.run(&["run", "--site", &site.to_uppercase()]);
        assert!(run.starts_with("exit 0\n"), "{run}");
    }
    desk
}

/// The first words of the lines that begin with one, and what was said beside them.
fn told(desk: &Desk, args: &[&str]) -> (Vec<String>, String) {
    let text = desk.run(args);
    let (out, err) = text.split_once("---\n").unwrap();
    let names = out.lines().filter(|line| !line.starts_with(' '));
    let names = names.filter_map(|line| Some(line.split(' ').next()?.to_owned()));
    let names = names.filter(|name| !name.is_empty());
    let (said, root) = (err.to_owned(), desk.folder.path().display().to_string());
    (names.collect(), said.replace(&root, "…"))
}

const NOT_THERE: &str = "error: NEW: …/new: no such folder\n";

#[test]
fn status_and_log_tell_of_the_sites_of_all_folders() {
    let desk = desk();
    for command in ["status", "log"] {
        let (names, said) = told(&desk, &[command]);
        assert_eq!(names, ["exit", "EAST", "SOUTH", "WEST"], "{command}");
        assert!(said.contains(NOT_THERE), "{command}: {said}");
        let (names, _) = told(&desk, &[command, "--site", "EAST"]);
        assert_eq!(names, ["exit", "EAST"], "{command}");
        let (names, _) = told(&desk, &[command, "--data-dir", "data"]);
        assert_eq!(names, ["exit", "SOUTH", "WEST"], "{command}");
    }
}

#[test]
fn metrics_are_of_the_sites_of_all_folders() {
    let desk = desk();
    let text = desk.run(&["metrics"]);
    let versions = text
        .lines()
        .filter(|line| line.starts_with("trendgate_dataset_version{"));
    let versions: Vec<&str> = versions.collect();
    let of = |site: &str| format!("trendgate_dataset_version{{site=\"{site}\"}} 1");
    assert_eq!(versions, [of("EAST"), of("SOUTH"), of("WEST")]);
    // Nobody who watches takes a site whose folder is gone for one that is well.
    assert!(text.starts_with("exit 2\n"), "{text}");
    assert!(
        text.contains("trendgate_run_exit_code{site=\"NEW\"} 2\n"),
        "{text}"
    );
}

#[test]
fn the_pages_of_all_sites_are_of_all_folders() {
    let desk = desk();
    let (_, said) = told(&desk, &["report"]);
    assert!(
        said.contains("error: the configuration has 4 sites\n"),
        "{said}"
    );
    assert!(
        said.contains("`gc` and `report` take all of them with --all"),
        "{said}"
    );
    let text = desk.run(&["report", "--all", "--out", "pages"]);
    assert!(
        text.starts_with("exit 2\npages/index.html: 4 sites\n"),
        "{text}"
    );
    for site in ["EAST", "SOUTH", "WEST"] {
        assert!(
            desk.path(&format!("pages/site-{site}.html")).is_file(),
            "{site}"
        );
    }
}

#[test]
fn a_section_whose_folders_do_not_fit_keeps_no_other_from_being_told_of() {
    let desk = desk();
    desk.file(
        "trendgate.yaml",
        CONFIG.replace("manifest_dir: new/", "manifest_dir: other/"),
    );
    for command in [
        &["status"][..],
        &["metrics"],
        &["log"],
        &["report", "--all", "--out", "pages"],
    ] {
        let text = desk.run(command);
        let (out, err) = text.split_once("---\n").unwrap();
        assert!(!out.starts_with("exit 0"), "{text}");
        assert!(
            err.contains("sites.NEW.batch") || err.contains("other"),
            "{text}"
        );
        assert!(out.contains("EAST") || out.contains("4 sites"), "{text}");
    }
}

#[test]
fn where_no_folder_is_there_that_is_the_error() {
    let desk = Desk::new();
    desk.file("trendgate.yaml", CONFIG);
    for command in ["status", "metrics", "log"] {
        let (_, said) = told(&desk, &[command]);
        assert!(
            said.contains("error: SOUTH: …/data: no such folder\n"),
            "{said}"
        );
    }
}

#[test]
fn sites_of_one_configuration_that_have_points_of_the_same_names_are_no_misspelt_ids() {
    let desk = Desk::new();
    desk.file("trendgate.yaml", CONFIG);
    for site in ["south", "west"] {
        fs::create_dir(desk.path("in").join(site)).unwrap();
        desk.file(&format!("in/{site}/a.csv"), &*REPORT);
        let run = desk.run(&["run", "--site", &site.to_uppercase()]);
        assert!(
            run.starts_with("exit 0\n") && !run.contains("is a new site here"),
            "{run}"
        );
    }
    desk.file(
        "one.yaml",
        "cleaner: {timezone: Asia/Taipei, resample_interval: 15m}\n",
    );
    let run = desk.run(&["run", "in/west", "--config", "one.yaml", "--site", "WESTT"]);
    assert!(run.contains("WESTT is a new site here"), "{run}");
}
