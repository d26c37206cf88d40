//! `modal_oidc_role`: an IAM role that Modal functions assume through OIDC.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{
    Attribute, AttributePath, Block, Create, Delete, Diagnostic, Model, ObjectReader, ObjectWriter,
    Plan, Read, Resource, Response, Schema, Type, Update, Validator, Value, async_trait,
};

use super::cannot::{cannot, cannot_create};
use crate::aws::AwsError;
use crate::aws::iam::{NewRole, Role};
use crate::grant_policy::{self, Access, Grant, GrantError};
use crate::policy_document::equivalent;
use crate::provider::Clients;
use crate::sentence::sentence;
use crate::subject::{self, Part, Subject, SubjectNote};
use crate::tags::{self, TagChanges, Tags};
use crate::trust_policy::{AUDIENCE, ISSUER_URL, MAX_LENGTH, Trust, oidc_provider_arn};

/// Makes and keeps such roles.
#[derive(Debug)]
pub(crate) struct OidcRole {
    clients: Clients,
}

impl OidcRole {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Resource for OidcRole {
    const TYPE_NAME: &'static str = "oidc_role";
    type Model = OidcRoleModel;

    fn schema() -> Schema {
        Schema::new(
            "An IAM role that Modal functions assume through OIDC: no AWS keys in Modal. The \
             account's OIDC provider for `oidc.modal.com` is created where there is none, and is \
             never deleted, because all such roles of the account share it.",
        )
        .attribute(
            "name",
            Attribute::string("Name of the role. Another name means another role.")
                .required()
                .requires_replace()
                .validate(Validator::text(check_name)),
        )
        .attribute(
            "workspace_id",
            Attribute::string("ID of the Modal workspace, as `modal token info` prints it.")
                .required()
                .validate(Validator::text(|id| note(subject::check_workspace_id(id)))),
        )
        .attribute("description", Attribute::string("What the role is for."))
        .attribute(
            "max_session_duration",
            Attribute::number("Longest session in seconds. 3600 unless set, 43200 at most.")
                .default(3600)
                .validate(Validator::between(3600..=43200)),
        )
        .attribute(
            "policy_arns",
            Attribute::new(
                Type::set(Type::String),
                "ARNs of managed policies to attach. Policies that something else attached stay.",
            )
            .validate(Validator::each(Validator::text(check_policy_arn))),
        )
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the role, by key.")
                .validate(tags::validator()),
        )
        .attribute(
            "arn",
            Attribute::string("ARN of the role. Known at plan when the name is.").computed(),
        )
        .attribute(
            "assume_role_policy",
            Attribute::string("Trust policy of the role, JSON.").computed(),
        )
        .attribute(
            "subjects",
            Attribute::new(
                Type::list(Type::String),
                "Patterns of the Modal subjects that may assume the role.",
            )
            .computed(),
        )
        .attribute(
            "oidc_provider_arn",
            Attribute::string("ARN of the account's OIDC provider for Modal.").computed(),
        )
        .attribute(
            "tags_all",
            Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
                .computed(),
        )
        .block("subject", subject_block())
        .block("grant", grant_block())
    }

    fn validate(config: &OidcRoleModel) -> Vec<Diagnostic> {
        let workspace_id = config.workspace_id.known();
        let mut found = Vec::new();
        let mut warned_of_workspace = false;
        for (index, block) in config.subjects.known().into_iter().flatten().enumerate() {
            let Some(parts) = block.parts() else { continue };
            // Where only the workspace is unknown, the rest can be checked all the same.
            let workspace_id = workspace_id.map_or("ac-unknown", String::as_str);
            match parts.subject(workspace_id) {
                Ok(subject) => {
                    for note in subject.warnings() {
                        let of_workspace = note.part == Part::WorkspaceId;
                        if !(of_workspace && std::mem::replace(&mut warned_of_workspace, true)) {
                            found.push(warning(&note, index));
                        }
                    }
                }
                // The single values have been checked already, so this is how they go together.
                Err(note) => found.push(
                    Diagnostic::error("Invalid subject", sentence(&note.message))
                        .at(part_path(note.part, index)),
                ),
            }
        }
        for (index, block) in config.grants.known().into_iter().flatten().enumerate() {
            let Some(grant) = block.grant() else { continue };
            let checked =
                grant.resource_arns.iter().map(|arn| grant_policy::check(grant.access, arn));
            let empty = grant.resource_arns.is_empty().then_some(Err(GrantError::Empty));
            for error in checked.chain(empty).filter_map(Result::err) {
                let path = AttributePath::from("grant").index(index).attribute("resource_arns");
                found.push(Diagnostic::error("Invalid grant", sentence(&error)).at(path));
            }
        }
        found
    }

