//! The names of a bridge's objects, made of what the practitioner wrote.

use sha2::{Digest as _, Sha256};
use tf_framework::{Diagnostic, Value};

use super::BridgeFunctionModel;
use crate::arn::Arn;

/// What Lambda and IAM allow.
const MAX_LENGTH: usize = 64;

/// `<app>-<function>-<mode>`, where no name is configured.
pub(super) fn function_name(config: &BridgeFunctionModel) -> Value<String> {
    let parts = (config.app_name.known(), config.modal_function_name.known(), config.mode.known());
    let (Some(app), Some(function), Some(mode)) = parts else { return Value::Unknown };
    let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let name = format!("{app}-{function}-{mode}");
    let name = name.chars().map(|letter| if known(letter) { letter } else { '-' }).collect();
    Value::Known(within_limit(name))
}

/// Two names for one function.
pub(super) fn validate(config: &BridgeFunctionModel) -> Vec<Diagnostic> {
    if config.name.is_null() || config.name_prefix.is_null() {
        return Vec::new();
    }
    let text = "Set name or name_prefix, not both.";
    vec![Diagnostic::error("Conflicting names", text).at("name_prefix")]
}

/// The execution role of a function. Roles belong to the account and functions to a region, so the
/// region is in it.
pub(super) fn role_name(function: &str, region: &str) -> String {
    within_limit(format!("{function}-{region}"))
}

/// The role that stands in while the execution role of the function with this ARN is replaced.
pub(super) fn stand_in_name(arn: &str) -> String {
    let region = Arn::parse(arn).map_or("", |arn| arn.region);
    let function = arn.rsplit(':').next().unwrap_or(arn);
    within_limit(format!("modal-stand-in-{function}-{region}"))
}

/// Where Lambda would write by itself.
pub(super) fn log_group_name(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

/// The name at the end of a role's ARN, which may have a path.
pub(super) fn role_of_arn(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The path of the role with this ARN: `/` unless there is another.
pub(super) fn path_of_role(arn: &str) -> &str {
    let from = arn.find("role/").map_or(0, |start| start + "role".len());
    let to = arn.rfind('/').map_or(from, |end| end + 1);
    arn.get(from..to).unwrap_or("/")
}

/// Cuts a long name and ends it with a hash of the whole, so that two long names stay two.
fn within_limit(name: String) -> String {
    if name.len() <= MAX_LENGTH {
        return name;
    }
    let hash: String =
        Sha256::digest(&name).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = name.chars().take(MAX_LENGTH - hash.len() - 1).collect();
    format!("{kept}-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(function: &str) -> BridgeFunctionModel {
        BridgeFunctionModel {
            app_name: "my.app".into(),
            modal_function_name: function.into(),
            mode: "remote".into(),
            ..BridgeFunctionModel::default()
        }
    }

    #[test]
    fn a_derived_name_has_only_what_lambda_allows() {
        assert_eq!(
            function_name(&config("Model.predict")),
            Value::Known("my-app-Model-predict-remote".to_owned())
        );
    }

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let name = |function: &str| function_name(&config(function)).into_known().unwrap();
        let long = "f".repeat(80);
        let (one, other) = (name(&long), name(&format!("{long}g")));
        assert_eq!((one.len(), other.len()), (64, 64));
        assert_ne!(one, other);
        assert_eq!(role_name(&one, "us-east-1").len(), 64);
    }

    #[test]
    fn a_role_with_a_path_is_found_by_its_name() {
        for (arn, path) in [
            ("arn:aws:iam::111122223333:role/modal/bridge", "/modal/"),
            ("arn:aws:iam::111122223333:role/modal/role/bridge", "/modal/role/"),
            ("arn:aws:iam::111122223333:role/bridge", "/"),
        ] {
            assert_eq!((role_of_arn(arn), path_of_role(arn)), ("bridge", path), "{arn}");
        }
    }
}
