//! The block, as it is written.

use std::collections::BTreeSet;

use tf_framework::{
    Attribute, Block, Dynamic, Model, Number, ObjectReader, ObjectWriter, Type, Validator, Value,
};

use super::super::not_empty;
use crate::aws::apigateway::{ApiSettings, Throttling};
use crate::aws::cors::Cors;
use crate::resources::cors::CorsModel;

pub(in crate::resources::bridge_trigger) const NAME: &str = "http_api";

/// The route that takes every request.
const DEFAULT_ROUTE: &str = "$default";

/// Attributes and blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct HttpApiModel {
    pub(super) name: Value<String>,
    pub(super) route_key: Value<String>,
    cors: Value<CorsModel>,
    throttling: Value<ThrottlingModel>,
}

/// `throttling`
#[derive(Debug, Clone, Default, PartialEq)]
struct ThrottlingModel {
    burst_limit: Value<i64>,
    rate_limit: Value<Number>,
}

pub(in crate::resources::bridge_trigger) fn block() -> Block {
    Block::single(
        "HTTP requests: an HTTP API of API Gateway, made for this bridge, with a stage `$default` \
         that serves changes at once. The bridge gets the whole request (payload format 2.0), and \
         its answer is the API's: status 200 and JSON, or, where the bridge has \
         `response_format = \"result\"`, status, headers and body as the Modal function returns them. \
         API Gateway waits for 30 seconds at most: for longer work let the bridge `spawn`, or use \
         its function URL.",
    )
    .attribute("name", Attribute::string("Name of the API. The bridge's name unless set."))
    .attribute(
        "route_key",
        Attribute::string(
            "Which requests call the bridge, such as `POST /uploads` or `ANY /items/{id}`. \
             `$default`, every request, unless set. API Gateway answers all others with 404.",
        )
        .default(DEFAULT_ROUTE)
        .validate(Validator::text(check_route_key)),
    )
    .block("cors", cors())
    .block("throttling", throttling())
}

fn cors() -> Block {
    let set = |description: &str| {
        Attribute::new(Type::set(Type::String), description).validate(not_empty())
    };
    Block::single(
        "Which web pages of other origins may call the API, which answers browsers itself.",
    )
    .attribute("allow_origins", set("Origins, such as `https://example.com`, or `*`.").required())
    .attribute("allow_methods", set("Methods, such as `GET`, or `*`."))
    .attribute("allow_headers", set("Request headers, or `*`."))
    .attribute("expose_headers", set("Response headers that the page may read, or `*`."))
    .attribute(
        "allow_credentials",
        Attribute::bool("Whether requests may carry cookies. `false` unless set.").default(false),
    )
    .attribute(
        "max_age",
        Attribute::number("For how many seconds browsers may remember the answer, -1 to 86400.")
            .validate(Validator::between(-1..=86400)),
    )
}

fn throttling() -> Block {
    Block::single("How many requests the API takes. The account's limits unless set.")
        .attribute(
            "burst_limit",
            Attribute::number("How many requests may come at once.")
                .validate(Validator::between(0..=i64::from(i32::MAX))),
        )
        .attribute(
            "rate_limit",
            Attribute::number("How many requests a second may come, in the long run.").validate(
                Validator::new(|value| match value {
                    Dynamic::Number(rate) if rate.to_string().starts_with('-') => {
                        Err(format!("must not be below 0, but is {rate}."))
                    }
                    _ => Ok(()),
                }),
            ),
        )
}

impl HttpApiModel {
    /// The API itself, of a trigger of this bridge.
    pub(super) fn settings(&self, bridge: &str) -> ApiSettings {
        ApiSettings {
            name: self.name.known().map_or(bridge, String::as_str).to_owned(),
            cors: self.cors.known().map(CorsModel::wanted),
        }
    }

    /// The route's key.
    pub(super) fn key(&self) -> &str {
        self.route_key.known().map_or(DEFAULT_ROUTE, String::as_str)
    }

    /// The stage's limits.
    pub(super) fn throttling(&self) -> Throttling {
        let block = self.throttling.known();
        let rate = block.and_then(|block| block.rate_limit.known());
        Throttling {
            burst: block
                .and_then(|block| block.burst_limit.known())
                .and_then(|burst| i32::try_from(*burst).ok()),
            rate: rate.and_then(|rate| rate.to_string().parse().ok()),
        }
    }

    /// Before it has a route.
    pub(super) fn leading_nowhere(mut self) -> Self {
        self.route_key = Value::Null;
        self.throttling = Value::Null;
        self
    }

    /// As it is there.
    pub(super) fn seen(
        &self,
        settings: &ApiSettings,
        route_key: Option<String>,
        throttling: Throttling,
        bridge: &str,
    ) -> Self {
        let unsaid = self.name.is_null() && settings.name == bridge;
        Self {
            name: if unsaid { Value::Null } else { settings.name.as_str().into() },
            route_key: route_key.into(),
            cors: settings.cors.as_ref().map(observed_cors).into(),
            throttling: match &self.throttling {
                // A block that says nothing limits nothing.
                before if self.throttling() == throttling => before.clone(),
                _ => ThrottlingModel::of(throttling),
            },
        }
    }
}

/// As API Gateway has it.
fn observed_cors(found: &Cors) -> CorsModel {
    let set = |texts: &BTreeSet<String>| {
        Value::from(Some(texts.clone()).filter(|texts| !texts.is_empty()))
    };
    CorsModel {
        allow_credentials: Value::Known(found.allow_credentials),
        allow_headers: set(&found.allow_headers),
        allow_methods: set(&found.allow_methods),
        allow_origins: set(&found.allow_origins),
        expose_headers: set(&found.expose_headers),
        max_age: found.max_age.map(i64::from).into(),
    }
}

impl ThrottlingModel {
    fn of(found: Throttling) -> Value<Self> {
        if found == Throttling::default() {
            return Value::Null;
        }
        Value::Known(Self {
            burst_limit: found.burst.map(i64::from).into(),
            rate_limit: found.rate.and_then(Number::from_f64).into(),
        })
    }
}

/// API Gateway's rule: `$default`, or a method and a path.
fn check_route_key(key: &str) -> Result<(), String> {
    const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    let fits = match key.split_once(' ') {
        Some((method, path)) => METHODS.contains(&method) && path.starts_with('/'),
        None => key == DEFAULT_ROUTE,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("must be \"$default\" or such as \"GET /items/{{id}}\", not {key:?}."))
    }
}

impl Model for HttpApiModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            route_key: object.take("route_key"),
            cors: object.take_block("cors"),
            throttling: object.take_block("throttling"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name, route_key, cors, throttling } = self;
        object.put("name", name);
        object.put("route_key", route_key);
        object.put_block("cors", cors);
        object.put_block("throttling", throttling);
    }
}

impl Model for ThrottlingModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { burst_limit: object.take("burst_limit"), rate_limit: object.take("rate_limit") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { burst_limit, rate_limit } = self;
        object.put("burst_limit", burst_limit);
        object.put("rate_limit", rate_limit);
    }
}
