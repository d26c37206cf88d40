//! `modal_workspace`: whose the provider's Modal token is.

use tf_framework::{
    Attribute, DataSource, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Value,
    async_trait,
};

use crate::modal::{Identity, TokenInfo, rfc3339};
use crate::provider::Clients;

/// Asks Modal about the token that the provider is configured with.
#[derive(Debug)]
pub(crate) struct WorkspaceData {
    clients: Clients,
}

impl WorkspaceData {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl DataSource for WorkspaceData {
    const TYPE_NAME: &'static str = "workspace";
    type Model = WorkspaceDataModel;

    fn schema() -> Schema {
        let output = |description: &str| Attribute::string(description).computed();
        Schema::new(
            "The Modal workspace of the provider's Modal token: the `modal_token_id` and \
             `modal_token_secret` of the provider block, the variables `MODAL_TOKEN_ID` and \
             `MODAL_TOKEN_SECRET`, or a profile of `~/.modal.toml`. Its `workspace_id` is what \
             `modal_oidc_role` trusts.",
        )
        .attribute("workspace_id", output("ID of the workspace, `ac-…`."))
        .attribute("workspace_name", output("Name of the workspace."))
        .attribute("token_id", output("ID of the token, `ak-…`. It is no secret."))
        .attribute("token_name", output("Name of the token, if it has one."))
        .attribute("user_id", output("ID of the user whose token it is; null for a service user."))
        .attribute("username", output("Name of that user."))
        .attribute(
            "service_user_id",
            output("ID of the service user whose token it is; null for a user."),
        )
        .attribute("service_user_name", output("Name of that service user."))
        .attribute("created_at", output("When the token was made, RFC 3339."))
        .attribute(
            "expires_at",
            output("When the token expires, RFC 3339; null for one that does not."),
        )
    }

    async fn read(
        &self,
        _config: WorkspaceDataModel,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<WorkspaceDataModel, Diagnostic> {
        let found = self.clients.modal.workspace().await;
        let found = found.map_err(|error| error.diagnostic("look up the Modal workspace"))?;
        Ok(WorkspaceDataModel::of(found))
    }
}

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct WorkspaceDataModel {
    workspace_id: Value<String>,
    workspace_name: Value<String>,
    token_id: Value<String>,
    token_name: Value<String>,
    user_id: Value<String>,
    username: Value<String>,
    service_user_id: Value<String>,
    service_user_name: Value<String>,
    created_at: Value<String>,
    expires_at: Value<String>,
}

impl WorkspaceDataModel {
    fn of(found: TokenInfo) -> Self {
        let some = |text: String| Value::from(Some(text).filter(|text| !text.is_empty()));
        let who = match found.identity {
            Some(Identity::User { id, name }) => {
                Self { user_id: some(id), username: some(name), ..Self::default() }
            }
            Some(Identity::ServiceUser { id, name }) => {
                Self { service_user_id: some(id), service_user_name: some(name), ..Self::default() }
            }
            None => Self::default(),
        };
        Self {
            workspace_id: Value::Known(found.workspace_id),
            workspace_name: some(found.workspace_name),
            token_id: some(found.token_id),
            token_name: some(found.token_name),
            created_at: found.created_at.and_then(rfc3339).into(),
            expires_at: found.expires_at.and_then(rfc3339).into(),
            ..who
        }
    }
}

impl Model for WorkspaceDataModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            workspace_id: object.take("workspace_id"),
            workspace_name: object.take("workspace_name"),
            token_id: object.take("token_id"),
            token_name: object.take("token_name"),
            user_id: object.take("user_id"),
            username: object.take("username"),
            service_user_id: object.take("service_user_id"),
            service_user_name: object.take("service_user_name"),
            created_at: object.take("created_at"),
            expires_at: object.take("expires_at"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            workspace_id,
            workspace_name,
            token_id,
            token_name,
            user_id,
            username,
            service_user_id,
            service_user_name,
            created_at,
            expires_at,
        } = self;
        object.put("workspace_id", workspace_id);
        object.put("workspace_name", workspace_name);
        object.put("token_id", token_id);
        object.put("token_name", token_name);
        object.put("user_id", user_id);
        object.put("username", username);
        object.put("service_user_id", service_user_id);
        object.put("service_user_name", service_user_name);
        object.put("created_at", created_at);
        object.put("expires_at", expires_at);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_service_user_is_no_user() {
        let model = WorkspaceDataModel::of(TokenInfo {
            token_id: "ak-1".to_owned(),
            workspace_id: "ac-1".to_owned(),
            workspace_name: "acme".to_owned(),
            token_name: String::new(),
            identity: Some(Identity::ServiceUser { id: "su-1".to_owned(), name: "ci".to_owned() }),
            created_at: None,
            expires_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
        });
        assert_eq!((model.user_id, model.username), (Value::Null, Value::Null));
        assert_eq!(model.service_user_name, "ci".into());
        assert_eq!(model.token_name, Value::Null);
        assert_eq!(model.expires_at, "2027-01-15T08:00:00Z".into());
    }
}