    async fn plan(&self, plan: &mut Plan<OidcRoleModel>) -> Result<(), Diagnostic> {
        let caller = self.clients.aws.caller.identity().await;
        let caller =
            caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
        let (partition, account) = (&caller.partition, &caller.account_id);
        let provider_arn = oidc_provider_arn(partition, account);

        // One that was imported may have a path.
        let kept = plan.prior.as_ref().map(|prior| prior.arn.clone());
        let arn = kept.filter(|arn| arn.known().is_some()).unwrap_or_else(|| {
            let name = plan.config.name.clone();
            name.map(|name| format!("arn:{partition}:iam::{account}:role/{name}"))
        });
        plan.set("arn", arn);
        let trust = plan.config.trust(&provider_arn);
        if let Some(trust) = trust.known() {
            let length = trust.document().to_string().len();
            if length > MAX_LENGTH {
                plan.push(
                    Diagnostic::warning(
                        "The trust policy is longer than IAM takes by default",
                        format!(
                            "It has {length} characters; the quota is {MAX_LENGTH} unless the \
                             account's was raised. Use fewer or shorter subjects, or another role \
                             for some of them."
                        ),
                    )
                    .at("subject"),
                );
            }
        }
        plan.set("subjects", trust.clone().map(|trust| subject::patterns(&trust.subjects)));
        plan.set("assume_role_policy", trust.map(|trust| trust.document().to_string()));
        plan.set("oidc_provider_arn", Value::Known(provider_arn));
        plan.set("tags_all", tags::planned(&self.clients.default_tags, &plan.config.tags));
        Ok(())
    }

    async fn create(
        &self,
        request: Create<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let plan = request.plan;
        let desired = plan.desired()?;
        let name = &desired.role.name;
        self.ensure_oidc_provider(&desired.oidc_provider_arn).await?;
        self.clients.aws.iam.create_role(&desired.role).await.map_err(|error| {
            let attempt = format!("create IAM role {name:?}");
            cannot_create(&attempt, &error, Self::TYPE_NAME, name).at("name")
        })?;
        response.set_state(plan);
        if desired.grants.is_some() {
            self.write_grants(&desired).await?;
        }
        self.change_policies(&desired, &mut BTreeSet::new()).await
    }

    async fn read(
        &self,
        request: Read<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let name = state.name.require("name")?.clone();
        match self.observe(&name, state).await {
            Ok(Some(model)) => response.set_state(model),
            Ok(None) => response.remove(),
            Err(error) => return Err(cannot(&format!("read IAM role {name:?}"), &error)),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, .. } = request;
        let desired = plan.desired()?;
        self.ensure_oidc_provider(&desired.oidc_provider_arn).await?;
        self.update_role(&prior, &desired)
            .await
            .map_err(|error| cannot(&format!("update IAM role {:?}", desired.role.name), &error))?;
        if !same_grants(&prior, &desired.grants) {
            self.write_grants(&desired).await?;
        }
        let mut attached = prior.policy_arns.known().cloned().unwrap_or_default();
        let changed = self.change_policies(&desired, &mut attached).await;
        response.set_state(match changed {
            Ok(()) => plan,
            // What is ours to detach must be known, also after half of the work.
            Err(_) => OidcRoleModel { policy_arns: Value::Known(attached), ..plan },
        });
        changed
    }

    async fn delete(
        &self,
        request: Delete<OidcRoleModel>,
        _response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let name = request.state.name.require("name")?;
        let deleted = self.clients.aws.iam.delete_role(name).await;
        deleted.map_err(|error| cannot(&format!("delete IAM role {name:?}"), &error))
    }

