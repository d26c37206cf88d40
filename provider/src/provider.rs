//! The `provider "modal"` block, and what resources are made with.

use std::collections::BTreeMap;
use std::time::Duration;

use bridge_contract::check_server_url;
use tf_framework::{
    Attribute, Block, Configure, Diagnostic, Model, ObjectReader, ObjectWriter, Provider,
    ResourceType, Schema, Type, Validator, Value, async_trait,
};

use crate::arn::Arn;
use crate::aws::{AssumeRole, Aws, AwsSettings, Endpoints, Waiter, Waits};
use crate::bridge_package;
use crate::resources::{BridgeFunction, OidcRole, TokenSecret};
use crate::secret_string::SecretString;
use crate::sentence::sentence;
use crate::tags::{self, Tags};

/// The provider.
#[derive(Debug)]
pub struct ModalProvider;

/// What resources are made with. Exists once the provider is configured.
#[derive(Debug, Clone)]
pub struct Clients {
    /// AWS, in one region.
    pub aws: Aws,
    /// On every resource that has tags.
    pub default_tags: Tags,
    /// Where bridges call Modal; `None` for Modal's own server.
    pub modal_server_url: Option<String>,
}

impl Clients {
    /// The same, for an operation that may take so long.
    pub fn within(&self, limit: Duration) -> Self {
        Self { aws: self.aws.within(limit), ..self.clone() }
    }
}

#[async_trait]
impl Provider for ModalProvider {
    const TYPE_NAME: &'static str = "modal";
    type Model = ProviderModel;
    type Clients = Clients;

    fn schema() -> Schema {
        Schema::new(
            "Lets AWS events call functions deployed on [Modal](https://modal.com), and lets \
             Modal functions use AWS without keys. AWS is configured as in `hashicorp/aws`: by \
             this block, the environment, or the shared configuration files.",
        )
        .attribute(
            "region",
            Attribute::string("AWS region. Also `AWS_REGION`, or the profile's region."),
        )
        .attribute("profile", Attribute::string("Profile in the shared files. Also `AWS_PROFILE`."))
        .attribute("access_key", Attribute::string("AWS access key ID. Also `AWS_ACCESS_KEY_ID`."))
        .attribute(
            "secret_key",
            Attribute::string("AWS secret access key. Also `AWS_SECRET_ACCESS_KEY`.").sensitive(),
        )
        .attribute(
            "token",
            Attribute::string("AWS session token. Also `AWS_SESSION_TOKEN`.").sensitive(),
        )
        .attribute(
            "modal_server_url",
            Attribute::string(
                "Modal server that bridges call, where it is not Modal's own. `https`, or `http` \
                 on this machine alone. The Lambda functions get it as `MODAL_SERVER_URL`.",
            )
            .validate(Validator::text(|url| {
                check_server_url(url).map_err(|error| format!("is not usable: {error}."))
            })),
        )
        .block("endpoints", endpoints_block())
        .block(
            "default_tags",
            Block::list("Tags for every resource of this provider.").max_items(1).attribute(
                "tags",
                Attribute::new(
                    Type::map(Type::String),
                    "Tags by key. A resource's own tag of the same key wins.",
                )
                .validate(tags::validator()),
            ),
        )
        .block(
            "assume_role",
            Block::list("IAM role to work as.")
                .max_items(1)
                .attribute(
                    "role_arn",
                    Attribute::string("ARN of the role.")
                        .required()
                        .validate(Validator::text(check_role_arn)),
                )
                .attribute("session_name", Attribute::string("Name of the session."))
                .attribute(
                    "external_id",
                    Attribute::string("External ID that the role's trust policy asks for."),
                ),
        )
    }

    fn resources() -> Vec<ResourceType<Clients>> {
        vec![
            ResourceType::new(|clients: &Clients| TokenSecret::new(clients.clone())),
            ResourceType::new(|clients: &Clients| OidcRole::new(clients.clone())),
            ResourceType::new(|clients: &Clients| BridgeFunction::new(clients.clone())),
        ]
    }

