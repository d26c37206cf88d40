//! What IAM should hold for a role. Nothing here knows of unknown values.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tf_framework::Diagnostic;

use super::OidcRoleModel;
use crate::aws::iam::NewRole;
use crate::grant_policy;
use crate::sentence::sentence;

/// The role, and what hangs on it.
pub(super) struct Desired {
    pub role: NewRole,
    pub oidc_provider_arn: String,
    pub grants: Option<Json>,
    pub policy_arns: BTreeSet<String>,
}

impl Desired {
    pub(super) fn of(plan: &OidcRoleModel) -> Result<Self, Diagnostic> {
        let oidc_provider_arn = plan.oidc_provider_arn.require("oidc_provider_arn")?.clone();
        let trust = plan.trust(&oidc_provider_arn);
        let grants = plan.grants().ok_or_else(|| {
            Diagnostic::error("Invalid grant", "A grant has an access that there is not.")
                .at("grant")
        })?;
        let grants = grant_policy::document(&grants)
            .map_err(|error| Diagnostic::error("Invalid grant", sentence(&error)).at("grant"))?;
        Ok(Self {
            role: NewRole {
                name: plan.name.require("name")?.clone(),
                path: "/".to_owned(),
                description: plan.description.known().cloned().unwrap_or_default(),
                max_session_duration: i32::try_from(
                    *plan.max_session_duration.require("max_session_duration")?,
                )
                .unwrap_or(i32::MAX),
                trust_policy: trust.require("subject")?.document(),
                tags: plan.tags_all.require("tags_all")?.clone(),
            },
            oidc_provider_arn,
            grants,
            policy_arns: plan.policy_arns.known().cloned().unwrap_or_default(),
        })
    }
}
