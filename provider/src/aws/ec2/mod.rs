//! EC2, as far as Lambda leaves something there: the network interfaces of functions in a VPC.
//!
//! It is one operation, asked for in EC2's own form through the SDK's runtime: EC2's SDK has hundreds,
//! which every build would compile.

mod answer;
mod query;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use self::query::Query;
use super::error::AwsError;
use super::lambda::{Lambda, Vpc};
use super::waiter::{Progress, Waiter};

const ACTION: &str = "ec2:DescribeNetworkInterfaces";

/// How Lambda describes its interfaces; the name of a function that used it first comes after it.
const DESCRIPTION: &str = "AWS Lambda VPC ENI*";

/// Network interfaces in one region.
#[derive(Debug, Clone)]
pub struct Ec2 {
    query: Query,
    waiter: Waiter,
}

/// A network interface that Lambda made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interface {
    /// `eni-…`
    pub id: String,
    /// Where it is.
    pub subnet_id: String,
    /// Its security groups.
    pub group_ids: BTreeSet<String>,
}

impl Interface {
    /// Whether functions in this network work through it. All that have the same security groups
    /// share the interfaces of a subnet (AWS Lambda developer guide, "Giving Lambda functions access
    /// to resources in an Amazon VPC").
    fn serves(&self, network: &Vpc) -> bool {
        network.subnet_ids.contains(&self.subnet_id) && network.security_group_ids == self.group_ids
    }
}

impl Ec2 {
    /// An adapter that asks where `endpoint` says, or else the configuration.
    pub(super) fn new(config: &SdkConfig, endpoint: Option<&String>, waiter: Waiter) -> Self {
        Self { query: Query::new(config.clone(), endpoint.cloned()), waiter }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        Self { waiter: waiter.clone(), ..self.clone() }
    }

    /// Those that Lambda made for functions in this network, whichever they are.
    pub async fn find_lambda_interfaces(&self, network: &Vpc) -> Result<Vec<Interface>, AwsError> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let page = self.query.send(ACTION, form(network, from.as_deref())).await?;
            found.extend(page.interfaces.into_iter().filter(|found| found.serves(network)));
            from = page.next;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// Waits until Lambda has deleted the interfaces in this network, but for those that other
    /// functions than `name` work through.
    pub async fn wait_until_left(
        &self,
        name: &str,
        network: &Vpc,
        lambda: &Lambda,
    ) -> Result<(), AwsError> {
        self.waiter
            .until(ACTION, self.waiter.waits().interfaces, || async {
                let mut left = self.find_lambda_interfaces(network).await?;
                if !left.is_empty() {
                    let others = lambda.networks_of_others(name).await?;
                    left.retain(|found| !others.iter().any(|other| found.serves(other)));
                }
                if left.is_empty() {
                    return Ok(Progress::Done(()));
                }
                let ids: Vec<_> = left.iter().map(|found| found.id.as_str()).collect();
                Ok(Progress::Pending(format!("there: {}", ids.join(", "))))
            })
            .await
    }
}

/// The operation as EC2 reads it.
fn form(network: &Vpc, from: Option<&str>) -> String {
    let description = BTreeSet::from([DESCRIPTION.to_owned()]);
    let filters = [
        ("description", &description),
        ("subnet-id", &network.subnet_ids),
        ("group-id", &network.security_group_ids),
    ];
    let mut fields = vec![
        ("Action".to_owned(), "DescribeNetworkInterfaces"),
        ("Version".to_owned(), "2016-11-15"),
    ];
    for (number, (name, values)) in (1..).zip(filters) {
        fields.push((format!("Filter.{number}.Name"), name));
        for (at, value) in (1..).zip(values) {
            fields.push((format!("Filter.{number}.Value.{at}"), value));
        }
    }
    if let Some(token) = from {
        fields.push(("NextToken".to_owned(), token));
    }
    let field = |(name, value): (String, &str)| {
        format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    fields.into_iter().map(field).collect::<Vec<_>>().join("&")
}
