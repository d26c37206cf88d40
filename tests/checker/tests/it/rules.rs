//! No rule without a refusal.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_rule_is_refused_at_least_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("src/refusal.rs")).unwrap();
    let (_, variants) = source.split_once("pub enum Rule {").unwrap();
    let variants = variants.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let variants: Vec<_> = variants.filter_map(|line| line.strip_suffix(',')).collect();
    assert!(variants.len() > 80, "the rules were read: {variants:?}");

    let tests = fs::read_dir(root.join("tests/it")).unwrap();
    let tests = tests.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let tests: String = tests.map(|path| fs::read_to_string(path).unwrap()).collect();
    let refused: BTreeSet<&str> = tests
        .split("Rule::")
        .map(|after| after.split(|char: char| !char.is_alphanumeric()).next().unwrap_or_default())
        .collect();
    let never: Vec<_> = variants.iter().filter(|rule| !refused.contains(*rule)).collect();
    assert!(never.is_empty(), "no test refuses by {never:?}");
}
