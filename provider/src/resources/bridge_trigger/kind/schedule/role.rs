//! The role that a schedule invokes the bridge by: of this schedule alone.

use serde_json::{Value as Json, json};

use super::super::At;
use super::super::names::limited;
use crate::aws::AwsError;
use crate::aws::iam::{NewRole, Role};
use crate::aws::scheduler::{DEFAULT_GROUP, ScheduleName};
use crate::policy_document::equivalent;
use crate::tags::{OWNER, Tags};

/// The role's one policy.
const POLICY: &str = "invoke-bridge";

/// The role as it should be.
pub(super) struct ScheduleRole {
    pub(super) name: String,
    pub(super) arn: String,
    /// By which it is recognised: the trigger and its region.
    owner: String,
    trust: Json,
    policy: Json,
}

impl ScheduleRole {
    /// Of a schedule that invokes the bridge, and sends to this queue what it cannot hand over. Roles
    /// belong to the account and schedules to a region, so the region is in the name.
    pub(super) fn of(
        schedule: &ScheduleName,
        id: &str,
        dead_letter_arn: Option<&str>,
        at: &At,
    ) -> Self {
        let place = &at.place;
        let (partition, region, account) = (&place.partition, &place.region, &place.account);
        let ScheduleName { group, name } = schedule;
        let grouped = match group.as_str() {
            DEFAULT_GROUP => name.clone(),
            group => format!("{group}-{name}"),
        };
        let name = limited(&format!("{grouped}-schedule-{region}"));
        // Scheduler assumes roles in the name of a group, never of one schedule.
        let group = format!("arn:{partition}:scheduler:{region}:{account}:schedule-group/{group}");
        let mut statements = vec![json!({
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": place.bridge_arn(),
        })];
        statements.extend(dead_letter_arn.map(
            |queue| json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue }),
        ));
        Self {
            arn: format!("arn:{partition}:iam::{account}:role/{name}"),
            name,
            owner: format!("{id}@{region}"),
            trust: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": "scheduler.amazonaws.com" },
                    "Action": "sts:AssumeRole",
                    "Condition": { "StringEquals": {
                        "aws:SourceAccount": account,
                        "aws:SourceArn": group,
                    } },
                }],
            }),
            policy: json!({ "Version": "2012-10-17", "Statement": statements }),
        }
    }

    /// Whether it is there as it should be.
    pub(super) async fn is_there(&self, at: &At) -> Result<bool, AwsError> {
        let iam = &at.aws.iam;
        let Some(role) = iam.find_role(&self.name).await? else { return Ok(false) };
        let policy = iam.find_role_policy(&self.name, POLICY).await?;
        Ok(self.owns(&role)
            && equivalent(&role.trust_policy, &self.trust)
            && policy.is_some_and(|policy| equivalent(&policy, &self.policy)))
    }

    /// Whether a role of this name is there, and this schedule's.
    pub(super) async fn is_ours(&self, at: &At) -> Result<bool, AwsError> {
        Ok(at.aws.iam.find_role(&self.name).await?.is_some_and(|role| self.owns(&role)))
    }

    fn owns(&self, role: &Role) -> bool {
        role.tags.get(OWNER) == Some(&self.owner)
    }

    /// Makes the role, without its policy. Fails with `AlreadyExists` when its name is taken.
    pub(super) async fn create(&self, at: &At) -> Result<(), AwsError> {
        let role = NewRole {
            name: self.name.clone(),
            path: "/".to_owned(),
            description: format!("Lets EventBridge Scheduler call {}.", at.place.bridge),
            max_session_duration: 3600,
            trust_policy: self.trust.clone(),
            permissions_boundary: None,
            tags: Tags::from([(OWNER.to_owned(), self.owner.clone())]),
        };
        at.aws.iam.create_role(&role).await.map(drop)
    }

    /// The same, or makes the one that carries this schedule's tag what it should be.
    pub(super) async fn restore(&self, at: &At) -> Result<(), AwsError> {
        if self.is_ours(at).await? {
            at.aws.iam.set_trust_policy(&self.name, &self.trust).await
        } else {
            self.create(at).await
        }
    }

    /// Lets the role do what it is there for.
    pub(super) async fn allow(&self, at: &At) -> Result<(), AwsError> {
        at.aws.iam.put_role_policy(&self.name, POLICY, &self.policy).await
    }

    /// Deletes the role, unless it is somebody else's. One that is gone is fine.
    pub(super) async fn delete(&self, at: &At) -> Result<(), AwsError> {
        if self.is_ours(at).await? {
            at.aws.iam.delete_role(&self.name, &[POLICY]).await
        } else {
            Ok(())
        }
    }
}
