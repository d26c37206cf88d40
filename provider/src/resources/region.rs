//! `region` of everything that lives in one: as in `hashicorp/aws` 6, a resource may be in another
//! region than its provider works in.

use tf_framework::{Attribute, Diagnostic, Validator, Value};

use crate::arn::Arn;
use crate::aws::partition::partition_of;

/// The attribute. A change of it means another object.
pub(super) fn attribute() -> Attribute {
    Attribute::string(
        "AWS region of the resource. The provider's region at create unless set; a resource then \
         stays where it is. Another region means another resource.",
    )
    .optional_computed()
    .use_state_for_unknown()
    .requires_replace()
    .validate(Validator::text(check))
}

/// What a plan says of it. `own` is the provider's region. Fails where its credentials are none.
pub(super) fn planned(
    config: &Value<String>,
    prior: Option<&Value<String>>,
    own: &str,
) -> Result<Value<String>, Diagnostic> {
    match (config, prior) {
        (Value::Null, Some(prior)) => Ok(prior.clone()),
        (Value::Null, None) => Ok(own.into()),
        (given, _) => {
            if let Some(region) = given.known() {
                check_partition(region, own)?;
            }
            Ok(given.clone())
        }
    }
}

/// An account is of one partition. Regions that this provider does not know may be of any.
fn check_partition(region: &str, own: &str) -> Result<(), Diagnostic> {
    match (partition_of(region), partition_of(own)) {
        (Some(there), Some(here)) if there != here => Err(Diagnostic::error(
            "Invalid value for region",
            format!(
                "Region {region} is in partition {there}, and this provider's, {own}, in {here}. \
                 Use a provider block for that partition: its accounts are others."
            ),
        )
        .at("region")),
        _ => Ok(()),
    }
}

/// What an id to import by names, and in which region: `name@region`, a name alone, or an ARN, which
/// says its region itself.
pub(super) fn of_import_id(id: &str) -> (String, Value<String>) {
    let (name, region) = match id.rsplit_once('@') {
        Some((name, region)) if !name.is_empty() && looks_like_region(region) => {
            (name, Some(region))
        }
        _ => (id, None),
    };
    let own = Arn::parse(name).map(|arn| arn.region).filter(|region| !region.is_empty());
    (name.to_owned(), own.or(region).map(str::to_owned).into())
}

/// Whether it can be one. Which there are, AWS says.
pub(crate) fn check(region: &str) -> Result<(), String> {
    if looks_like_region(region) {
        Ok(())
    } else {
        Err(format!("must be the name of an AWS region, such as \"eu-west-1\", not {region:?}."))
    }
}

/// Two letters, words, a number of one or two digits: `us-gov-west-1`.
fn looks_like_region(text: &str) -> bool {
    let lower = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let parts: Vec<&str> = text.split('-').collect();
    let [land, words @ .., number] = parts.as_slice() else { return false };
    land.len() == 2
        && lower(land)
        && !words.is_empty()
        && words.iter().all(|word| lower(word))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_id_may_end_in_a_region() {
        let arn = "arn:aws:secretsmanager:eu-west-3:111122223333:secret:a@b-AbCdEf";
        for (id, name, region) in [
            ("render@eu-west-1", "render", "eu-west-1".into()),
            ("a@b@us-gov-west-1", "a@b", "us-gov-west-1".into()),
            (arn, arn, "eu-west-3".into()),
        ] {
            assert_eq!(of_import_id(id), (name.to_owned(), region));
        }
        for name in ["render", "me@example", "render@", "@eu-west-1", "a@eu-west-123", "a@eu-1"] {
            assert_eq!(of_import_id(name), (name.to_owned(), Value::Null));
        }
    }

    #[test]
    fn a_resource_without_a_region_begins_in_the_providers_and_stays_where_it_is() {
        let planned = |config: &Value<String>, prior| planned(config, prior, "us-east-1").unwrap();
        assert_eq!(planned(&Value::Null, None), "us-east-1".into());
        let prior = "eu-west-1".into();
        assert_eq!(planned(&Value::Null, Some(&prior)), prior);
        assert_eq!(planned(&"eu-west-2".into(), Some(&prior)), "eu-west-2".into());
        assert_eq!(planned(&Value::Unknown, Some(&prior)), Value::Unknown);
    }

    #[test]
    fn a_region_of_another_partition_is_refused() {
        let refused = planned(&"us-gov-west-1".into(), None, "us-east-1").unwrap_err();
        expect_test::expect!["Region us-gov-west-1 is in partition aws-us-gov, and this provider's, us-east-1, in aws. Use a provider block for that partition: its accounts are others."]
            .assert_eq(&refused.detail);
        let new = "eu-west-9".into();
        assert_eq!(planned(&new, None, "us-east-1"), Ok(new));
    }

    #[test]
    fn what_is_no_region_is_refused() {
        assert_eq!(check("ap-southeast-1"), Ok(()));
        expect_test::expect![[
            r#"must be the name of an AWS region, such as "eu-west-1", not "Frankfurt"."#
        ]]
        .assert_eq(&check("Frankfurt").unwrap_err());
    }
}
