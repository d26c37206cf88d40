//! What is in an account, seen through boto3: every object that the provider can make.

use std::collections::BTreeMap;

use acceptance::AwsAccount;
use serde_json::{Value, json};

/// The objects of an account, by kind and name, each with what a state has to name to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inventory(BTreeMap<String, Known>);

/// How a state knows an object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    /// It names this.
    by: String,
    /// Or the object that this one is a part of, and goes with.
    within: Option<String>,
}

/// The services in which something may be, as boto3 names them.
pub(crate) type Services = &'static [&'static str];

impl Inventory {
    /// Looks at these services of the account.
    pub(crate) fn of(account: &AwsAccount, services: Services) -> Self {
        let mut found = Self::default();
        for service in services {
            match *service {
                "iam" => found.iam(account),
                "secretsmanager" => found.secrets(account),
                "lambda" => found.lambda(account),
                "logs" => found.logs(account),
                "s3" => found.notifications(account),
                "sns" => found.subscriptions(account),
                "events" => found.rules(account),
                "scheduler" => found.schedules(account),
                "apigatewayv2" => found.apis(account),
                other => panic!("nobody looks into {other}"),
            }
        }
        found
    }

    /// What is here and was not there before.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let new = self.0.iter().filter(|(name, _)| !before.0.contains_key(*name));
        Self(new.map(|(name, known)| (name.clone(), known.clone())).collect())
    }

    /// What of this a state's text does not name.
    pub(crate) fn unknown_to(&self, state: &str) -> Vec<String> {
        let names = |text: &str| state.contains(text);
        let is_known = |known: &Known| {
            let of_a_known = known
                .within
                .as_ref()
                .is_some_and(|whole| self.0.get(whole).is_some_and(|whole| names(&whole.by)));
            names(&known.by) || of_a_known
        };
        self.0.iter().filter(|(_, known)| !is_known(known)).map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn add(&mut self, name: String, by: &Value) {
        self.0.insert(name, Known { by: text(by), within: None });
    }

    fn add_part(&mut self, name: String, by: &Value, whole: &str) {
        self.0.insert(name, Known { by: text(by), within: Some(whole.to_owned()) });
    }

    fn iam(&mut self, account: &AwsAccount) {
        for role in list(account, "iam", "list_roles", json!({}), "Roles") {
            let whole = format!("role {}", text(&role["RoleName"]));
            // A schedule's role is found by the schedule's name, which state has before its ARN.
            let name = text(&role["RoleName"]);
            let by = name.split_once("-schedule-").map(|(schedule, _)| json!(schedule));
            self.add(whole.clone(), &by.unwrap_or_else(|| role["Arn"].clone()));
            let of = json!({"RoleName": role["RoleName"]});
            for policy in list(account, "iam", "list_role_policies", of, "PolicyNames") {
                self.add_part(format!("policy {} of {whole}", text(&policy)), &policy, &whole);
            }
        }
        let providers = "OpenIDConnectProviderList";
        for found in list(account, "iam", "list_open_id_connect_providers", json!({}), providers) {
            self.add(format!("OIDC provider {}", text(&found["Arn"])), &found["Arn"]);
        }
    }

    fn secrets(&mut self, account: &AwsAccount) {
        let all = json!({"IncludePlannedDeletion": true});
        for found in list(account, "secretsmanager", "list_secrets", all, "SecretList") {
            let waits = if found["DeletedDate"].is_null() { "" } else { ", to be deleted" };
            self.add(format!("secret {}{waits}", text(&found["Name"])), &found["ARN"]);
        }
    }

    fn lambda(&mut self, account: &AwsAccount) {
        for found in list(account, "lambda", "list_functions", json!({}), "Functions") {
            let name = &found["FunctionName"];
            let whole = format!("function {}", text(name));
            self.add(whole.clone(), &found["FunctionArn"]);
            let of = json!({"FunctionName": name});
            if let Ok(answer) = account.try_call("lambda", "get_policy", of.clone()) {
                let policy: Value = serde_json::from_str(&text(&answer["Policy"])).unwrap();
                for statement in policy["Statement"].as_array().into_iter().flatten() {
                    let sid = &statement["Sid"];
                    self.add_part(format!("permission {} of {whole}", text(sid)), sid, &whole);
                }
            }
            if let Ok(url) = account.try_call("lambda", "get_function_url_config", of) {
                self.add_part(format!("URL of {whole}"), &url["FunctionUrl"], &whole);
            }
        }
        let mappings = "EventSourceMappings";
        for found in list(account, "lambda", "list_event_source_mappings", json!({}), mappings) {
            self.add(format!("mapping {}", text(&found["UUID"])), &found["UUID"]);
        }
    }

    fn logs(&mut self, account: &AwsAccount) {
        for found in list(account, "logs", "describe_log_groups", json!({}), "logGroups") {
            let name = &found["logGroupName"];
            self.add(format!("log group {}", text(name)), name);
        }
    }

    fn notifications(&mut self, account: &AwsAccount) {
        for bucket in list(account, "s3", "list_buckets", json!({}), "Buckets") {
            let of = json!({"Bucket": bucket["Name"]});
            let found = account.call("s3", "get_bucket_notification_configuration", of);
            for to in found["LambdaFunctionConfigurations"].as_array().into_iter().flatten() {
                let name = format!("notification {} of {}", text(&to["Id"]), text(&bucket["Name"]));
                self.add(name, &to["Id"]);
            }
        }
    }

    fn subscriptions(&mut self, account: &AwsAccount) {
        for found in list(account, "sns", "list_subscriptions", json!({}), "Subscriptions") {
            let arn = &found["SubscriptionArn"];
            self.add(format!("subscription {}", text(arn)), arn);
        }
    }

    fn rules(&mut self, account: &AwsAccount) {
        for bus in list(account, "events", "list_event_buses", json!({}), "EventBuses") {
            let of = json!({"EventBusName": bus["Name"]});
            for rule in list(account, "events", "list_rules", of, "Rules") {
                self.add(format!("rule {}", text(&rule["Arn"])), &rule["Name"]);
            }
        }
    }

    fn schedules(&mut self, account: &AwsAccount) {
        for found in list(account, "scheduler", "list_schedules", json!({}), "Schedules") {
            self.add(format!("schedule {}", text(&found["Name"])), &found["Name"]);
        }
    }

    fn apis(&mut self, account: &AwsAccount) {
        for found in list(account, "apigatewayv2", "get_apis", json!({}), "Items") {
            self.add(format!("API {}", text(&found["ApiId"])), &found["ApiId"]);
        }
    }
}

fn list(
    account: &AwsAccount,
    service: &str,
    operation: &str,
    parameters: Value,
    member: &str,
) -> Vec<Value> {
    let mut answer = account.call(service, operation, parameters);
    match answer[member].take() {
        Value::Array(found) => found,
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
