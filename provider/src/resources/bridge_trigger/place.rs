//! Which bridge a trigger calls, and where that is.

use sha2::{Digest as _, Sha256};
use tf_framework::{Attribute, Diagnostic, Dynamic, Validator, Value};

use super::BridgeTriggerModel;
use crate::arn::Arn;

/// `bridge_name`: a name, or an ARN, which says where the bridge is.
pub(super) struct Bridge<'a> {
    pub(super) name: &'a str,
    arn: Option<Arn<'a>>,
}

impl<'a> Bridge<'a> {
    /// Of a text that [`attribute`] has checked.
    pub(super) fn parse(text: &'a str) -> Self {
        let arn = Arn::parse(text);
        let name = arn.and_then(|arn| arn.resource.strip_prefix("function:")).unwrap_or(text);
        Self { name, arn }
    }

    /// Refuses an ARN of another account than that which the provider works in.
    pub(super) fn check_account(&self, place: &Place) -> Result<(), Diagnostic> {
        match self.arn {
            Some(arn) if arn.account != place.account => Err(Diagnostic::error(
                "Invalid value for bridge_name",
                format!(
                    "The bridge is in account {}, and this provider works in account {}. Use a \
                     provider block for account {}.",
                    arn.account, place.account, arn.account
                ),
            )
            .at("bridge_name")),
            _ => Ok(()),
        }
    }
}

/// Where a trigger's bridge is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) partition: String,
    pub(super) account: String,
    pub(super) region: String,
    /// The function's name.
    pub(super) bridge: String,
}

impl Place {
    /// Of the function, without a version.
    pub(super) fn bridge_arn(&self) -> String {
        let Self { partition, account, region, bridge } = self;
        format!("arn:{partition}:lambda:{region}:{account}:function:{bridge}")
    }

    /// The trigger's id: by it, it is imported.
    pub(super) fn id(&self, kind: &str, key: &str) -> String {
        format!("{}/{kind}/{key}", self.bridge)
    }

    /// The same for a provider in whatever region.
    pub(super) fn import_id(&self, kind: &str, key: &str) -> String {
        format!("{}@{}", self.id(kind, key), self.region)
    }
}

/// The id of a trigger's statement in the function's policy: always the same, and to be recognised.
pub(super) fn statement_id(kind: &str, key: &str) -> String {
    let digest = Sha256::digest(key);
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("modal-trigger-{}-{hash}", kind.replace('_', "-"))
}

/// The attribute.
pub(super) fn attribute() -> Attribute {
    Attribute::string(
        "Name or ARN of the bridge, a Lambda function. Another bridge means another trigger. Most \
         useful as `modal_bridge_function.<name>.name`.",
    )
    .required()
    .requires_replace()
    .same_when(|prior, config| match (prior, config) {
        (Dynamic::String(prior), Dynamic::String(config)) => {
            Bridge::parse(prior).name == Bridge::parse(config).name
        }
        _ => false,
    })
    .validate(Validator::text(check))
}

/// What `region` is asked to be: what the configuration says, or the ARN of the bridge.
pub(super) fn region_of(
    config: &BridgeTriggerModel,
    bridge: Option<&Bridge<'_>>,
    prior: Option<&Value<String>>,
) -> Result<Value<String>, Diagnostic> {
    let of_arn = bridge.and_then(|bridge| bridge.arn).map(|arn| arn.region);
    match (&config.region, of_arn) {
        (Value::Known(region), Some(of_arn)) if region != of_arn => Err(Diagnostic::error(
            "Invalid value for region",
            format!(
                "The bridge is in {of_arn}, and its triggers are where it is, not in {region}."
            ),
        )
        .at("region")),
        (Value::Null, Some(of_arn)) => Ok(of_arn.into()),
        // It may turn out to be an ARN.
        (Value::Null, None) if bridge.is_none() && prior.is_none() => Ok(Value::Unknown),
        (given, _) => Ok(given.clone()),
    }
}

fn check(text: &str) -> Result<(), String> {
    let is_name = |name: &str| {
        let known = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        (1..=64).contains(&name.len()) && name.chars().all(known)
    };
    let fits = match Arn::parse(text) {
        Some(arn) => {
            arn.service == "lambda"
                && !arn.region.is_empty()
                && arn.resource.strip_prefix("function:").is_some_and(is_name)
        }
        None => is_name(text),
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "must be the name of a Lambda function, or its ARN without version and alias, not \
             {text:?}."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bridge_is_named_or_given_by_its_arn() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:render";
        for bridge in ["render", arn] {
            assert_eq!(check(bridge), Ok(()));
            assert_eq!(Bridge::parse(bridge).name, "render");
        }
        for other in ["", "a b", "a/b", &format!("{arn}:prod"), "arn:aws:s3:::render"] {
            assert!(check(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_statement_is_named_by_what_the_trigger_is() {
        assert_eq!(statement_id("s3", "uploads/1"), statement_id("s3", "uploads/1"));
        assert_ne!(statement_id("s3", "uploads/1"), statement_id("s3", "uploads/2"));
        let id = statement_id("http_api", "a1b2c3");
        assert!(id.starts_with("modal-trigger-http-api-"), "{id}");
        assert!(id.len() <= 100, "{id}");
    }
}
