//! `cargo xtask site`: the pages of the checkout as a site that is read without a server and asks no other host for anything.
//!
//! ```text
//! pages, as they lie in the checkout ─ copied beside mkdocs.yml ─ ProperDocs, strict ─▶ HTML ─ looked through for other hosts
//! ```
//!
//! Enters: what [`PAGES`] names, and `mkdocs.yml`. Leaves: `site/site` in the target folder; nothing in the checkout. Refused: a link
//! to a page, a heading or a file that is not there, a page that the navigation leaves out, and a page that would load anything from
//! another host.

use crate::{Result, programs, python, root};
use xshell::{Shell, cmd};

/// The pages, and what they link to. Links between them hold because all keep their places.
const PAGES: [&str; 11] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "crates/trendgate-py/README.md",
    "crates/trendgate-py/reader/README.md",
    "docs",
    "examples",
    "ops",
    "schemas",
];

/// What a page or a style loads from another host; an element that leads there when it is clicked loads nothing.
const ELSEWHERE: &str = r#"(<[^>]* src="|<link [^>]*href="|url\(["' ]*)(https?:)?//[^>)]*"#;

/// Builds the site.
pub(crate) fn build(sh: &Shell) -> Result {
    let python = python::with(sh, &root().join("xtask/site.requirements.txt"))?;
    let folder = programs::target()?.join("site");
    sh.remove_path(&folder)?;
    let pages = sh.create_dir(folder.join("pages"))?;
    cmd!(sh, "cp --recursive --parents {PAGES...} {pages}").run()?;
    sh.copy_file("mkdocs.yml", &folder)?;
    let config = folder.join("mkdocs.yml");
    let words = ["build", "--strict", "--quiet", "-f"];
    cmd!(sh, "{python} -B -m properdocs {words...} {config}").run()?;
    let site = folder.join("site");
    let files = ["--include=*.html", "--include=*.css"];
    let loaded = cmd!(sh, "grep -rzoaE {files...} {ELSEWHERE} {site}").ignore_status();
    let loaded = loaded.read()?.replace('\0', "\n");
    if loaded.is_empty() {
        println!("{}", site.display());
        return Ok(());
    }
    Err(format!("expected pages that load nothing from another host, found {loaded}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> String {
        let sh = Shell::new().unwrap();
        let grep = cmd!(sh, "grep -zoaE {ELSEWHERE}").ignore_status();
        grep.stdin(text).read().unwrap().replace('\0', "")
    }

    #[test]
    fn what_a_page_loads_from_another_host_is_found_and_what_it_leads_to_is_not() {
        let script = "<p><script async\n src=\"https://a.example/b.js\"></script>";
        let found = "<script async\n src=\"https://a.example/b.js\"";
        assert_eq!(loaded(script), found);
        assert!(!loaded("<link rel=\"stylesheet\" href=\"//a.example/b.css\">").is_empty());
        let own = "<link href=\"css/a.css\"><img src=\"b.svg\"><a href=\"https://a.example\">a</a>";
        assert_eq!(loaded(own), "");
    }

    #[test]
    fn what_a_style_loads_from_another_host_is_found() {
        let style = "a{background:url(b.png)} @import url('https://a.example/c.css');";
        assert_eq!(loaded(style), "url('https://a.example/c.css'");
        assert_eq!(loaded("@font-face{src:url(fonts/a.woff2)}"), "");
    }
}
