//! What the project depends on: under licences that deny.toml allows, from where it allows, and without
//! what it bans.
//!
//! The workflows have `cargo deny` read the same file. It takes minutes to build, and no registry that
//! tests may use has it built, so that these three rules are read here as well.

use std::fs;

use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::Context;
use crate::error::Error;
use crate::metadata::{Metadata, Package};

/// What of deny.toml is read here.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// Fails with a line for each dependency that breaks a rule.
pub(crate) fn check(context: &Context) -> Result<(), Error> {
    let path = context.workspace.file("deny.toml");
    let text = fs::read_to_string(&path).map_err(Error::io("read deny.toml"))?;
    let broken = broken(&rules(&text)?, &Metadata::read(context)?)?;
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::Unusable(broken.join("\n")))
}

fn rules(text: &str) -> Result<Rules, Error> {
    toml::from_str(text).map_err(|error| Error::Unusable(format!("deny.toml: {error}")))
}

fn broken(rules: &Rules, metadata: &Metadata) -> Result<Vec<String>, Error> {
    let allowed: Result<Vec<_>, _> =
        rules.licenses.allow.iter().map(|license| Licensee::parse(license)).collect();
    let allowed = allowed.map_err(|error| Error::Unusable(format!("deny.toml: {error}")))?;
    let mut broken = Vec::new();
    // Those of the workspace come from nowhere.
    let others =
        metadata.packages.iter().filter_map(|package| Some((package, package.source.as_ref()?)));
    for (package, source) in others {
        let Package { name, version, .. } = package;
        if !is_allowed(package.license.as_deref(), &allowed) {
            let license = package.license.as_deref().unwrap_or("none that it names");
            broken.push(format!("{name} {version}: its licence, {license}, is not allowed"));
        }
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        if !rules.sources.allow_registry.iter().any(|allowed| allowed == registry) {
            broken.push(format!("{name} {version}: comes from {source}, which is not allowed"));
        }
        if let Some(ban) = rules.bans.deny.iter().find(|ban| ban.name == *name) {
            broken.push(format!("{name} {version}: is banned: {}", ban.reason));
        }
    }
    Ok(broken)
}

/// Whether one may choose allowed licences alone. The slash is an old spelling of "or".
fn is_allowed(license: Option<&str>, allowed: &[Licensee]) -> bool {
    let expression = license.map(|license| Expression::parse_mode(license, ParseMode::LAX));
    expression.is_some_and(|expression| {
        expression.is_ok_and(|expression| {
            expression.evaluate(|asked| allowed.iter().any(|license| license.satisfies(asked)))
        })
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use super::*;

    const RULES: &str = r#"
[licenses]
allow = ["MIT", "Unicode-3.0"]

[bans]
deny = [{ crate = "openssl-sys", reason = "one TLS" }]

[sources]
allow-registry = ["https://crates.example.com"]
"#;

    #[test]
    fn what_breaks_a_rule_is_named() {
        let package = |name: &str, license: Value, source: Value| json!({ "id": name, "name": name, "version": "1.0.0", "license": license, "source": source });
        let registry = || json!("registry+https://crates.example.com");
        let metadata = json!({
            "packages": [
                package("ours", Value::Null, Value::Null),
                package("either", json!("GPL-3.0/MIT"), registry()),
                package("both", json!("(GPL-3.0 OR MIT) AND Unicode-3.0"), registry()),
                package("copyleft", json!("MIT AND GPL-3.0"), registry()),
                package("silent", Value::Null, registry()),
                package("forked", json!("MIT"), json!("git+https://git.example.com/forked#1")),
                package("openssl-sys", json!("MIT"), registry()),
            ],
            "resolve": { "nodes": [] },
        });
        let metadata = serde_json::from_value(metadata).unwrap();
        let broken = broken(&rules(RULES).unwrap(), &metadata).unwrap();
        expect![[r#"
            copyleft 1.0.0: its licence, MIT AND GPL-3.0, is not allowed
            silent 1.0.0: its licence, none that it names, is not allowed
            forked 1.0.0: comes from git+https://git.example.com/forked#1, which is not allowed
            openssl-sys 1.0.0: is banned: one TLS"#]]
        .assert_eq(&broken.join("\n"));
    }
}
