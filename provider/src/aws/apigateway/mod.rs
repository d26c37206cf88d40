//! HTTP APIs of API Gateway: what this provider asks of them, and nothing more.
//!
//! IAM knows the calls by their HTTP methods alone.

mod parts;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_apigatewayv2::config::retry::RetryConfig;
use aws_sdk_apigatewayv2::types as sdk;
use aws_sdk_apigatewayv2::{Client, config};

pub use self::parts::{Integration, Route, Stage, Throttling};
use super::cors::{Cors, convert_cors};
use super::error::{AwsError, Fault};
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::waiter::Waiter;
use crate::tags::{CREATE_NONCE, OWNER, TagChanges, Tags, fresh_nonce};

const GET: &str = "apigateway:GET";
const POST: &str = "apigateway:POST";
const PATCH: &str = "apigateway:PATCH";
const DELETE: &str = "apigateway:DELETE";

/// The APIs of one account and region.
#[derive(Debug, Clone)]
pub struct ApiGateway {
    client: Client,
    waiter: Waiter,
    /// The numbers that the creates of this process have made up.
    nonces: Arc<Mutex<BTreeSet<String>>>,
}

/// What of an API itself can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSettings {
    /// For the console: several APIs may have one.
    pub name: String,
    /// Which pages of other origins may read the answers.
    pub cors: Option<Cors>,
}

/// An API with all that leads from its address to a function.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpApi {
    /// Unique in account and region.
    pub id: String,
    /// Its URL.
    pub endpoint: String,
    /// What can be changed.
    pub settings: ApiSettings,
    /// All of its tags.
    pub tags: Tags,
    /// What it calls.
    pub integrations: Vec<Integration>,
    /// Which requests call what.
    pub routes: Vec<Route>,
    /// The stage `$default`.
    pub stage: Option<Stage>,
}

