//! Resources as Terraform meets them, over the protocol, with an AWS account in memory behind them.
//!
//! Every answer goes through the rules that Terraform's core enforces.

mod any_config;
mod random;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use checker::{Action, Applied, Core, ImportTarget, Object, Refusal, UNKNOWN};
use loopback::Modal as LocalModal;
use loopback::proto::TokenInfoGetResponse;
use serde_json::{Value as Json, json};
use tf_framework::testing::service;
use tf_framework::{
    ActionType, Configure, DataSourceType, Diagnostic, EphemeralResourceType, FunctionType,
    ListResourceType, Provider, ResourceType, Schema, async_trait,
};

use crate::aws::testing::{Account, Contents, Trouble};
use crate::modal::{Modal, ModalBlock, ModalEnvironment, ModalSettings};
use crate::provider::{Clients, ModalProvider, ProviderModel};
use crate::tag_rules::TagRules;
use crate::tags::Tags;

/// The provider as it is, but for the AWS that it is configured with.
struct InMemory {
    clients: Clients,
    /// It ends with the provider.
    _modal: Arc<LocalModal>,
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

    fn data_sources() -> Vec<DataSourceType<Clients>> {
        ModalProvider::data_sources()
    }

    fn ephemeral_resources() -> Vec<EphemeralResourceType<Clients>> {
        ModalProvider::ephemeral_resources()
    }

    fn list_resources() -> Vec<ListResourceType<Clients>> {
        ModalProvider::list_resources()
    }

    fn actions() -> Vec<ActionType<Clients>> {
        ModalProvider::actions()
    }

    fn functions() -> Vec<FunctionType> {
        ModalProvider::functions()
    }

    async fn configure(
        &self,
        _: Configure<ProviderModel>,
        _: &mut Vec<Diagnostic>,
    ) -> Result<Clients, Diagnostic> {
        Ok(self.clients.clone())
    }
}

/// Terraform's core, with the provider configured for `account`, and for a Modal where every token
/// is one of the workspace `ac-1`. Every object gets the tag `team`.
pub(crate) async fn core(account: &Account) -> Core {
    let modal = LocalModal::start().await;
    modal.always("TokenInfoGet", Ok(token_info()));
    core_with_modal(account, Arc::new(modal), &ModalBlock::default()).await
}

/// The same, for a Modal that answers as a test tells it to.
pub(crate) async fn core_with_modal(
    account: &Account,
    modal: Arc<LocalModal>,
    block: &ModalBlock,
) -> Core {
    let block = ModalBlock { server_url: Some(modal.url()), ..block.clone() };
    let settings = ModalSettings::read(block, ModalEnvironment::default()).unwrap();
    let clients = Clients {
        aws: account.aws(),
        tag_rules: TagRules {
            default_tags: Tags::from([("team".to_owned(), "images".to_owned())]),
            ..TagRules::default()
        },
        modal_server_url: None,
        modal: Modal::new(settings, || SystemTime::UNIX_EPOCH + Duration::from_secs(TODAY)),
        moving_roles: Default::default(),
        planned_notifications: Default::default(),
    };
    let core = Core::in_process(service(InMemory { clients, _modal: modal })).await.unwrap();
    core.configure(json!({})).await.unwrap();
    core
}

/// The day that the tests play on, in seconds since 1970: the 15th of January 2027.
pub(super) const TODAY: u64 = 1_800_000_000;

/// What Modal says of a token, a month before its end.
pub(super) fn token_info() -> TokenInfoGetResponse {
    let mut info = TokenInfoGetResponse {
        workspace_id: "ac-1".to_owned(),
        workspace_name: "acme".to_owned(),
        token_name: "bridges".to_owned(),
        ..TokenInfoGetResponse::default()
    };
    info.expires_at.get_or_insert_default().seconds = i64::try_from(TODAY).unwrap() + 30 * DAY;
    info
}

/// In seconds.
pub(super) const DAY: i64 = 24 * 60 * 60;

/// Denies each call to AWS that a create, an update and a destroy make, one at a time, and then loses
/// the answers of those that change something. What was done until then must be known: without the
/// trouble, the next apply finishes the work, and the destroy leaves nothing; nor does the destroy of
/// what a create left that failed. Nor is anything lost where the provider is killed.
pub(super) async fn survives_trouble(type_name: &str, created: &Json, updated: &Json) {
    survives_trouble_in(Account::new, objects, type_name, created, updated).await;
}

/// The same in an account that has something already, of which nothing is left that `leftovers`
/// counts.
pub(super) async fn survives_trouble_in(
    furnished: impl Fn() -> Account,
    leftovers: impl Fn(&Contents) -> usize,
    type_name: &str,
    created: &Json,
    updated: &Json,
) {
    survives_trouble_with(core, &furnished, &leftovers, type_name, [created, updated]).await;
    survives_kills(furnished, leftovers, type_name, created, updated).await;
}

