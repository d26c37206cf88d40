//! What is in an API: integration, route and stage.
//!
//! The API is made by one trigger alone, so that its parts need no mark: after a lost answer, the
//! part that should be there is looked for.

use aws_sdk_apigatewayv2::types as sdk;

use super::{ApiGateway, GET, PATCH, POST};
use crate::aws::error::AwsError;
use crate::aws::iam::absent;

/// The stage whose name is not in the URL.
const STAGE: &str = "$default";

/// The form of the events, which the bridge takes for HTTP requests.
const PAYLOAD_VERSION: &str = "2.0";

/// What an API calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Unique in the API.
    pub id: String,
    /// The function's ARN, where it is one that is given whole requests.
    pub function_arn: Option<String>,
}

/// Which requests call what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Unique in the API.
    pub id: String,
    /// `GET /items/{id}`, or `$default`.
    pub key: String,
    /// The integration that it leads to.
    pub integration_id: Option<String>,
}

/// Under which path the API is served, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Whether what is changed is served at once.
    pub auto_deploy: bool,
    /// Its limits.
    pub throttling: Throttling,
}

/// How many requests an API takes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Throttling {
    /// At once; `None` for the account's limit.
    pub burst: Option<i32>,
    /// A second; `None` for the account's limit.
    pub rate: Option<f64>,
}

