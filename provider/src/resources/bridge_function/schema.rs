//! What a bridge looks like in HCL.

use tf_framework::{Attribute, Dynamic, Schema, Type, Validator};

use super::model::{parse_params, same_params};
use super::{
    TIMEOUTS, concurrency, destroy, event_invoke, function_url, lambda_settings, log_group,
    options, package, role, triggers, verify, versions,
};
use crate::arn::Arn;
use crate::execution_policy::PollSource;
use crate::resources::made_up_name::LONGEST_PREFIX;
use crate::resources::region;
use crate::subject::{self, SubjectNote};
use crate::tags;

pub(super) fn schema() -> Schema {
    let schema = Schema::new(
        "A bridge: a Lambda function that calls a function deployed on Modal with every event it \
         gets, as `f(event, params)`. Comes with an execution role that may read the token's \
         secret and write to its own log group and nothing else, and with that log group.",
    );
    destroy::schema(versions::schema(package::schema(function_url::schema(outputs(inputs(
        schema,
    ))))))
    .block("event_invoke_config", event_invoke::block())
    .block("log_group", log_group::block())
    .block("allowed_trigger", triggers::block())
    .block("timeouts", TIMEOUTS.block())
}

fn inputs(schema: Schema) -> Schema {
    let schema = concurrency::schema(lambda_settings::schema(options::schema(schema)));
    role::inputs(verify::schema(schema))
        .attribute(
            "name",
            Attribute::string(
                "Name of the Lambda function, up to 64 characters. `<app>-<function>-<mode>` where \
                 neither it nor `name_prefix` is set, made once and then kept. Another name means \
                 another function.",
            )
            .optional_computed()
            .use_state_for_unknown()
            .requires_replace()
            .validate(Validator::text(check_name)),
        )
        .attribute(
            "name_prefix",
            Attribute::string(
                "Beginning of a name that is made up, up to 38 characters. The name, and with it \
                 `arn`, is then known after the apply only. Conflicts with `name`. A prefix that \
                 the name does not begin with means another function.",
            )
            .validate(Validator::text(check_prefix)),
        )
        .attribute("region", region::attribute())
        .attribute(
            "app_name",
            Attribute::string("Modal app.")
                .required()
                .validate(Validator::text(|name| modal_name(name, subject::check_app_name))),
        )
        .attribute(
            "modal_function_name",
            Attribute::string("Modal function, or a method as `Class.method`.")
                .required()
                .validate(Validator::text(|name| modal_name(name, subject::check_function_name))),
        )
        .attribute(
            "environment_name",
            Attribute::string(
                "Modal environment. The provider's `modal_environment` unless set, or else `main`.",
            )
            .optional_computed()
            .validate(Validator::text(check_environment)),
        )
        .attribute(
            "mode",
            Attribute::string(
                "`spawn` starts the Modal function and answers with the call's ID; `remote` waits \
                 and answers with the result.",
            )
            .required()
            .validate(Validator::one_of(&["spawn", "remote"])),
        )
        .attribute(
            "params",
            Attribute::string(
                "What every call gets as its second argument: a JSON object, as `jsonencode` \
                 makes it. Not for secrets: it is an environment variable of the Lambda function.",
            )
            .same_when(same_text_of_params)
            .validate(Validator::text(check_params)),
        )
        .attribute(
            "token_secret_arn",
            Attribute::string("ARN of the secret with the Modal token: `modal_token_secret`'s.")
                .required()
                .validate(Validator::text(check_secret_arn)),
        )
        .attribute(
            "timeout",
            Attribute::number(
                "Seconds that the Lambda function may take, 900 at most. Unless set, 300 for \
                 `remote` and 30 for `spawn`.",
            )
            .optional_computed()
            .validate(Validator::between(1..=900)),
        )
        .attribute(
            "memory_size",
            Attribute::number("Megabytes of memory, which buy CPU too. 256 unless set.")
                .default(256)
                .validate(Validator::between(128..=10240)),
        )
        .attribute(
            "architecture",
            Attribute::string("`arm64` or `x86_64`. `arm64` unless set.")
                .optional_computed()
                .validate(Validator::one_of(&["arm64", "x86_64"])),
        )
        .attribute(
            "event_source_arns",
            Attribute::new(
                Type::set(Type::String),
                "SQS queues, Kinesis streams and DynamoDB streams that the function may be fed \
                 from: the execution role may poll them. For `aws_lambda_event_source_mapping`, \
                 which must come after this resource.",
            )
            .validate(Validator::each(Validator::text(check_event_source))),
        )
        .attribute(
            "tags",
            Attribute::new(
                Type::map(Type::String),
                "Tags of the Lambda function, its role and its log group, by key.",
            )
            .validate(tags::validator()),
        )
}

