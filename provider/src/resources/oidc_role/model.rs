//! The attributes and blocks of a role.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use crate::grant_policy::{Access, Grant};
use crate::subject::{Subject, SubjectNote};
use crate::trust_policy::{Trust, check_additional};

/// Attributes and blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct OidcRoleModel {
    pub(super) name: Value<String>,
    pub(super) name_prefix: Value<String>,
    pub(super) path: Value<String>,
    pub(super) workspace_id: Value<String>,
    pub(super) audience: Value<String>,
    pub(super) oidc_provider_arn: Value<String>,
    pub(super) create_oidc_provider: Value<bool>,
    pub(super) additional_trust_statements: Value<String>,
    pub(super) description: Value<String>,
    pub(super) max_session_duration: Value<i64>,
    pub(super) permissions_boundary: Value<String>,
    pub(super) policy_arns: Value<BTreeSet<String>>,
    pub(super) inline_policies: Value<BTreeMap<String, String>>,
    pub(super) force_detach_policies: Value<bool>,
    pub(super) tags: Value<BTreeMap<String, String>>,
    pub(super) arn: Value<String>,
    pub(super) unique_id: Value<String>,
    pub(super) create_date: Value<String>,
    pub(super) assume_role_policy: Value<String>,
    pub(super) subjects_patterns: Value<Vec<String>>,
    pub(super) modal_secret_env: Value<BTreeMap<String, String>>,
    pub(super) tags_all: Value<BTreeMap<String, String>>,
    pub(super) subjects: Value<Vec<SubjectModel>>,
    pub(super) grants: Value<Vec<GrantModel>>,
}

impl Model for OidcRoleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            name_prefix: object.take("name_prefix"),
            path: object.take("path"),
            workspace_id: object.take("workspace_id"),
            audience: object.take("audience"),
            oidc_provider_arn: object.take("oidc_provider_arn"),
            create_oidc_provider: object.take("create_oidc_provider"),
            additional_trust_statements: object.take("additional_trust_statements"),
            description: object.take("description"),
            max_session_duration: object.take("max_session_duration"),
            permissions_boundary: object.take("permissions_boundary"),
            policy_arns: object.take("policy_arns"),
            inline_policies: object.take("inline_policies"),
            force_detach_policies: object.take("force_detach_policies"),
            tags: object.take("tags"),
            arn: object.take("arn"),
            unique_id: object.take("unique_id"),
            create_date: object.take("create_date"),
            assume_role_policy: object.take("assume_role_policy"),
            subjects_patterns: object.take("subjects"),
            modal_secret_env: object.take("modal_secret_env"),
            tags_all: object.take("tags_all"),
            subjects: object.take_blocks("subject"),
            grants: object.take_blocks("grant"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            name,
            name_prefix,
            path,
            workspace_id,
            audience,
            oidc_provider_arn,
            create_oidc_provider,
            additional_trust_statements,
            description,
            max_session_duration,
            permissions_boundary,
            policy_arns,
            inline_policies,
            force_detach_policies,
            tags,
            arn,
            unique_id,
            create_date,
            assume_role_policy,
            subjects_patterns,
            modal_secret_env,
            tags_all,
            subjects,
            grants,
        } = self;
        object.put("name", name);
        object.put("name_prefix", name_prefix);
        object.put("path", path);
        object.put("workspace_id", workspace_id);
        object.put("audience", audience);
        object.put("oidc_provider_arn", oidc_provider_arn);
        object.put("create_oidc_provider", create_oidc_provider);
        object.put("additional_trust_statements", additional_trust_statements);
        object.put("description", description);
        object.put("max_session_duration", max_session_duration);
        object.put("permissions_boundary", permissions_boundary);
        object.put("policy_arns", policy_arns);
        object.put("inline_policies", inline_policies);
        object.put("force_detach_policies", force_detach_policies);
        object.put("tags", tags);
        object.put("arn", arn);
        object.put("unique_id", unique_id);
        object.put("create_date", create_date);
        object.put("assume_role_policy", assume_role_policy);
        object.put("subjects", subjects_patterns);
        object.put("modal_secret_env", modal_secret_env);
        object.put("tags_all", tags_all);
        object.put_blocks("subject", subjects);
        object.put_blocks("grant", grants);
    }
}

