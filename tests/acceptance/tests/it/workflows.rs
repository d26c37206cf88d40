//! `.github/workflows`: what runs there is what somebody has looked at, and releases are for every
//! platform.

use std::fs;
use std::process::Command;

use acceptance::Workspace;

fn workflows() -> Vec<(String, String)> {
    let folder = Workspace::here().file(".github/workflows");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = files
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn every_action_is_pinned_by_the_hash_of_its_commit_and_names_its_version() {
    let mut seen = 0;
    for (file, text) in workflows() {
        for line in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let (_, pin) = action.split_once('@').unwrap();
            let (hash, version) = pin.split_once(" # v").unwrap_or((pin, ""));
            let is_hash = hash.len() == 40 && hash.chars().all(|digit| digit.is_ascii_hexdigit());
            assert!(is_hash && !version.is_empty(), "{file}: {action}");
            seen += 1;
        }
    }
    assert!(seen > 5);
}

#[test]
fn every_platform_of_a_release_is_built_before_and_for_it() {
    let mut xtask = Command::new(Workspace::here().program("xtask").unwrap());
    xtask.args(["dist", "--platform", "none"]).current_dir(Workspace::here().root());
    let said = String::from_utf8(xtask.output().unwrap().stderr).unwrap();
    let (_, names) = said.trim().split_once("there are ").unwrap();
    let names: Vec<_> = names.split(", ").collect();
    assert!(names.contains(&"linux_amd64"), "{names:?}");
    for (file, text) in workflows() {
        for name in &names {
            assert!(text.contains(&format!("platform: {name},")), "{file} does not build {name}");
        }
    }
}
