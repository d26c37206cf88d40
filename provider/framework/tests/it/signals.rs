//! What a provider does with signals, and when the process that started it is gone.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tfplugin_proto::tfplugin5::diagnostic::Severity;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::process::{self, PROGRAM, Process, SOON};
use crate::requests::{Example, Settings, examples, stop};
use crate::wire::diagnostics;

/// Every operation waits this long before it begins.
const SLOW: Settings<'_> = Settings { folder: None, delay_seconds: Some(1), panic_in: None };

/// Terraform answers Ctrl-C with its Stop call, and waits for what runs. The signal itself goes to
/// every process of the terminal's group: a provider that died of it would take along the knowledge
/// of what it had created.
#[tokio::test]
async fn a_terminals_ctrl_c_disturbs_no_rpc() {
    let (mut process, channel) = Process::configured(SLOW).await;
    let settings = Settings { folder: Some(process.folder()), ..SLOW };
    let examples = examples(&settings);
    let slow = examples.iter().filter(|example| example.operation.is_some()).count();
    let mut calls = JoinSet::new();
    for Example { call, .. } in examples {
        let channel = channel.clone();
        calls.spawn(async move { (call.rpc.clone(), call.send(channel).await) });
    }
    process.until_it_says(r#""@message":"begins""#, slow).await;

    process.signal_group(Signal::INT);
    process.signal_group(Signal::HUP);
    process.signal_group(Signal::INT);

    let mut answered = 0;
    while let Some(call) = calls.join_next().await {
        let (rpc, answer) = call.unwrap();
        // That the note is blank, a warning, is what it looks like while another call writes it.
        let mut found = diagnostics(&rpc, &answer.unwrap());
        found.retain(|found| found.severity() != Severity::Warning);
        assert_eq!(found, [], "{rpc}");
        answered += 1;
    }
    assert!(answered > slow && slow >= 13, "{slow} of {answered} RPCs were under way");

    // The two that are left.
    for call in [settings.configure(), stop()] {
        let rpc = call.rpc.clone();
        let running = tokio::spawn({
            let channel = channel.clone();
            async move { call.send(channel).await }
        });
        process.signal_group(Signal::INT);
        assert_eq!(diagnostics(&rpc, &running.await.unwrap().unwrap()), [], "{rpc}");
    }
    assert!(process.serves().await);
}

/// The examples that wait, under way.
async fn begun(process: &Process, calls: &mut JoinSet<(String, Vec<String>)>) -> usize {
    let settings = Settings { folder: Some(process.folder()), ..Settings::default() };
    let channel = process.server.channel().await;
    let slow = examples(&settings).into_iter().filter(|example| example.operation.is_some());
    for Example { call, .. } in slow {
        let channel = channel.clone();
        calls.spawn(async move {
            let answer = call.send(channel).await.unwrap();
            let found = diagnostics(&call.rpc, &answer).into_iter();
            (call.rpc, found.map(|found| found.summary).collect())
        });
    }
    let count = calls.len();
    process.until_it_says(r#""@message":"begins""#, count).await;
    count
}

/// Each has answered with one error: that it was stopped.
async fn assert_stopped(mut calls: JoinSet<(String, Vec<String>)>) {
    while let Some(call) = calls.join_next().await {
        let (rpc, found) = call.unwrap();
        assert!(
            matches!(&found[..], [summary] if summary.starts_with("Stopped before tiny_")),
            "{rpc}: {found:?}"
        );
    }
}

#[tokio::test]
async fn terraforms_stop_ends_every_operation_that_waits_and_each_is_answered() {
    let settings = Settings { delay_seconds: Some(100), ..Settings::default() };
    let (mut process, channel) = Process::configured(settings).await;
    let mut calls = JoinSet::new();
    begun(&process, &mut calls).await;

    let answer = stop().send(channel).await.unwrap();

    assert_eq!(diagnostics("Stop", &answer), []);
    assert_stopped(calls).await;
    assert!(process.serves().await);
}

#[tokio::test]
async fn the_first_sigterm_stops_work_and_the_second_ends_the_process() {
    let settings = Settings { delay_seconds: Some(100), ..Settings::default() };
    let (mut process, _) = Process::configured(settings).await;
    let mut calls = JoinSet::new();
    begun(&process, &mut calls).await;

    process.signal_group(Signal::TERM);
    assert_stopped(calls).await;
    assert!(process.serves().await);

    process.signal_group(Signal::TERM);
    process.ended(SOON);
    assert!(!process.server.socket().exists());
}

#[tokio::test]
async fn when_terraform_dies_the_provider_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // The colon keeps the shell from becoming the provider.
    command.args(["-c", "\"$0\"; :"]).arg(PROGRAM).envs(process::variables(&dir));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut terraform = Process::from_command(command, dir);
    assert!(terraform.serves().await);

    terraform.signal(Signal::KILL);

    let start = Instant::now();
    while terraform.server.socket().exists() {
        assert!(start.elapsed() < Duration::from_secs(5), "the provider outlives Terraform");
        sleep(Duration::from_millis(20)).await;
    }
}
