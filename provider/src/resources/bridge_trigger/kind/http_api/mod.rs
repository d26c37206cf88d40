//! `http_api`: requests to an HTTP API of API Gateway, which this trigger makes for the bridge.

mod block;

use tf_framework::{Diagnostic, Plan, Response, Value, async_trait};

pub(in crate::resources::bridge_trigger) use self::block::{HttpApiModel, NAME, block};
use super::{At, BridgeTriggerModel, Kind, import_block};
use crate::aws::AwsError;
use crate::aws::apigateway::{HttpApi, Route, Stage};
use crate::aws::lambda::Permission;
use crate::resources::bridge_trigger::place::{Place, statement_id};
use crate::resources::cannot::cannot;
use crate::tags::OWNER;

pub(super) const ID_FORM: &str = "http_api/<id of the API>";

/// What an id says after bridge and kind.
pub(super) fn of_key(key: &str) -> Option<HttpApiModel> {
    let whole = !key.is_empty() && !key.contains('/');
    whole.then(HttpApiModel::default)
}

/// That this API alone may invoke the bridge, whatever the request.
fn permission(at: &At, id: &str) -> Permission {
    let place = &at.place;
    let (partition, region, account) = (&place.partition, &place.region, &place.account);
    let source_arn = format!("arn:{partition}:execute-api:{region}:{account}:{id}/*");
    at.permission(NAME, id, "apigateway.amazonaws.com", &source_arn, None)
}

/// The API, as its tags know it.
fn api_arn(at: &At, id: &str) -> String {
    let Place { partition, region, .. } = &at.place;
    format!("arn:{partition}:apigateway:{region}::/apis/{id}")
}

#[async_trait]
impl Kind for HttpApiModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn takes_tags(&self) -> bool {
        true
    }

    fn validate(&self) -> Vec<Diagnostic> {
        Vec::new()
    }

    async fn plan(
        &self,
        _at: Option<&At>,
        plan: &mut Plan<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let Some(prior) = &plan.prior else { return Ok(()) };
        let statement = prior.key().map(|key| statement_id(NAME, key));
        let (api_is_gone, is_served) = (prior.source_arn.is_null(), !prior.api_endpoint.is_null());
        plan.set("statement_id", Value::from(statement));
        if api_is_gone {
            // Another one has another id, and another URL.
            plan.set("source_arn", Value::<String>::Unknown);
            plan.require_replace("source_arn");
        }
        if !is_served {
            plan.set("api_endpoint", Value::<String>::Unknown);
        }
        Ok(())
    }

    async fn apply(
        &self,
        at: &At,
        prior: Option<&BridgeTriggerModel>,
        plan: BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let bridge = &at.place.bridge;
        let failed = |error: AwsError| {
            cannot(&format!("set up the HTTP API of bridge {bridge:?}"), &error).at(NAME)
        };
        let gateway = &at.aws.apigateway;
        let tags = plan.tags_all.known().cloned().unwrap_or_default();
        let id = match prior.and_then(|prior| prior.key()) {
            Some(id) => id.to_owned(),
            None => {
                self.warn_of_alike(at, response).await;
                let owner = (OWNER.to_owned(), at.place.bridge_arn());
                let tags = tags.clone().into_iter().chain([owner]).collect();
                let made = gateway.create_api(&self.settings(bridge), &tags).await;
                made.map_err(failed)?
            }
        };
        let permission = permission(at, &id);
        let before = prior.cloned().unwrap_or_else(|| BridgeTriggerModel {
            id: Value::Known(at.place.id(NAME, &id)),
            source_arn: Value::from(permission.source_arn.clone()),
            statement_id: Value::Null,
            api_endpoint: Value::Null,
            http_api: Value::Known(self.clone().leading_nowhere()),
            ..plan.clone()
        });
        response.set_state(before.clone());
        let found = gateway.find_api(&id).await.map_err(failed)?;
        let found = found.ok_or_else(|| {
            let detail = format!("API {id} was there, and is gone. Plan again.");
            let summary = format!("Cannot set up the HTTP API of bridge {bridge:?}");
            Diagnostic::error(summary, detail).at(NAME)
        })?;
        let retagged = at.tag_rules.changes(&found.tags, &tags);
        let retagged = gateway.change_tags(&api_arn(at, &id), &retagged).await;
        retagged.map_err(|error| cannot(&format!("tag HTTP API {id:?}"), &error).at("tags"))?;
        self.bring_in_line(at, &found).await.map_err(failed)?;
        let wired = BridgeTriggerModel {
            tags: plan.tags.clone(),
            tags_all: plan.tags_all.clone(),
            api_endpoint: Value::Known(found.endpoint),
            http_api: Value::Known(self.clone()),
            ..before
        };
        response.set_state(wired.clone());
        let allowed = Value::Known(permission.statement_id.clone());
        if wired.statement_id != allowed {
            at.allow(&permission, NAME).await?;
        }
        response.set_state(BridgeTriggerModel {
            id: wired.id,
            source_arn: Value::from(permission.source_arn),
            statement_id: allowed,
            api_endpoint: wired.api_endpoint,
            ..plan
        });
        Ok(())
    }

    async fn read(
        &self,
        at: &At,
        state: BridgeTriggerModel,
    ) -> Result<Option<BridgeTriggerModel>, Diagnostic> {
        let id = state.key().unwrap_or_default();
        let attempt = format!("read HTTP API {id:?} of bridge {:?}", at.place.bridge);
        let found = at.aws.apigateway.find_api(id).await;
        let found = found.map_err(|error| cannot(&attempt, &error).at(NAME))?;
        let permission = permission(at, id);
        let statement_id = at.statement(&permission).await?;
        let Some(found) = found else {
            if statement_id.is_null() {
                return Ok(None);
            }
            let (source_arn, api_endpoint) = (Value::Null, Value::Null);
            return Ok(Some(BridgeTriggerModel {
                source_arn,
                statement_id,
                api_endpoint,
                ..state
            }));
        };
        let is_served = found.stage.as_ref().is_some_and(|stage| stage.auto_deploy);
        let endpoint = is_served.then(|| found.endpoint.clone());
        let visible = at.tag_rules.visible(&found.tags);
        Ok(Some(BridgeTriggerModel {
            tags: at.tag_rules.own(&visible, state.tags.known()).into(),
            tags_all: Value::Known(visible),
            source_arn: Value::from(permission.source_arn),
            statement_id,
            api_endpoint: endpoint.into(),
            http_api: Value::Known(self.observed(&found, at)),
            ..state
        }))
    }

    async fn delete(
        &self,
        at: &At,
        state: &BridgeTriggerModel,
        _response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let id = state.key().unwrap_or_default();
        let deleted = at.aws.apigateway.delete_api(id).await;
        deleted.map_err(|error| {
            cannot(&format!("delete HTTP API {id:?} of bridge {:?}", at.place.bridge), &error)
        })?;
        at.disallow(&statement_id(NAME, id)).await
    }
}