    async fn configure(
        &self,
        request: Configure<ProviderModel>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Clients, Diagnostic> {
        let model = request.config;
        if let Some(missing) = bridge_package::missing() {
            warnings.push(Diagnostic::warning("This is a development build", missing));
        }
        let default_tags = model.default_tags();
        let modal_server_url = model.modal_server_url.known().cloned();
        let waiter = Waiter::new(Waits::default(), request.stop);
        let aws = Aws::connect(&model.settings(), &waiter)
            .await
            .map_err(|error| Diagnostic::error("Cannot configure AWS", sentence(&error)))?;
        Ok(Clients { aws, default_tags, modal_server_url })
    }
}

fn endpoints_block() -> Block {
    let service = |name: &str| {
        Attribute::string(&format!("URL of {name}.")).validate(Validator::text(|url| {
            let known = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
            if known || url.is_empty() {
                Ok(())
            } else {
                Err(format!("must be an http or https URL, not {url:?}."))
            }
        }))
    };
    Block::list(
        "Endpoints other than AWS's own. Also `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`.",
    )
    .max_items(1)
    .attribute("iam", service("IAM"))
    .attribute("lambda", service("Lambda"))
    .attribute("logs", service("CloudWatch Logs"))
    .attribute("secretsmanager", service("Secrets Manager"))
    .attribute("sts", service("STS"))
}

/// What is empty counts as left out, as in `hashicorp/aws`.
fn check_role_arn(arn: &str) -> Result<(), String> {
    let is_role = Arn::parse(arn).is_some_and(|arn| {
        (arn.service, arn.region) == ("iam", "")
            && !arn.account.is_empty()
            && arn.resource.starts_with("role/")
    });
    if arn.is_empty() || is_role {
        Ok(())
    } else {
        Err(format!("must be the ARN of an IAM role, not {arn:?}."))
    }
}

/// The provider block.
#[derive(Clone, Default)]
pub struct ProviderModel {
    region: Value<String>,
    profile: Value<String>,
    access_key: Value<String>,
    secret_key: Value<String>,
    token: Value<String>,
    modal_server_url: Value<String>,
    endpoints: Value<Vec<EndpointsModel>>,
    default_tags: Value<Vec<DefaultTagsModel>>,
    assume_role: Value<Vec<AssumeRoleModel>>,
}

impl Model for ProviderModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            region: object.take("region"),
            profile: object.take("profile"),
            access_key: object.take("access_key"),
            secret_key: object.take("secret_key"),
            token: object.take("token"),
            modal_server_url: object.take("modal_server_url"),
            endpoints: object.take_blocks("endpoints"),
            default_tags: object.take_blocks("default_tags"),
            assume_role: object.take_blocks("assume_role"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            region,
            profile,
            access_key,
            secret_key,
            token,
            modal_server_url,
            endpoints,
            default_tags,
            assume_role,
        } = self;
        object.put("region", region);
        object.put("profile", profile);
        object.put("access_key", access_key);
        object.put("secret_key", secret_key);
        object.put("token", token);
        object.put("modal_server_url", modal_server_url);
        object.put_blocks("endpoints", endpoints);
        object.put_blocks("default_tags", default_tags);
        object.put_blocks("assume_role", assume_role);
    }
}

impl ProviderModel {
    /// What is empty is left to the environment, as in `hashicorp/aws`.
    fn settings(&self) -> AwsSettings {
        let endpoints = first(&self.endpoints).map(|block| Endpoints {
            iam: given(&block.iam),
            lambda: given(&block.lambda),
            logs: given(&block.logs),
            secretsmanager: given(&block.secretsmanager),
            sts: given(&block.sts),
        });
        let assume_role = first(&self.assume_role).and_then(|block| {
            Some(AssumeRole {
                role_arn: given(&block.role_arn)?,
                session_name: given(&block.session_name),
                external_id: given(&block.external_id),
            })
        });
        AwsSettings {
            region: given(&self.region),
            profile: given(&self.profile),
            access_key: given(&self.access_key),
            secret_key: given(&self.secret_key).map(SecretString::new),
            token: given(&self.token).map(SecretString::new),
            endpoints: endpoints.unwrap_or_default(),
            assume_role,
        }
    }

    fn default_tags(&self) -> Tags {
        let tags = first(&self.default_tags).and_then(|block| block.tags.known().cloned());
        tags.unwrap_or_default()
    }
}

/// The one block of a kind that may stand once.
fn first<M>(blocks: &Value<Vec<M>>) -> Option<&M> {
    blocks.known().and_then(|blocks| blocks.first())
}

fn given(value: &Value<String>) -> Option<String> {
    value.known().filter(|text| !text.is_empty()).cloned()
}

#[derive(Clone, Default)]
struct EndpointsModel {
    iam: Value<String>,
    lambda: Value<String>,
    logs: Value<String>,
    secretsmanager: Value<String>,
    sts: Value<String>,
}

impl Model for EndpointsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            iam: object.take("iam"),
            lambda: object.take("lambda"),
            logs: object.take("logs"),
            secretsmanager: object.take("secretsmanager"),
            sts: object.take("sts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { iam, lambda, logs, secretsmanager, sts } = self;
        object.put("iam", iam);
        object.put("lambda", lambda);
        object.put("logs", logs);
        object.put("secretsmanager", secretsmanager);
        object.put("sts", sts);
    }
}

#[derive(Clone, Default)]
struct DefaultTagsModel {
    tags: Value<BTreeMap<String, String>>,
}

impl Model for DefaultTagsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { tags: object.take("tags") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("tags", self.tags);
    }
}

#[derive(Clone, Default)]
struct AssumeRoleModel {
    role_arn: Value<String>,
    session_name: Value<String>,
    external_id: Value<String>,
}

impl Model for AssumeRoleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            role_arn: object.take("role_arn"),
            session_name: object.take("session_name"),
            external_id: object.take("external_id"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { role_arn, session_name, external_id } = self;
        object.put("role_arn", role_arn);
        object.put("session_name", session_name);
        object.put("external_id", external_id);
    }
}
