//! Who may invoke a function: the statements of its resource policy, one at a time.
//!
//! Lambda loses statements that are written at the same moment, so that writes to one function wait
//! for each other here.

use serde_json::{Map, Value as Json};

use super::Lambda;
use crate::aws::error::{AwsError, Fault};
use crate::aws::iam::{absent, gone_is_fine};

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Unique in the function's policy.
    pub statement_id: String,
    /// `lambda:InvokeFunction` and the like.
    pub action: String,
    /// A service, as `s3.amazonaws.com`; an account, a user or a role by its ARN; or `*`.
    pub principal: String,
    /// What calls in the principal's name.
    pub source_arn: Option<String>,
    /// Whose it is.
    pub source_account: Option<String>,
    /// The organization that the principal must belong to.
    pub principal_org_id: Option<String>,
}

impl Lambda {
    /// Adds a statement. One that says the same under the same id is this one already, as after an
    /// answer that was lost; another one of the same id is a failure, [`Fault::AlreadyExists`].
    pub async fn add_permission(
        &self,
        function: &str,
        permission: &Permission,
    ) -> Result<(), AwsError> {
        let _turn = self.writers.take(function).await;
        let taken = |error: &AwsError| error.message.contains("already exists");
        let added = self
            .soon(|| async {
                let Permission {
                    statement_id,
                    action,
                    principal,
                    source_arn,
                    source_account,
                    principal_org_id,
                } = permission.clone();
                let request = self
                    .client
                    .add_permission()
                    .function_name(function)
                    .statement_id(statement_id)
                    .action(action)
                    .principal(principal)
                    .set_source_arn(source_arn)
                    .set_source_account(source_account)
                    .set_principal_org_id(principal_org_id);
                let answer = request.send().await;
                answer.map_err(|error| {
                    let error = AwsError::from_sdk("lambda:AddPermission", &error);
                    // The same code as for a change that is under way.
                    if taken(&error) { error.with_fault(Fault::AlreadyExists) } else { error }
                })
            })
            .await;
        let error = match added {
            Ok(_) => return Ok(()),
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => error,
            Err(error) => return Err(error),
        };
        match self.find_permissions(function).await {
            Ok(found) if found.contains(permission) => Ok(()),
            _ => Err(error),
        }
    }

    /// Removes a statement. One that is gone, with its function or without, is fine.
    pub async fn remove_permission(
        &self,
        function: &str,
        statement_id: &str,
    ) -> Result<(), AwsError> {
        let _turn = self.writers.take(function).await;
        let removed = self
            .patiently(|| async {
                let request = self
                    .client
                    .remove_permission()
                    .function_name(function)
                    .statement_id(statement_id);
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("lambda:RemovePermission", &error))
            })
            .await;
        gone_is_fine(removed.map(drop))
    }

    /// The statements of a function's policy, as far as `AddPermission` could have written them.
    pub async fn find_permissions(&self, function: &str) -> Result<Vec<Permission>, AwsError> {
        let statements = self.statements(function).await?;
        Ok(statements.iter().filter_map(Permission::of_statement).collect())
    }

    /// The statements of a function's policy; none where it has no policy.
    pub(super) async fn statements(&self, function: &str) -> Result<Vec<Json>, AwsError> {
        const ACTION: &str = "lambda:GetPolicy";
        let policy = match self.client.get_policy().function_name(function).send().await {
            Ok(answer) => answer.policy().unwrap_or_default().to_owned(),
            Err(error) => {
                let none: Option<String> = absent(AwsError::from_sdk(ACTION, &error))?;
                none.unwrap_or_default()
            }
        };
        if policy.is_empty() {
            return Ok(Vec::new());
        }
        let mut document: Json = serde_json::from_str(&policy)
            .map_err(|error| AwsError::unexpected(ACTION, format!("the policy: {error}")))?;
        match document["Statement"].take() {
            Json::Array(statements) => Ok(statements),
            _ => Ok(Vec::new()),
        }
    }
}

impl Permission {
    /// `None` for what no call of `AddPermission` with these parameters makes.
    fn of_statement(statement: &Json) -> Option<Self> {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        if statement["Effect"] != "Allow" {
            return None;
        }
        let principal = match &statement["Principal"] {
            Json::String(anybody) => anybody.clone(),
            Json::Object(by_kind) => text(by_kind.get("Service").or(by_kind.get("AWS"))?)?,
            _ => return None,
        };
        Some(Self {
            statement_id: text(&statement["Sid"])?,
            action: text(&statement["Action"])?,
            principal,
            source_arn: condition(statement, "aws:SourceArn"),
            source_account: condition(statement, "aws:SourceAccount"),
            principal_org_id: condition(statement, "aws:PrincipalOrgID"),
        })
    }
}

/// What a condition key must be. Keys are the same in any case, and Lambda writes `AWS:SourceArn`.
pub(super) fn condition(statement: &Json, key: &str) -> Option<String> {
    let operators = statement["Condition"].as_object()?;
    let mut tests = operators.values().filter_map(Json::as_object).flat_map(Map::iter);
    let (_, value) = tests.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    value.as_str().map(str::to_owned)
}
