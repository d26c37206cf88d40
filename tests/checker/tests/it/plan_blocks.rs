//! Plans that Terraform does not accept: blocks.

use checker::{Planned, Refusal, Rule, Type, UNKNOWN, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::fake::{Fake, thing_type, unwired, wired};
use crate::refused;

/// Creating this, the provider plans another value for a top-level block.
async fn creating(config: Json, block: &'static str, value: Value) -> Result<Planned, Refusal> {
    let fake = Fake::new().plan_resource_change(move |_, mut answer| {
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        let Value::Object(mut parts) = planned else { return answer };
        parts.insert(block.to_owned(), value.clone());
        answer.planned_state = Some(wired(&Value::Object(parts), &thing_type()));
        answer
    });
    fake.core().await.plan("tiny_thing", None, config).await
}

fn rule_type() -> Type {
    Type::object([("port", Type::Number), ("rid", Type::String)])
}

fn rule(port: i64) -> Value {
    Value::object([("port", Value::integer(port)), ("rid", Value::unknown(Type::String))])
}

fn rules(ports: &[i64]) -> Value {
    Value::List(rule_type(), ports.iter().map(|port| rule(*port)).collect())
}

fn zones(zones: &[(&str, i64)]) -> Value {
    let zones = zones.iter().map(|(label, port)| ((*label).to_owned(), rule(*port)));
    Value::Map(rule_type(), zones.collect())
}

#[tokio::test]
async fn there_are_as_many_blocks_as_configured() {
    let config = json!({ "name": "a", "rule": [{ "port": 1 }] });
    let refusal = creating(config, "rule", rules(&[1, 2, 3])).await;
    refused(
        refusal,
        Rule::PlanBlocks,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule: block count in plan (3) disagrees with count in config (1).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let config = json!({ "name": "a", "zone": { "x": { "port": 1 } } });
    let refusal = creating(config, "zone", zones(&[])).await;
    refused(
        refusal,
        Rule::PlanBlocks,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.zone: block count in plan (0) disagrees with count in config (1).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn blocks_have_the_labels_that_are_configured() {
    let config = json!({ "name": "a", "zone": { "x": { "port": 1 } } });
    let refusal = creating(config, "zone", zones(&[("y", 1)])).await;
    refused(
        refusal,
        Rule::PlanBlocks,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.zone["y"]: block key "y" from plan is not present in config.

        This is a bug in the provider, which should be reported in the provider's own issue tracker.

        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.zone: block key "x" from config is not present in plan.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn no_blocks_are_empty_and_not_null() {
    let config = || json!({ "name": "a" });
    let null = Value::Null(Type::list(rule_type()));
    refused(
        creating(config(), "rule", null).await,
        Rule::PlanBlocks,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule: attribute representing a list of nested blocks must be empty to indicate no blocks, not null.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let null = Value::Null(Type::set(rule_type()));
    refused(
        creating(config(), "tag", null).await,
        Rule::PlanBlocks,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.tag: attribute representing a set of nested blocks must be empty to indicate no blocks, not null.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let null = Value::Null(Type::map(rule_type()));
    refused(
        creating(config(), "zone", null).await,
        Rule::PlanBlocks,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.zone: attribute representing a map of nested blocks must be empty to indicate no blocks, not null.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_single_block_is_there_exactly_if_configured() {
    let refusal = creating(json!({ "name": "a" }), "one", rule(1)).await;
    refused(
        refusal,
        Rule::PlanPresence,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.one: planned for existence but config wants absence.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let config = json!({ "name": "a", "one": { "port": 1 } });
    let refusal = creating(config, "one", Value::Null(rule_type())).await;
    refused(
        refusal,
        Rule::PlanPresence,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.one: planned for absence but config wants existence.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_is_in_blocks_is_checked_like_everything_else() {
    let config = json!({ "name": "a", "rule": [{ "port": 1 }] });
    let refusal = creating(config, "rule", rules(&[2])).await;
    refused(
        refusal,
        Rule::PlanEchoesConfiguration,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule[0].port: planned value cty.NumberIntVal(2) does not match config value cty.NumberIntVal(1).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let config = json!({ "name": "a", "zone": { "x": {} } });
    let refusal = creating(config, "zone", zones(&[("x", 2)])).await;
    refused(
        refusal,
        Rule::PlanSetsNotComputed,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.zone["x"].port: planned value cty.NumberIntVal(2) for a non-computed attribute.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn blocks_are_not_unknown_unless_configured_so() {
    let config = || json!({ "name": "a", "rule": [{ "port": 1 }], "tag": [{ "port": 1 }] });
    let unknown = Value::unknown(Type::list(rule_type()));
    refused(
        creating(config(), "rule", unknown).await,
        Rule::PlanUnknownBlock,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule: attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let unknown = Value::List(rule_type(), vec![Value::unknown(rule_type())]);
    refused(
        creating(config(), "rule", unknown).await,
        Rule::PlanUnknownBlock,
        &expect![[r#"
            Error: Provider produced invalid plan

            Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule[0]: element representing nested block must not be unknown itself; set nested attribute values to unknown instead.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let unknown = Value::set(rule_type(), [Value::unknown(rule_type())]);
    refused(
        creating(config(), "tag", unknown).await,
        Rule::PlanUnknownBlock,
        &expect![[r#"
            Error: Provider produced invalid plan

            Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.tag[(not yet known)]: element representing nested block must not be unknown itself; set nested attribute values to unknown instead.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let config = json!({ "name": "a", "zone": { "x": {} } });
    let unknown = Value::Map(rule_type(), [("x".to_owned(), Value::unknown(rule_type()))].into());
    refused(
        creating(config, "zone", unknown).await,
        Rule::PlanUnknownBlock,
        &expect![[r#"
            Error: Provider produced invalid plan

            Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.zone["x"]: element representing nested block must not be unknown itself; set nested attribute values to unknown instead.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn blocks_that_are_not_known_yet_stay_so() {
    let config = json!({ "name": "a", "rule": UNKNOWN });
    let refusal = creating(config.clone(), "rule", rules(&[])).await;
    refused(
        refusal,
        Rule::PlanUnknownBlock,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule: planned value cty.ListValEmpty(cty.Object(map[string]cty.Type{"port":cty.Number, "rid":cty.String})) for unknown dynamic block.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let planned = Fake::new().core().await.plan("tiny_thing", None, config).await.unwrap();
    assert!(!planned.value.attribute("rule").is_known());
}

#[tokio::test]
async fn blocks_of_a_set_cannot_be_compared_at_plan() {
    let config = json!({ "name": "a", "tag": [{ "port": 1 }] });
    let others = Value::set(rule_type(), [rule(5), rule(6)]);
    assert!(creating(config, "tag", others).await.is_ok());
}
