//! A subsegment of the invocation's X-Ray trace for each call, where the trace is sampled.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

use std::net::{SocketAddr, UdpSocket};
use std::time::UNIX_EPOCH;

use bridge_contract::BridgeConfig;
use modal_client::CallId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Report;
use crate::hex::hex;

const HEADER: &str = r#"{"format":"json","version":1}"#;

/// The X-Ray daemon that Lambda runs beside a function.
#[derive(Debug)]
pub(super) struct Daemon {
    address: SocketAddr,
    socket: UdpSocket,
}

impl Daemon {
    /// `None` where there is no such address: a trace is worth no failure.
    pub(super) fn new(address: String) -> Option<Self> {
        let address: SocketAddr = address.parse().ok()?;
        let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(Self { address, socket })
    }

    pub(super) fn send(&self, config: &BridgeConfig, header: &str, report: &Report, index: usize) {
        if let Some(subsegment) = subsegment(config, header, report, index) {
            // A lost datagram is a gap in a trace, and nothing else.
            let _lost =
                self.socket.send_to(format!("{HEADER}\n{subsegment}").as_bytes(), self.address);
        }
    }
}

/// `None` for a trace that nobody samples.
fn subsegment(config: &BridgeConfig, header: &str, report: &Report, index: usize) -> Option<Value> {
    let field = |name: &str| {
        header.split(';').filter_map(|field| field.trim().split_once('=')).find(|(n, _)| *n == name)
    };
    let value = |name: &str| field(name).map(|(_, value)| value);
    let (root, parent) = (value("Root")?, value("Parent")?);
    if value("Sampled") != Some("1") {
        return None;
    }
    let start = report.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let name = format!("{header}{index}{start}");
    let id = hex(Sha256::digest(name).get(..8).unwrap_or_default());
    let mut annotations = json!({ "app": config.app, "function": config.function });
    if let Some(CallId::FunctionCall(id)) = &report.call {
        annotations["function_call_id"] = id.as_str().into();
    }
    let mut subsegment = json!({
        "name": "modal",
        "id": id,
        "trace_id": root,
        "parent_id": parent,
        "type": "subsegment",
        "namespace": "remote",
        "start_time": start,
        "end_time": start + report.duration.as_secs_f64(),
        "annotations": annotations,
    });
    if let Some(error) = &report.error {
        subsegment["fault"] = true.into();
        subsegment["throttle"] = (error.error_type() == "ModalThrottled").into();
        subsegment["annotations"]["error_type"] = error.error_type().into();
    }
    Some(subsegment)
}

#[cfg(test)]
mod tests {
    use bridge_contract::Mode;

    use super::super::testing::{config, report};
    use super::*;
    use crate::BridgeError;

    const SAMPLED: &str =
        "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=fedcba9876543210;Sampled=1";

    #[test]
    fn a_call_in_a_sampled_trace_is_a_subsegment() {
        let config = config(Mode::Remote);
        let one = subsegment(&config, SAMPLED, &report(), 0).unwrap();
        let id = one["id"].as_str().unwrap();
        assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        assert_ne!(one["id"], subsegment(&config, SAMPLED, &report(), 1).unwrap()["id"]);
        let shown = one.to_string().replace(id, "ID");
        expect_test::expect![[r#"{"name":"modal","id":"ID","trace_id":"1-5bef4de7-ad49b0e87f6ef6c87fc2e700","parent_id":"fedcba9876543210","type":"subsegment","namespace":"remote","start_time":1800000000.25,"end_time":1800000000.292,"annotations":{"app":"thumbnails","function":"render","function_call_id":"fc-1"}}"#]]
        .assert_eq(&shown);
        let failed = subsegment(&config, SAMPLED, &report().failed(BridgeError::NotStarted), 0);
        let failed = failed.unwrap();
        assert_eq!((&failed["fault"], &failed["throttle"]), (&json!(true), &json!(false)));
        assert_eq!(failed["annotations"]["error_type"], "BridgeDeadlineExceeded");
    }

    #[test]
    fn a_trace_that_nobody_samples_gets_nothing() {
        for header in [
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=fedcba9876543210;Sampled=0",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "",
            "=;;Sampled",
        ] {
            assert_eq!(subsegment(&config(Mode::Spawn), header, &report(), 0), None, "{header}");
        }
    }
}
