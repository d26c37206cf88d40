//! What resources are made with.

use std::time::Duration;

use tf_framework::Value;

use crate::aws::Aws;
use crate::modal::Modal;
use crate::resources::{MovingRoles, PlannedNotifications};
use crate::tag_rules::TagRules;

/// What resources are made with. Exists once the provider is configured.
#[derive(Debug, Clone)]
pub struct Clients {
    /// AWS, in one region.
    pub aws: Aws,
    /// What every resource does with tags.
    pub tag_rules: TagRules,
    /// Where bridges call Modal; `None` for Modal's own server.
    pub modal_server_url: Option<String>,
    /// Modal, for what is only looked at there.
    pub modal: Modal,
    /// Which bridges will run as another role.
    pub moving_roles: MovingRoles,
    /// What triggers will make of buckets' notifications.
    pub planned_notifications: PlannedNotifications,
}

impl Clients {
    /// The same, for an operation that may take so long.
    pub fn within(&self, limit: Duration) -> Self {
        Self { aws: self.aws.within(limit), ..self.clone() }
    }

    /// AWS in the region that a resource names; in the provider's own where it names none.
    pub fn aws_in(&self, region: &Value<String>) -> Aws {
        region.known().map_or_else(|| self.aws.clone(), |region| self.aws.in_region(region))
    }
}
