//! One object's life in an account of its own, and what was said in it.

use std::time::Duration;

use acceptance::{AwsAccount, World};
use checker::{Action, Applied, Core, ImportTarget, Object, Planned, Refusal};
use serde_json::{Value as Json, json};

use crate::inventory::Inventory;
use crate::process::Process;
use crate::proxy::{At, Fault, Proxy, Traffic};
use crate::scenario::Scenario;

/// Longer than any operation takes, with all attempts and waits of a provider with little patience.
const LONGEST: Duration = Duration::from_secs(60);

/// What Terraform does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Create,
    Read,
    Update(usize),
    Delete,
    Import,
}

impl Operation {
    /// As tables have it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Create => "create".to_owned(),
            Self::Read => "read".to_owned(),
            Self::Update(_) => "update".to_owned(),
            Self::Delete => "delete".to_owned(),
            Self::Import => "import".to_owned(),
        }
    }

    /// All that a scenario has.
    pub(crate) fn of(scenario: &Scenario) -> Vec<Self> {
        let updates = (0..scenario.updates.len()).map(Self::Update);
        [Self::Create, Self::Read]
            .into_iter()
            .chain(updates)
            .chain([Self::Delete, Self::Import])
            .collect()
    }
}

/// How an operation did not succeed.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The provider said so.
    Said(String),
    /// It broke a rule of the protocol.
    Broken(String),
    /// It went on for ever.
    Unended,
}

impl Failure {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Broken(text) => text,
            Self::Unended => "it does not end",
        }
    }
}

/// Lets this go wrong in an account, at this call.
pub(crate) fn arm(fault: Fault, at: At, traffic: &Traffic, account: &AwsAccount) {
    traffic.arm(fault, at);
    let seconds = match fault {
        Fault::NotYetAssumable => 1,
        Fault::NotAssumable => 600,
        _ => 0,
    };
    account.set_knobs(&json!({"role_propagation_seconds": seconds}));
    if fault == Fault::MadeByAnother {
        let account = account.clone();
        traffic.somebody_else("iam:CreateOpenIDConnectProvider", move || {
            let provider = json!({"Url": "https://oidc.modal.com", "ClientIDList": ["theirs"]});
            account.call("iam", "create_open_id_connect_provider", provider);
        });
    }
}

/// Lets nothing go wrong there any more.
pub(crate) fn disarm(traffic: &Traffic, account: &AwsAccount) {
    traffic.clear();
    account.set_knobs(&json!({"role_propagation_seconds": 0}));
}

/// An object, and the account it is in.
pub(crate) struct Life<'a> {
    scenario: &'a Scenario,
    pub(crate) traffic: Traffic,
    world: World,
    process: Process,
    core: Core,
    before: Inventory,
    /// What state has.
    pub(crate) object: Option<Object>,
    /// All that could be read by others: plans, states, diagnostics.
    heard: Vec<String>,
}

impl<'a> Life<'a> {
    /// In a new account with what the scenario needs.
    pub(crate) async fn begin(scenario: &'a Scenario, world: World, proxy: &Proxy) -> Self {
        world.aws.set_knobs(&json!({"pending_update_seconds": 0.05}));
        (scenario.set_up)(&world.aws);
        let before = Inventory::of(&world.aws, scenario.services);
        let traffic = proxy.traffic(world.aws.id());
        let process = Process::start(&world, &proxy.url());
        let core = process.core().await;
        Self { scenario, traffic, world, process, core, before, object: None, heard: Vec::new() }
    }

    /// Lets this go wrong from now on, or at the call of this index.
    pub(crate) fn arm(&self, fault: Fault, call: usize) {
        arm(fault, At::Index(call), &self.traffic, &self.world.aws);
    }

    /// Lets nothing go wrong any more.
    pub(crate) fn disarm(&self) {
        disarm(&self.traffic, &self.world.aws);
    }

    /// Brings it to where this operation begins.
    pub(crate) async fn lead_to(&mut self, operation: Operation) -> Result<(), Failure> {
        match operation {
            Operation::Create => Ok(()),
            _ => self.perform(Operation::Create).await,
        }
    }

