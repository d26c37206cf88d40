//! From what a secret is to what it should be: all but its value.

use tf_framework::{Create, Diagnostic, Response, Value};

use super::observed::{DEFAULT_KMS_KEY, observed};
use super::token::{EXTERNAL, MANAGED, PLACEHOLDER, Token, Written, placeholder};
use super::{TokenSecret, TokenSecretModel};
use crate::aws::secrets::{NewSecret, Replica, Secrets};
use crate::aws::{AwsError, Fault};
use crate::resources::cannot::{cannot, cannot_create};

impl TokenSecret {
    /// Makes a secret with its first version, or takes back the deletion of one of its name. Policy
    /// and copies are not there yet.
    pub(super) async fn make(
        &self,
        secrets: &Secrets,
        name: &str,
        token: Option<&Token>,
        request: &Create<TokenSecretModel>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<TokenSecretModel, Diagnostic> {
        let plan = &request.plan;
        let status = if token.is_some() { MANAGED } else { PLACEHOLDER };
        let desired = NewSecret {
            name: name.to_owned(),
            description: plan.description.known().cloned().unwrap_or_default(),
            kms_key_id: plan.kms_key_id.known().cloned(),
            tags: plan.tags_all.require("tags_all")?.clone(),
            value: token.map_or_else(placeholder, Token::value),
        };
        let created = match secrets.create_secret(&desired).await {
            Ok(created) => created,
            Err(error)
                if error.fault == Fault::ScheduledForDeletion
                    && plan.restore_if_deleted != Value::Known(false) =>
            {
                return self.restore(secrets, name, token, plan, response).await;
            }
            Err(error) => {
                let attempt = format!("create secret {name:?}");
                let import_id = format!("{name}@{}", self.clients.aws_in(&plan.region).region);
                let refused = cannot_create(&attempt, &error, "token_secret", &import_id);
                return Err(refused.at("name"));
            }
        };
        let mut made = plan.clone();
        made.name = Value::Known(desired.name);
        made.arn = Value::Known(created.arn);
        made.version_id = Value::Known(created.version_id.clone());
        made.token_status = status.into();
        made.policy = Value::Null;
        made.replicas = Value::Known(Vec::new());
        response.set_private(Written { version_id: created.version_id, status }.to_private());
        response.set_state(made.clone());
        Ok(made)
    }

    /// By design the one thing that is adopted by its name: only one secret can have it, and who
    /// deleted it is asked to say so.
    async fn restore(
        &self,
        secrets: &Secrets,
        name: &str,
        token: Option<&Token>,
        plan: &TokenSecretModel,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<TokenSecretModel, Diagnostic> {
        let attempt = format!("restore secret {name:?}");
        let failed = |error: AwsError| cannot(&attempt, &error).at("restore_if_deleted");
        let found = secrets.find_secret(name).await.map_err(failed)?;
        let Some(found) = found.filter(|found| found.scheduled_for_deletion) else {
            let detail = "It was waiting for its deletion, and is not any more. Apply again.";
            return Err(Diagnostic::error(format!("Cannot {attempt}"), detail));
        };
        let has_value = found.version_id.is_some();
        let arn = found.arn.clone();
        let planned = TokenSecretModel { policy: Value::Null, ..plan.clone() };
        let mut made = observed(found, planned, None, &self.clients.tag_rules);
        // What the plan says of the token is not so yet; that it is unknown, a state cannot say.
        (made.workspace_name, made.token_name, made.expires_at) = Default::default();
        if let Err(error) = secrets.restore_secret(&arn).await {
            // Without AWS's answer it may be there: the next apply looks.
            if !error.is_refusal() {
                response.set_state(made);
            }
            return Err(failed(error));
        }
        response.set_state(made.clone());
        response.push(Diagnostic::warning(
            format!("Secret {name:?} was restored"),
            "It was waiting for its deletion. Its older versions are there again, with what they \
             hold.",
        ));
        let policy = secrets.resource_policy(&arn).await.map_err(failed)?;
        made.policy = policy.into();
        let written = match token {
            Some(token) => Some((token.value(), MANAGED)),
            None if !has_value => Some((placeholder(), PLACEHOLDER)),
            // Perhaps it was filled in by hand.
            None => None,
        };
        made.token_status = EXTERNAL.into();
        if let Some((value, status)) = written {
            let version_id = secrets.put_value(&arn, &value).await.map_err(failed)?;
            response.set_private(Written { version_id: version_id.clone(), status }.to_private());
            made.version_id = Value::Known(version_id);
            made.token_status = status.into();
            made.token_id = plan.token_id.clone();
            made.token_secret = plan.token_secret.clone();
            made.token_secret_wo_version = plan.token_secret_wo_version.clone();
        }
        response.set_state(made.clone());
        Ok(made)
    }

    /// Brings description, key, tags, policy and copies from `have` to `plan`.
    pub(super) async fn bring_in_line(
        &self,
        secrets: &Secrets,
        have: &TokenSecretModel,
        plan: &TokenSecretModel,
    ) -> Result<(), Diagnostic> {
        let arn = have.arn.require("arn")?;
        let attempt = format!("update secret {arn}");
        self.update_secret(secrets, arn, have, plan)
            .await
            .map_err(|error| cannot(&attempt, &error))?;
        put_policy(secrets, arn, have, plan).await.map_err(|error| {
            cannot(&format!("set the policy of secret {arn}"), &error).at("policy")
        })?;
        replicate(secrets, arn, have, plan)
            .await
            .map_err(|error| cannot(&format!("replicate secret {arn}"), &error).at("replica"))
    }

    async fn update_secret(
        &self,
        secrets: &Secrets,
        arn: &str,
        have: &TokenSecretModel,
        plan: &TokenSecretModel,
    ) -> Result<(), AwsError> {
        if (&have.description, &have.kms_key_id) != (&plan.description, &plan.kms_key_id) {
            let description = plan.description.known().map_or("", String::as_str);
            let kms_key_id = match (&have.kms_key_id, &plan.kms_key_id) {
                (_, Value::Known(key)) => Some(key.as_str()),
                (Value::Known(_), _) => Some(DEFAULT_KMS_KEY),
                _ => None,
            };
            secrets.update_secret(arn, description, kms_key_id).await?;
        }
        let have = have.tags_all.known().cloned().unwrap_or_default();
        let want = plan.tags_all.known().cloned().unwrap_or_default();
        secrets.change_tags(arn, &self.clients.tag_rules.changes(&have, &want)).await
    }
}

async fn put_policy(
    secrets: &Secrets,
    arn: &str,
    have: &TokenSecretModel,
    plan: &TokenSecretModel,
) -> Result<(), AwsError> {
    match (have.policy.known(), plan.policy.known()) {
        (have, want) if have == want => Ok(()),
        (_, Some(policy)) => secrets.put_resource_policy(arn, policy).await,
        (_, None) => secrets.delete_resource_policy(arn).await,
    }
}

/// A copy with another key is another copy.
async fn replicate(
    secrets: &Secrets,
    arn: &str,
    have: &TokenSecretModel,
    plan: &TokenSecretModel,
) -> Result<(), AwsError> {
    let (have, want) = (have.desired_replicas(), plan.desired_replicas());
    let less = |these: &[Replica], those: &[Replica]| -> Vec<Replica> {
        these.iter().filter(|replica| !those.contains(replica)).cloned().collect()
    };
    let gone: Vec<_> = less(&have, &want).into_iter().map(|replica| replica.region).collect();
    secrets.remove_replicas(arn, &gone).await?;
    let overwrite = plan.force_overwrite_replica_secret == Value::Known(true);
    secrets.add_replicas(arn, &less(&want, &have), overwrite).await
}
