//! The words for what may be done with a resource.

/// What may be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and list.
    Read,
    /// Add and overwrite; in DynamoDB also delete.
    Write,
    /// Both, and delete.
    ReadWrite,
    /// Delete objects.
    Delete,
    /// Take messages from a queue, or records from a stream.
    Consume,
    /// Put messages into a queue.
    Send,
    /// Publish to a topic or an event bus.
    Publish,
    /// Call a function.
    Invoke,
}

impl Access {
    /// Every access, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Write,
        Self::ReadWrite,
        Self::Delete,
        Self::Consume,
        Self::Send,
        Self::Publish,
        Self::Invoke,
    ];

    /// Their names, in the same order.
    pub const NAMES: &[&str] =
        &["read", "write", "read_write", "delete", "consume", "send", "publish", "invoke"];

    /// As the practitioner writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadWrite => "read_write",
            Self::Delete => "delete",
            Self::Consume => "consume",
            Self::Send => "send",
            Self::Publish => "publish",
            Self::Invoke => "invoke",
        }
    }

    /// The access of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.name() == name)
    }

    /// What the KMS key of an encrypted resource must allow for this: CDK's
    /// (`aws-s3/lib/perms.ts` of aws-cdk-lib 2.215). Empty where a key plays no part.
    pub(super) fn key_actions(self) -> &'static [&'static str] {
        match self {
            Self::Read | Self::Consume => &["kms:Decrypt", "kms:DescribeKey"],
            // Decrypt too: multipart uploads to S3 and messages to SQS need it.
            Self::Write | Self::Send | Self::Publish => {
                &["kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Decrypt"]
            }
            Self::ReadWrite => &[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
            ],
            Self::Delete | Self::Invoke => &[],
        }
    }
}
