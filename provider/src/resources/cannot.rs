//! Diagnostics for what AWS refused, with what the practitioner can do about it.

use tf_framework::Diagnostic;

use crate::aws::{AwsError, Fault};

/// "Cannot create IAM role "a"": advice, then AWS's own words.
pub(crate) fn cannot(attempt: &str, error: &AwsError) -> Diagnostic {
    let words = error.with_request_id();
    let detail = match advice(error) {
        Some(advice) => format!("{advice}\n\n{words}"),
        None => words,
    };
    Diagnostic::error(format!("Cannot {attempt}"), detail)
}

/// The same, where a name that is taken can be healed by an import.
pub(super) fn cannot_create(
    attempt: &str,
    error: &AwsError,
    type_name: &str,
    import_id: &str,
) -> Diagnostic {
    if error.fault != Fault::AlreadyExists {
        return cannot(attempt, error);
    }
    let words = error.with_request_id();
    Diagnostic::error(
        format!("Cannot {attempt}"),
        format!(
            "Choose another name, or bring the one that exists under Terraform:\n\n\
             import {{\n  to = modal_{type_name}.<name>\n  id = {import_id:?}\n}}\n\n{words}"
        ),
    )
}

fn advice(error: &AwsError) -> Option<String> {
    match error.fault {
        Fault::AccessDenied => {
            Some(format!("Allow {} to the identity that runs Terraform.", error.action))
        }
        Fault::Credentials => Some(
            "Check the credentials: the provider block, the environment, or the profile in use."
                .to_owned(),
        ),
        Fault::Throttled => {
            Some("Apply again in a while: AWS is limiting this account's requests.".to_owned())
        }
        Fault::Conflict => {
            Some("Apply again when what else is changing this object is done.".to_owned())
        }
        Fault::OtherRegion => Some(
            "S3 invokes functions of the bucket's own region alone. Use a bucket in the region of \
             the bridge, or a bridge in the region of the bucket."
                .to_owned(),
        ),
        Fault::Interrupted => Some("Apply again to finish: Terraform was told to stop.".to_owned()),
        Fault::TimedOut => Some("Apply again to go on waiting.".to_owned()),
        Fault::ScheduledForDeletion => Some(
            "A secret of this name is waiting to be deleted. Set restore_if_deleted to restore it, \
             delete it with `aws secretsmanager delete-secret --force-delete-without-recovery`, or \
             choose another name."
                .to_owned(),
        ),
        Fault::NotFound | Fault::AlreadyExists | Fault::Other => None,
    }
}
