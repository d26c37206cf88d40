//! The code: the bridge that this provider carries, or the block `package`.

use std::fs;

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Validator, Value,
};

use super::BridgeFunctionModel;
use super::lambda_settings::check_arn;
use crate::aws::lambda::{Architecture, Code, LambdaFunction};
use crate::bridge_package::{self, BRIDGE_VERSION};

/// Attributes. Members of a bridge, not of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CodeModel {
    pub(super) package: Value<PackageModel>,
    pub(super) auto_upgrade: Value<bool>,
    pub(super) code_signing_config_arn: Value<String>,
    pub(super) code_sha256: Value<String>,
    pub(super) code_size: Value<i64>,
    pub(super) bridge_version: Value<String>,
}

/// The block `package`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PackageModel {
    filename: Value<String>,
    s3_bucket: Value<String>,
    s3_key: Value<String>,
    s3_object_version: Value<String>,
    image_uri: Value<String>,
    source_code_hash: Value<String>,
}

pub(super) fn schema(schema: Schema) -> Schema {
    schema
        .attribute(
            "auto_upgrade",
            Attribute::bool(
                "Whether a new version of this provider brings its bridge along. With `false`, the \
                 code that is deployed stays, as `code_sha256` and `bridge_version` say, until \
                 this is `true` again, the architecture changes, or somebody else has put other \
                 code there, which is then replaced by this provider's bridge. `true` unless set.",
            ),
        )
        .attribute(
            "code_signing_config_arn",
            Attribute::string(
                "ARN of the code signing configuration. The provider's own bridge has no \
                 signature: a configuration that enforces one needs a signed `package` in S3.",
            )
            .validate(Validator::text(|arn| {
                check_arn(arn, &["lambda"], "a code signing configuration")
            })),
        )
        .attribute(
            "code_sha256",
            Attribute::string("SHA-256 of the bridge's code in base64, as Lambda reports it.")
                .computed(),
        )
        .attribute("code_size", Attribute::number("Size of the code's zip in bytes.").computed())
        .attribute(
            "bridge_version",
            Attribute::string("Version of the bridge's code; null for that of a `package`.")
                .computed(),
        )
        .block("package", block())
}

fn block() -> Block {
    Block::single(
        "Code from elsewhere than this provider: its own bridge, signed or copied to S3, as \
         `modal_bridge_code` has it, or another program that reads the bridge's environment \
         variables. Exactly one of `filename`, `s3_bucket` with `s3_key`, and `image_uri`. Between \
         zips, and from and to the provider's own bridge, the function changes in place; an image \
         means another function.",
    )
    .attribute("filename", Attribute::string("Path of a zip with a `bootstrap`."))
    .attribute("s3_bucket", Attribute::string("Bucket with the zip, in the function's region."))
    .attribute("s3_key", Attribute::string("Key of the zip."))
    .attribute("s3_object_version", Attribute::string("Version of the zip. The newest unless set."))
    .attribute(
        "image_uri",
        Attribute::string("Image in ECR. It brings its own runtime, and can have no `layers`."),
    )
    .attribute(
        "source_code_hash",
        Attribute::string(
            "Another value deploys the code anew: `filebase64sha256` of the zip, so that a change of \
             it is seen.",
        ),
    )
}

/// What cannot be.
pub(super) fn validate(config: &BridgeFunctionModel) -> Vec<Diagnostic> {
    let Some(package) = config.code.package.known() else { return Vec::new() };
    let PackageModel { filename, s3_bucket, s3_key, s3_object_version, image_uri, .. } = package;
    let refusal = |what: &str| Diagnostic::error("Invalid package", what.to_owned()).at("package");
    let in_s3 = [s3_bucket, s3_key].iter().any(|part| !part.is_null());
    let sources = [!filename.is_null(), in_s3, !image_uri.is_null()];
    let mut found = Vec::new();
    if sources.iter().filter(|given| **given).count() != 1 {
        found.push(refusal(
            "It needs exactly one of filename, s3_bucket with s3_key, and image_uri.",
        ));
    }
    if in_s3 && (s3_bucket.is_null() || s3_key.is_null()) {
        found.push(refusal("Of s3_bucket and s3_key, one needs the other."));
    }
    if !s3_object_version.is_null() && !in_s3 {
        found.push(refusal("An s3_object_version needs s3_bucket and s3_key."));
    }
    if !image_uri.is_null() && !config.lambda.layers.is_null() {
        found.push(
            Diagnostic::error(
                "Conflicting layers and image_uri",
                "An image brings all that it needs: put into it what the layers have.",
            )
            .at("layers"),
        );
    }
    found
}

