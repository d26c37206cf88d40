//! The blocks `allowed_trigger`: what else may invoke the bridge.

use std::collections::BTreeSet;

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Validator, Value,
};

use super::BridgeFunction;
use crate::arn::Arn;
use crate::aws::Fault;
use crate::aws::lambda::Permission;
use crate::resources::cannot::cannot;

const INVOKE: &str = "lambda:InvokeFunction";

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct AllowedTriggerModel {
    pub(super) statement_id: Value<String>,
    pub(super) service: Value<String>,
    pub(super) principal: Value<String>,
    pub(super) source_arn: Value<String>,
    pub(super) source_account: Value<String>,
    pub(super) principal_org_id: Value<String>,
    pub(super) action: Value<String>,
}

pub(super) fn block() -> Block {
    Block::set(
        "What may invoke the bridge: a bucket's notifications, a topic, a rule. They exist before \
         `arn` is known to whatever refers to it.",
    )
    .attribute(
        "statement_id",
        Attribute::string("Name of the statement, unique for the bridge.")
            .required()
            .validate(Validator::text(check_statement_id)),
    )
    .attribute(
        "service",
        Attribute::string(
            "AWS service, such as `s3`, `sns`, `events`, `scheduler`, `apigateway` or \
             `elasticloadbalancing`. Either this or `principal`.",
        )
        .validate(Validator::text(check_service)),
    )
    .attribute(
        "principal",
        Attribute::string("Account ID, or ARN of an account, user or role, or `*`."),
    )
    .attribute(
        "source_arn",
        Attribute::string("ARN of what calls in the service's name; `*` stands for any part.")
            .validate(Validator::text(|arn| match Arn::parse(arn) {
                Some(_) => Ok(()),
                None => Err(format!("must be an ARN, not {arn:?}.")),
            })),
    )
    .attribute(
        "source_account",
        Attribute::string(
            "Account of what calls. With `service = \"s3\"`, whose ARNs name no account, this \
             account unless set.",
        )
        .validate(Validator::text(check_account)),
    )
    .attribute(
        "principal_org_id",
        Attribute::string("Organization that the principal must belong to, `o-…`."),
    )
    .attribute("action", Attribute::string("`lambda:InvokeFunction` unless set."))
}

/// What cannot be, of blocks that may not be wholly known, and what should not.
pub(super) fn validate(blocks: &Value<Vec<AllowedTriggerModel>>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for block in blocks.known().into_iter().flatten() {
        let name = block.statement_id.known().map_or("", String::as_str);
        if !name.is_empty() && !names.insert(name) {
            found.push(refusal(format!("Two blocks have the statement_id {name:?}.")));
        }
        match (&block.service, &block.principal) {
            (Value::Null, Value::Null) => {
                found.push(refusal(format!("The block {name:?} needs service or principal.")));
            }
            (Value::Known(_), Value::Known(_)) => {
                found.push(refusal(format!(
                    "The block {name:?} has both service and principal: one says it all."
                )));
            }
            _ => {}
        }
        let anybodys = [&block.source_arn, &block.source_account, &block.principal_org_id];
        if let Value::Known(service) = &block.service
            && anybodys.iter().all(|limit| limit.is_null())
            && service != "s3"
        {
            found.push(
                Diagnostic::warning(
                    "Anybody's resources may invoke the bridge",
                    format!(
                        "The allowed_trigger {name:?} lets {service} invoke the bridge for every \
                         account of AWS. Set source_arn, or source_account."
                    ),
                )
                .at("allowed_trigger"),
            );
        }
    }
    found
}

fn refusal(what: String) -> Diagnostic {
    Diagnostic::error("Invalid allowed_trigger", what).at("allowed_trigger")
}

impl AllowedTriggerModel {
    /// The statement, in the account of the bridge.
    fn permission(&self, account: &str) -> Permission {
        let text = |value: &Value<String>| value.known().cloned();
        let service = text(&self.service);
        let is_s3 = service.as_deref() == Some("s3");
        let own = || is_s3.then(|| account.to_owned());
        Permission {
            statement_id: text(&self.statement_id).unwrap_or_default(),
            action: text(&self.action).unwrap_or_else(|| INVOKE.to_owned()),
            principal: service
                .map(|name| principal_of(&name))
                .unwrap_or_else(|| text(&self.principal).unwrap_or_default()),
            source_arn: text(&self.source_arn),
            source_account: text(&self.source_account).or_else(own),
            principal_org_id: text(&self.principal_org_id),
        }
    }

