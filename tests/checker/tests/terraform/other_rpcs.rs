//! What both refuse elsewhere: reads, upgrades, identities, schemas, statuses.

use acceptance::Core as Version;
use checker::{Type, Value};
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;
use tonic::Status;

use crate::compare::{Story, reading, small, unknown, version};
use crate::fake::{Fake, identity_type, thing_type, wired, with};

#[test]
fn reads() {
    let unsure = reading(|read| with(&read, "id", &unknown()));
    Story::new(Fake::new, small()).then(unsure, small()).agree(1);
    let nothing = reading(|_| Value::object::<&str>([]));
    Story::new(Fake::new, small()).then(nothing, small()).agree(14);
    let echoed = reading(|read| with(&read, "secret_wo", &Value::text("w")));
    Story::new(Fake::new, small()).then(echoed, small()).agree(1);
}

fn upgrading(bytes: Vec<u8>) -> impl Fn() -> Fake {
    move || {
        let bytes = bytes.clone();
        Fake::new().upgrade_resource_state(move |_, mut answer| {
            let upgraded = wire::DynamicValue { msgpack: bytes.clone(), json: Vec::new() };
            answer.upgraded_state = Some(upgraded);
            answer
        })
    }
}

#[test]
fn upgrades() {
    Story::new(Fake::new, small()).then(upgrading(vec![0x80]), small()).agree(14);
    Story::new(Fake::new, small()).then(upgrading(vec![0xc2]), small()).agree(1);
    let none = || wired(&Value::unknown(thing_type()), &thing_type()).msgpack;
    Story::new(Fake::new, small()).then(upgrading(none()), small()).agree(1);
}

fn data(identity_data: wire::DynamicValue) -> Option<wire::ResourceIdentityData> {
    Some(wire::ResourceIdentityData { identity_data: Some(identity_data) })
}

fn unknown_identity() -> Option<wire::ResourceIdentityData> {
    let identity = Value::object([("name", Value::unknown(Type::String))]);
    data(wired(&identity, &identity_type()))
}

fn empty_identity() -> Option<wire::ResourceIdentityData> {
    data(wire::DynamicValue { msgpack: vec![0x80], json: Vec::new() })
}

#[test]
fn identities() {
    if version() == Version::Installed {
        // Before 1.12, there are none.
        return;
    }
    let applying = || {
        Fake::new().apply_resource_change(|_, mut answer| {
            answer.new_identity = unknown_identity();
            answer
        })
    };
    Story::new(applying, small()).agree(1);
    let planning = |identity: fn() -> Option<wire::ResourceIdentityData>| {
        move || {
            Fake::new().plan_resource_change(move |_, mut answer| {
                answer.planned_identity = identity();
                answer
            })
        }
    };
    Story::new(planning(empty_identity), small()).agree(1);
    let update = json!({ "name": "alpha", "note": "n" });
    Story::new(Fake::new, small()).then(planning(unknown_identity), update).agree(1);
    let reading = || {
        Fake::new().read_resource(|_, mut answer| {
            answer.new_identity = unknown_identity();
            answer
        })
    };
    Story::new(Fake::new, small()).then(reading, small()).agree(1);
}

#[test]
fn statuses() {
    for status in [Status::internal("boom"), Status::unimplemented("later")] {
        let failing = move || Fake::new().status("PlanResourceChange", status.clone());
        Story::new(failing, small()).agree(1);
    }
    let failing = || Fake::new().status("ApplyResourceChange", Status::data_loss("boom"));
    Story::new(failing, small()).agree(1);
}
