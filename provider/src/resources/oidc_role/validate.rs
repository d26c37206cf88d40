//! Subjects and grants that cannot be, and those to look at twice, before anything is planned.

use tf_framework::{AttributePath, Diagnostic};

use super::OidcRoleModel;
use super::model::{GrantModel, texts};
use crate::grant_policy::{self, Access, GrantError};
use crate::sentence::sentence;
use crate::subject::{Part, SubjectNote};

pub(super) fn validate(config: &OidcRoleModel) -> Vec<Diagnostic> {
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
        for error in faults(block) {
            let path = AttributePath::from("grant").index(index).attribute(error.attribute());
            found.push(Diagnostic::error("Invalid grant", sentence(&error)).at(path));
        }
    }
    let written = config.grants().map(|grants| grant_policy::document(&grants));
    if let Some(Err(error @ GrantError::SidTaken(_))) = written {
        found.push(Diagnostic::error("Invalid grant", sentence(&error)).at("grant"));
    }
    if !config.name.is_null() && !config.name_prefix.is_null() {
        found.push(
            Diagnostic::error("Conflicting names", "Set name or name_prefix, not both.")
                .at("name_prefix"),
        );
    }
    found
}

/// All that is wrong with a grant, as far as it is known.
fn faults(block: &GrantModel) -> Vec<GrantError> {
    let access = block.access.known().and_then(|access| Access::from_name(access));
    // Another access has been refused already.
    let Some(access) = access else { return Vec::new() };
    let resource_arns = texts(&block.resource_arns).filter(|_| !block.resource_arns.is_null());
    grant_policy::check_grant(
        access,
        resource_arns.as_deref(),
        &texts(&block.prefixes).unwrap_or_default(),
        &texts(&block.kms_key_arns).unwrap_or_default(),
        block.sid.known().map(String::as_str),
    )
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
    use std::collections::BTreeSet;

    use tf_framework::Value::{self, Known, Null, Unknown};

    use super::super::model::SubjectModel;
    use super::*;

    fn subject(app_name: Value<String>, function_name: Value<String>) -> SubjectModel {
        SubjectModel { environment_name: "main".into(), app_name, function_name }
    }

    fn found(workspace_id: Value<String>, subjects: Vec<SubjectModel>) -> Vec<String> {
        let config =
            OidcRoleModel { workspace_id, subjects: Known(subjects), ..OidcRoleModel::default() };
        let found = validate(&config).into_iter();
        found.map(|found| format!("{}: {}", path(&found), found.detail)).collect()
    }

    fn path(found: &Diagnostic) -> String {
        found.attribute.to_string()
    }

    #[test]
    fn what_is_not_known_yet_is_not_judged() {
        let unknown = vec![subject(Unknown, "make".into()), subject("thumbnails".into(), Unknown)];
        assert_eq!(found("ac-1".into(), unknown), [] as [&str; 0]);
        let config =
            OidcRoleModel { subjects: Unknown, grants: Unknown, ..OidcRoleModel::default() };
        assert!(validate(&config).is_empty());
    }

    #[test]
    fn a_subject_is_judged_while_only_the_workspace_is_not_known() {
        assert_eq!(
            found(Unknown, vec![subject(Null, "make".into())]),
            [
                "subject[0].function_name: function_name needs app_name: functions of different apps may share a name."
            ]
        );
        assert_eq!(found(Unknown, vec![subject("thumbnails".into(), Null)]), [] as [&str; 0]);
    }

    #[test]
    fn a_doubtful_workspace_is_said_once() {
        let subjects = vec![subject("one".into(), Null), subject("two".into(), Null)];
        let found = found("acme".into(), subjects);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("workspace_id: "), "{found:?}");
    }

    #[test]
    fn each_faulty_arn_of_a_grant_is_named() {
        let grant = GrantModel {
            access: "read".into(),
            resource_arns: Known(BTreeSet::from(["one".to_owned(), "two".to_owned()])),
            ..GrantModel::default()
        };
        let unknown = GrantModel {
            access: "read".into(),
            resource_arns: Unknown,
            sid: "a-b".into(),
            ..GrantModel::default()
        };
        let config = OidcRoleModel {
            subjects: Known(Vec::new()),
            grants: Known(vec![unknown, grant]),
            ..OidcRoleModel::default()
        };
        let paths: Vec<_> = validate(&config).iter().map(path).collect();
        assert_eq!(paths, ["grant[0].sid", "grant[1].resource_arns", "grant[1].resource_arns"]);
    }
}