    async fn import(
        &self,
        id: &str,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let found = self.observe(id, OidcRoleModel::default()).await;
        match found.map_err(|error| cannot(&format!("import IAM role {id:?}"), &error))? {
            Some(model) => response.set_state(model),
            None => {
                return Err(Diagnostic::error(
                    format!("Cannot import IAM role {id:?}"),
                    "There is no such role in the account. The id to import by is its name.",
                ));
            }
        }
        Ok(())
    }
}

impl OidcRole {
    async fn ensure_oidc_provider(&self, arn: &str) -> Result<(), Diagnostic> {
        let ensured = self.clients.aws.iam.ensure_oidc_provider(arn, ISSUER_URL, AUDIENCE).await;
        ensured
            .map(drop)
            .map_err(|error| cannot("provide the account's OIDC provider for Modal", &error))
    }

    /// Writes what differs: a call that changes nothing would alarm whoever watches roles.
    async fn update_role(&self, prior: &OidcRoleModel, desired: &Desired) -> Result<(), AwsError> {
        let (iam, role) = (&self.clients.aws.iam, &desired.role);
        let trusted = prior.assume_role_policy.known();
        if !trusted.is_some_and(|trusted| same_json(trusted, &role.trust_policy)) {
            iam.set_trust_policy(&role.name, &role.trust_policy).await?;
        }
        let description = prior.description.known().map_or("", String::as_str);
        let duration = i64::from(role.max_session_duration);
        if description != role.description || prior.max_session_duration != Value::Known(duration) {
            iam.update_role(&role.name, &role.description, role.max_session_duration).await?;
        }
        let tags = prior.tags_all.known().cloned().unwrap_or_default();
        iam.change_role_tags(&role.name, &TagChanges::between(&tags, &role.tags)).await
    }

    async fn write_grants(&self, desired: &Desired) -> Result<(), Diagnostic> {
        let (iam, name) = (&self.clients.aws.iam, &desired.role.name);
        let grants = match &desired.grants {
            Some(document) => iam.put_role_policy(name, grant_policy::POLICY_NAME, document).await,
            None => iam.delete_role_policy(name, grant_policy::POLICY_NAME).await,
        };
        grants.map_err(|error| {
            cannot(&format!("write the grants of IAM role {name:?}"), &error).at("grant")
        })
    }

    /// Attaches and detaches managed policies. `attached` are those that this resource attached
    /// before, and afterwards those that it has attached now.
    async fn change_policies(
        &self,
        desired: &Desired,
        attached: &mut BTreeSet<String>,
    ) -> Result<(), Diagnostic> {
        let (iam, name) = (&self.clients.aws.iam, &desired.role.name);
        let before = attached.clone();
        for arn in desired.policy_arns.difference(&before) {
            iam.attach_policy(name, arn).await.map_err(|error| {
                cannot(&format!("attach {arn} to IAM role {name:?}"), &error).at("policy_arns")
            })?;
            attached.insert(arn.clone());
        }
        for arn in before.difference(&desired.policy_arns) {
            iam.detach_policy(name, arn).await.map_err(|error| {
                cannot(&format!("detach {arn} from IAM role {name:?}"), &error).at("policy_arns")
            })?;
            attached.remove(arn);
        }
        Ok(())
    }

    /// What AWS holds; `None` when there is no such role.
    async fn observe(
        &self,
        name: &str,
        state: OidcRoleModel,
    ) -> Result<Option<OidcRoleModel>, AwsError> {
        let iam = &self.clients.aws.iam;
        let Some(role) = iam.find_role(name).await? else { return Ok(None) };
        let grants = iam.find_role_policy(name, grant_policy::POLICY_NAME).await?;
        let attached = iam.list_attached_policies(name).await?.into_iter().collect();
        let caller = self.clients.aws.caller.identity().await?;
        let provider_arn = oidc_provider_arn(&caller.partition, &caller.account_id);
        let provider = iam.find_oidc_provider(&provider_arn).await?;
        // One without Modal's audience accepts no token of Modal's: as good as none.
        let provider = provider
            .filter(|found| found.audiences.iter().any(|audience| audience == AUDIENCE))
            .map(|found| found.arn);
        let observed = Observed { role, grants, attached, provider };
        Ok(Some(observed.model(state, &self.clients.default_tags)))
    }
}

/// What is in AWS.
struct Observed {
    role: Role,
    grants: Option<serde_json::Value>,
    attached: BTreeSet<String>,
    provider: Option<String>,
}

