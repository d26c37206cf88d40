//! The block `function_url`: a URL by which HTTP clients call the bridge, without API Gateway.

use std::collections::BTreeSet;

use tf_framework::{
    Attribute, AttributePath, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Response,
    Schema, Type, Validator, Value,
};

use super::{BridgeFunction, BridgeFunctionModel};
use crate::aws::cors::Cors;
use crate::aws::lambda::{FunctionUrl, PUBLIC_STATEMENTS, UrlSettings};
use crate::aws::{AwsError, Lambda};
use crate::resources::cannot::cannot;
use crate::resources::cors::CorsModel;

const NONE: &str = "NONE";
const AWS_IAM: &str = "AWS_IAM";
const BUFFERED: &str = "BUFFERED";
const RESPONSE_STREAM: &str = "RESPONSE_STREAM";

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FunctionUrlModel {
    pub(super) authorization_type: Value<String>,
    pub(super) cors: Value<CorsModel>,
    pub(super) invoke_mode: Value<String>,
}

pub(super) fn schema(schema: Schema) -> Schema {
    schema
        .attribute(
            "url",
            Attribute::string("URL of the bridge, with a `function_url`; ends in a slash.")
                .computed(),
        )
        .attribute(
            "url_id",
            Attribute::string("ID that the URL begins with: a part of its host name.").computed(),
        )
        .block("function_url", block())
}

fn block() -> Block {
    Block::single(
        "A URL for HTTP clients. The Modal function gets each request as an event in API Gateway's \
         format 2.0, and the bridge answers as `response_format` says. A URL that the function has \
         already, as after an import, becomes this one; `allowed_trigger` and permissions that \
         others wrote stay as they are.",
    )
    .attribute(
        "authorization_type",
        Attribute::string(
            "`AWS_IAM`, for requests that an AWS identity signs which may call \
             `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`, or `NONE`, for anybody on the \
             internet: then the function's policy gets the two statements which that needs, \
             `FunctionURLAllowPublicAccess` and `FunctionURLInvokeAllowPublicAccess`.",
        )
        .required()
        .validate(Validator::one_of(&[AWS_IAM, NONE])),
    )
    .attribute(
        "invoke_mode",
        Attribute::string(
            "`BUFFERED` or `RESPONSE_STREAM`. The bridge answers when the Modal function is done, in \
             one piece and with 6 MB at most, in both. With `RESPONSE_STREAM`, Lambda reads no \
             status and no headers from the answer: every client gets status 200 and the answer's \
             JSON, so that it needs `response_format` `envelope` or `result`. `BUFFERED` unless \
             set.",
        )
        .validate(Validator::one_of(&[BUFFERED, RESPONSE_STREAM])),
    )
    .block("cors", cors_block())
}

fn cors_block() -> Block {
    let names = |description: &str| Attribute::new(Type::set(Type::String), description);
    Block::single("What browsers let other sites do. Nothing unless set.")
        .attribute(
            "allow_credentials",
            Attribute::bool("Whether cookies and credentials are sent. `false` unless set."),
        )
        .attribute("allow_headers", names("Headers that a request may have."))
        .attribute("allow_methods", names("Methods, such as `GET`, or `*`."))
        .attribute("allow_origins", names("Sites, such as `https://example.com`, or `*`."))
        .attribute("expose_headers", names("Headers of the answer that scripts may see."))
        .attribute(
            "max_age",
            Attribute::number("Seconds for which a browser keeps this, up to 86400. 0 unless set.")
                .validate(Validator::between(0..=86_400)),
        )
}

/// What could only go wrong.
pub(super) fn validate(config: &BridgeFunctionModel) -> Vec<Diagnostic> {
    let Some(block) = config.function_url.known() else { return Vec::new() };
    let mut found = Vec::new();
    let format = match &config.options.response_format {
        Value::Null => Some("auto"),
        format => format.known().map(String::as_str),
    };
    if block.invoke_mode == Value::from(RESPONSE_STREAM)
        && let Some(format @ ("auto" | "http")) = format
    {
        found.push(
            Diagnostic::error(
                "Conflicting invoke_mode and response_format",
                format!(
                    "With RESPONSE_STREAM, Lambda reads no status and no headers from the answer, \
                     which response_format {format:?} has: clients would get them as text, always \
                     with status 200. Leave out invoke_mode, or set response_format to \
                     \"envelope\" or \"result\"."
                ),
            )
            .at(AttributePath::from("function_url").attribute("invoke_mode")),
        );
    }
    let triggers = config.allowed_triggers.known().into_iter().flatten();
    let ids = triggers.filter_map(|trigger| trigger.statement_id.known());
    for id in ids.filter(|id| PUBLIC_STATEMENTS.contains(&id.as_str())) {
        found.push(
            Diagnostic::error(
                "Invalid allowed_trigger",
                format!("The statement_id {id:?} is that of a statement of function_url."),
            )
            .at("allowed_trigger"),
        );
    }
    found
}

impl FunctionUrlModel {
    fn settings(&self) -> UrlSettings {
        let cors = self.cors.known().map(CorsModel::wanted).unwrap_or_default();
        UrlSettings {
            is_open: self.authorization_type == Value::from(NONE),
            cors: Cors { max_age: cors.max_age.filter(|age| *age != 0), ..cors },
            is_streamed: self.invoke_mode == Value::from(RESPONSE_STREAM),
        }
    }