/// The same with a Modal that `core` brings.
pub(super) async fn survives_trouble_with(
    core: impl AsyncFn(&Account) -> Core,
    furnished: impl Fn() -> Account,
    leftovers: impl Fn(&Contents) -> usize,
    type_name: &str,
    [created, updated]: [&Json; 2],
) {
    let configs = [Some(created), Some(updated), None];
    let calm = furnished();
    let mut object = None;
    for config in configs {
        object = change(&core(&calm).await, type_name, object.as_ref(), config).await.unwrap();
    }
    for call in &calm.asked() {
        let reads = ["Get", "List", "Describe", "GET "].iter().any(|verb| call.starts_with(verb));
        // An answer that says nothing of a change is lost as it is denied.
        let troubles =
            if reads { &[Trouble::Denied][..] } else { &[Trouble::Denied, Trouble::Lost] };
        for &trouble in troubles {
            let what = format!("{call} was {trouble:?}");
            let account = furnished();
            let giving_up = core(&account).await;
            account.trouble(call, trouble);
            give_up(&giving_up, &account, type_name, created, &what).await;
            let left = account.contents();
            assert_eq!(leftovers(&left), 0, "{what}, and given up: {left:?}");

            let account = furnished();
            let core = core(&account).await;
            let mut object = None;
            for config in configs {
                account.trouble(call, trouble);
                let troubled = apply(&core, type_name, object.as_ref(), config).await;
                account.no_trouble();
                let (saved, outcome) = match troubled {
                    Ok(Applied { saved, outcome, .. }) => (saved, outcome),
                    Err(refusal) => (object, Err(refusal)),
                };
                if let Err(refusal) = outcome {
                    assert!(matches!(refusal, Refusal::Provider(_)), "{what}: {refusal}");
                }
                object = match saved {
                    Some(saved) => core.refresh(type_name, &saved).await.unwrap(),
                    None => None,
                };
                let again = change(&core, type_name, object.as_ref(), config).await;
                object = again.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
            }
            let left = account.contents();
            assert_eq!(leftovers(&left), 0, "{what}: {left:?}");
        }
    }
}

/// Creates while there is trouble, and then destroys what is known of it.
async fn give_up(core: &Core, account: &Account, type_name: &str, config: &Json, what: &str) {
    let created = apply(core, type_name, None, Some(config)).await;
    account.no_trouble();
    let object = match created.ok().and_then(|applied| applied.saved) {
        Some(saved) => core.refresh(type_name, &saved).await.unwrap(),
        None => None,
    };
    let destroyed = change(core, type_name, object.as_ref(), None).await;
    destroyed.unwrap_or_else(|refusal| panic!("{what}, and given up: {refusal}"));
}

/// Ends the provider after each call of a create, an update and a destroy, so that what it did is in no
/// state: the next apply finishes the work, if need be with the import that it asks for, and the
/// destroy leaves nothing. Where it ended while it destroyed, another destroy is enough.
pub(super) async fn survives_kills(
    furnished: impl Fn() -> Account,
    leftovers: impl Fn(&Contents) -> usize,
    type_name: &str,
    created: &Json,
    updated: &Json,
) {
    let account = furnished();
    let whole = core(&account).await;
    let mut prior = None;
    for config in [Some(created), Some(updated), None] {
        let (moments, object) = moments(&whole, &account, type_name, prior.as_ref(), config).await;
        for contents in moments {
            let what = format!("killed when there was {contents:?}");
            let account = furnished();
            account.edit(|current| *current = contents);
            let core = core(&account).await;
            let known = known(&core, type_name, prior.as_ref()).await;
            let healed = heal(&core, type_name, known, config).await;
            let healed = healed.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
            for object in healed {
                let object = settled(&core, type_name, object, config, &what).await;
                let destroyed = change(&core, type_name, object.as_ref(), None).await;
                destroyed.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
            }
            let left = account.contents();
            assert_eq!(leftovers(&left), 0, "{what}: {left:?}");
        }
        prior = object;
    }
}

/// Plans and applies; what there was after each call, and the object that is saved.
pub(super) async fn moments(
    core: &Core,
    account: &Account,
    type_name: &str,
    prior: Option<&Object>,
    config: Option<&Json>,
) -> (Vec<Contents>, Option<Object>) {
    let moments: Arc<Mutex<Vec<Contents>>> = Arc::default();
    let seen = Arc::clone(&moments);
    account.watch(move |contents| {
        let mut seen = seen.lock().unwrap();
        if seen.last() != Some(contents) {
            seen.push(contents.clone());
        }
    });
    let object = change(core, type_name, prior, config).await.unwrap();
    account.watch(|_| {});
    let moments = moments.lock().unwrap().clone();
    (moments, object)
}

/// An object as AWS has it now.
async fn known(core: &Core, type_name: &str, object: Option<&Object>) -> Option<Object> {
    match object {
        Some(object) => core.refresh(type_name, object).await.unwrap(),
        None => None,
    }
}

