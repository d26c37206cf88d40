//! IAM roles: what this provider asks of them, and nothing more.
//!
//! IAM stores policy documents percent-encoded, lets an object be seen in one place before another,
//! and refuses to delete a role that still has policies. All three end here.

use aws_sdk_iam::Client;
use aws_sdk_iam::types as sdk;
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

mod policies;

use super::error::{AwsError, Fault};
use super::limit::limited;
use super::waiter::Waiter;
use crate::tags::{CREATE_NONCE, TagChanges, Tags, fresh_nonce};

/// The roles of one account.
#[derive(Debug, Clone)]
pub struct Iam {
    pub(super) client: Client,
    pub(super) waiter: Waiter,
}

/// A role to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRole {
    /// Unique in the account.
    pub name: String,
    /// `/`, or a path that begins and ends with a slash.
    pub path: String,
    /// For people.
    pub description: String,
    /// The longest session, in seconds: 3600 to 43200.
    pub max_session_duration: i32,
    /// Who may assume it.
    pub trust_policy: Json,
    /// ARN of the policy that bounds what the role may do.
    pub permissions_boundary: Option<String>,
    /// The practitioner's tags.
    pub tags: Tags,
}

/// A role as IAM has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Unique in the account.
    pub name: String,
    /// With the path in it.
    pub arn: String,
    /// `AROA…`: another role of the same name has another.
    pub unique_id: String,
    /// `/` unless it was made with another.
    pub path: String,
    /// Empty when it has none.
    pub description: String,
    /// In seconds.
    pub max_session_duration: i32,
    /// Who may assume it. A text that is no JSON is kept as a string.
    pub trust_policy: Json,
    /// ARN of the policy that bounds what the role may do. A list of roles does not tell it.
    pub permissions_boundary: Option<String>,
    /// When it was made, as RFC 3339 has it.
    pub create_date: String,
    /// Every tag on it, the provider's own too.
    pub tags: Tags,
}

