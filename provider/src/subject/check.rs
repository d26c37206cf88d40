//! Which texts can stand in a pattern without ending a part early or matching more than themselves.

use super::note::{Part, SubjectNote};

/// Whether `workspace_id` can stand in a pattern.
pub fn check_workspace_id(workspace_id: &str) -> Result<(), SubjectNote> {
    if !workspace_id.is_empty()
        && workspace_id.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
    {
        return Ok(());
    }
    Err(SubjectNote::new(
        Part::WorkspaceId,
        format!(
            "workspace_id is \"{workspace_id}\"; expected the id that \"modal token info\" prints, \
             such as \"ac-2x7Kq\": letters, digits and hyphens"
        ),
    ))
}

/// Whether `environment_name` can stand in a pattern. `*` alone is every environment.
pub fn check_environment_name(environment_name: &str) -> Result<(), SubjectNote> {
    if environment_name == "*" {
        return Ok(());
    }
    check_name(Part::EnvironmentName, environment_name)
}

/// Whether `app_name` can stand in a pattern.
pub fn check_app_name(app_name: &str) -> Result<(), SubjectNote> {
    check_name(Part::AppName, app_name)?;
    let id = app_name
        .strip_prefix("ap-")
        .is_some_and(|id| id.len() == 22 && id.chars().all(|char| char.is_ascii_alphanumeric()));
    if id {
        return Err(SubjectNote::new(
            Part::AppName,
            format!("app_name is \"{app_name}\", an app's id; expected the app's name"),
        ));
    }
    Ok(())
}

/// Whether `function_name` can stand in a pattern: `name`, `Class.method`, `Class.*` or `prefix*`.
pub fn check_function_name(function_name: &str) -> Result<(), SubjectNote> {
    let refused = |expected: &str| {
        Err(SubjectNote::new(
            Part::FunctionName,
            format!("function_name is \"{function_name}\"; expected {expected}"),
        ))
    };
    if function_name == "*" {
        return refused("a name; leave function_name out to trust every function of the app");
    }
    if let Some((class, method)) = function_name.split_once('.') {
        if is_identifier(class) && (method == "*" || is_identifier(method)) {
            return Ok(());
        }
        return refused("\"Class.method\" or \"Class.*\" where there is a dot");
    }
    if is_identifier(function_name.strip_suffix('*').unwrap_or(function_name)) {
        return Ok(());
    }
    refused(
        "letters, digits, underscores and hyphens, and no wildcard but a star at the end, such as \
         \"resize\", \"Model.predict\" or \"resize_*\"",
    )
}

/// An id that can stand in a pattern, and yet looks like no id of Modal's.
pub(super) fn doubt_workspace_id(workspace_id: &str) -> Option<SubjectNote> {
    let message = if workspace_id.starts_with("ws-") {
        format!(
            "workspace_id is \"{workspace_id}\"; Modal's workspace ids begin with \"ac-\", and \
             \"ws-\" is a prefix that some guides show by mistake. \"modal token info\" prints the id"
        )
    } else if workspace_id.starts_with("ac-") {
        return None;
    } else {
        format!(
            "workspace_id is \"{workspace_id}\"; Modal's workspace ids begin with \"ac-\". Is this \
             the workspace's name? \"modal token info\" prints the id"
        )
    };
    Some(SubjectNote::new(Part::WorkspaceId, message))
}

/// Modal's rule for names of apps and environments; an app that broke it would get no token.
fn check_name(part: Part, name: &str) -> Result<(), SubjectNote> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    if !name.is_empty() && name.len() <= 64 && name.chars().all(allowed) {
        return Ok(());
    }
    let attribute = part.attribute();
    Err(SubjectNote::new(
        part,
        format!(
            "{attribute} is \"{name}\"; expected 1 to 64 letters, digits, hyphens, underscores and \
             periods"
        ),
    ))
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char))
}
