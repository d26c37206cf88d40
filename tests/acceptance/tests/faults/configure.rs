//! What goes wrong with the provider's own question, before any resource: whose credentials these
//! are.

use std::time::Duration;

use acceptance::World;
use checker::Refusal;

use crate::cell::{Wrong, judge};
use crate::life::{arm, disarm};
use crate::matrix::at_once;
use crate::process::{Process, settings};
use crate::proxy::{At, Fault, Proxy};
use crate::{SECRET_KEY, block_on, say};

/// Longer than it takes, with all attempts of a provider with little patience.
const LONGEST: Duration = Duration::from_secs(60);

/// Lets each fault happen to the question, and answers with what must not be.
pub(crate) fn run() -> Vec<String> {
    let proxy = Proxy::start(World::start().aws.endpoint()).unwrap();
    let asked = block_on(async {
        let world = World::start();
        let traffic = proxy.traffic(world.aws.id());
        Process::start(&world, &proxy.url()).core().await;
        traffic.calls()
    });
    let cells: Vec<_> = asked
        .iter()
        .enumerate()
        .flat_map(|(call, seen)| {
            let faults = Fault::ALL.into_iter().filter(|fault| fault.applies_to(seen));
            faults.map(move |fault| (call, seen.action.as_str(), fault))
        })
        .collect();
    let wrongs = at_once(&cells, |(call, action, fault)| {
        let wrong = block_on(happens(*fault, *call, &proxy));
        let outcome = wrong.as_ref().map_or_else(|| "as it should".to_owned(), Wrong::text);
        let line = format!("provider | configure | {call} {action} | {} | {outcome}", fault.name());
        say(&line);
        wrong.map(|_| line)
    });
    assert!(!wrongs.is_empty(), "AWS was asked nothing");
    wrongs.into_iter().flatten().collect()
}

async fn happens(fault: Fault, call: usize, proxy: &Proxy) -> Option<Wrong> {
    let world = World::start();
    let traffic = proxy.traffic(world.aws.id());
    let process = Process::start(&world, &proxy.url());
    let core = process.connect().await;
    arm(fault, At::Index(call), &traffic, &world.aws);
    let wrong = match tokio::time::timeout(LONGEST, core.configure(settings())).await {
        Ok(Ok(())) => None,
        Ok(Err(Refusal::Provider(said))) => {
            let said: Vec<_> = said.iter().map(ToString::to_string).collect();
            judge(fault, said.join("\n\n"), &traffic.met())
        }
        Ok(Err(broken)) => Some(Wrong::Broken(broken.to_string())),
        Err(_) => Some(Wrong::Unended),
    };
    let log = process.log();
    disarm(&traffic, &world.aws);
    // A provider that failed is started anew by the next command.
    Process::start(&world, &proxy.url()).core().await;
    wrong.or_else(|| log.contains(SECRET_KEY).then_some(Wrong::Secret(log)))
}
