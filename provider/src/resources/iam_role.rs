//! What the attributes of an IAM role may hold, whichever resource makes it.

/// IAM's rule for the names of roles.
pub(super) fn check_name(name: &str, longest: usize) -> Result<(), String> {
    match name.len() {
        length if length == 0 || length > longest => {
            Err(format!("must have 1 to {longest} characters, not {length}."))
        }
        _ if name.chars().all(is_of_names) => Ok(()),
        _ => Err("may have letters, digits and any of +=,.@_- only.".to_owned()),
    }
}

/// Whether IAM allows it in a name.
pub(super) fn is_of_names(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter)
}

/// IAM's rule for paths.
pub(super) fn check_path(path: &str) -> Result<(), String> {
    let visible = path.chars().all(|letter| letter.is_ascii_graphic());
    let whole = path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/'));
    if whole && visible && path.len() <= 512 && !path.contains("//") {
        Ok(())
    } else {
        Err(format!("must begin and end with a slash, such as \"/modal/\", not {path:?}."))
    }
}

/// Whether it can be the ARN of a managed policy.
fn is_policy_arn(arn: &str) -> bool {
    arn.starts_with("arn:") && arn.contains(":policy/")
}

/// One of a set of managed policies.
pub(super) fn check_policy_arn(arn: &str) -> Result<(), String> {
    if is_policy_arn(arn) {
        Ok(())
    } else {
        Err(format!("must hold ARNs of IAM policies, not {arn:?}."))
    }
}

/// The managed policy that bounds what a role may do.
pub(super) fn check_boundary(arn: &str) -> Result<(), String> {
    if is_policy_arn(arn) {
        Ok(())
    } else {
        Err(format!("must be the ARN of an IAM policy, not {arn:?}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_and_ends_with_a_slash() {
        for good in ["/", "/modal/", "/teams/ml/"] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        for bad in ["", "modal", "/modal", "modal/", "//", "/a//b/", "/a b/", "/ä/"] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }
}
