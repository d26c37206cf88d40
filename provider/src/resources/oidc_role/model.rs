//! The attributes and blocks of a role.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use crate::grant_policy::{Access, Grant};
use crate::subject::{Subject, SubjectNote};
use crate::trust_policy::{AUDIENCE, Trust};

/// Attributes and blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct OidcRoleModel {
    pub(super) name: Value<String>,
    pub(super) workspace_id: Value<String>,
    pub(super) description: Value<String>,
    pub(super) max_session_duration: Value<i64>,
    pub(super) policy_arns: Value<BTreeSet<String>>,
    pub(super) tags: Value<BTreeMap<String, String>>,
    pub(super) arn: Value<String>,
    pub(super) assume_role_policy: Value<String>,
    pub(super) subjects_patterns: Value<Vec<String>>,
    pub(super) oidc_provider_arn: Value<String>,
    pub(super) tags_all: Value<BTreeMap<String, String>>,
    pub(super) subjects: Value<Vec<SubjectModel>>,
    pub(super) grants: Value<Vec<GrantModel>>,
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
    pub(super) fn trust(&self, oidc_provider_arn: &str) -> Value<Trust> {
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
}

impl GrantModel {
    pub(super) fn grant(&self) -> Option<Grant> {
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
