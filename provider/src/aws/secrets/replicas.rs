//! The copies of a secret in other regions.

use aws_sdk_secretsmanager::types::{ReplicaRegionType, ReplicationStatusType, StatusType};

use super::Secrets;
use crate::aws::error::{AwsError, Fault};
use crate::aws::waiter::Progress;

/// A copy of a secret in another region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Where it is.
    pub region: String,
    /// `None`: the key that AWS manages for Secrets Manager there.
    pub kms_key_id: Option<String>,
}

pub(super) fn read(status: &ReplicationStatusType) -> Option<Replica> {
    let region = status.region()?.to_owned();
    Some(Replica { region, kms_key_id: status.kms_key_id().map(str::to_owned) })
}

impl Secrets {
    /// Adds copies, and waits until they hold the secret's value. `overwrite` lets a copy take the
    /// place of a secret of its name.
    pub async fn add_replicas(
        &self,
        id: &str,
        replicas: &[Replica],
        overwrite: bool,
    ) -> Result<(), AwsError> {
        const ACTION: &str = "secretsmanager:ReplicateSecretToRegions";
        if replicas.is_empty() {
            return Ok(());
        }
        let regions = replicas.iter().map(|replica| {
            ReplicaRegionType::builder()
                .region(&replica.region)
                .set_kms_key_id(replica.kms_key_id.clone())
                .build()
        });
        let request = self
            .client
            .replicate_secret_to_regions()
            .secret_id(id)
            .set_add_replica_regions(Some(regions.collect()))
            .force_overwrite_replica_secret(overwrite);
        let answer = request.send().await;
        answer.map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        let budget = self.waiter.waits().propagation;
        self.waiter.until(ACTION, budget, || self.look_at_replicas(id, replicas)).await
    }

    async fn look_at_replicas(
        &self,
        id: &str,
        replicas: &[Replica],
    ) -> Result<Progress<()>, AwsError> {
        const ACTION: &str = "secretsmanager:DescribeSecret";
        let answer = self.client.describe_secret().secret_id(id).send().await;
        let answer = answer.map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        for status in answer.replication_status() {
            let region = status.region().unwrap_or_default();
            if !replicas.iter().any(|replica| replica.region == region) {
                continue;
            }
            match status.status() {
                Some(StatusType::InProgress) => {
                    return Ok(Progress::Pending(format!("being copied to {region}")));
                }
                Some(StatusType::Failed) => {
                    let reason = status.status_message().unwrap_or("no reason given");
                    let message = format!("the copy in {region} failed: {reason}");
                    return Err(AwsError::of_ours(ACTION, Fault::Other, message));
                }
                _ => {}
            }
        }
        Ok(Progress::Done(()))
    }

    /// Removes copies. Those that are gone are fine.
    pub async fn remove_replicas(&self, id: &str, regions: &[String]) -> Result<(), AwsError> {
        const ACTION: &str = "secretsmanager:RemoveRegionsFromReplication";
        if regions.is_empty() {
            return Ok(());
        }
        let request = self
            .client
            .remove_regions_from_replication()
            .secret_id(id)
            .set_remove_replica_regions(Some(regions.to_vec()));
        let Err(error) = request.send().await else { return Ok(()) };
        let error = AwsError::from_sdk(ACTION, &error);
        match self.find_secret(id).await {
            Ok(None) => Ok(()),
            Ok(Some(secret))
                if !secret.replicas.iter().any(|left| regions.contains(&left.region)) =>
            {
                Ok(())
            }
            _ => Err(error),
        }
    }
}