    /// A statement that is not as it was written.
    fn of(found: Permission) -> Self {
        let service = found.principal.strip_suffix(SERVICES);
        Self {
            statement_id: Value::Known(found.statement_id),
            service: service.map(str::to_owned).into(),
            principal: match service {
                Some(_) => Value::Null,
                None => Value::Known(found.principal.clone()),
            },
            source_arn: found.source_arn.into(),
            source_account: found.source_account.into(),
            principal_org_id: found.principal_org_id.into(),
            action: (found.action != INVOKE).then_some(found.action).into(),
        }
    }
}

const SERVICES: &str = ".amazonaws.com";

fn principal_of(service: &str) -> String {
    if service.contains('.') { service.to_owned() } else { format!("{service}{SERVICES}") }
}

/// Of the blocks in the state, those whose statements are there; in AWS's words, where they are
/// others. What else may invoke the function is not this resource's.
pub(super) fn observed(
    found: &[Permission],
    state: &Value<Vec<AllowedTriggerModel>>,
    account: &str,
) -> Value<Vec<AllowedTriggerModel>> {
    let blocks = state.known().into_iter().flatten().filter_map(|block| {
        let wanted = block.permission(account);
        let found = found.iter().find(|found| found.statement_id == wanted.statement_id)?;
        if same(found, &wanted) {
            Some(block.clone())
        } else {
            Some(AllowedTriggerModel::of(found.clone()))
        }
    });
    Value::Known(blocks.collect())
}

/// An account id means the account's root, and Lambda writes the latter.
fn same(found: &Permission, wanted: &Permission) -> bool {
    let root = Arn::parse(&found.principal).filter(|arn| arn.resource == "root");
    let by_id = root.is_some_and(|arn| arn.account == wanted.principal);
    let principal = wanted.principal.clone();
    found == wanted || (by_id && Permission { principal, ..found.clone() } == *wanted)
}

impl BridgeFunction {
    /// Removes and adds what differs.
    pub(super) async fn change_triggers(
        &self,
        function: &str,
        account: &str,
        prior: &Value<Vec<AllowedTriggerModel>>,
        plan: &Value<Vec<AllowedTriggerModel>>,
    ) -> Result<(), Diagnostic> {
        let lambda = &self.clients.aws.lambda;
        let permissions = |blocks: &Value<Vec<AllowedTriggerModel>>| -> Vec<Permission> {
            let blocks = blocks.known().into_iter().flatten();
            blocks.map(|block| block.permission(account)).collect()
        };
        let (have, want) = (permissions(prior), permissions(plan));
        for gone in have.iter().filter(|gone| !want.contains(gone)) {
            let id = &gone.statement_id;
            lambda.remove_permission(function, id).await.map_err(|error| {
                let attempt = format!("remove the permission {id:?} of bridge {function:?}");
                cannot(&attempt, &error).at("allowed_trigger")
            })?;
        }
        for new in want.iter().filter(|new| !have.contains(new)) {
            let id = &new.statement_id;
            lambda.add_permission(function, new).await.map_err(|error| {
                let attempt = format!("add the permission {id:?} to bridge {function:?}");
                match error.fault {
                    Fault::AlreadyExists => refusal(format!(
                        "The function's policy has another statement {id:?} already: choose \
                         another statement_id, or remove that one."
                    )),
                    _ => cannot(&attempt, &error).at("allowed_trigger"),
                }
            })?;
        }
        Ok(())
    }
}

/// Lambda's rule.
fn check_statement_id(id: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if (1..=100).contains(&id.len()) && id.chars().all(known) {
        Ok(())
    } else {
        Err(format!("must have 1 to 100 letters, digits, - and _, not {id:?}."))
    }
}

fn check_service(service: &str) -> Result<(), String> {
    let known = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '.'
    };
    if !service.is_empty() && service.chars().all(known) {
        Ok(())
    } else {
        Err(format!("must be the name of an AWS service, such as \"s3\", not {service:?}."))
    }
}

fn check_account(account: &str) -> Result<(), String> {
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(format!("must be the 12 digits of an AWS account, not {account:?}."))
    }
}

impl Model for AllowedTriggerModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            statement_id: object.take("statement_id"),
            service: object.take("service"),
            principal: object.take("principal"),
            source_arn: object.take("source_arn"),
            source_account: object.take("source_account"),
            principal_org_id: object.take("principal_org_id"),
            action: object.take("action"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            statement_id,
            service,
            principal,
            source_arn,
            source_account,
            principal_org_id,
            action,
        } = self;
        object.put("statement_id", statement_id);
        object.put("service", service);
        object.put("principal", principal);
        object.put("source_arn", source_arn);
        object.put("source_account", source_account);
        object.put("principal_org_id", principal_org_id);
        object.put("action", action);
    }
}