impl ApiGateway {
    pub(super) async fn find_integrations(&self, api: &str) -> Result<Vec<Integration>, AwsError> {
        let whole = |found: &sdk::Integration| {
            found.integration_type() == Some(&sdk::IntegrationType::AwsProxy)
                && found.payload_format_version() == Some(PAYLOAD_VERSION)
        };
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let page = self.client.get_integrations().api_id(api).set_next_token(token);
            let page = page.send().await.map_err(|error| AwsError::from_sdk(GET, &error))?;
            all.extend(page.items().iter().map(|found| Integration {
                id: found.integration_id().unwrap_or_default().to_owned(),
                function_arn: found.integration_uri().filter(|_| whole(found)).map(str::to_owned),
            }));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    pub(super) async fn find_routes(&self, api: &str) -> Result<Vec<Route>, AwsError> {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let page = self.client.get_routes().api_id(api).set_next_token(token);
            let page = page.send().await.map_err(|error| AwsError::from_sdk(GET, &error))?;
            all.extend(page.items().iter().map(|found| {
                Route {
                    id: found.route_id().unwrap_or_default().to_owned(),
                    key: found.route_key().unwrap_or_default().to_owned(),
                    integration_id: found
                        .target()
                        .and_then(|target| target.strip_prefix("integrations/"))
                        .map(str::to_owned),
                }
            }));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    pub(super) async fn find_stage(&self, api: &str) -> Result<Option<Stage>, AwsError> {
        let found = match self.client.get_stage().api_id(api).stage_name(STAGE).send().await {
            Ok(found) => found,
            Err(error) => return absent(AwsError::from_sdk(GET, &error)),
        };
        let limits = found.default_route_settings();
        Ok(Some(Stage {
            auto_deploy: found.auto_deploy().unwrap_or_default(),
            throttling: Throttling {
                burst: limits.and_then(|limits| limits.throttling_burst_limit()),
                rate: limits.and_then(|limits| limits.throttling_rate_limit()),
            },
        }))
    }

    /// Lets the API call a function, and answers with the integration's id.
    pub async fn create_integration(
        &self,
        api: &str,
        function_arn: &str,
    ) -> Result<String, AwsError> {
        let request = self
            .client
            .create_integration()
            .api_id(api)
            .integration_type(sdk::IntegrationType::AwsProxy)
            .integration_uri(function_arn)
            .payload_format_version(PAYLOAD_VERSION);
        let error = match request.send().await {
            Ok(answer) => {
                let id = answer.integration_id().map(str::to_owned);
                return id.ok_or_else(|| AwsError::unexpected(POST, "the answer has no id"));
            }
            Err(error) => AwsError::from_sdk(POST, &error),
        };
        let lost = !error.is_refusal();
        let found = if lost { self.find_integrations(api).await? } else { Vec::new() };
        let made = |found: &Integration| found.function_arn.as_deref() == Some(function_arn);
        found.into_iter().find(made).map(|found| found.id).ok_or(error)
    }

    /// Leads requests to an integration.
    pub async fn create_route(
        &self,
        api: &str,
        key: &str,
        integration: &str,
    ) -> Result<(), AwsError> {
        let target = format!("integrations/{integration}");
        let request = self.client.create_route().api_id(api).route_key(key).target(target);
        let error = match request.send().await {
            Ok(_) => return Ok(()),
            Err(error) => AwsError::from_sdk(POST, &error),
        };
        let lost = !error.is_refusal();
        let found = if lost { self.find_routes(api).await? } else { Vec::new() };
        if found.iter().any(|found| found.key == key) { Ok(()) } else { Err(error) }
    }

    /// Leads other requests to an integration, by the route that is there.
    pub async fn update_route(
        &self,
        api: &str,
        route: &str,
        key: &str,
        integration: &str,
    ) -> Result<(), AwsError> {
        let target = format!("integrations/{integration}");
        let request = self.client.update_route().api_id(api).route_id(route);
        let answer = request.route_key(key).target(target).send().await;
        answer.map(drop).map_err(|error| AwsError::from_sdk(PATCH, &error))
    }

    /// Serves the API, and whatever of it is changed later.
    pub async fn create_stage(&self, api: &str, throttling: Throttling) -> Result<(), AwsError> {
        let request = self
            .client
            .create_stage()
            .api_id(api)
            .stage_name(STAGE)
            .auto_deploy(true)
            .set_default_route_settings(throttling.to_sdk());
        let error = match request.send().await {
            Ok(_) => return Ok(()),
            Err(error) => AwsError::from_sdk(POST, &error),
        };
        let lost = !error.is_refusal();
        let found = if lost { self.find_stage(api).await? } else { None };
        if found.is_some() { Ok(()) } else { Err(error) }
    }

    /// The same for a stage that is there.
    pub async fn update_stage(&self, api: &str, throttling: Throttling) -> Result<(), AwsError> {
        let limits = throttling.to_sdk().unwrap_or_else(|| sdk::RouteSettings::builder().build());
        let request = self.client.update_stage().api_id(api).stage_name(STAGE);
        let request = request.auto_deploy(true).default_route_settings(limits);
        let answer = request.send().await;
        answer.map(drop).map_err(|error| AwsError::from_sdk(PATCH, &error))
    }
}

impl Throttling {
    fn to_sdk(self) -> Option<sdk::RouteSettings> {
        let Self { burst, rate } = self;
        (burst.is_some() || rate.is_some()).then(|| {
            sdk::RouteSettings::builder()
                .set_throttling_burst_limit(burst)
                .set_throttling_rate_limit(rate)
                .build()
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigatewayv2::Client;
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{FakeAws, json as answer, waiter};

    #[tokio::test]
    async fn what_is_on_the_second_page_is_there_too() {
        let aws = FakeAws::new();
        let gateway = ApiGateway::new(Client::new(&aws.config()), waiter());
        let (routes, integrations) = ("GET /v2/apis/a1/routes", "GET /v2/apis/a1/integrations");
        let first =
            json!({ "items": [{ "routeId": "r1", "routeKey": "GET /" }], "nextToken": "2" });
        aws.answer(routes, answer(200, first));
        aws.answer(routes, answer(200, json!({ "items": [{ "routeId": "r2" }] })));
        let first = json!({ "items": [{ "integrationId": "i1" }], "nextToken": "2" });
        aws.answer(integrations, answer(200, first));
        aws.answer(integrations, answer(200, json!({ "items": [{ "integrationId": "i2" }] })));

        let found = gateway.find_routes("a1").await.unwrap();
        let ids: Vec<_> = found.iter().map(|route| route.id.as_str()).collect();
        assert_eq!(ids, ["r1", "r2"]);
        let found = gateway.find_integrations("a1").await.unwrap();
        let ids: Vec<_> = found.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(ids, ["i1", "i2"]);
        aws.assert_done();
    }
}
