//! An HTTP API, made for a bridge.

use acceptance::World;
use serde_json::{Value, json};

use super::{TRIGGER, statements, take_permission, trigger};

const SOME: &str = r#"
  http_api {
    name      = "uploads"
    route_key = "POST /uploads"

    cors {
      allow_origins = ["https://example.com"]
      allow_methods = ["POST"]
      max_age       = 60
    }

    throttling {
      burst_limit = 10
      rate_limit  = 2.5
    }
  }
"#;

/// The parts of the one API in the account.
struct Api<'a> {
    world: &'a World,
    api: Value,
}

impl<'a> Api<'a> {
    fn found(world: &'a World) -> Self {
        let apis = world.aws.call("apigatewayv2", "get_apis", json!({}))["Items"].take();
        let [api] = &apis.as_array().unwrap()[..] else { panic!("{apis}") };
        Self { world, api: api.clone() }
    }

    fn id(&self) -> &Value {
        &self.api["ApiId"]
    }

    fn parts(&self, operation: &str) -> Vec<Value> {
        let request = json!({"ApiId": self.id()});
        let found = self.world.aws.call("apigatewayv2", operation, request);
        found["Items"].as_array().unwrap().clone()
    }

    fn route(&self) -> Value {
        let routes = self.parts("get_routes");
        assert_eq!(routes.len(), 1, "{routes:?}");
        routes[0].clone()
    }

    fn stage(&self) -> Value {
        let stages = self.parts("get_stages");
        assert_eq!(stages.len(), 1, "{stages:?}");
        stages[0].clone()
    }
}

#[test]
fn an_api_is_made_changed_imported_and_goes() {
    let world = World::start();
    let config = world.config(&trigger("  http_api {}"));
    config.apply();
    config.plan().assert_empty();
    let made = Api::found(&world);
    let state = config.resource(TRIGGER).unwrap();
    assert_eq!(made.api["Name"], "thumbnails");
    assert_eq!(made.api["ApiEndpoint"], state["api_endpoint"]);
    assert_eq!(made.route()["RouteKey"], "$default");
    let integrations = made.parts("get_integrations");
    let function = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    assert_eq!(integrations.len(), 1);
    assert_eq!(integrations[0]["IntegrationUri"], function);
    assert_eq!(integrations[0]["IntegrationType"], "AWS_PROXY");
    assert_eq!(integrations[0]["PayloadFormatVersion"], "2.0");
    let target = format!("integrations/{}", integrations[0]["IntegrationId"].as_str().unwrap());
    assert_eq!(made.route()["Target"], target);
    assert_eq!(
        (&made.stage()["StageName"], &made.stage()["AutoDeploy"]),
        (&json!("$default"), &json!(true))
    );
    let id = made.id().as_str().unwrap();
    let source = format!("arn:aws:execute-api:us-east-1:{}:{id}/*", world.aws.id());
    let [statement] = &statements(&world)[..] else { panic!("{:?}", statements(&world)) };
    assert_eq!(statement["Principal"], json!({"Service": "apigateway.amazonaws.com"}));
    assert_eq!(statement["Condition"], json!({"ArnLike": {"AWS:SourceArn": source}}));

    config.rewrite(&trigger(SOME));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let changed = Api::found(&world);
    assert_eq!(changed.id(), made.id());
    assert_eq!(changed.api["Name"], "uploads");
    assert_eq!(changed.api["CorsConfiguration"]["AllowOrigins"], json!(["https://example.com"]));
    assert_eq!(changed.route()["RouteKey"], "POST /uploads");
    let limits = changed.stage()["DefaultRouteSettings"].clone();
    assert_eq!(limits, json!({"ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 2.5}));

    config.forget(TRIGGER);
    config.import(TRIGGER, &format!("thumbnails/http_api/{id}"));
    config.plan().assert_empty();

    config.rewrite(&trigger("  http_api {}"));
    config.apply();
    config.plan().assert_empty();
    let back = Api::found(&world);
    assert_eq!(back.api.get("CorsConfiguration"), None);
    assert_eq!(back.route()["RouteKey"], "$default");

    config.destroy();
    let apis = world.aws.call("apigatewayv2", "get_apis", json!({}));
    assert_eq!(apis["Items"], json!([]));
}

#[test]
fn what_somebody_changed_of_an_api_is_planned_back() {
    let world = World::start();
    let config = world.config(&trigger(SOME));
    config.apply();
    let gateway = |operation: &str, request: Value| {
        let mut request = request;
        request["ApiId"] = Api::found(&world).id().clone();
        world.aws.call("apigatewayv2", operation, request)
    };
    let part = |operation: &str, name: &str| Api::found(&world).parts(operation)[0][name].clone();

    let changes: [&dyn Fn(); 6] = [
        &|| {
            let route = part("get_routes", "RouteId");
            gateway("delete_route", json!({"RouteId": route}));
        },
        &|| {
            let integration = part("get_integrations", "IntegrationId");
            gateway("delete_integration", json!({"IntegrationId": integration}));
        },
        &|| drop(gateway("delete_stage", json!({"StageName": "$default"}))),
        &|| drop(gateway("update_api", json!({"Name": "theirs"}))),
        &|| drop(gateway("delete_cors_configuration", json!({}))),
        &|| take_permission(&world),
    ];
    for (number, change) in changes.iter().enumerate() {
        change();
        let plan = config.plan();
        assert_eq!(plan.actions().len(), 1, "change {number}: {}", plan.text());
        plan.assert_updates(&[TRIGGER]);
        config.apply_planned();
        config.plan().assert_empty();
    }
    assert_eq!(Api::found(&world).route()["RouteKey"], "POST /uploads");
    assert_eq!(statements(&world).len(), 1);

    // An API that is gone is another one afterwards, and nothing of the old one stays.
    gateway("delete_api", json!({}));
    config.plan().assert_replaces(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(statements(&world).len(), 1);
    config.destroy();
}

#[test]
fn an_api_has_the_tags_of_its_trigger_and_of_the_provider() {
    let world = World::start();
    let provider = r#"
provider "modal" {
  default_tags {
    tags = { team = "images" }
  }
  ignore_tags {
    keys = ["theirs"]
  }
}
"#;
    let with =
        |tags: &str| provider.to_owned() + &trigger(&format!("  tags = {tags}\n  http_api {{}}"));
    let tags = || {
        let mut tags = Api::found(&world).api["Tags"].take();
        tags.as_object_mut().unwrap().retain(|key, _| !key.starts_with("modal-bridge:"));
        tags
    };
    let config = world.config(&with("{ stage = \"test\", of = \"uploads\" }"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(tags(), json!({"team": "images", "stage": "test", "of": "uploads"}));

    let arn = format!(
        "arn:aws:apigateway:us-east-1::/apis/{}",
        Api::found(&world).id().as_str().unwrap()
    );
    let theirs = json!({"ResourceArn": arn, "Tags": {"theirs": "1", "stage": "dev"}});
    world.aws.call("apigatewayv2", "tag_resource", theirs);
    let plan = config.plan();
    plan.assert_updates(&[TRIGGER]);
    assert_eq!(plan.change(TRIGGER)["before"]["tags"]["stage"], "dev");
    config.rewrite(&with("{ stage = \"prod\" }"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(tags(), json!({"team": "images", "stage": "prod", "theirs": "1"}));
    let state = config.resource(TRIGGER).unwrap();
    assert_eq!(state["tags_all"], json!({"team": "images", "stage": "prod"}));
    config.destroy();
}
