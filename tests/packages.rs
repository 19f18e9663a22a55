//! What the packages of the three crates hold, and what whoever tries an example has to build.
#![allow(clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// So many packages are compiled for the quickstart at most, commy and the quickstart among them.
const MOST_CRATES: usize = 34;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What cargo says, at the top directory.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?} failed:\n{complained}");
    String::from_utf8(output.stdout).expect("cargo speaks UTF-8")
}

#[test]
fn the_quickstart_builds_few_crates() {
    // Nearly all of it is there already, and named nevertheless.
    let told = cargo(&["build", "--example", "quickstart", "--message-format=json"]);
    let mut packages = BTreeSet::new();
    let mut built = false;
    for line in told.lines() {
        let message: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        if let Some(package) = message["package_id"].as_str() {
            packages.insert(package.to_owned());
        }
        built |= message["target"]["name"] == "quickstart" && message["executable"].is_string();
    }
    assert!(built, "the quickstart is not among what was built");
    assert!(
        packages.len() <= MOST_CRATES,
        "{} packages, expected at most {MOST_CRATES}:\n{}",
        packages.len(),
        packages.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// A table of a manifest: its entries without comments, with paths as seen from the top.
fn table(manifest: &str, head: &str) -> Vec<String> {
    let text = read(manifest);
    let lines = text.lines().skip_while(|line| *line != head).skip(1);
    let entries = lines.take_while(|line| !line.starts_with('['));
    let entries = entries.filter(|line| !line.is_empty() && !line.starts_with('#'));
    // Which features are on is what the two differ in.
    let entries = entries.filter(|line| !line.starts_with("default = "));
    let entries: Vec<_> = entries.map(|line| line.replace("../", "")).collect();
    assert!(!entries.is_empty(), "{manifest} has no {head}");
    entries
}

#[test]
fn the_tests_compile_commy_as_its_own_manifest_says() {
    let text = read("commy/Cargo.toml");
    let tables = text.lines().filter(|line| line.starts_with('['));
    let tables = tables.filter(|head| *head == "[features]" || head.ends_with("dependencies]"));
    // Those at the top are of all tests.
    let tables: Vec<_> = tables.filter(|head| *head != "[dev-dependencies]").collect();
    assert!(tables.len() >= 4, "{tables:?}");
    for head in tables {
        assert_eq!(table("Cargo.toml", head), table("commy/Cargo.toml", head), "{head}");
    }
}

/// The files of a package, but for what cargo adds.
fn packaged(package: &str) -> Vec<String> {
    let told = cargo(&["package", "--list", "--allow-dirty", "--package", package]);
    let added = ["Cargo.lock", "Cargo.toml.orig", ".cargo_vcs_info.json"];
    told.lines().filter(|line| !added.contains(line)).map(|line| line.replace('\\', "/")).collect()
}

/// What all packages have, and no registry or packager can do without.
const ALWAYS: [&str; 5] =
    ["CHANGELOG.md", "Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

#[test]
fn packages_hold_sources_licences_and_pages_and_nothing_else() {
    for (package, own) in [
        ("commy", &["src/", "docs/", "examples/", "tests/"][..]),
        ("commy-types", &["src/", "tests/"]),
        ("commy-macros", &["src/"]),
    ] {
        let files = packaged(package);
        for file in ALWAYS {
            assert!(files.iter().any(|found| found == file), "{package} lacks {file}");
        }
        for file in &files {
            let known =
                ALWAYS.contains(&file.as_str()) || own.iter().any(|own| file.starts_with(own));
            let kinds = ["rs", "md", "svg", "toml"];
            let kind = Path::new(file).extension().is_none_or(|e| kinds.iter().any(|k| e == *k));
            assert!(known && kind, "{package} has {file}");
        }
        // Every file of the sources is there, and of the pages.
        for directory in own {
            let mut there = Vec::new();
            sources(&root().join(package).join(directory), &mut there);
            for path in there {
                let path = path.strip_prefix(root().join(package)).expect("it lies there");
                let path = path.to_str().expect("a name in UTF-8").replace('\\', "/");
                assert!(files.contains(&path), "{package} lacks {path}");
            }
        }
    }
    let files = packaged("commy");
    for example in ["writer", "reader", "clipboard", "notebook"] {
        let file = format!("examples/{example}.rs");
        assert!(files.contains(&file), "commy lacks {file}");
    }
}

/// The sources and pages in a directory and those in it, but for packages of their own.
fn sources(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    if directory.join("Cargo.toml").is_file() {
        return;
    }
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "md" || e == "svg") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_included_lies_in_the_same_package() {
    for package in ["commy", "commy-types", "commy-macros"] {
        let directory = root().join(package);
        let mut files = Vec::new();
        sources(&directory.join("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source in UTF-8");
            for included in text.split("include_str!(\"").skip(1) {
                let (path, _) = included.split_once('"').expect("a path in quotes");
                let place = file.parent().expect("a directory").join(path);
                let place = place.canonicalize().expect("it is there");
                let own = directory.canonicalize().expect("the package is there");
                assert!(place.starts_with(own), "{} includes {path}", file.display());
            }
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let docs = root().join("commy/docs");
    let mut pages = Vec::new();
    sources(&docs, &mut pages);
    pages.extend(
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"].map(|p| root().join(p)),
    );
    pages.extend(["format.md", "README.md", "tool.md"].map(|page| root().join("docs").join(page)));
    let mut seen = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|e| e == "md")) {
        let text = fs::read_to_string(page).expect("a page in UTF-8");
        let inline = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let below = text.lines().filter(|line| line.starts_with('['));
        let below = below.filter_map(|line| line.split_once("]: "));
        let links = inline.map(|(link, _)| link).chain(below.map(|(_, link)| link));
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = link.split('#').next().expect("a first part");
            // Links to items of the documentation are rustdoc's to check.
            if !path.contains('/') && !path.contains('.') || path.contains("::") {
                continue;
            }
            seen += 1;
            let place = page.parent().expect("a directory").join(path);
            assert!(place.exists(), "{} links to {link}", page.display());
            // Pages of the guide are packaged, and what they link to with them.
            if page.starts_with(&docs) {
                assert!(
                    place
                        .canonicalize()
                        .is_ok_and(|place| place.starts_with(docs.canonicalize().expect("docs"))),
                    "{} links out of the package: {link}",
                    page.display()
                );
            }
        }
    }
    assert!(seen > 50, "{seen} links");
}

#[test]
fn the_address_of_the_sources_stands_in_one_place() {
    assert_eq!(read("Cargo.toml").matches("\nrepository = ").count(), 1);
    for package in ["commy", "commy-types", "commy-macros"] {
        let manifest = read(&format!("{package}/Cargo.toml"));
        assert!(manifest.contains("\nrepository.workspace = true\n"), "{package}");
        assert!(manifest.contains("rustdoc-args = [\"--cfg\", \"docsrs\"]"), "{package}");
    }
}
