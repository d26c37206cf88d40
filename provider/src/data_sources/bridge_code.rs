//! `modal_bridge_code`: the bridge's zip, for a Lambda function that is made by other means.

use std::fs;
use std::path::Path;

use tf_framework::{
    Attribute, DataSource, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Validator, Value,
    async_trait,
};

use crate::aws::lambda::RUNTIME;
use crate::bridge_package::{self, BRIDGE_VERSION, BridgePackage};

/// Beside the providers, where nobody commits it, and relative: the path is in the plan, and the
/// plan may be applied on another machine.
const FOLDER: &str = ".terraform/modal";

/// Writes the zip to disk.
#[derive(Debug)]
pub(crate) struct BridgeCodeData;

#[async_trait]
impl DataSource for BridgeCodeData {
    const TYPE_NAME: &'static str = "bridge_code";
    type Model = BridgeCodeModel;

    fn schema() -> Schema {
        Schema::new(
            "The bridge's code, as this version of the provider carries it: for \
             `aws_lambda_function` and whatever else makes Lambda functions. \
             `modal_bridge_function` needs none of it.",
        )
        .attribute(
            "architecture",
            Attribute::string("`arm64` or `x86_64`. `arm64` unless set.")
                .optional_computed()
                .validate(Validator::one_of(&["arm64", "x86_64"])),
        )
        .attribute(
            "path",
            Attribute::string(
                "Path of the zip, relative to the folder in which Terraform runs. It is written \
                 whenever this data source is read.",
            )
            .computed(),
        )
        .attribute(
            "sha256",
            Attribute::string(
                "SHA-256 of the zip in base64: for `source_code_hash`, and what Lambda reports as \
                 `code_sha256`.",
            )
            .computed(),
        )
        .attribute("size", Attribute::number("Size of the zip in bytes.").computed())
        .attribute("version", Attribute::string("Version of the code.").computed())
        .attribute("runtime", Attribute::string("Runtime that it is made for.").computed())
    }

    async fn read(
        &self,
        config: BridgeCodeModel,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<BridgeCodeModel, Diagnostic> {
        let architecture = config.architecture.into_known();
        let architecture =
            architecture.unwrap_or_else(|| bridge_package::default_architecture().to_owned());
        let package = bridge_package::require(&architecture)?;
        let path = write(package, Path::new(FOLDER)).map_err(|error| {
            Diagnostic::error(
                "Cannot write the bridge's code",
                format!("Terraform's folder {FOLDER} cannot be written to: {error}."),
            )
        })?;
        Ok(BridgeCodeModel {
            architecture: Value::Known(architecture),
            path: Value::Known(path),
            sha256: package.sha256.into(),
            size: Value::Known(i64::try_from(package.zip.len()).unwrap_or(i64::MAX)),
            version: BRIDGE_VERSION.into(),
            runtime: RUNTIME.into(),
        })
    }
}

/// Puts the zip into the folder, whole or not at all: two may be read at the same time.
fn write(package: &BridgePackage, folder: &Path) -> std::io::Result<String> {
    let path = folder.join(format!("bootstrap-{}-{BRIDGE_VERSION}.zip", package.architecture));
    if fs::read(&path).is_ok_and(|found| found == package.zip) {
        return Ok(path.to_string_lossy().into_owned());
    }
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, package.zip)?;
    file.persist(&path)?;
    Ok(path.to_string_lossy().into_owned())
}

/// Attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct BridgeCodeModel {
    architecture: Value<String>,
    path: Value<String>,
    sha256: Value<String>,
    size: Value<i64>,
    version: Value<String>,
    runtime: Value<String>,
}

impl Model for BridgeCodeModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            architecture: object.take("architecture"),
            path: object.take("path"),
            sha256: object.take("sha256"),
            size: object.take("size"),
            version: object.take("version"),
            runtime: object.take("runtime"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { architecture, path, sha256, size, version, runtime } = self;
        object.put("architecture", architecture);
        object.put("path", path);
        object.put("sha256", sha256);
        object.put("size", size);
        object.put("version", version);
        object.put("runtime", runtime);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_is_written_whole_and_mended() {
        for package in bridge_package::bundled() {
            let folder = tempfile::tempdir().unwrap();
            let path = write(package, folder.path()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), package.zip);
            fs::write(&path, "half").unwrap();
            assert_eq!(write(package, folder.path()).unwrap(), path);
            assert_eq!(fs::read(&path).unwrap(), package.zip);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
