//! The log on standard error: hclog's JSON lines, which Terraform takes apart and shows by level.

use serde_json::Value as Json;

use crate::process::{self, Process};
use crate::requests::{Settings, examples};

/// The log of a run that calls everything once, with these variables set and no other of the log's.
async fn log(variables: &[(&str, &str)]) -> Vec<Json> {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process::command(&dir);
    for name in ["TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_TINY"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    std::fs::write(dir.path().join("old.note"), "text").unwrap();
    let process = Process::from_command(command, dir);
    let channel = process.server.channel().await;
    let settings = Settings { folder: Some(process.folder()), ..Settings::default() };
    settings.configure().send(channel.clone()).await.unwrap();
    for example in examples(&settings) {
        example.call.send(channel.clone()).await.unwrap();
    }
    let stderr = process.stderr();
    // Other crates' logs hold what they send.
    assert!(!stderr.contains("h2."), "{stderr}");
    stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The levels that are in the log.
async fn levels(variables: &[(&str, &str)]) -> Vec<&'static str> {
    let log = log(variables).await;
    let mut levels = vec!["trace", "debug", "info", "warn", "error"];
    assert!(log.iter().all(|line| levels.iter().any(|level| line["@level"] == *level)));
    levels.retain(|level| log.iter().any(|line| line["@level"] == *level));
    levels
}

#[tokio::test]
async fn it_holds_nothing_below_its_level() {
    assert_eq!(levels(&[]).await, [""; 0]);
    assert_eq!(levels(&[("TF_LOG", "INFO")]).await, ["info"]);
    assert_eq!(levels(&[("TF_LOG", "debug")]).await, ["debug", "info"]);
    assert_eq!(levels(&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "warn")]).await, [""; 0]);
    assert_eq!(levels(&[("TF_LOG", "error"), ("TF_LOG_PROVIDER", "INFO")]).await, ["info"]);
    // Terraform passes its own form on: everything, as JSON.
    assert_eq!(levels(&[("TF_LOG", "JSON")]).await, ["debug", "info"]);
    assert_eq!(levels(&[("TF_LOG", "OFF")]).await, [""; 0]);
}

#[tokio::test]
async fn the_level_of_one_provider_comes_before_that_of_all() {
    let one = |level| ("TF_LOG_PROVIDER_TINY", level);
    assert_eq!(levels(&[one("info")]).await, ["info"]);
    assert_eq!(levels(&[("TF_LOG_PROVIDER", "trace"), one("off")]).await, [""; 0]);
    assert_eq!(levels(&[("TF_LOG_PROVIDER", "off"), one("debug")]).await, ["debug", "info"]);
}

#[tokio::test]
async fn a_line_has_hclogs_fields_and_the_events_own() {
    let log = log(&[("TF_LOG_PROVIDER", "debug")]).await;
    let configured = log.iter().find(|line| line["@message"] == "configured").unwrap();
    assert_eq!(configured["@level"], "info");
    assert_eq!(configured["@module"], "terraform_provider_tiny.tiny");
    assert_eq!(configured["terraform_version"], "1.15.5");
    for line in &log {
        assert!(line["@message"].is_string(), "a message of another kind ends Terraform: {line}");
        // go-plugin reads six digits of a second, and no other number of them.
        let time = line["@timestamp"].as_str().unwrap();
        assert_eq!((time.len(), &time[19..20], &time[26..]), (27, ".", "Z"), "{line}");
    }
    let plan = log.iter().find(|line| line["@message"] == "plan").unwrap();
    assert_eq!(plan["type_name"], "tiny_note");
    assert_eq!(plan["@module"], "tf_framework.server.resource_rpcs");
}