fn outputs(schema: Schema) -> Schema {
    let output = |description: &str| Attribute::string(description).computed();
    role::outputs(schema)
        .attribute("arn", output("ARN of the Lambda function."))
        .attribute("invoke_arn", output("ARN by which API Gateway invokes the Lambda function."))
        .attribute("function_name", output("Name of the Lambda function."))
        .attribute("log_group_name", output("Name of the log group."))
        .attribute("log_group_arn", output("ARN of the log group."))
        .attribute("runtime", output("Runtime of the Lambda function; null for an image."))
        .attribute(
            "modal_server_url",
            output("Modal server that the bridge calls, where it is not Modal's own."),
        )
        .attribute(
            "tags_all",
            Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
                .computed(),
        )
}

/// Lambda's rule.
fn check_name(name: &str) -> Result<(), String> {
    check_letters(name, 64)
}

/// The same, with room for what is made up.
fn check_prefix(prefix: &str) -> Result<(), String> {
    check_letters(prefix, LONGEST_PREFIX)
}

fn check_letters(name: &str, longest: usize) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    match name.len() {
        length if length == 0 || length > longest => {
            Err(format!("must have 1 to {longest} characters, not {length}."))
        }
        _ if name.chars().all(known) => Ok(()),
        _ => Err("may have letters, digits, - and _ only.".to_owned()),
    }
}

/// Modal's rules, without the wildcards that a role's subject may have.
fn modal_name(name: &str, check: fn(&str) -> Result<(), SubjectNote>) -> Result<(), String> {
    if name.contains('*') {
        return Err("must name one, without a wildcard.".to_owned());
    }
    check(name).map_err(|note| note.predicate())
}

/// The name of a Modal environment.
pub(super) fn check_environment(name: &str) -> Result<(), String> {
    modal_name(name, subject::check_environment_name)
}

fn check_params(params: &str) -> Result<(), String> {
    match serde_json::from_str::<serde_json::Value>(params) {
        Ok(serde_json::Value::Object(_)) if parse_params(params).is_some() => Ok(()),
        Ok(_) => Err("must be a JSON object, such as jsonencode({ width = 128 }).".to_owned()),
        Err(error) => Err(format!("is not JSON: {error}.")),
    }
}

fn check_secret_arn(arn: &str) -> Result<(), String> {
    let is_secret = Arn::parse(arn).is_some_and(|arn| {
        let name = arn.resource.strip_prefix("secret:").unwrap_or_default();
        arn.service == "secretsmanager" && ![arn.region, arn.account, name].contains(&"")
    });
    if is_secret {
        Ok(())
    } else {
        Err(format!("must be the ARN of a Secrets Manager secret, not {arn:?}."))
    }
}

fn check_event_source(arn: &str) -> Result<(), String> {
    match PollSource::of(arn) {
        Some(_) => Ok(()),
        None => Err(format!(
            "must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not {arn:?}."
        )),
    }
}

fn same_text_of_params(one: &Dynamic, other: &Dynamic) -> bool {
    matches!((one, other), (Dynamic::String(one), Dynamic::String(other)) if same_params(one, other))
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::super::BridgeFunction;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<BridgeFunction>();
    }
}
