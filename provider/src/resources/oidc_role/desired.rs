//! What IAM should hold for a role. Nothing here knows of unknown values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tf_framework::Diagnostic;

use super::OidcRoleModel;
use crate::aws::iam::NewRole;
use crate::grant_policy;
use crate::resources::made_up_name::made_up_name;
use crate::sentence::sentence;
use crate::trust_policy::oidc_provider_arn;

/// How a name begins that nobody chose.
const DEFAULT_PREFIX: &str = "modal-";

/// The role, and what hangs on it.
pub(super) struct Desired {
    pub role: NewRole,
    pub audience: String,
    pub grants: Option<Json>,
    /// Documents by name.
    pub inline_policies: BTreeMap<String, Json>,
    pub policy_arns: BTreeSet<String>,
}

impl Desired {
    /// `partition` and `account_id` are those of the OIDC provider.
    pub(super) fn of(
        plan: &OidcRoleModel,
        partition: &str,
        account_id: &str,
    ) -> Result<Self, Diagnostic> {
        let trust = plan.trust(&oidc_provider_arn(partition, account_id));
        let name = plan.name.known().cloned();
        let prefix = plan.name_prefix.known().map_or(DEFAULT_PREFIX, String::as_str);
        Ok(Self {
            role: NewRole {
                name: name.unwrap_or_else(|| made_up_name(prefix)),
                path: plan.path.require("path")?.clone(),
                description: plan.description.known().cloned().unwrap_or_default(),
                max_session_duration: i32::try_from(
                    *plan.max_session_duration.require("max_session_duration")?,
                )
                .unwrap_or(i32::MAX),
                trust_policy: trust.require("subject")?.document(),
                permissions_boundary: plan.permissions_boundary.known().cloned(),
                tags: plan.tags_all.require("tags_all")?.clone(),
            },
            audience: plan.audience.require("audience")?.clone(),
            grants: grants(plan)?,
            inline_policies: inline_policies(plan).unwrap_or_default(),
            policy_arns: plan.policy_arns.known().cloned().unwrap_or_default(),
        })
    }
}

/// The policy of all grants.
fn grants(plan: &OidcRoleModel) -> Result<Option<Json>, Diagnostic> {
    let grants = plan.grants().ok_or_else(|| {
        Diagnostic::error("Invalid grant", "A grant has an access that there is not.").at("grant")
    })?;
    grant_policy::document(&grants)
        .map_err(|error| Diagnostic::error("Invalid grant", sentence(&error)).at("grant"))
}

/// The inline policies that a model lists, by name. `None` while they are not known.
pub(super) fn inline_policies(model: &OidcRoleModel) -> Option<BTreeMap<String, Json>> {
    if model.inline_policies.is_unknown() {
        return None;
    }
    let listed = model.inline_policies.known().into_iter().flatten();
    let parsed = listed.map(|(name, text)| {
        let document = serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()));
        (name.clone(), document)
    });
    Some(parsed.collect())
}
