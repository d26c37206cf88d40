//! The policies of a role: inline ones, and managed ones that are attached.

use serde_json::Value as Json;

use super::super::error::AwsError;
use super::{Iam, absent, decoded, gone_is_fine};

impl Iam {
    /// Writes an inline policy, or replaces the one of this name.
    pub async fn put_role_policy(
        &self,
        role: &str,
        policy: &str,
        document: &Json,
    ) -> Result<(), AwsError> {
        self.soon(|| async {
            let request = self
                .client
                .put_role_policy()
                .role_name(role)
                .policy_name(policy)
                .policy_document(document.to_string());
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("iam:PutRolePolicy", &error))
        })
        .await?;
        Ok(())
    }

    /// `None` when the role, or its policy of this name, does not exist.
    pub async fn find_role_policy(
        &self,
        role: &str,
        policy: &str,
    ) -> Result<Option<Json>, AwsError> {
        match self.client.get_role_policy().role_name(role).policy_name(policy).send().await {
            Ok(answer) => Ok(Some(decoded(answer.policy_document()))),
            Err(error) => absent(AwsError::from_sdk("iam:GetRolePolicy", &error)),
        }
    }

    /// Names of the role's inline policies. Empty when the role is gone.
    pub async fn list_role_policies(&self, role: &str) -> Result<Vec<String>, AwsError> {
        let mut pages = self.client.list_role_policies().role_name(role).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => names.extend(page.policy_names().iter().cloned()),
                Err(error) => {
                    return absent(AwsError::from_sdk("iam:ListRolePolicies", &error))
                        .map(Option::unwrap_or_default);
                }
            }
        }
        Ok(names)
    }

    /// Deletes one inline policy. One that is gone is fine.
    pub async fn delete_role_policy(&self, role: &str, policy: &str) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let request = self.client.delete_role_policy().role_name(role).policy_name(policy);
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("iam:DeleteRolePolicy", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }

    /// Attaches a managed policy. Attaching it twice is fine.
    pub async fn attach_policy(&self, role: &str, policy_arn: &str) -> Result<(), AwsError> {
        self.soon(|| async {
            let request = self.client.attach_role_policy().role_name(role).policy_arn(policy_arn);
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("iam:AttachRolePolicy", &error))
        })
        .await?;
        Ok(())
    }

    /// Detaches a managed policy. One that is not attached is fine.
    pub async fn detach_policy(&self, role: &str, policy_arn: &str) -> Result<(), AwsError> {
        let detached = self
            .patiently(|| async {
                let request =
                    self.client.detach_role_policy().role_name(role).policy_arn(policy_arn);
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("iam:DetachRolePolicy", &error))
            })
            .await;
        gone_is_fine(detached.map(drop))
    }

    /// ARNs of the managed policies on the role. Empty when the role is gone.
    pub async fn list_attached_policies(&self, role: &str) -> Result<Vec<String>, AwsError> {
        let mut pages =
            self.client.list_attached_role_policies().role_name(role).into_paginator().send();
        let mut arns = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => arns.extend(
                    page.attached_policies()
                        .iter()
                        .filter_map(|policy| policy.policy_arn().map(str::to_owned)),
                ),
                Err(error) => {
                    return absent(AwsError::from_sdk("iam:ListAttachedRolePolicies", &error))
                        .map(Option::unwrap_or_default);
                }
            }
        }
        Ok(arns)
    }
}
