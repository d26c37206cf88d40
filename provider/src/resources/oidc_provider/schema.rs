//! What the OIDC provider looks like in HCL.

use tf_framework::{Attribute, Dynamic, Schema, Type, Validator};

use crate::tags;
use crate::trust_policy::AUDIENCE;

pub(super) fn schema() -> Schema {
    Schema::new(
        "The AWS account's OIDC provider for `oidc.modal.com`, which lets roles trust tokens of \
         Modal. An account can have one, which all its roles share: so one that exists is adopted, \
         the client IDs and tags that others gave it stay, and a destroy leaves it where it is. \
         `modal_oidc_role` also creates it where it is missing; this resource is for those who want \
         to see it in a configuration. It has no thumbprints: AWS trusts Modal's certificate \
         authority.",
    )
    .attribute(
        "client_id_list",
        Attribute::new(
            Type::set(Type::String),
            "Audiences whose tokens are accepted. `[\"oidc.modal.com\"]` unless set. They are \
             added to those that are there; none is ever taken away, as other roles may need it.",
        )
        .default(Dynamic::Set(vec![AUDIENCE.into()]))
        .validate(Validator::new(check_client_ids)),
    )
    .attribute(
        "adopt_existing",
        Attribute::bool(
            "Whether a provider that the account has already is used. `true` unless set; with \
             `false`, that is an error at create.",
        )
        .default(true),
    )
    .attribute(
        "retain_on_destroy",
        Attribute::bool(
            "Whether the provider outlives this resource. `true` unless set. With `false`, a \
             destroy deletes it, whoever made it, and with it every Modal function loses its way \
             into the account.",
        )
        .default(true),
    )
    .attribute(
        "tags",
        Attribute::new(
            Type::map(Type::String),
            "Tags of the provider, by key. Tags of other keys stay as they are.",
        )
        .validate(tags::validator()),
    )
    .attribute("arn", Attribute::string("ARN of the provider. Known at plan.").computed())
    .attribute("url", Attribute::string("The issuer, `oidc.modal.com`.").computed())
    .attribute(
        "tags_all",
        Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
            .computed(),
    )
}

/// IAM's rule for client IDs.
fn check_client_ids(ids: &Dynamic) -> Result<(), String> {
    let Dynamic::Set(ids) = ids else { return Ok(()) };
    if ids.is_empty() || ids.len() > 100 {
        return Err(format!("must have 1 to 100 client IDs, not {}.", ids.len()));
    }
    for id in ids {
        if let Dynamic::String(id) = id
            && !(1..=255).contains(&id.chars().count())
        {
            return Err(format!("must hold IDs of 1 to 255 characters, not {id:?}."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::super::OidcProvider;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<OidcProvider>();
    }
}