impl Observed {
    /// State is AWS's word. Where AWS holds what the state would write, the state's spelling stays:
    /// a subject `Model.predict` is stored as what `Model` is.
    fn model(self, state: OidcRoleModel, default_tags: &Tags) -> OidcRoleModel {
        let Self { role, grants, attached, provider } = self;
        let imported = state.arn.is_null();
        let trust = Trust::parse(&role.trust_policy);
        let kept = trust.as_ref().is_some_and(|trust| {
            let written = state.trust(&trust.oidc_provider_arn);
            written
                .known()
                .is_some_and(|written| equivalent(&written.document(), &role.trust_policy))
        });
        let (workspace_id, subjects) = match &trust {
            _ if kept => (state.workspace_id.clone(), state.subjects.clone()),
            Some(trust) => (
                trust.subjects.first().map(|subject| subject.workspace_id().to_owned()).into(),
                Value::Known(trust.subjects.iter().map(SubjectModel::from).collect()),
            ),
            // A policy edited by hand leaves these empty: the plan shows it, the apply mends it.
            None => (Value::Null, Value::Known(Vec::new())),
        };
        let grants_kept = same_grants(&state, &grants);
        let found = match &grants {
            None => Vec::new(),
            Some(policy) => match grant_policy::parse(policy) {
                Some(grants) => grants.iter().map(GrantModel::from).collect(),
                // A policy edited by hand is one that no block describes: the plan shows it, the
                // apply mends it.
                None => vec![GrantModel::default()],
            },
        };
        let policy_arns = match &state.policy_arns {
            Value::Known(ours) => Value::Known(attached.intersection(ours).cloned().collect()),
            _ if imported && !attached.is_empty() => Value::Known(attached),
            other => other.clone(),
        };
        let visible = tags::visible(&role.tags);
        OidcRoleModel {
            name: Value::Known(role.name),
            workspace_id,
            // AWS knows no difference between none and an empty one.
            description: match state.description {
                before if before.known() == Some(&role.description) => before,
                _ => Some(role.description).filter(|text| !text.is_empty()).into(),
            },
            max_session_duration: Value::Known(role.max_session_duration.into()),
            policy_arns,
            tags: tags::own(&visible, default_tags, state.tags.known()).into(),
            arn: Value::Known(role.arn),
            subjects_patterns: trust
                .as_ref()
                .map(|trust| subject::patterns(&trust.subjects))
                .into(),
            assume_role_policy: match &state.assume_role_policy {
                Value::Known(before) if same_json(before, &role.trust_policy) => {
                    Value::Known(before.clone())
                }
                _ => Value::Known(role.trust_policy.to_string()),
            },
            oidc_provider_arn: provider.into(),
            tags_all: Value::Known(visible),
            subjects,
            grants: if grants_kept { state.grants } else { Value::Known(found) },
        }
    }
}

/// Whether the grants of this state mean the same as the policy; `None` stands for no policy.
fn same_grants(state: &OidcRoleModel, policy: &Option<serde_json::Value>) -> bool {
    let written = state.grants().and_then(|written| grant_policy::document(&written).ok());
    match (&written, policy) {
        (Some(Some(written)), Some(policy)) => equivalent(written, policy),
        (Some(None), None) => true,
        _ => false,
    }
}

fn same_json(text: &str, document: &serde_json::Value) -> bool {
    serde_json::from_str(text).is_ok_and(|before| equivalent(&before, document))
}

/// What IAM should hold. Nothing below this line knows of unknown values.
struct Desired {
    role: NewRole,
    oidc_provider_arn: String,
    grants: Option<serde_json::Value>,
    policy_arns: BTreeSet<String>,
}

/// Attributes and blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct OidcRoleModel {
    name: Value<String>,
    workspace_id: Value<String>,
    description: Value<String>,
    max_session_duration: Value<i64>,
    policy_arns: Value<BTreeSet<String>>,
    tags: Value<BTreeMap<String, String>>,
    arn: Value<String>,
    assume_role_policy: Value<String>,
    subjects_patterns: Value<Vec<String>>,
    oidc_provider_arn: Value<String>,
    tags_all: Value<BTreeMap<String, String>>,
    subjects: Value<Vec<SubjectModel>>,
    grants: Value<Vec<GrantModel>>,
}