impl ApiGateway {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter, nonces: Arc::default() }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_apigatewayv2, self.client, waiter);
        Self { client, waiter: waiter.clone(), nonces: Arc::clone(&self.nonces) }
    }

    /// Makes an API that leads nowhere yet, and answers with its id. After an answer that was lost,
    /// the API with the number that this call made up is the one; where nobody can look for it, no
    /// other is made.
    pub async fn create_api(
        &self,
        settings: &ApiSettings,
        tags: &Tags,
    ) -> Result<String, AwsError> {
        let nonce = fresh_nonce();
        self.nonces().insert(nonce.clone());
        // Once an answer is lost, an API may be there.
        let lost = AtomicBool::new(false);
        let may_pass = |error: &AwsError| match error.fault {
            Fault::Throttled => true,
            Fault::Other => !error.is_refusal() && error.action == POST,
            _ => false,
        };
        let made = self.waiter.retry(self.waiter.waits().propagation, may_pass, || async {
            if lost.load(Ordering::Relaxed)
                && let Some(id) = self.find_by_nonce(&nonce).await?
            {
                return Ok(id);
            }
            let made = self.send_create_api(settings, tags, &nonce).await;
            if made.as_ref().is_err_and(|error| !error.is_refusal()) {
                lost.store(true, Ordering::Relaxed);
            }
            made
        });
        let error = match made.await {
            Err(error) if lost.into_inner() => error,
            answer => return answer,
        };
        match self.find_by_nonce(&nonce).await {
            Ok(Some(id)) => Ok(id),
            _ => Err(error),
        }
    }

    /// One attempt: another one of the SDK's own would make another API.
    async fn send_create_api(
        &self,
        settings: &ApiSettings,
        tags: &Tags,
        nonce: &str,
    ) -> Result<String, AwsError> {
        let mut request = self
            .client
            .create_api()
            .name(&settings.name)
            .protocol_type(sdk::ProtocolType::Http)
            .set_cors_configuration(settings.cors.as_ref().map(Into::into))
            .tags(CREATE_NONCE, nonce);
        for (key, value) in tags {
            request = request.tags(key, value);
        }
        let once = config::Config::builder().retry_config(RetryConfig::disabled());
        let answer = request.customize().config_override(once).send().await;
        let answer = answer.map_err(|error| AwsError::from_sdk(POST, &error))?;
        let id = answer.api_id().map(str::to_owned);
        id.ok_or_else(|| AwsError::unexpected(POST, "the answer has no id"))
    }

    async fn find_by_nonce(&self, nonce: &str) -> Result<Option<String>, AwsError> {
        let found = self.find_apis(|api| has_tag(api, CREATE_NONCE, nonce)).await?;
        Ok(found.into_iter().next())
    }

    /// The APIs with this name that were made for `owner`, but not by this process: their ids, and
    /// their routes.
    pub async fn find_made_before(
        &self,
        owner: &str,
        name: &str,
    ) -> Result<Vec<(String, Vec<Route>)>, AwsError> {
        let is_meant = |api: &sdk::Api| {
            let nonce = api.tags().and_then(|tags| tags.get(CREATE_NONCE));
            api.name() == Some(name)
                && has_tag(api, OWNER, owner)
                && nonce.is_some_and(|nonce| !self.nonces().contains(nonce))
        };
        let mut found = Vec::new();
        for id in self.find_apis(is_meant).await? {
            // Some may be gone by now.
            let routes = self.find_routes(&id).await.map_or_else(absent, |routes| Ok(Some(routes)));
            found.extend(routes?.map(|routes| (id, routes)));
        }
        Ok(found)
    }

    fn nonces(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ids of those that are meant.
    async fn find_apis(
        &self,
        is_meant: impl Fn(&sdk::Api) -> bool,
    ) -> Result<Vec<String>, AwsError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = self.client.get_apis().set_next_token(token).send().await;
            let page = page.map_err(|error| AwsError::from_sdk(GET, &error))?;
            let meant = page.items().iter().filter(|api| is_meant(api));
            found.extend(meant.filter_map(|api| api.api_id().map(str::to_owned)));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// `None` where there is no such API.
    pub async fn find_api(&self, id: &str) -> Result<Option<HttpApi>, AwsError> {
        let found = match self.client.get_api().api_id(id).send().await {
            Ok(found) => found,
            Err(error) => return absent(AwsError::from_sdk(GET, &error)),
        };
        Ok(Some(HttpApi {
            id: id.to_owned(),
            endpoint: found.api_endpoint().unwrap_or_default().to_owned(),
            settings: ApiSettings {
                name: found.name().unwrap_or_default().to_owned(),
                cors: found.cors_configuration().map(Cors::from),
            },
            tags: found.tags().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
            integrations: self.find_integrations(id).await?,
            routes: self.find_routes(id).await?,
            stage: self.find_stage(id).await?,
        }))
    }

    /// Changes the API itself.
    pub async fn update_api(&self, id: &str, settings: &ApiSettings) -> Result<(), AwsError> {
        let request = self
            .client
            .update_api()
            .api_id(id)
            .name(&settings.name)
            .set_cors_configuration(settings.cors.as_ref().map(Into::into));
        request.send().await.map_err(|error| AwsError::from_sdk(PATCH, &error))?;
        if settings.cors.is_none() {
            let gone = self.client.delete_cors_configuration().api_id(id).send().await;
            gone_is_fine(gone.map(drop).map_err(|error| AwsError::from_sdk(DELETE, &error)))?;
        }
        Ok(())
    }

    /// Changes what differs of an API's tags. The API by its ARN.
    pub async fn change_tags(&self, arn: &str, changes: &TagChanges) -> Result<(), AwsError> {
        if !changes.set.is_empty() {
            let tags = changes.set.clone().into_iter().collect();
            let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(tags));
            request.send().await.map_err(|error| AwsError::from_sdk(POST, &error))?;
        }
        if !changes.remove.is_empty() {
            let keys = changes.remove.iter().cloned().collect();
            let request = self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
            request.send().await.map_err(|error| AwsError::from_sdk(DELETE, &error))?;
        }
        Ok(())
    }

    /// Deletes an API with all that is in it. One that is gone is fine.
    pub async fn delete_api(&self, id: &str) -> Result<(), AwsError> {
        let deleted = self.waiter.retry(
            self.waiter.waits().consistency,
            |error| error.fault == Fault::Conflict,
            || async {
                let answer = self.client.delete_api().api_id(id).send().await;
                answer.map(drop).map_err(|error| AwsError::from_sdk(DELETE, &error))
            },
        );
        gone_is_fine(deleted.await)
    }
}

fn has_tag(api: &sdk::Api, key: &str, value: &str) -> bool {
    api.tags().and_then(|tags| tags.get(key)).is_some_and(|found| found == value)
}

convert_cors!(aws_sdk_apigatewayv2);
