//! `cargo xtask site`: the pages of the checkout as a site that is read without a server and asks no other host for anything.
//!
//! ```text
//! pages, as they lie in the checkout ─ copied beside mkdocs.yml ─ ProperDocs, strict ─▶ HTML ─ looked through for other hosts
//! ```
//!
//! Enters: what [`PAGES`] names, and `mkdocs.yml`. Leaves: `site/site` in the target folder; nothing in the checkout. Refused: a link
//! to a page, a heading or a file that is not there, a page that the navigation leaves out, and a page that would load anything from
//! another host.

use crate::programs::{run, target_folder};
use crate::{Result, at, python};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pages, and what they link to. Links between them hold because all keep their places.
const PAGES: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "crates/trendgate-py/README.md",
    "docs",
    "examples",
    "ops",
    "schemas",
];

/// Builds the site.
///
/// # Errors
/// What is wrong with the pages; or where ProperDocs cannot be had.
pub(crate) fn build(root: &Path) -> Result {
    let python = python::with(&root.join("xtask/src/site/requirements.txt"))?;
    let folder = target_folder(root)?.join("site");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(at(&folder))?;
    }
    for page in PAGES {
        copy(&root.join(page), &folder.join("pages").join(page))?;
    }
    let config = folder.join("mkdocs.yml");
    copy(&root.join("mkdocs.yml"), &config)?;
    let words = ["-m", "properdocs", "build", "--strict", "--quiet", "-f"];
    run(Command::new(python)
        .args(words)
        .arg(&config)
        .env("PYTHONDONTWRITEBYTECODE", "1"))?;
    let site = folder.join("site");
    let files = files(&site)?;
    for file in &files {
        alone(file)?;
    }
    println!("{}: {} files", site.display(), files.len());
    Ok(())
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) -> Result {
    if !from.is_dir() {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        return fs::copy(from, to).map(|_| ()).map_err(at(from));
    }
    for file in files(from)? {
        let below = file.strip_prefix(from).unwrap_or(&file);
        copy(&file, &to.join(below))?;
    }
    Ok(())
}

/// All files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// A page or a style of the site loads nothing from another host.
fn alone(file: &Path) -> Result {
    let loaded = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => loaded_by_page,
        Some("css") => loaded_by_style,
        _ => return Ok(()),
    };
    let text = fs::read_to_string(file).map_err(at(file))?;
    match loaded(&text) {
        None => Ok(()),
        Some(what) => Err(format!(
            "{}: expected a page that loads nothing from another host, found `{what}`",
            file.display()
        )),
    }
}

/// The first element of a page that loads something from another host; one that leads there when it is clicked is none.
fn loaded_by_page(page: &str) -> Option<&str> {
    page.split('<').skip(1).find_map(|rest| {
        let element = rest.split('>').next()?;
        let link = element.starts_with("link ");
        let elsewhere = |attribute: &str| {
            ["http:", "https:", "//"]
                .iter()
                .any(|host| element.contains(&format!("{attribute}=\"{host}")))
        };
        (elsewhere(" src") || link && elsewhere(" href")).then_some(element)
    })
}

/// The first value of a style that loads something from another host.
fn loaded_by_style(style: &str) -> Option<&str> {
    style.split("url(").skip(1).find_map(|rest| {
        let place = rest.split(')').next()?.trim_matches(['"', '\'', ' ']);
        let elsewhere = ["http:", "https:", "//"];
        elsewhere
            .iter()
            .any(|host| place.starts_with(host))
            .then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_loads_from_another_host_is_found_and_what_it_leads_to_is_not() {
        let found = loaded_by_page("<p><script async src=\"https://a.example/b.js\"></script>");
        assert_eq!(found, Some("script async src=\"https://a.example/b.js\""));
        let found = loaded_by_page("<link rel=\"stylesheet\" href=\"//a.example/b.css\">");
        assert_eq!(
            found,
            Some("link rel=\"stylesheet\" href=\"//a.example/b.css\"")
        );
        let own = "<link href=\"css/a.css\"><img src=\"b.svg\"><a href=\"https://a.example\">a</a>";
        assert_eq!(loaded_by_page(own), None);
    }

    #[test]
    fn what_a_style_loads_from_another_host_is_found() {
        let style = "a{background:url(b.png)} @import url('https://a.example/c.css');";
        assert_eq!(loaded_by_style(style), Some("https://a.example/c.css"));
        assert_eq!(loaded_by_style("@font-face{src:url(fonts/a.woff2)}"), None);
    }

    #[test]
    fn every_page_that_is_copied_is_there() {
        for page in PAGES {
            let path = crate::root().join(page);
            assert!(path.exists(), "{}", path.display());
        }
    }

    #[test]
    fn a_folder_is_copied_with_all_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::create_dir_all(from.join("c/d")).unwrap();
        fs::write(from.join("c/d/e.md"), "e").unwrap();
        fs::write(from.join("f.md"), "f").unwrap();
        copy(&from, &to).unwrap();
        let text = |name: &str| fs::read_to_string(to.join(name)).unwrap();
        assert_eq!([text("c/d/e.md"), text("f.md")], ["e", "f"]);
    }
}
