//! The adapters of one account, made from one configuration.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;

use super::config::AwsSettings;
use super::regional::{Regional, Regions};
use super::services;
use super::{
    ApiGateway, Caller, Ec2, EventBridge, Iam, Lambda, Logs, Queues, S3, Scheduler, Secrets, Sns,
    Waiter,
};

/// All that resources ask AWS through. Cheap to clone: the clones share connections.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The region of everything regional.
    pub region: String,
    /// HTTP APIs.
    pub apigateway: ApiGateway,
    /// Who asks.
    pub caller: Caller,
    /// Network interfaces that Lambda makes.
    pub ec2: Ec2,
    /// Rules, and what they invoke.
    pub eventbridge: EventBridge,
    /// Roles and the OIDC provider. They are in no region.
    pub iam: Iam,
    /// Lambda functions.
    pub lambda: Lambda,
    /// Log groups.
    pub logs: Logs,
    /// What buckets tell whom.
    pub s3: S3,
    /// Schedules.
    pub scheduler: Scheduler,
    /// The token secret.
    pub secrets: Secrets,
    /// Subscriptions.
    pub sns: Sns,
    /// Queues that feed functions.
    pub queues: Queues,
    waiter: Waiter,
    regions: Arc<Regions>,
}

impl Aws {
    /// The adapters, which ask AWS nothing before they are asked something.
    pub fn new(config: &SdkConfig, settings: &AwsSettings, waiter: &Waiter) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let regions = Regions::new(config.clone(), settings, waiter.clone());
        let Regional {
            apigateway,
            ec2,
            eventbridge,
            lambda,
            logs,
            s3,
            scheduler,
            secrets,
            sns,
            queues,
        } = regions.of(&region);
        Self {
            region,
            apigateway,
            caller: Caller::new(services::sts(config, settings)),
            ec2,
            eventbridge,
            iam: Iam::new(services::iam(config, settings), waiter.clone()),
            lambda,
            logs,
            s3,
            scheduler,
            secrets,
            sns,
            queues,
            waiter: waiter.clone(),
            regions: Arc::new(regions),
        }
    }

    /// The same account, in another region.
    pub fn in_region(&self, region: &str) -> Self {
        if region == self.region {
            return self.clone();
        }
        let Regional {
            apigateway,
            ec2,
            eventbridge,
            lambda,
            logs,
            s3,
            scheduler,
            secrets,
            sns,
            queues,
        } = self.regions.of(region);
        Self {
            region: region.to_owned(),
            apigateway: apigateway.waiting_by(&self.waiter),
            ec2: ec2.waiting_by(&self.waiter),
            eventbridge: eventbridge.waiting_by(&self.waiter),
            lambda: lambda.waiting_by(&self.waiter),
            logs: logs.waiting_by(&self.waiter),
            s3: s3.waiting_by(&self.waiter),
            scheduler: scheduler.waiting_by(&self.waiter),
            secrets: secrets.waiting_by(&self.waiter),
            sns: sns.waiting_by(&self.waiter),
            queues: queues.limited_by(&self.waiter),
            ..self.clone()
        }
    }

    /// The same, for an operation that may take so long.
    pub fn within(&self, limit: Duration) -> Self {
        let waiter = self.waiter.within(limit);
        Self {
            apigateway: self.apigateway.waiting_by(&waiter),
            ec2: self.ec2.waiting_by(&waiter),
            eventbridge: self.eventbridge.waiting_by(&waiter),
            iam: self.iam.waiting_by(&waiter),
            lambda: self.lambda.waiting_by(&waiter),
            logs: self.logs.waiting_by(&waiter),
            s3: self.s3.waiting_by(&waiter),
            scheduler: self.scheduler.waiting_by(&waiter),
            secrets: self.secrets.waiting_by(&waiter),
            sns: self.sns.waiting_by(&waiter),
            queues: self.queues.limited_by(&waiter),
            caller: self.caller.limited_by(&waiter),
            waiter,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a resource awaits inside a task must be able to move between threads.
    fn moves<T: Send>(_: T) {}

    #[test]
    fn every_wait_may_go_on_on_another_thread() {
        fn check(aws: &Aws, role: &super::super::iam::NewRole) {
            moves(aws.iam.create_role(role));
            moves(aws.iam.delete_role("name", &["policy"]));
            moves(aws.iam.attach_policy("name", "arn"));
            moves(aws.iam.list_roles());
            moves(aws.lambda.wait_until_ready("name"));
            moves(aws.lambda.delete_function("name"));
            moves(aws.logs.delete_log_group("name"));
            moves(aws.s3.find_notifications("bucket"));
            moves(aws.secrets.find_secret("name"));
            moves(aws.caller.identity());
        }
        let _ = check;
    }
}
