//! A plan, as `terraform show -json` tells it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// What a plan does to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Replace,
    Delete,
    Read,
}

/// A plan. Its assertions print what Terraform said when they fail.
#[derive(Clone, Debug)]
pub struct Plan {
    json: Value,
    text: String,
}

impl Plan {
    pub(crate) fn new(json: Value, text: String) -> Self {
        Self { json, text }
    }

    /// The whole of `terraform show -json`.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// What `terraform plan` printed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The resources that it touches, and how.
    pub fn actions(&self) -> BTreeMap<&str, Action> {
        let changes = self.json["resource_changes"].as_array();
        changes
            .into_iter()
            .flatten()
            .filter_map(|change| {
                let address = change["address"].as_str()?;
                Some((address, action(&change["change"]["actions"])?))
            })
            .collect()
    }

    /// `change` of one resource: `actions`, `before`, `after`, `after_unknown`, `replace_paths`.
    ///
    /// # Panics
    /// When the plan does not mention the resource.
    #[track_caller]
    pub fn change(&self, address: &str) -> &Value {
        let changes = self.json["resource_changes"].as_array();
        match changes.into_iter().flatten().find(|change| change["address"] == address) {
            Some(change) => &change["change"],
            None => panic!("the plan does not mention {address}:\n{self}"),
        }
    }

    /// Asserts that there is nothing to do, neither for resources nor for outputs.
    #[track_caller]
    pub fn assert_empty(&self) {
        self.assert_only(&[]);
        let outputs = self.json["output_changes"].as_object();
        for (name, change) in outputs.into_iter().flatten() {
            assert_eq!(change["actions"][0], "no-op", "output {name} changes:\n{self}");
        }
    }

    /// Asserts that these resources are created, and nothing else is touched.
    #[track_caller]
    pub fn assert_creates(&self, addresses: &[&str]) {
        self.assert_all(addresses, Action::Create);
    }

    /// Asserts that these resources are updated in place, and nothing else is touched.
    #[track_caller]
    pub fn assert_updates(&self, addresses: &[&str]) {
        self.assert_all(addresses, Action::Update);
    }

    /// Asserts that these resources are replaced, and nothing else is touched.
    #[track_caller]
    pub fn assert_replaces(&self, addresses: &[&str]) {
        self.assert_all(addresses, Action::Replace);
    }

    /// Asserts that these resources are destroyed, and nothing else is touched.
    #[track_caller]
    pub fn assert_deletes(&self, addresses: &[&str]) {
        self.assert_all(addresses, Action::Delete);
    }

    /// Asserts all that it does.
    #[track_caller]
    pub fn assert_only(&self, expected: &[(&str, Action)]) {
        let expected: BTreeMap<_, _> = expected.iter().copied().collect();
        assert_eq!(self.actions(), expected, "the plan is:\n{self}");
    }

    #[track_caller]
    fn assert_all(&self, addresses: &[&str], action: Action) {
        let expected: Vec<_> = addresses.iter().map(|address| (*address, action)).collect();
        self.assert_only(&expected);
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn action(actions: &Value) -> Option<Action> {
    let actions: Vec<_> = actions.as_array()?.iter().filter_map(Value::as_str).collect();
    match actions[..] {
        ["create"] => Some(Action::Create),
        ["update"] => Some(Action::Update),
        ["delete"] => Some(Action::Delete),
        ["read"] => Some(Action::Read),
        [_, _] => Some(Action::Replace),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(actions: &[&str]) -> Plan {
        let change = json!({"address": "x.y", "change": {"actions": actions}});
        Plan::new(json!({ "resource_changes": [change] }), String::new())
    }

    #[test]
    fn a_plan_that_changes_nothing_is_empty() {
        plan(&["no-op"]).assert_empty();
    }

    #[test]
    fn both_orders_of_delete_and_create_are_a_replacement() {
        plan(&["delete", "create"]).assert_replaces(&["x.y"]);
        plan(&["create", "delete"]).assert_replaces(&["x.y"]);
    }

    #[test]
    #[should_panic(expected = "the plan is:")]
    fn a_plan_that_updates_something_is_not_empty() {
        plan(&["update"]).assert_empty();
    }

    #[test]
    #[should_panic(expected = "output url changes")]
    fn a_plan_that_changes_an_output_is_not_empty() {
        let outputs = json!({"output_changes": {"url": {"actions": ["update"]}}});
        Plan::new(outputs, String::new()).assert_empty();
    }
}