    /// Does it, as Terraform does.
    pub(crate) async fn perform(&mut self, operation: Operation) -> Result<(), Failure> {
        let doing = self.attempt(operation);
        match tokio::time::timeout(LONGEST, doing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Refusal::Provider(said))) => {
                let said: Vec<_> = said.iter().map(ToString::to_string).collect();
                self.heard.push(said.join("\n\n"));
                Err(Failure::Said(said.join("\n\n")))
            }
            Ok(Err(broken)) => Err(Failure::Broken(broken.to_string())),
            Err(_) => Err(Failure::Unended),
        }
    }

    async fn attempt(&mut self, operation: Operation) -> Result<(), Refusal> {
        let account = self.world.aws.id().to_owned();
        match operation {
            Operation::Create => self.apply((self.scenario.create)(&account)).await.map(drop),
            Operation::Update(number) => {
                self.apply((self.scenario.updates[number])(&account)).await.map(drop)
            }
            Operation::Read => self.refresh().await,
            Operation::Delete => self.destroy().await,
            Operation::Import => {
                let id = (self.scenario.import_id)(&self.state());
                let target = ImportTarget::id(&id);
                let imported = self.core.import(self.scenario.type_name, &target).await?;
                self.hear(&imported);
                Ok(())
            }
        }
    }

    /// Refreshes, plans and applies, as `terraform apply` does; tells what the plan came to.
    pub(crate) async fn heal(&mut self, operation: Operation) -> Result<Action, Failure> {
        let account = self.world.aws.id().to_owned();
        let config = match operation {
            Operation::Update(number) => (self.scenario.updates[number])(&account),
            _ => (self.scenario.create)(&account),
        };
        match tokio::time::timeout(LONGEST, self.settle(config)).await {
            Ok(Ok((action, Action::NoOp))) => Ok(action),
            Ok(Ok(_)) => Err(Failure::Broken("the plan after it is not empty".to_owned())),
            Ok(Err(refusal)) => Err(Failure::Broken(refusal.to_string())),
            Err(_) => Err(Failure::Unended),
        }
    }

    /// What one apply comes to, and what is planned after it.
    async fn settle(&mut self, config: Json) -> Result<(Action, Action), Refusal> {
        self.refresh().await?;
        let action = self.apply(config.clone()).await?;
        self.refresh().await?;
        Ok((action, self.plan(config).await?.action))
    }

    async fn plan(&mut self, config: Json) -> Result<Planned, Refusal> {
        let planned = self.core.plan(self.scenario.type_name, self.object.as_ref(), config).await?;
        self.heard.push(format!(
            "{:?} {}",
            planned.value,
            String::from_utf8_lossy(&planned.private)
        ));
        Ok(planned)
    }

    async fn apply(&mut self, config: Json) -> Result<Action, Refusal> {
        let planned = self.plan(config).await?;
        let Applied { saved, outcome, diagnostics } = self.core.apply_as_planned(&planned).await;
        self.heard.extend(diagnostics.iter().map(ToString::to_string));
        self.object = saved;
        if let Some(object) = self.object.clone() {
            self.hear(&object);
        }
        outcome.map(|()| planned.action)
    }

    async fn refresh(&mut self) -> Result<(), Refusal> {
        if let Some(object) = &self.object {
            let read = self.core.refresh(self.scenario.type_name, object).await?;
            self.object = read;
        }
        Ok(())
    }

    async fn destroy(&mut self) -> Result<(), Refusal> {
        let Some(object) = self.object.clone() else { return Ok(()) };
        let planned = self.core.plan_destroy(self.scenario.type_name, &object).await?;
        let Applied { saved, outcome, diagnostics } = self.core.apply_as_planned(&planned).await;
        self.heard.extend(diagnostics.iter().map(ToString::to_string));
        self.object = saved;
        outcome
    }

    fn hear(&mut self, object: &Object) {
        let text = format!("{:?} {}", object.value, String::from_utf8_lossy(&object.private));
        self.heard.push(text);
    }

    fn state(&self) -> Json {
        let stored = self.object.as_ref().map(|object| {
            self.core.stored(self.scenario.type_name, &object.value).unwrap_or_default()
        });
        stored.unwrap_or_default()
    }

    /// What is in the account, and in no state.
    pub(crate) fn orphans(&self) -> Vec<String> {
        self.scenario.orphans(&self.world.aws, &self.before, &self.state().to_string())
    }

    /// What is in the account that was not there before, and what was there and is no more.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.scenario.changes(&self.world.aws, &self.before)
    }

    /// Whether one of these texts could be read by anybody: in a plan, a state, a diagnostic or the
    /// log.
    pub(crate) fn reveals(&self, secrets: &[&str]) -> Option<String> {
        let log = self.process.log();
        let heard = self.heard.iter().chain([&log]);
        let mut seen = heard.filter(|text| secrets.iter().any(|secret| text.contains(secret)));
        seen.next().cloned()
    }
}