impl Model for OidcRoleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            workspace_id: object.take("workspace_id"),
            description: object.take("description"),
            max_session_duration: object.take("max_session_duration"),
            policy_arns: object.take("policy_arns"),
            tags: object.take("tags"),
            arn: object.take("arn"),
            assume_role_policy: object.take("assume_role_policy"),
            subjects_patterns: object.take("subjects"),
            oidc_provider_arn: object.take("oidc_provider_arn"),
            tags_all: object.take("tags_all"),
            subjects: object.take_blocks("subject"),
            grants: object.take_blocks("grant"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            name,
            workspace_id,
            description,
            max_session_duration,
            policy_arns,
            tags,
            arn,
            assume_role_policy,
            subjects_patterns,
            oidc_provider_arn,
            tags_all,
            subjects,
            grants,
        } = self;
        object.put("name", name);
        object.put("workspace_id", workspace_id);
        object.put("description", description);
        object.put("max_session_duration", max_session_duration);
        object.put("policy_arns", policy_arns);
        object.put("tags", tags);
        object.put("arn", arn);
        object.put("assume_role_policy", assume_role_policy);
        object.put("subjects", subjects_patterns);
        object.put("oidc_provider_arn", oidc_provider_arn);
        object.put("tags_all", tags_all);
        object.put_blocks("subject", subjects);
        object.put_blocks("grant", grants);
    }
}

impl OidcRoleModel {
    /// The trust policy, where everything in it is known.
    fn trust(&self, oidc_provider_arn: &str) -> Value<Trust> {
        let (Some(workspace_id), Some(blocks)) = (self.workspace_id.known(), self.subjects.known())
        else {
            return Value::Unknown;
        };
        let subjects = blocks.iter().map(|block| block.parts()?.subject(workspace_id).ok());
        match subjects.collect::<Option<Vec<_>>>() {
            Some(subjects) => Value::Known(Trust {
                oidc_provider_arn: oidc_provider_arn.to_owned(),
                audience: AUDIENCE.to_owned(),
                subjects,
            }),
            None => Value::Unknown,
        }
    }

    /// The grants, where everything in them is known.
    fn grants(&self) -> Option<Vec<Grant>> {
        self.grants.known()?.iter().map(GrantModel::grant).collect()
    }

    fn desired(&self) -> Result<Desired, Diagnostic> {
        let oidc_provider_arn = self.oidc_provider_arn.require("oidc_provider_arn")?.clone();
        let trust = self.trust(&oidc_provider_arn);
        let grants = self.grants().ok_or_else(|| {
            Diagnostic::error("Invalid grant", "A grant has an access that there is not.")
                .at("grant")
        })?;
        let grants = grant_policy::document(&grants)
            .map_err(|error| Diagnostic::error("Invalid grant", sentence(&error)).at("grant"))?;
        Ok(Desired {
            role: NewRole {
                name: self.name.require("name")?.clone(),
                path: "/".to_owned(),
                description: self.description.known().cloned().unwrap_or_default(),
                max_session_duration: i32::try_from(
                    *self.max_session_duration.require("max_session_duration")?,
                )
                .unwrap_or(i32::MAX),
                trust_policy: trust.require("subject")?.document(),
                tags: self.tags_all.require("tags_all")?.clone(),
            },
            oidc_provider_arn,
            grants,
            policy_arns: self.policy_arns.known().cloned().unwrap_or_default(),
        })
    }
}

/// A `subject` block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SubjectModel {
    environment_name: Value<String>,
    app_name: Value<String>,
    function_name: Value<String>,
}

/// A `subject` block of which everything is known.
struct SubjectParts<'a> {
    environment_name: &'a str,
    app_name: Option<&'a str>,
    function_name: Option<&'a str>,
}

impl SubjectParts<'_> {
    fn subject(&self, workspace_id: &str) -> Result<Subject, SubjectNote> {
        Subject::new(workspace_id, self.environment_name, self.app_name, self.function_name)
    }
}

impl SubjectModel {
    fn parts(&self) -> Option<SubjectParts<'_>> {
        if self.app_name.is_unknown() || self.function_name.is_unknown() {
            return None;
        }
        Some(SubjectParts {
            environment_name: self.environment_name.known()?,
            app_name: self.app_name.known().map(String::as_str),
            function_name: self.function_name.known().map(String::as_str),
        })
    }
}

