//! What all identities have in common: the account and the region that this provider works in.

use tf_framework::{Diagnostic, Value};

use super::cannot::cannot;
use crate::arn::Arn;
use crate::aws::Aws;

/// The account in an ARN of the state; null while there is none.
pub(super) fn account_of(arn: &Value<String>) -> Value<String> {
    part_of(arn, |arn| arn.account)
}

/// Likewise the region.
pub(super) fn region_of(arn: &Value<String>) -> Value<String> {
    part_of(arn, |arn| arn.region)
}

fn part_of(arn: &Value<String>, part: impl Fn(Arn<'_>) -> &str) -> Value<String> {
    let arn = arn.known().and_then(|arn| Arn::parse(arn));
    let part = arn.map(|arn| part(arn).to_owned());
    part.filter(|part| !part.is_empty()).into()
}

/// Refuses an identity that names another account than this provider's, where it would look for the
/// object in vain, or find another one of the same name.
pub(super) async fn check_account(
    aws: &Aws,
    attempt: &str,
    account_id: &Value<String>,
) -> Result<(), Diagnostic> {
    if let Some(account_id) = account_id.known() {
        let caller = aws.caller.identity().await.map_err(|error| cannot(attempt, &error))?;
        if *account_id != caller.account_id {
            return Err(elsewhere(attempt, account_id, &caller.account_id));
        }
    }
    Ok(())
}

fn elsewhere(attempt: &str, named: &str, own: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot {attempt}"),
        format!(
            "The identity names account {named}, and this provider works in account {own}. Import \
             it with a provider block for account {named}."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_and_region_are_read_from_an_arn() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:bridge".into();
        assert_eq!(account_of(&arn), "111122223333".into());
        assert_eq!(region_of(&arn), "eu-west-1".into());
    }

    #[test]
    fn what_an_arn_does_not_say_is_null() {
        assert_eq!(region_of(&"arn:aws:iam::111122223333:role/a".into()), Value::Null);
        for arn in [Value::Null, Value::Unknown, "a".into()] {
            assert_eq!(account_of(&arn), Value::Null, "{arn:?}");
        }
    }
}
