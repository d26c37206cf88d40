//! Plans that both refuse: attributes, presence, replacement.

use checker::{Type, UNKNOWN, Value};
use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5 as wire;

use crate::compare::{Story, full, planning, small, unknown};
use crate::fake::{Fake, names, thing_type, unwired, wired, with};

#[test]
fn another_value_than_configured() {
    let changed = planning(|planned| with(&planned, "name", &Value::text("changed")));
    Story::new(changed, small()).agree(1);
}

#[test]
fn another_value_than_configured_or_prior() {
    let changed = planning(|planned| with(&planned, "note", &Value::text("z")));
    Story::new(Fake::new, json!({ "name": "a", "note": "x" }))
        .then(changed, json!({ "name": "a", "note": "y" }))
        .agree(1);
}

#[test]
fn a_prior_value_that_is_no_longer_configured() {
    let keeping = planning(|planned| with(&planned, "note", &Value::text("x")));
    Story::new(Fake::new, json!({ "name": "a", "note": "x" })).then(keeping, small()).agree(1);
}

#[test]
fn numbers_and_values_of_any_type_in_messages() {
    let number = planning(|planned| with(&planned, "size", &Value::integer(1_234_567)));
    Story::new(number, json!({ "name": "a", "size": 0.1 })).agree(1);
    let any = planning(|planned| {
        let any = Value::Tuple(vec![Value::integer(1), Value::Bool(false)]);
        with(&planned, "any", &any)
    });
    Story::new(any, json!({ "name": "a", "any": { "x": ["a\nb", null] } })).agree(1);
}

#[test]
fn collections_in_messages() {
    let ports = planning(|planned| {
        with(&planned, "ports", &Value::set(Type::Number, [2, 10].map(Value::integer)))
    });
    Story::new(ports, full()).agree(1);
    let tags = planning(|planned| with(&planned, "tags", &Value::unknown(Type::map(Type::String))));
    Story::new(tags, json!({ "name": "a", "tags": { "b": "1", "a": "2" } })).agree(1);
}

#[test]
fn sensitive_values() {
    let changed = || planning(|planned| with(&planned, "secret", &Value::text("t")));
    Story::new(changed(), json!({ "name": "a", "secret": "s" })).agree(1);
    Story::new(changed(), small()).agree(1);
}

#[test]
fn write_only_values() {
    let echoed = planning(|planned| with(&planned, "secret_wo", &Value::text("w")));
    Story::new(echoed, json!({ "name": "a", "secret_wo": "w" })).agree(1);
}

#[test]
fn no_object() {
    Story::new(planning(|_| Value::Null(thing_type())), small()).agree(1);
    Story::new(planning(|_| Value::object::<&str>([])), small()).agree(1);
}

fn answering(bytes: &'static [u8]) -> impl Fn() -> Fake {
    move || {
        Fake::new().plan_resource_change(move |_, mut answer| {
            let planned = wire::DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() };
            answer.planned_state = Some(planned);
            answer
        })
    }
}

#[test]
fn bytes_that_are_no_such_object() {
    Story::new(answering(b"\x81\xa4name\xa1a"), small()).agree(1);
    Story::new(answering(b"\xa1a"), small()).agree(1);
}

#[test]
fn a_replacement_because_of_what_does_not_exist() {
    let requiring = || {
        Fake::new().plan_resource_change(|_, mut answer| {
            answer.requires_replace = vec![names(&["nope", "x"])];
            answer
        })
    };
    let update = json!({ "name": "alpha", "note": "n" });
    Story::new(Fake::new, small()).then(requiring, update).agree(1);
}

#[test]
fn a_deferral() {
    let deferring = || {
        Fake::new().plan_resource_change(|_, mut answer| {
            let reason = wire::deferred::Reason::AbsentPrereq.into();
            answer.deferred = Some(wire::Deferred { reason });
            answer
        })
    };
    Story::new(deferring, small()).agree(1);
}

#[test]
fn a_destroy_that_leaves_something() {
    let keeping = || {
        Fake::new().plan_resource_change(|request, mut answer| {
            answer.planned_state.clone_from(&request.prior_state);
            answer
        })
    };
    Story::new(Fake::new, small()).then(keeping, Json::Null).agree(1);
}

#[test]
fn a_guess_that_turns_out_wrong() {
    let guessing = || {
        Fake::new().plan_resource_change(|request, mut answer| {
            let planned = unwired(answer.planned_state.as_ref(), &thing_type());
            let config = unwired(request.config.as_ref(), &thing_type());
            let id = if config.attribute("note").is_known() { "known" } else { "guess" };
            let planned = with(&planned, "id", &Value::text(id));
            answer.planned_state = Some(wired(&planned, &thing_type()));
            answer
        })
    };
    Story::new(guessing, json!({ "name": "a", "note": UNKNOWN })).agree(1);
}

#[test]
fn a_known_value_planned_as_unknown() {
    let unsure = planning(|planned| with(&planned, "name", &unknown()));
    Story::new(unsure, small()).agree(1);
}
