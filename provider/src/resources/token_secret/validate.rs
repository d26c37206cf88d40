//! Configurations that cannot be, and those to look at twice, before anything is planned.

use tf_framework::{Diagnostic, Dynamic, Value};

use super::TokenSecretModel;
use crate::subject;

pub(super) fn validate(config: &TokenSecretModel) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    conflicts(config, &mut found);
    incomplete(config, &mut found);
    if config.token_secret.known().is_some() {
        found.push(
            Diagnostic::warning(
                "The token secret is stored in the state",
                "Whoever can read the state can read token_secret. With Terraform 1.11 or later, \
                 use token_secret_wo.",
            )
            .at("token_secret"),
        );
    }
    swapped(config, &mut found);
    if config.name.known().is_some_and(|name| ends_like_an_arn(name)) {
        found.push(
            Diagnostic::warning(
                "The name ends like the ARN of another secret",
                "Secrets Manager adds a hyphen and six characters to a secret's name to make its \
                 ARN. With a name that ends so itself, what looks for a secret by a part of its \
                 ARN may find the wrong one.",
            )
            .at("name"),
        );
    }
    found
}

fn conflicts(config: &TokenSecretModel, found: &mut Vec<Diagnostic>) {
    let mut refuse = |left: &Value<String>, right: &Value<String>, what: &str, names: [&str; 2]| {
        if !left.is_null() && !right.is_null() {
            let [one, other] = names;
            let detail = format!("Set {one} or {other}, not both.");
            found.push(Diagnostic::error(format!("Conflicting {what}"), detail).at(other));
        }
    };
    refuse(&config.name, &config.name_prefix, "names", ["name", "name_prefix"]);
    refuse(&config.token_id, &config.token_id_wo, "token IDs", ["token_id", "token_id_wo"]);
    let secrets = ["token_secret_wo", "token_secret"];
    refuse(&config.token_secret_wo, &config.token_secret, "token secrets", secrets);
    let regions = config.replicas.known().into_iter().flatten();
    let mut regions: Vec<_> = regions.filter_map(|replica| replica.region.known()).collect();
    regions.extend(config.region.known());
    regions.sort();
    if let Some(&[twice, _]) = regions.windows(2).find(|pair| pair[0] == pair[1]) {
        found.push(
            Diagnostic::error(
                "Conflicting replicas",
                format!("The secret can be in {twice} only once."),
            )
            .at("replica"),
        );
    }
}

/// A variable that is not known yet may turn out null; then apply complains.
fn incomplete(config: &TokenSecretModel, found: &mut Vec<Diagnostic>) {
    let mut refuse = |detail: String, attribute: &str| {
        found.push(Diagnostic::error("Incomplete Modal token", detail).at(attribute));
    };
    let has_id = !config.token_id.is_null() || !config.token_id_wo.is_null();
    let has_secret = !config.token_secret_wo.is_null() || !config.token_secret.is_null();
    let id = config.token_id_attribute();
    if has_id && !has_secret {
        refuse(
            format!(
                "{id} needs token_secret_wo, or token_secret before Terraform 1.11. For a \
                 placeholder to be filled in by hand, leave out both."
            ),
            id,
        );
    }
    if has_secret && !has_id {
        let given = if config.token_secret.is_null() { "token_secret_wo" } else { "token_secret" };
        refuse(format!("{given} needs token_id, or token_id_wo."), given);
    }
    if !config.token_id_wo.is_null() && config.token_secret_wo_version.is_null() {
        refuse(
            "token_id_wo needs token_secret_wo_version: Terraform does not keep the ID, so only \
             another version tells it that the token is another."
                .to_owned(),
            "token_id_wo",
        );
    }
    let write_only = !config.token_id_wo.is_null() || !config.token_secret_wo.is_null();
    if !config.token_secret_wo_version.is_null() && !write_only {
        refuse(
            "token_secret_wo_version is the version of token_secret_wo, which is not set."
                .to_owned(),
            "token_secret_wo_version",
        );
    }
}

/// Only samples show how tokens begin, so this is never an error.
fn swapped(config: &TokenSecretModel, found: &mut Vec<Diagnostic>) {
    let id = config.token_id_attribute();
    let of_id = config.token_id.known().or(config.token_id_wo.known());
    if of_id.is_some_and(|id| !id.is_empty() && !id.starts_with("ak-")) {
        found.push(
            Diagnostic::warning(
                "This does not look like a Modal token ID",
                "IDs of Modal tokens begin with \"ak-\", their secrets with \"as-\". Are the two \
                 swapped?",
            )
            .at(id),
        );
    }
    let of_secret = [
        ("token_secret_wo", config.token_secret_wo.known()),
        ("token_secret", config.token_secret.known()),
    ];
    for (attribute, secret) in of_secret {
        if secret.is_some_and(|secret| secret.starts_with("ak-")) {
            found.push(
                Diagnostic::warning(
                    "This looks like the ID of a Modal token, not its secret",
                    "Secrets of Modal tokens begin with \"as-\", their IDs with \"ak-\". Are the \
                     two swapped?",
                )
                .at(attribute),
            );
        }
    }
}

/// Secrets Manager's rule for names.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "/_+=.@-".contains(letter);
    match name.len() {
        1..=512 if name.chars().all(known) => Ok(()),
        1..=512 => Err("may have letters, digits and any of /_+=.@- only.".to_owned()),
        length => Err(format!("must have 1 to 512 characters, not {length}.")),
    }
}