    /// What Lambda has. What means the same in the state keeps its spelling.
    fn observed(found: &Observed, state: &Self) -> Self {
        let UrlSettings { is_open, cors, is_streamed } = &found.url.settings;
        let kind = if *is_open { NONE } else { AWS_IAM };
        let mode = if *is_streamed { RESPONSE_STREAM } else { BUFFERED };
        let statements = if *is_open { PUBLIC_STATEMENTS.len() } else { 0 };
        Self {
            // Open and not let in, or the other way round, is neither.
            authorization_type: (found.public_statements == statements)
                .then(|| kind.to_owned())
                .into(),
            cors: match &state.cors {
                Value::Null if *cors == Cors::default() => Value::Null,
                before => Value::Known(observed_cors(cors, before.known())),
            },
            invoke_mode: match &state.invoke_mode {
                Value::Null if !is_streamed => Value::Null,
                _ => mode.into(),
            },
        }
    }
}

/// What Lambda has. What means the same in the state keeps its spelling.
fn observed_cors(found: &Cors, state: Option<&CorsModel>) -> CorsModel {
    let before = state.cloned().unwrap_or_default();
    let set = |found: &BTreeSet<String>, before: Value<BTreeSet<String>>| {
        if found.is_empty() && before.is_null() { before } else { Value::Known(found.clone()) }
    };
    CorsModel {
        allow_credentials: match before.allow_credentials {
            Value::Null if !found.allow_credentials => Value::Null,
            _ => Value::Known(found.allow_credentials),
        },
        allow_headers: set(&found.allow_headers, before.allow_headers),
        allow_methods: set(&found.allow_methods, before.allow_methods),
        allow_origins: set(&found.allow_origins, before.allow_origins),
        expose_headers: set(&found.expose_headers, before.expose_headers),
        max_age: match (before.max_age, found.max_age) {
            (Value::Null, None) => Value::Null,
            (_, age) => Value::Known(age.unwrap_or_default().into()),
        },
    }
}

/// A URL with what lets anybody use it.
#[derive(Debug)]
pub(super) struct Observed {
    url: FunctionUrl,
    public_statements: usize,
}

/// The bridge's URL, where its state has one: another's is none of this resource.
pub(super) async fn observe(
    lambda: &Lambda,
    function: &str,
    state: &BridgeFunctionModel,
) -> Result<Option<Observed>, AwsError> {
    if state.function_url.is_null() {
        return Ok(None);
    }
    let Some(url) = lambda.find_url(function).await? else { return Ok(None) };
    let public_statements = lambda.count_public_statements(function).await?;
    Ok(Some(Observed { url, public_statements }))
}

/// The state with the URL as it is.
pub(super) fn into_state(
    found: Option<Observed>,
    state: &BridgeFunctionModel,
    model: BridgeFunctionModel,
) -> BridgeFunctionModel {
    let before = state.function_url.known().cloned().unwrap_or_default();
    BridgeFunctionModel {
        function_url: found.as_ref().map(|found| FunctionUrlModel::observed(found, &before)).into(),
        url: found.as_ref().map(|found| found.url.url.clone()).into(),
        url_id: found.as_ref().map(|found| id_of(&found.url.url)).into(),
        ..model
    }
}

/// What a plan says of `url` and `url_id`: the URL stays the same as long as there is one.
pub(super) fn planned(
    prior: Option<&BridgeFunctionModel>,
    config: &BridgeFunctionModel,
) -> (Value<String>, Value<String>) {
    let kept = prior.filter(|prior| prior.arn.known().is_some() && prior.url.known().is_some());
    match (&config.function_url, kept) {
        (Value::Null, _) => (Value::Null, Value::Null),
        (_, Some(prior)) => (prior.url.clone(), prior.url_id.clone()),
        (_, None) => (Value::Unknown, Value::Unknown),
    }
}

/// `https://<id>.lambda-url.…`
fn id_of(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    host.split('.').next().unwrap_or_default().to_owned()
}

impl BridgeFunction {
    /// Makes, changes or removes the URL and its permissions. What is there is recorded, and comes
    /// into the plan where that left it open.
    pub(super) async fn change_url(
        &self,
        function: &str,
        prior: &Value<FunctionUrlModel>,
        plan: &mut BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let lambda = &self.clients.aws.lambda;
        let failed = |error: AwsError| {
            cannot(&format!("set up the URL of bridge {function:?}"), &error).at("function_url")
        };
        let Some(block) = plan.function_url.known().cloned() else {
            if !prior.is_null() {
                // In this order: as long as the state has the block, the next apply goes on.
                lambda.forbid_public_url(function).await.map_err(failed)?;
                lambda.delete_url(function).await.map_err(failed)?;
            }
            return Ok(());
        };
        if *prior == plan.function_url && plan.url.known().is_some() {
            return Ok(());
        }
        let settings = block.settings();
        let made = lambda.put_url(function, &settings).await.map_err(failed)?;
        plan.url = made.url.as_str().into();
        plan.url_id = Value::Known(id_of(&made.url));
        let (url, url_id) = (plan.url.clone(), plan.url_id.clone());
        self.record(response, |state| {
            // Who may call it is not written yet.
            let authorization_type = Value::Null;
            state.function_url = Value::Known(FunctionUrlModel { authorization_type, ..block });
            (state.url, state.url_id) = (url, url_id);
        });
        if settings.is_open {
            lambda.allow_public_url(function).await.map_err(failed)
        } else {
            lambda.forbid_public_url(function).await.map_err(failed)
        }
    }
}

impl Model for FunctionUrlModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            authorization_type: object.take("authorization_type"),
            cors: object.take_block("cors"),
            invoke_mode: object.take("invoke_mode"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { authorization_type, cors, invoke_mode } = self;
        object.put("authorization_type", authorization_type);
        object.put_block("cors", cors);
        object.put("invoke_mode", invoke_mode);
    }
}