/// The same, for which nothing is to be done.
async fn settled(
    core: &Core,
    type_name: &str,
    object: Option<Object>,
    config: Option<&Json>,
    what: &str,
) -> Option<Object> {
    let read = known(core, type_name, object.as_ref()).await;
    if let Some(config) = config {
        let again = core.plan(type_name, read.as_ref(), config).await.unwrap();
        assert_eq!(again.action, Action::NoOp, "{what}: {:?}", again.value);
    }
    read
}

/// Applies once. What an error, or a warning, shows how to import is imported and applied, too: instead
/// of what could not be made, or as another object.
async fn heal(
    core: &Core,
    type_name: &str,
    known: Option<Object>,
    config: Option<&Json>,
) -> Result<Vec<Option<Object>>, Refusal> {
    let applied = apply(core, type_name, known.as_ref(), config).await?;
    let shown = applied.diagnostics.iter().find_map(|said| import_id(&said.to_string()));
    let Some(id) = shown else { return applied.outcome.map(|()| vec![applied.saved]) };
    let imported = core.import(type_name, &ImportTarget::id(&id)).await?;
    let imported = core.refresh(type_name, &imported).await?;
    let imported = change(core, type_name, imported.as_ref(), config).await?;
    Ok(applied.saved.into_iter().map(Some).chain([imported]).collect())
}

/// What the `import` block in a diagnostic imports by.
fn import_id(said: &str) -> Option<String> {
    let (_, block) = said.split_once("import {")?;
    let (_, id) = block.split_once("id = \"")?;
    id.split_once('"').map(|(id, _)| id.to_owned())
}

/// Plans a create and an update while the provider block is not known, so without AWS, and applies
/// both once it is.
pub(super) async fn plans_before_the_provider_is_known(
    type_name: &str,
    created: &Json,
    updated: &Json,
) {
    plans_before_the_provider_is_known_in(&Account::new(), type_name, created, updated).await;
}

/// The same in an account that has something already.
pub(super) async fn plans_before_the_provider_is_known_in(
    account: &Account,
    type_name: &str,
    created: &Json,
    updated: &Json,
) {
    let core = core(account).await;
    let mut object = None;
    for config in [created, updated] {
        core.configure(json!({ "region": UNKNOWN })).await.unwrap();
        let planned = core.plan_twice(type_name, object.as_ref(), config).await.unwrap();
        core.configure(json!({})).await.unwrap();
        object = core.apply_as_planned(&planned).await.done().unwrap();
        let again = core.plan(type_name, object.as_ref(), config).await.unwrap();
        assert_eq!(again.action, Action::NoOp, "{:?}", again.value);
    }
}

/// How many objects of bridges and roles are left.
pub(super) fn objects(left: &Contents) -> usize {
    left.roles.len() + left.functions.len() + left.log_groups.len()
}

/// Plans and applies, and looks that the next plan is empty. Without a configuration, destroys.
pub(super) async fn change(
    core: &Core,
    type_name: &str,
    prior: Option<&Object>,
    config: Option<&Json>,
) -> Result<Option<Object>, Refusal> {
    let Applied { saved, outcome, .. } = apply(core, type_name, prior, config).await?;
    outcome?;
    if let Some(config) = config {
        let again = core.plan(type_name, saved.as_ref(), config).await?;
        assert_eq!(again.action, Action::NoOp, "{:?}", again.value);
    }
    Ok(saved)
}

/// Plans and applies. Fails where planning does.
async fn apply(
    core: &Core,
    type_name: &str,
    prior: Option<&Object>,
    config: Option<&Json>,
) -> Result<Applied, Refusal> {
    let planned = match (config, prior) {
        (Some(config), _) => core.plan(type_name, prior, config).await?,
        (None, Some(prior)) => core.plan_destroy(type_name, prior).await?,
        (None, None) => {
            return Ok(Applied { saved: None, outcome: Ok(()), diagnostics: Vec::new() });
        }
    };
    Ok(core.apply_as_planned(&planned).await)
}

/// State of a provider that did not have one or the other computed attribute yet: it is read, and
/// what was missing is there again after an apply. Not those that AWS's objects are `found_by`.
pub(super) async fn reads_older_state(type_name: &str, config: &Json, found_by: &[&str]) {
    reads_older_state_in(&Account::new(), type_name, config, found_by).await;
}

/// The same in an account that has something already.
pub(super) async fn reads_older_state_in(
    account: &Account,
    type_name: &str,
    config: &Json,
    found_by: &[&str],
) {
    let core = core(account).await;
    let object = change(&core, type_name, None, Some(config)).await.unwrap().unwrap();
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
        let mended = change(&core, type_name, read.as_ref(), Some(config)).await;
        let mended = mended.unwrap_or_else(|refusal| panic!("without {missing}: {refusal}"));
        assert_eq!(mended.unwrap().value, object.value, "without {missing}");
    }
}
