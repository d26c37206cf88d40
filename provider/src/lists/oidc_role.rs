//! `modal_oidc_role`: every role of the account that trusts tokens of Modal.

use tf_framework::{Diagnostic, Found, List, ListResource, Listed, Schema, async_trait};

use crate::provider::Clients;
use crate::resources::{OidcRole, OidcRoleIdentity, cannot};
use crate::trust_policy::Trust;

/// Looks through the roles.
#[derive(Debug)]
pub(crate) struct OidcRoleList {
    clients: Clients,
}

impl OidcRoleList {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl ListResource for OidcRoleList {
    type Resource = OidcRole;
    type Model = ();

    fn schema() -> Schema {
        Schema::new(
            "Every IAM role of the account whose trust policy names the OIDC provider \
             `oidc.modal.com`, whoever made it and whatever else it says: for audits, and to bring \
             such roles under Terraform. What is shown of a role says which functions of which \
             workspace it lets in, or, with \"unusual trust\", that it is no policy of this \
             provider's form: look at it.",
        )
    }

    async fn list(&self, request: List<()>, found: &mut Found<OidcRole>) -> Result<(), Diagnostic> {
        let attempt = "list the roles that trust Modal";
        let roles = self.clients.aws.iam.list_roles().await;
        let roles = roles.map_err(|error| cannot(attempt, &error))?;
        let about_modal =
            roles.into_iter().filter(|role| Trust::is_about_modal(&role.trust_policy));
        for role in about_modal {
            let resource = if request.include_resource {
                let read = OidcRole::new(self.clients.clone());
                let state = read.find(&role.name).await;
                state.map_err(|error| cannot(&format!("read IAM role {:?}", role.name), &error))?
            } else {
                None
            };
            let listed = Listed {
                identity: OidcRoleIdentity::named(&role.arn, &role.name),
                display_name: display_name(&role.name, Trust::parse(&role.trust_policy).as_ref()),
                resource,
            };
            if found.send(listed).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The role, and whom it lets in.
fn display_name(name: &str, trust: Option<&Trust>) -> String {
    let Some(trust) = trust else { return format!("{name} (unusual trust)") };
    let mut whom: Vec<String> = trust
        .subjects
        .iter()
        .map(|subject| {
            let parts = [
                Some(subject.workspace_id()),
                Some(subject.environment_name()),
                subject.app_name(),
                subject.function_name(),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join("/")
        })
        .collect();
    if !trust.additional.is_empty() {
        whom.push("and others than Modal".to_owned());
    }
    format!("{name} ({})", whom.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::subject::Subject;

    #[test]
    fn the_name_says_who_is_let_in() {
        let subject = |app, function| Subject::new("ac-1", "main", app, function).unwrap();
        let trust = Trust {
            oidc_provider_arn: "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com".to_owned(),
            audience: "oidc.modal.com".to_owned(),
            subjects: vec![subject(Some("images"), Some("make")), subject(None, None)],
            additional: vec![json!({})],
        };
        assert_eq!(
            display_name("thumbnails", Some(&trust)),
            "thumbnails (ac-1/main/images/make, ac-1/main, and others than Modal)"
        );
        assert_eq!(display_name("open", None), "open (unusual trust)");
    }
}
