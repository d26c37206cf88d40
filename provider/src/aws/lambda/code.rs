//! Where a function's code comes from.

use std::borrow::Cow;

use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types as sdk;

/// Code to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A zip.
    Zip(Cow<'static, [u8]>),
    /// A zip in S3, in the function's region.
    Object {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The newest unless given.
        version: Option<String>,
    },
    /// An image in ECR.
    Image(String),
}

impl Code {
    pub(super) fn is_image(&self) -> bool {
        matches!(self, Self::Image(_))
    }

    pub(super) fn to_sdk(&self) -> sdk::FunctionCode {
        let code = sdk::FunctionCode::builder();
        match self {
            Self::Zip(zip) => code.zip_file(Blob::new(zip.as_ref())),
            Self::Object { bucket, key, version } => {
                code.s3_bucket(bucket).s3_key(key).set_s3_object_version(version.clone())
            }
            Self::Image(uri) => code.image_uri(uri),
        }
        .build()
    }

    pub(super) fn put_into(
        &self,
        update: UpdateFunctionCodeFluentBuilder,
    ) -> UpdateFunctionCodeFluentBuilder {
        match self {
            Self::Zip(zip) => update.zip_file(Blob::new(zip.as_ref())),
            Self::Object { bucket, key, version } => {
                update.s3_bucket(bucket).s3_key(key).set_s3_object_version(version.clone())
            }
            Self::Image(uri) => update.image_uri(uri),
        }
    }
}