impl CodeModel {
    /// The same of a bridge without a function.
    pub(super) fn without_objects(self) -> Self {
        let (code_sha256, code_size, bridge_version) = Default::default();
        Self { code_sha256, code_size, bridge_version, ..self }
    }

    /// Whether a function has the planned code already, for the architecture that it is to run on.
    pub(super) fn is_deployed(
        &self,
        function: &LambdaFunction,
        architecture: Architecture,
    ) -> bool {
        self.code_sha256.known() == Some(&function.code_sha256)
            && function.architecture == Some(architecture)
    }

    /// As far as it is known.
    pub(super) fn without_unknown(self) -> Self {
        let (code_sha256, code_size) = (self.code_sha256.into_known(), self.code_size.into_known());
        Self { code_sha256: code_sha256.into(), code_size: code_size.into(), ..self }
    }

    /// What Lambda says of the code, where the plan left it open.
    pub(super) fn fill_in(&mut self, found: &LambdaFunction) {
        if self.code_sha256.is_unknown() {
            self.code_sha256 = found.code_sha256.as_str().into();
        }
        if self.code_size.is_unknown() {
            self.code_size = Value::Known(found.code_size);
        }
    }

    /// Whether the function is an image, whatever image.
    pub(super) fn is_image(&self) -> bool {
        let Some(package) = self.package.known() else { return false };
        [&package.filename, &package.s3_bucket, &package.s3_key].iter().all(|part| part.is_null())
    }

    /// Whether what is deployed stays when this provider has another bridge.
    pub(super) fn keeps_code(&self) -> bool {
        self.auto_upgrade == Value::Known(false) && self.package.is_null()
    }

    /// What Lambda has. Code that somebody else put there is no package's and of no version.
    pub(super) fn observed(found: &LambdaFunction, state: &Self) -> Self {
        let before = state.code_sha256.known();
        let is_same = before.is_none_or(|before| *before == found.code_sha256);
        let package = match (&found.image_uri, state.package.known()) {
            (Some(uri), before) => Value::Known(PackageModel {
                image_uri: is_same.then(|| uri.clone()).into(),
                source_code_hash: before
                    .map(|before| before.source_code_hash.clone())
                    .unwrap_or_default(),
                ..PackageModel::default()
            }),
            (None, _) if is_same => state.package.clone(),
            (None, _) => Value::Null,
        };
        let is_bundled =
            bridge_package::bundled().iter().any(|bundled| bundled.sha256 == found.code_sha256);
        Self {
            bridge_version: match &state.bridge_version {
                _ if !package.is_null() => Value::Null,
                Value::Known(version) if is_same => Value::Known(version.clone()),
                _ => is_bundled.then(|| BRIDGE_VERSION.to_owned()).into(),
            },
            package,
            code_sha256: Value::Known(found.code_sha256.clone()),
            code_size: Value::Known(found.code_size),
            ..state.clone()
        }
    }