impl Iam {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_iam, self.client, waiter);
        Self { client, waiter: waiter.clone() }
    }

    /// Fails with [`Fault::AlreadyExists`] when the name is taken, unless by this very call, whose
    /// first answer was lost.
    pub async fn create_role(&self, role: &NewRole) -> Result<Role, AwsError> {
        let nonce = fresh_nonce();
        let created = self.trusting(|| self.send_create_role(role, &nonce)).await;
        let error = match created {
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => error,
            answer => return answer,
        };
        match self.find_role(&role.name).await {
            Ok(Some(found)) if found.tags.get(CREATE_NONCE) == Some(&nonce) => Ok(found),
            _ => Err(error),
        }
    }

    async fn send_create_role(&self, role: &NewRole, nonce: &str) -> Result<Role, AwsError> {
        const ACTION: &str = "iam:CreateRole";
        let mut tags = sdk_tags(&role.tags)?;
        tags.push(sdk_tag(CREATE_NONCE, nonce)?);
        let answer = self
            .client
            .create_role()
            .role_name(&role.name)
            .path(&role.path)
            .description(&role.description)
            .max_session_duration(role.max_session_duration)
            .assume_role_policy_document(role.trust_policy.to_string())
            .set_permissions_boundary(role.permissions_boundary.clone())
            .set_tags(Some(tags.clone()))
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        let created = answer.role().ok_or_else(|| AwsError::unexpected(ACTION, "no role"))?;
        // The answer has neither the description nor, always, the tags and the boundary.
        Ok(Role {
            description: role.description.clone(),
            max_session_duration: role.max_session_duration,
            permissions_boundary: role.permissions_boundary.clone(),
            tags: our_tags(&tags),
            ..Role::from(created)
        })
    }

    /// `None` when no role has this name.
    pub async fn find_role(&self, name: &str) -> Result<Option<Role>, AwsError> {
        match self.client.get_role().role_name(name).send().await {
            Ok(answer) => Ok(answer.role().map(Role::from)),
            Err(error) => absent(AwsError::from_sdk("iam:GetRole", &error)),
        }
    }

    /// Every role of the account, without tags and boundary.
    pub async fn list_roles(&self) -> Result<Vec<Role>, AwsError> {
        let mut pages = self.client.list_roles().into_paginator().send();
        let mut roles = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::from_sdk("iam:ListRoles", &error))?;
            roles.extend(page.roles().iter().map(Role::from));
        }
        Ok(roles)
    }

    /// Bounds what the role may do by a managed policy, or ends that.
    pub async fn set_permissions_boundary(
        &self,
        name: &str,
        policy_arn: Option<&str>,
    ) -> Result<(), AwsError> {
        self.patiently(|| async {
            let Some(arn) = policy_arn else {
                let request = self.client.delete_role_permissions_boundary().role_name(name);
                let answer = request.send().await.map(drop);
                return answer.map_err(|error| {
                    AwsError::from_sdk("iam:DeleteRolePermissionsBoundary", &error)
                });
            };
            let request = self.client.put_role_permissions_boundary().role_name(name);
            let answer = request.permissions_boundary(arn).send().await.map(drop);
            answer.map_err(|error| AwsError::from_sdk("iam:PutRolePermissionsBoundary", &error))
        })
        .await
    }

    /// Replaces the document that says who may assume the role.
    pub async fn set_trust_policy(&self, name: &str, document: &Json) -> Result<(), AwsError> {
        self.trusting(|| async {
            let request = self
                .client
                .update_assume_role_policy()
                .role_name(name)
                .policy_document(document.to_string());
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("iam:UpdateAssumeRolePolicy", &error))
        })
        .await?;
        Ok(())
    }

    /// Sets what of a role can be changed beside its policies and tags.
    pub async fn update_role(
        &self,
        name: &str,
        description: &str,
        max_session_duration: i32,
    ) -> Result<(), AwsError> {
        self.patiently(|| async {
            let request = self
                .client
                .update_role()
                .role_name(name)
                .description(description)
                .max_session_duration(max_session_duration);
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("iam:UpdateRole", &error))
        })
        .await?;
        Ok(())
    }

    /// Sets and removes tags. No call when nothing changes.
    pub async fn change_role_tags(&self, name: &str, changes: &TagChanges) -> Result<(), AwsError> {
        if !changes.remove.is_empty() {
            self.patiently(|| async {
                let keys = changes.remove.iter().cloned().collect();
                let request = self.client.untag_role().role_name(name).set_tag_keys(Some(keys));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("iam:UntagRole", &error))
            })
            .await?;
        }
        if !changes.set.is_empty() {
            let tags = sdk_tags(&changes.set)?;
            self.patiently(|| async {
                let request = self.client.tag_role().role_name(name).set_tags(Some(tags.clone()));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("iam:TagRole", &error))
            })
            .await?;
        }
        Ok(())
    }

    /// Deletes a role that is ours alone, with whatever is on it. `inline` are the policies of which
    /// the caller knows; what else there is, is looked for only where IAM says that there is something.
    /// Deleting a role that is gone succeeds.
    pub async fn delete_role(&self, name: &str, inline: &[&str]) -> Result<(), AwsError> {
        for policy in inline {
            self.delete_role_policy(name, policy).await?;
        }
        let not_yet = |error: &AwsError| matches!(error.fault, Fault::Conflict | Fault::NotFound);
        let deleted = self.waiter.retry(self.waiter.waits().propagation, not_yet, || async {
            match self.send_delete_role(name).await {
                // Within the retry: a policy may come, or the list be an old one.
                Err(error) if error.fault == Fault::Conflict => {
                    self.empty_role(name).await?;
                    self.send_delete_role(name).await
                }
                // IAM may not know everywhere yet what was made just now.
                Err(error) if error.fault == Fault::NotFound => match self.find_role(name).await {
                    Ok(Some(_)) => Err(error),
                    _ => Ok(()),
                },
                answer => answer,
            }
        });
        deleted.await
    }

    async fn empty_role(&self, name: &str) -> Result<(), AwsError> {
        for policy in self.list_role_policies(name).await? {
            self.delete_role_policy(name, &policy).await?;
        }
        for policy in self.list_attached_policies(name).await? {
            self.detach_policy(name, &policy).await?;
        }
        Ok(())
    }

    async fn send_delete_role(&self, name: &str) -> Result<(), AwsError> {
        let answer = self.client.delete_role().role_name(name).send().await;
        answer.map(drop).map_err(|error| AwsError::from_sdk("iam:DeleteRole", &error))
    }

    /// Repeats a change while another one of the same object is under way.
    pub(super) async fn patiently<T, F>(&self, call: impl FnMut() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let busy = |error: &AwsError| error.fault == Fault::Conflict;
        self.waiter.retry(self.waiter.waits().propagation, busy, call).await
    }

    /// The same for a trust policy, which may name a user or role that was made just now: IAM knows
    /// each as a principal a little later.
    async fn trusting<T, F>(&self, call: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let unknown =
            |error: &AwsError| error.says("MalformedPolicyDocument", "Invalid principal in policy");
        self.waiter.retry(self.waiter.waits().propagation, unknown, || self.patiently(&call)).await
    }

    /// The same for what is added to a role that may just have been created: for a few seconds,
    /// parts of IAM do not know the role yet.
    pub(super) async fn soon<T, F>(&self, call: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let unknown = |error: &AwsError| error.fault == Fault::NotFound;
        self.waiter.retry(self.waiter.waits().consistency, unknown, || self.patiently(&call)).await
    }
}

impl From<&sdk::Role> for Role {
    fn from(role: &sdk::Role) -> Self {
        Self {
            name: role.role_name().to_owned(),
            arn: role.arn().to_owned(),
            unique_id: role.role_id().to_owned(),
            path: role.path().to_owned(),
            description: role.description().unwrap_or_default().to_owned(),
            max_session_duration: role.max_session_duration().unwrap_or(3600),
            trust_policy: decoded(role.assume_role_policy_document().unwrap_or_default()),
            permissions_boundary: role
                .permissions_boundary()
                .and_then(|boundary| boundary.permissions_boundary_arn())
                .map(str::to_owned),
            create_date: role.create_date().to_string(),
            tags: our_tags(role.tags()),
        }
    }
}

/// `None` when there is no such thing; any other error stays one.
pub(super) fn absent<T>(error: AwsError) -> Result<Option<T>, AwsError> {
    if error.fault == Fault::NotFound { Ok(None) } else { Err(error) }
}

/// Success when there is nothing left to delete.
pub(super) fn gone_is_fine(answer: Result<(), AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.fault == Fault::NotFound => Ok(()),
        answer => answer,
    }
}

fn decoded(document: &str) -> Json {
    let text = percent_decode_str(document).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_else(|_| Json::String(text.into_owned()))
}

pub(super) fn our_tags(tags: &[sdk::Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

pub(super) fn sdk_tags(tags: &Tags) -> Result<Vec<sdk::Tag>, AwsError> {
    tags.iter().map(|(key, value)| sdk_tag(key, value)).collect()
}

fn sdk_tag(key: &str, value: &str) -> Result<sdk::Tag, AwsError> {
    let tag = sdk::Tag::builder().key(key).value(value).build();
    tag.map_err(|error| AwsError::unexpected("iam:TagRole", error.to_string()))
}

#[cfg(test)]
mod tests;
