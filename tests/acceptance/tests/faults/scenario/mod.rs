//! The resources, each in the shape in which it makes the most calls.

mod bridge;
mod identity;
mod secret;
mod sources;
mod triggers;

use acceptance::AwsAccount;
use serde_json::Value as Json;

use crate::inventory::{Inventory, Services};

/// One resource's life.
pub(crate) struct Scenario {
    /// As tables have it.
    pub(crate) name: &'static str,
    pub(crate) type_name: &'static str,
    /// Makes what the resource needs and does not make itself.
    pub(crate) set_up: fn(&AwsAccount),
    /// The configuration that it is made with, in an account.
    pub(crate) create: fn(&str) -> Json,
    /// What it is changed to, one after the other.
    pub(crate) updates: &'static [fn(&str) -> Json],
    /// What it is imported by, from its state.
    pub(crate) import_id: fn(&Json) -> String,
    /// Where it makes something.
    pub(crate) services: Services,
    /// The beginnings of the names of what stays when it is destroyed, by design.
    pub(crate) stays: &'static [&'static str],
}

impl Scenario {
    /// What is in the account that was not there before, and that a state's text does not name.
    pub(crate) fn orphans(
        &self,
        account: &AwsAccount,
        before: &Inventory,
        state: &str,
    ) -> Vec<String> {
        let made = Inventory::of(account, self.services).since(before);
        made.unknown_to(state).into_iter().filter(|name| !self.keeps(name)).collect()
    }

    /// What is in the account that was not there before, and what was there and is no more.
    pub(crate) fn changes(&self, account: &AwsAccount, before: &Inventory) -> Vec<String> {
        let now = Inventory::of(account, self.services);
        let more = now.since(before).names().into_iter().filter(|name| !self.keeps(name));
        let less = before.since(&now).names().into_iter().map(|name| format!("no {name}"));
        more.chain(less).collect()
    }

    fn keeps(&self, name: &str) -> bool {
        self.stays.iter().any(|kept| name.starts_with(kept))
    }
}

/// Every resource.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = vec![secret::full(), secret::replaced(), identity::provider()];
    all.extend([identity::role(), bridge::quick_start(), bridge::full()]);
    all.push(sources::queue());
    all.extend(triggers::all());
    all
}

/// A secret, a role and a bridge as most begin.
pub(crate) fn lean() -> [Scenario; 3] {
    [secret::minimal(), identity::quick_role(), bridge::quick_start()]
}

/// Nothing is needed.
fn nothing(_: &AwsAccount) {}

/// A string of a state.
fn text(state: &Json, name: &str) -> String {
    state[name].as_str().unwrap_or_default().to_owned()
}

/// A configuration with other values.
fn with(mut config: Json, changes: &Json) -> Json {
    for (name, value) in changes.as_object().into_iter().flatten() {
        config[name] = value.clone();
    }
    config
}