/// As Secrets Manager's user guide advises against.
fn ends_like_an_arn(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(rest, end)| {
        !rest.is_empty() && end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

pub(super) fn check_recovery_window(days: &Dynamic) -> Result<(), String> {
    match days {
        Dynamic::Number(days) if !matches!(days.as_i64(), Some(0 | 7..=30)) => {
            Err(format!("must be 0 or a whole number from 7 to 30, not {days}."))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_workspace_id(workspace_id: &str) -> Result<(), String> {
    subject::check_workspace_id(workspace_id).map_err(|_| {
        format!(
            "must be the id that `modal token info` prints, such as \"ac-2x7Kq\": letters, digits \
             and hyphens, not {workspace_id:?}."
        )
    })
}

#[cfg(test)]
mod tests {
    use tf_framework::Severity;

    use super::*;
    use crate::resources::token_secret::model::ReplicaModel;

    fn managed() -> TokenSecretModel {
        TokenSecretModel {
            token_id: "ak-1".into(),
            token_secret_wo: "as-1".into(),
            ..TokenSecretModel::default()
        }
    }

    /// Severity, attribute and first words of the detail.
    fn found(config: &TokenSecretModel) -> Vec<String> {
        let found = validate(config).into_iter().map(|found| {
            let letter = if found.severity == Severity::Error { 'E' } else { 'W' };
            let words: Vec<_> = found.detail.split(' ').take(4).collect();
            format!("{letter} {}: {}", found.attribute, words.join(" "))
        });
        found.collect()
    }

    #[test]
    fn a_token_is_whole_or_not_given_at_all() {
        assert_eq!(found(&managed()), [] as [&str; 0]);
        assert_eq!(found(&TokenSecretModel::default()), [] as [&str; 0]);
        let half = TokenSecretModel { token_secret_wo: Value::Null, ..managed() };
        assert_eq!(found(&half), ["E token_id: token_id needs token_secret_wo, or"]);
        let half = TokenSecretModel { token_id: Value::Null, ..managed() };
        assert_eq!(found(&half), ["E token_secret_wo: token_secret_wo needs token_id, or"]);
        let unknown = TokenSecretModel {
            token_id: Value::Unknown,
            token_secret_wo: Value::Unknown,
            ..TokenSecretModel::default()
        };
        assert_eq!(found(&unknown), [] as [&str; 0]);
    }

    #[test]
    fn an_id_that_is_not_kept_needs_a_version() {
        let hidden =
            TokenSecretModel { token_id: Value::Null, token_id_wo: "ak-1".into(), ..managed() };
        assert_eq!(
            found(&hidden),
            ["E token_id_wo: token_id_wo needs token_secret_wo_version: Terraform"]
        );
        let version = TokenSecretModel { token_secret_wo_version: "1".into(), ..hidden };
        assert_eq!(found(&version), [] as [&str; 0]);
        let both = TokenSecretModel { token_id: "ak-1".into(), ..version };
        assert_eq!(found(&both), ["E token_id_wo: Set token_id or token_id_wo,"]);
        let alone =
            TokenSecretModel { token_secret_wo_version: "1".into(), ..TokenSecretModel::default() };
        assert_eq!(
            found(&alone),
            ["E token_secret_wo_version: token_secret_wo_version is the version"]
        );
    }

    #[test]
    fn what_is_swapped_or_stored_is_warned_about() {
        let swapped = TokenSecretModel {
            token_id: "as-1".into(),
            token_secret_wo: "ak-1".into(),
            ..TokenSecretModel::default()
        };
        assert_eq!(
            found(&swapped),
            ["W token_id: IDs of Modal tokens", "W token_secret_wo: Secrets of Modal tokens"]
        );
        let stored = TokenSecretModel {
            token_secret_wo: Value::Null,
            token_secret: "as-1".into(),
            ..managed()
        };
        assert_eq!(found(&stored), ["W token_secret: Whoever can read the"]);
    }

    #[test]
    fn a_name_that_ends_like_an_arn_is_warned_about() {
        let named = |name: &str| TokenSecretModel { name: name.into(), ..managed() };
        assert_eq!(found(&named("modal-AbC123")), ["W name: Secrets Manager adds a"]);
        for name in ["modal", "modal-prod1", "modal-prod-eu", "-AbC123", "modal/AbC123"] {
            assert_eq!(found(&named(name)), [] as [&str; 0], "{name}");
        }
    }

    #[test]
    fn a_secret_is_in_each_region_once() {
        let replica = |region: &str| ReplicaModel { region: region.into(), ..Default::default() };
        let config = TokenSecretModel {
            region: "us-east-1".into(),
            replicas: Value::Known(vec![replica("eu-west-1"), replica("us-east-1")]),
            ..managed()
        };
        assert_eq!(found(&config), ["E replica: The secret can be"]);
    }

    #[test]
    fn single_values_are_checked() {
        assert!(check_name("modal/prod_+=.@-1").is_ok());
        assert_eq!(
            check_name("modal prod"),
            Err("may have letters, digits and any of /_+=.@- only.".to_owned())
        );
        assert!(check_workspace_id("ac-1").is_ok());
        assert!(check_workspace_id("*").unwrap_err().ends_with("not \"*\"."));
    }
}