    /// What a plan says of the code, for this architecture. `prior` is that of a function which is
    /// there.
    pub(super) fn planned(
        config: &Self,
        architecture: &Value<String>,
        prior: Option<(&Self, &Value<String>)>,
    ) -> Result<Self, Diagnostic> {
        let same_place = prior.filter(|(_, before)| *before == architecture).map(|(code, _)| code);
        let (code_sha256, code_size, bridge_version) = match &config.package {
            Value::Null => match same_place {
                Some(prior) if config.keeps_code() && prior.is_ours() => {
                    let prior = prior.clone();
                    (prior.code_sha256, prior.code_size, prior.bridge_version)
                }
                _ => {
                    let Some(architecture) = architecture.known() else {
                        return Ok(Self {
                            code_sha256: Value::Unknown,
                            code_size: Value::Unknown,
                            bridge_version: BRIDGE_VERSION.into(),
                            ..config.clone()
                        });
                    };
                    let bundled = bridge_package::require(architecture)?;
                    (bundled.sha256.into(), size_of(bundled.zip), BRIDGE_VERSION.into())
                }
            },
            // The same source has the same code, until the practitioner says otherwise. A file is not
            // read here: Terraform plans again at apply, and takes another answer for a bug.
            Value::Known(_) => match same_place.filter(|prior| prior.package == config.package) {
                Some(prior) => (prior.code_sha256.clone(), prior.code_size.clone(), Value::Null),
                None => (Value::Unknown, Value::Unknown, Value::Null),
            },
            Value::Unknown => (Value::Unknown, Value::Unknown, Value::Unknown),
        };
        Ok(Self { code_sha256, code_size, bridge_version, ..config.clone() })
    }

    /// Whether a bridge of this provider, of whatever version, is deployed.
    fn is_ours(&self) -> bool {
        let known = self.code_sha256.known().is_some() && self.bridge_version.known().is_some();
        known && self.package.is_null()
    }

    /// What to deploy as planned.
    pub(super) fn to_deploy(&self, architecture: &str) -> Result<Code, Diagnostic> {
        let Some(package) = self.package.known() else {
            let bundled = bridge_package::require(architecture)?;
            if self.code_sha256.known().is_some_and(|planned| planned != bundled.sha256) {
                return Err(Diagnostic::error(
                    "The code is not the planned one",
                    "The Lambda function is gone, or has other code, since the plan was made: plan \
                     and apply again.",
                ));
            }
            return Ok(Code::Zip(bundled.verified()?.into()));
        };
        let text = |value: &Value<String>| value.known().cloned();
        if let Some(uri) = text(&package.image_uri) {
            return Ok(Code::Image(uri));
        }
        if let (Some(bucket), Some(key)) = (text(&package.s3_bucket), text(&package.s3_key)) {
            return Ok(Code::Object { bucket, key, version: text(&package.s3_object_version) });
        }
        let path = package.filename.require("filename")?;
        let zip = fs::read(path).map_err(|error| {
            let attempt = format!("Cannot read the package {path:?}");
            Diagnostic::error(attempt, format!("{error}.")).at("package")
        })?;
        Ok(Code::Zip(zip.into()))
    }
}

fn size_of(zip: &[u8]) -> Value<i64> {
    Value::Known(i64::try_from(zip.len()).unwrap_or(i64::MAX))
}

impl Model for CodeModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            package: object.take_block("package"),
            auto_upgrade: object.take("auto_upgrade"),
            code_signing_config_arn: object.take("code_signing_config_arn"),
            code_sha256: object.take("code_sha256"),
            code_size: object.take("code_size"),
            bridge_version: object.take("bridge_version"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            package,
            auto_upgrade,
            code_signing_config_arn,
            code_sha256,
            code_size,
            bridge_version,
        } = self;
        object.put_block("package", package);
        object.put("auto_upgrade", auto_upgrade);
        object.put("code_signing_config_arn", code_signing_config_arn);
        object.put("code_sha256", code_sha256);
        object.put("code_size", code_size);
        object.put("bridge_version", bridge_version);
    }
}

impl Model for PackageModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            filename: object.take("filename"),
            s3_bucket: object.take("s3_bucket"),
            s3_key: object.take("s3_key"),
            s3_object_version: object.take("s3_object_version"),
            image_uri: object.take("image_uri"),
            source_code_hash: object.take("source_code_hash"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { filename, s3_bucket, s3_key, s3_object_version, image_uri, source_code_hash } =
            self;
        object.put("filename", filename);
        object.put("s3_bucket", s3_bucket);
        object.put("s3_key", s3_key);
        object.put("s3_object_version", s3_object_version);
        object.put("image_uri", image_uri);
        object.put("source_code_hash", source_code_hash);
    }
}
