//! What Modal says of a token: asked at apply, before anything is written; looked at in plans.

use std::time::{Duration, SystemTime};

use tf_framework::{Diagnostic, Plan, Value};

use super::TokenSecretModel;
use super::token::Token;
use crate::modal::{Modal, TokenInfo, parse_rfc3339, rfc3339};

/// How long before its end a token is warned about.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Whether an apply asks Modal. What was asked once is not asked again with every other change.
pub(super) fn asks(
    modal: &Modal,
    prior: Option<&TokenSecretModel>,
    plan: &TokenSecretModel,
    config: &TokenSecretModel,
) -> bool {
    let may = plan.verify != Value::Known(false)
        && config.gives_token()
        && !modal.settings().skips_token_verification();
    let is_new = prior.is_none_or(|prior| {
        !prior.holds_token_of(plan)
            || prior.verify != plan.verify
            || (!config.workspace_id.is_null() && config.workspace_id != prior.workspace_id)
    });
    may && is_new
}

/// Plans what Modal will say, as far as it is known: what was said of the token that stays; nothing,
/// where Modal is not asked about another.
pub(super) fn plan(modal: &Modal, plan: &mut Plan<TokenSecretModel>) {
    let prior = plan.prior.clone();
    let planned = &plan.planned;
    // Whether it is another token, then, shows at apply.
    let may_stay = prior.is_some()
        && [&planned.token_id, &planned.token_secret, &planned.token_secret_wo_version]
            .into_iter()
            .any(Value::is_unknown);
    if !may_stay && !asks(modal, prior.as_ref(), planned, &plan.config) {
        let kept = prior.as_ref().filter(|prior| prior.holds_token_of(&plan.planned));
        let kept = kept.cloned().unwrap_or_default();
        if plan.config.workspace_id.is_null() {
            plan.set("workspace_id", kept.workspace_id);
        }
        plan.set("workspace_name", kept.workspace_name);
        plan.set("token_name", kept.token_name);
        plan.set("expires_at", kept.expires_at);
    }
    if let Some(prior) = prior.filter(|prior| prior.holds_token_of(&plan.planned)) {
        let expires_at = prior.expires_at.known().and_then(|text| parse_rfc3339(text));
        let attribute = plan.config.token_id_attribute();
        if let Some(warning) = expires_at.and_then(|at| expiry(at, modal.now(), attribute)) {
            plan.push(warning);
        }
    }
}

/// Asks Modal, where that is planned, and fills in what it says. `prior` is what is said of the
/// token until now.
pub(super) async fn fill_in(
    modal: &Modal,
    prior: Option<&TokenSecretModel>,
    plan: &mut TokenSecretModel,
    config: &TokenSecretModel,
    token: Option<&Token>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), Diagnostic> {
    let found = match token {
        Some(token) if asks(modal, prior, plan, config) => {
            let found = ask(modal, token, config, warnings).await?;
            let expires_at = found.as_ref().and_then(|found| found.expires_at);
            let attribute = config.token_id_attribute();
            warnings.extend(expires_at.and_then(|at| expiry(at, modal.now(), attribute)));
            said(found)
        }
        // What was said of the token that stays.
        _ => prior.filter(|prior| prior.holds_token_of(plan)).cloned().unwrap_or_default(),
    };
    if plan.workspace_id.is_unknown() {
        plan.workspace_id = found.workspace_id;
    }
    plan.workspace_name = found.workspace_name;
    plan.token_name = found.token_name;
    plan.expires_at = found.expires_at;
    Ok(())
}

/// `None` where Modal could not be asked.
async fn ask(
    modal: &Modal,
    token: &Token,
    config: &TokenSecretModel,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Option<TokenInfo>, Diagnostic> {
    const ATTEMPT: &str = "verify the Modal token";
    let found = match modal.owner_of(&token.id, &token.secret).await {
        Ok(found) => found,
        Err(error) if error.is_about_the_token() => {
            return Err(error.diagnostic(ATTEMPT).at(config.token_id_attribute()));
        }
        Err(error) => {
            let consequence = "It is written as it is. Set workspace_id where something needs it; \
                               another token_secret_wo_version asks again.";
            let summary = "The Modal token could not be verified";
            warnings.push(error.warning(summary, consequence).at("verify"));
            return Ok(None);
        }
    };
    match config.workspace_id.known() {
        Some(expected) if *expected != found.workspace_id => Err(Diagnostic::error(
            format!("Cannot {ATTEMPT}"),
            format!(
                "The token belongs to workspace {} ({}), not to {expected}. Give a token of the \
                 workspace that is meant, or correct workspace_id.",
                found.workspace_id, found.workspace_name
            ),
        )
        .at("workspace_id")),
        _ => Ok(Some(found)),
    }
}

/// The attributes that say it.
fn said(found: Option<TokenInfo>) -> TokenSecretModel {
    let Some(found) = found else { return TokenSecretModel::default() };
    let some = |text: String| Value::from(Some(text).filter(|text| !text.is_empty()));
    TokenSecretModel {
        workspace_id: Value::Known(found.workspace_id),
        workspace_name: some(found.workspace_name),
        token_name: some(found.token_name),
        expires_at: found.expires_at.and_then(rfc3339).into(),
        ..TokenSecretModel::default()
    }
}

/// A warning where the token ends soon, or has ended.
fn expiry(at: SystemTime, now: SystemTime, attribute: &str) -> Option<Diagnostic> {
    let date = rfc3339(at)?;
    let detail = "Bridges cannot call Modal with it then. Make a new token in Modal, and give its \
                  ID and its secret here.";
    let summary = match at.duration_since(now) {
        Ok(left) if left > SOON => return None,
        Ok(_) => format!("The Modal token expires at {date}"),
        Err(_) => format!("The Modal token has expired at {date}"),
    };
    Some(Diagnostic::warning(summary, detail).at(attribute))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn day(number: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + number * 24 * 60 * 60)
    }

    #[test]
    fn an_end_is_warned_about_two_weeks_before() {
        let summary = |at| expiry(at, day(0), "token_id").map(|found| found.summary);
        assert_eq!(summary(day(15)), None);
        expect!["The Modal token expires at 2027-01-29T08:00:00Z"]
            .assert_eq(&summary(day(14)).unwrap());
        expect!["The Modal token has expired at 2027-01-15T08:00:00Z"]
            .assert_eq(&expiry(day(0), day(1), "token_id").unwrap().summary);
    }
}