impl OidcRoleModel {
    /// The trust policy, where everything in it is known.
    pub(super) fn trust(&self, oidc_provider_arn: &str) -> Value<Trust> {
        let (Some(workspace_id), Some(audience), Some(blocks)) =
            (self.workspace_id.known(), self.audience.known(), self.subjects.known())
        else {
            return Value::Unknown;
        };
        let subjects = blocks.iter().map(|block| block.parts()?.subject(workspace_id).ok());
        let subjects = subjects.collect::<Option<Vec<_>>>();
        let additional = match &self.additional_trust_statements {
            Value::Known(text) => check_additional(text).ok(),
            Value::Null => Some(Vec::new()),
            Value::Unknown => None,
        };
        match (subjects, additional) {
            (Some(subjects), Some(additional)) => Value::Known(Trust {
                oidc_provider_arn: oidc_provider_arn.to_owned(),
                audience: audience.clone(),
                subjects,
                additional,
            }),
            _ => Value::Unknown,
        }
    }

    /// The grants, where everything in them is known.
    pub(super) fn grants(&self) -> Option<Vec<Grant>> {
        self.grants.known()?.iter().map(GrantModel::grant).collect()
    }
}

/// A `subject` block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SubjectModel {
    pub(super) environment_name: Value<String>,
    pub(super) app_name: Value<String>,
    pub(super) function_name: Value<String>,
}

/// A `subject` block of which everything is known.
pub(super) struct SubjectParts<'a> {
    environment_name: &'a str,
    app_name: Option<&'a str>,
    function_name: Option<&'a str>,
}

impl SubjectParts<'_> {
    pub(super) fn subject(&self, workspace_id: &str) -> Result<Subject, SubjectNote> {
        Subject::new(workspace_id, self.environment_name, self.app_name, self.function_name)
    }
}

impl SubjectModel {
    pub(super) fn parts(&self) -> Option<SubjectParts<'_>> {
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
    pub(super) access: Value<String>,
    pub(super) resource_arns: Value<BTreeSet<String>>,
    pub(super) prefixes: Value<BTreeSet<String>>,
    pub(super) kms_key_arns: Value<BTreeSet<String>>,
    pub(super) sid: Value<String>,
}

impl GrantModel {
    pub(super) fn grant(&self) -> Option<Grant> {
        if self.sid.is_unknown() {
            return None;
        }
        Some(Grant {
            access: Access::from_name(self.access.known()?)?,
            resource_arns: texts(&self.resource_arns)?,
            prefixes: texts(&self.prefixes)?,
            kms_key_arns: texts(&self.kms_key_arns)?,
            sid: self.sid.known().cloned(),
        })
    }
}

/// The texts of a set, none where it is null; `None` while they are not known.
pub(super) fn texts(set: &Value<BTreeSet<String>>) -> Option<Vec<String>> {
    match set {
        Value::Known(texts) => Some(texts.iter().cloned().collect()),
        Value::Null => Some(Vec::new()),
        Value::Unknown => None,
    }
}

impl From<&Grant> for GrantModel {
    fn from(grant: &Grant) -> Self {
        let set = |texts: &[String]| texts.iter().cloned().collect::<BTreeSet<_>>();
        let some = |texts: &[String]| (!texts.is_empty()).then(|| set(texts)).into();
        Self {
            access: grant.access.name().into(),
            resource_arns: Value::Known(set(&grant.resource_arns)),
            prefixes: some(&grant.prefixes),
            kms_key_arns: some(&grant.kms_key_arns),
            sid: grant.sid.clone().into(),
        }
    }
}

impl Model for GrantModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            access: object.take("access"),
            resource_arns: object.take("resource_arns"),
            prefixes: object.take("prefixes"),
            kms_key_arns: object.take("kms_key_arns"),
            sid: object.take("sid"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { access, resource_arns, prefixes, kms_key_arns, sid } = self;
        object.put("access", access);
        object.put("resource_arns", resource_arns);
        object.put("prefixes", prefixes);
        object.put("kms_key_arns", kms_key_arns);
        object.put("sid", sid);
    }
}