impl HttpApiModel {
    /// API Gateway takes any number of APIs that are alike: one that a killed apply left would answer
    /// requests unseen. Others may be meant so, or about to be replaced, and whoever may not look makes
    /// one all the same.
    async fn warn_of_alike(&self, at: &At, response: &mut Response<BridgeTriggerModel>) {
        let bridge = &at.place.bridge;
        let name = self.settings(bridge).name;
        let found = at.aws.apigateway.find_made_before(&at.place.bridge_arn(), &name).await;
        let found = found.unwrap_or_else(|error| {
            let refusal =
                cannot(&format!("look for HTTP APIs that bridge {bridge:?} has already"), &error);
            response.push(Diagnostic::warning(refusal.summary, refusal.detail).at(NAME));
            Vec::new()
        });
        for (id, routes) in found {
            if routes.iter().any(|route| route.key != self.key()) {
                continue;
            }
            let detail = format!(
                "HTTP API {id:?} was made for this bridge under the same name, {name:?}, and for no \
                 other route. Where no resource has it, an apply that was killed left it, and it may \
                 answer requests: delete it, or bring it under Terraform as a trigger of its own:\
                 \n\n{}",
                import_block(&at.place.import_id(NAME, &id))
            );
            let summary = format!("Bridge {bridge:?} has another HTTP API already");
            response.push(Diagnostic::warning(summary, detail).at(NAME));
        }
    }

    /// Makes of the API what is missing, and changes what differs.
    async fn bring_in_line(&self, at: &At, found: &HttpApi) -> Result<(), AwsError> {
        let (gateway, id) = (&at.aws.apigateway, &found.id);
        let settings = self.settings(&at.place.bridge);
        if found.settings != settings {
            gateway.update_api(id, &settings).await?;
        }
        let function_arn = at.place.bridge_arn();
        let integration = match found.integration_of(&function_arn) {
            Some(integration) => integration.to_owned(),
            None => gateway.create_integration(id, &function_arn).await?,
        };
        let key = self.key();
        let leads = |route: &&Route| route.integration_id.as_deref() == Some(&integration);
        let same_key = found.routes.iter().find(|route| route.key == key);
        match same_key.or_else(|| found.routes.iter().find(leads)) {
            Some(route) if route.key == key && leads(&route) => {}
            Some(route) => gateway.update_route(id, &route.id, key, &integration).await?,
            None => gateway.create_route(id, key, &integration).await?,
        }
        let throttling = self.throttling();
        match &found.stage {
            None => gateway.create_stage(id, throttling).await,
            Some(Stage { auto_deploy: true, throttling: have }) if *have == throttling => Ok(()),
            Some(_) => gateway.update_stage(id, throttling).await,
        }
    }

    /// As API Gateway has it, in the practitioner's spelling where it means the same.
    fn observed(&self, found: &HttpApi, at: &At) -> Self {
        let integration = found.integration_of(&at.place.bridge_arn());
        let leads = |key: Option<&String>| {
            let mut routes = found.routes.iter().filter(|route| {
                route.integration_id.is_some() && route.integration_id.as_deref() == integration
            });
            routes
                .find(|route| key.is_none_or(|key| route.key == *key))
                .map(|route| route.key.clone())
        };
        let throttling = found.stage.as_ref().map(|stage| stage.throttling).unwrap_or_default();
        self.seen(
            &found.settings,
            // Others may have added routes: ours counts, while it is there.
            leads(self.route_key.known()).or_else(|| leads(None)),
            throttling,
            &at.place.bridge,
        )
    }
}

impl HttpApi {
    /// The integration that gives this function whole requests.
    fn integration_of(&self, function_arn: &str) -> Option<&str> {
        let mut found = self.integrations.iter();
        let found = found.find(|found| found.function_arn.as_deref() == Some(function_arn))?;
        Some(&found.id)
    }
}
