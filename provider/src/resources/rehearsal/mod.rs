//! Resources as Terraform meets them, over the protocol, with an AWS account in memory behind them.
//!
//! Every answer goes through the rules that Terraform's core enforces.

mod any_config;
mod random;

use checker::{Action, Core, Object, Refusal};
use serde_json::Value as Json;
use tf_framework::testing::service;
use tf_framework::{Configure, Diagnostic, Provider, ResourceType, Schema, async_trait};

use crate::aws::testing::Account;
use crate::provider::{Clients, ModalProvider, ProviderModel};
use crate::tags::Tags;

/// The provider as it is, but for the AWS that it is configured with.
struct InMemory {
    clients: Clients,
}

#[async_trait]
impl Provider for InMemory {
    const TYPE_NAME: &'static str = ModalProvider::TYPE_NAME;
    type Model = ProviderModel;
    type Clients = Clients;

    fn schema() -> Schema {
        ModalProvider::schema()
    }

    fn resources() -> Vec<ResourceType<Clients>> {
        ModalProvider::resources()
    }

    async fn configure(
        &self,
        _: Configure<ProviderModel>,
        _: &mut Vec<Diagnostic>,
    ) -> Result<Clients, Diagnostic> {
        Ok(self.clients.clone())
    }
}

/// Terraform's core, with the provider configured for `account`. Every object gets the tag `team`.
pub(super) async fn core(account: &Account) -> Core {
    let clients = Clients {
        aws: account.aws(),
        default_tags: Tags::from([("team".to_owned(), "images".to_owned())]),
        modal_server_url: None,
    };
    let core = Core::in_process(service(InMemory { clients })).await.unwrap();
    core.configure(serde_json::json!({})).await.unwrap();
    core
}

/// Denies each call to AWS that a create, an update and a destroy make, one at a time. What was done
/// until then must be known: allowed again, the next apply finishes the work, and a destroy leaves
/// nothing.
pub(super) async fn survives_denials(type_name: &str, created: &Json, updated: &Json) {
    let calls = Account::new();
    let object = change(&core(&calls).await, type_name, None, created).await.unwrap();
    change(&core(&calls).await, type_name, object.as_ref(), updated).await.unwrap();
    for denied in &calls.asked() {
        let account = Account::new();
        let core = core(&account).await;
        let mut object = None;
        for config in [created, updated] {
            object = denying(&account, &core, type_name, denied, object, config).await;
        }
        let object = object.unwrap();
        let destroyed = core.plan_destroy(type_name, &object).await.unwrap();
        assert_eq!(core.apply_as_planned(&destroyed).await.done().unwrap(), None);
        let left = account.contents();
        let left = (left.roles.len(), left.functions.len(), left.log_groups.len());
        assert_eq!(left, (0, 0, 0), "after {denied} was denied");
    }
}

/// Plans, applies while `denied` is, then plans and applies again.
async fn denying(
    account: &Account,
    core: &Core,
    type_name: &str,
    denied: &str,
    prior: Option<Object>,
    config: &Json,
) -> Option<Object> {
    let planned = core.plan(type_name, prior.as_ref(), config).await.unwrap();
    account.deny(Some(denied));
    let applied = core.apply_as_planned(&planned).await;
    account.deny(None);
    if let Err(refusal) = &applied.outcome {
        assert!(matches!(refusal, Refusal::Provider(_)), "{denied} was denied: {refusal}");
    }
    let object = match &applied.saved {
        Some(saved) => core.refresh(type_name, saved).await.unwrap(),
        None => None,
    };
    let object = change(core, type_name, object.as_ref(), config).await;
    object.unwrap_or_else(|refusal| panic!("{denied} was denied: {refusal}"))
}

/// Plans and applies, and looks that the next plan is empty.
async fn change(
    core: &Core,
    type_name: &str,
    prior: Option<&Object>,
    config: &Json,
) -> Result<Option<Object>, Refusal> {
    let planned = core.plan(type_name, prior, config).await?;
    let applied = core.apply_as_planned(&planned).await.done()?;
    let again = core.plan(type_name, applied.as_ref(), config).await?;
    assert_eq!(again.action, Action::NoOp, "{:?}", again.value);
    Ok(applied)
}

/// State of a provider that did not have one or the other computed attribute yet: it is read, and
/// what was missing is there again after an apply. Not those that AWS's objects are `found_by`.
pub(super) async fn reads_older_state(type_name: &str, config: &Json, found_by: &[&str]) {
    let core = core(&Account::new()).await;
    let object = change(&core, type_name, None, config).await.unwrap().unwrap();
    let stored = core.stored(type_name, &object.value).unwrap();
    let schema = core.resource(type_name);
    let computed = schema.block.attributes.iter().filter(|(_, found)| found.computed);
    let computed = computed.map(|(name, _)| name.as_str());
    for missing in computed.filter(|name| !found_by.contains(name)) {
        let mut older = stored.clone();
        older.as_object_mut().unwrap().remove(missing);
        older["of_yore"] = "no longer in the schema".into();
        let value = core.upgrade(type_name, schema.version, &older).await.unwrap();
        let read = core.refresh(type_name, &Object { value, ..object.clone() }).await;
        let read = read.unwrap_or_else(|refusal| panic!("without {missing}: {refusal}"));
        let mended = change(&core, type_name, read.as_ref(), config).await;
        let mended = mended.unwrap_or_else(|refusal| panic!("without {missing}: {refusal}"));
        assert_eq!(mended.unwrap().value, object.value, "without {missing}");
    }
}
