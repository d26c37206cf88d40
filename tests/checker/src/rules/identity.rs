//! Identities against their schema.

use crate::refusal::{Breach, Rule};
use crate::schema::IdentitySchema;
use crate::value::Value;

/// Refuses an identity of which not everything is known.
pub(crate) fn identity_known(provider: &str, object: &str, identity: &Value) -> Option<Breach> {
    (!identity.is_wholly_known()).then(|| {
        Breach::new(
            Rule::IdentityUnknown,
            "Provider produced invalid identity",
            format!(
                "Provider \"{provider}\" returned an identity with unknown values for {object}. \
                 \n\nThis is a bug in the provider, which should be reported in the provider's \
                 own issue tracker."
            ),
        )
    })
}

/// Refuses an identity that is not of its schema's type.
pub(crate) fn identity_conforms(
    provider: &str,
    object: &str,
    identity: &Value,
    schema: &IdentitySchema,
) -> Vec<Breach> {
    let differences = identity.ty().nonconformities(&schema.ty()).into_iter();
    differences
        .map(|(path, why)| {
            let at = if path.is_root() { String::new() } else { format!("{path}: ") };
            Breach::new(
                Rule::IdentityConforms,
                "Provider produced an identity that doesn't match the schema",
                format!(
                    "Provider \"{provider}\" returned an identity for {object} that doesn't match \
                     the identity schema: {at}{why}. \n\nThis is a bug in the provider, which \
                     should be reported in the provider's own issue tracker."
                ),
            )
        })
        .collect()
}