impl From<&Subject> for SubjectModel {
    fn from(subject: &Subject) -> Self {
        Self {
            environment_name: subject.environment_name().into(),
            app_name: subject.app_name().map(str::to_owned).into(),
            function_name: subject.function_name().map(str::to_owned).into(),
        }
    }
}

impl Model for SubjectModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            environment_name: object.take("environment_name"),
            app_name: object.take("app_name"),
            function_name: object.take("function_name"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { environment_name, app_name, function_name } = self;
        object.put("environment_name", environment_name);
        object.put("app_name", app_name);
        object.put("function_name", function_name);
    }
}

/// A `grant` block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct GrantModel {
    access: Value<String>,
    resource_arns: Value<BTreeSet<String>>,
}

impl GrantModel {
    fn grant(&self) -> Option<Grant> {
        Some(Grant {
            access: Access::from_name(self.access.known()?)?,
            resource_arns: self.resource_arns.known()?.iter().cloned().collect(),
        })
    }
}

impl From<&Grant> for GrantModel {
    fn from(grant: &Grant) -> Self {
        Self {
            access: grant.access.name().into(),
            resource_arns: Value::Known(grant.resource_arns.iter().cloned().collect()),
        }
    }
}

impl Model for GrantModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { access: object.take("access"), resource_arns: object.take("resource_arns") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { access, resource_arns } = self;
        object.put("access", access);
        object.put("resource_arns", resource_arns);
    }
}

fn subject_block() -> Block {
    let checked = |description: &str, check: fn(&str) -> Result<(), SubjectNote>| {
        Attribute::string(description).validate(Validator::text(move |text| note(check(text))))
    };
    Block::list(
        "Modal functions that may assume the role. Leave out `function_name`, then `app_name`, to \
         let in every function of an app, or every app of an environment.",
    )
    .min_items(1)
    .attribute(
        "environment_name",
        checked("Modal environment, or `*` for all.", subject::check_environment_name).required(),
    )
    .attribute("app_name", checked("Modal app.", subject::check_app_name))
    .attribute(
        "function_name",
        checked(
            "Modal function, class, or `Class.method`; with a `*` at the end, all that begin so. \
             Needs `app_name`.",
            subject::check_function_name,
        ),
    )
}

fn grant_block() -> Block {
    Block::list(
        "What the functions may do with AWS resources, as CDK's `grantRead` and its like: the \
         right actions, on the resources and on what is in them.",
    )
    .attribute(
        "access",
        Attribute::string(
            "`read`, `write`, `read_write` or `delete`. For S3, `write` does not delete and \
             `read_write` does.",
        )
        .required()
        .validate(Validator::one_of(&["read", "write", "read_write", "delete"])),
    )
    .attribute(
        "resource_arns",
        Attribute::new(
            Type::set(Type::String),
            "ARNs of S3 buckets, of objects in them, or of DynamoDB tables. A table's indexes are \
             included.",
        )
        .required(),
    )
}

/// IAM's rule for the names of roles.
fn check_name(name: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
    match name.len() {
        1..=64 if name.chars().all(known) => Ok(()),
        1..=64 => Err("may have letters, digits and any of +=,.@_- only.".to_owned()),
        length => Err(format!("must have 1 to 64 characters, not {length}.")),
    }
}

fn check_policy_arn(arn: &str) -> Result<(), String> {
    let is_policy = arn.starts_with("arn:") && arn.contains(":policy/");
    if is_policy { Ok(()) } else { Err(format!("must hold ARNs of IAM policies, not {arn:?}.")) }
}

fn note(checked: Result<(), SubjectNote>) -> Result<(), String> {
    checked.map_err(|note| note.predicate())
}

fn warning(note: &SubjectNote, index: usize) -> Diagnostic {
    Diagnostic::warning("Look twice at this subject", sentence(&note.message))
        .at(part_path(note.part, index))
}

fn part_path(part: Part, index: usize) -> AttributePath {
    match part {
        Part::WorkspaceId => part.attribute().into(),
        _ => AttributePath::from("subject").index(index).attribute(part.attribute()),
    }
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::*;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<OidcRole>();
    }
}
