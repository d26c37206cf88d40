//! The adapters of what lives in a region, for each region that a resource names.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;

use super::config::retries::GiveUpUnanswered;
use super::config::{AwsSettings, Endpoints};
use super::services::{has_endpoint, service_config};
use super::{
    ApiGateway, Ec2, EventBridge, Lambda, Logs, Queues, S3, Scheduler, Secrets, Sns, Waiter,
};

/// The adapters of one region.
#[derive(Debug, Clone)]
pub(super) struct Regional {
    pub(super) apigateway: ApiGateway,
    pub(super) ec2: Ec2,
    pub(super) eventbridge: EventBridge,
    pub(super) lambda: Lambda,
    pub(super) logs: Logs,
    pub(super) s3: S3,
    pub(super) scheduler: Scheduler,
    pub(super) secrets: Secrets,
    pub(super) sns: Sns,
    pub(super) queues: Queues,
}

/// Makes the adapters of a region once, and remembers them.
#[derive(Debug)]
pub(super) struct Regions {
    config: SdkConfig,
    endpoints: Endpoints,
    upload_timeout: Duration,
    waiter: Waiter,
    made: Mutex<BTreeMap<String, Regional>>,
}

impl Regions {
    /// Regions that have all but themselves from `config`.
    pub(super) fn new(config: SdkConfig, settings: &AwsSettings, waiter: Waiter) -> Self {
        Self {
            config,
            endpoints: settings.endpoints.clone(),
            upload_timeout: settings.patience.upload,
            waiter,
            made: Mutex::default(),
        }
    }

    pub(super) fn of(&self, region: &str) -> Regional {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(region.to_owned()).or_insert_with(|| self.make(region)).clone()
    }

    fn make(&self, region: &str) -> Regional {
        let (endpoints, waiter) = (&self.endpoints, &self.waiter);
        let region = Some(region).filter(|region| !region.is_empty());
        let config = &self
            .config
            .to_builder()
            .region(region.map(|region| Region::new(region.to_owned())))
            .build();

        let apigateway = endpoints.apigatewayv2.as_ref();
        let apigateway = service_config!(aws_sdk_apigatewayv2, config, apigateway, "ApiGatewayV2");
        let lambda = endpoints.lambda.as_ref();
        let lambda = service_config!(aws_sdk_lambda, config, lambda, "Lambda");
        let logs = endpoints.logs.as_ref();
        let logs = service_config!(aws_sdk_cloudwatchlogs, config, logs, "CloudWatch Logs");
        let s3 = endpoints.s3.as_ref();
        // Where buckets have no host names of their own, as most other servers than AWS's.
        let by_path = s3.is_some() || has_endpoint(config, "S3");
        let s3 = service_config!(aws_sdk_s3, config, s3, "S3").force_path_style(by_path);
        let secrets = endpoints.secretsmanager.as_ref();
        let secrets = service_config!(aws_sdk_secretsmanager, config, secrets, "Secrets Manager");
        let sns = endpoints.sns.as_ref();
        let sns = service_config!(aws_sdk_sns, config, sns, "SNS");
        let scheduler = endpoints.scheduler.as_ref();
        let scheduler = service_config!(aws_sdk_scheduler, config, scheduler, "Scheduler");
        let events = endpoints.events.as_ref();
        let events = service_config!(aws_sdk_eventbridge, config, events, "EventBridge");
        let queues = endpoints.sqs.as_ref();
        let queues = service_config!(aws_sdk_sqs, config, queues, "SQS");
        let timeouts = config.timeout_config().cloned();
        let upload = timeouts
            .map_or_else(TimeoutConfig::builder, |timeouts| timeouts.to_builder())
            .operation_attempt_timeout(self.upload_timeout)
            .build();
        let lambda = lambda.timeout_config(upload);

        Regional {
            apigateway: ApiGateway::new(
                aws_sdk_apigatewayv2::Client::from_conf(apigateway.build()),
                waiter.clone(),
            ),
            ec2: Ec2::new(config, endpoints.ec2.as_ref(), waiter.clone()),
            eventbridge: EventBridge::new(
                aws_sdk_eventbridge::Client::from_conf(events.build()),
                waiter.clone(),
            ),
            lambda: Lambda::new(aws_sdk_lambda::Client::from_conf(lambda.build()), waiter.clone()),
            logs: Logs::new(
                aws_sdk_cloudwatchlogs::Client::from_conf(logs.build()),
                waiter.clone(),
            ),
            s3: S3::new(aws_sdk_s3::Client::from_conf(s3.build()), waiter.clone()),
            scheduler: Scheduler::new(
                aws_sdk_scheduler::Client::from_conf(scheduler.build()),
                waiter.clone(),
            ),
            secrets: Secrets::new(
                aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
                waiter.clone(),
            ),
            sns: Sns::new(aws_sdk_sns::Client::from_conf(sns.build()), waiter.clone()),
            queues: Queues::new(aws_sdk_sqs::Client::from_conf(queues.build())),
        }
    }
}
