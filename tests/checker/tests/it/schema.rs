//! Schemas that Terraform does not load.

use checker::schema::Nesting;
use checker::{Rule, Type};
use expect_test::{Expect, expect};
use tfplugin_proto::tfplugin5 as wire;
use wire::schema::nested_block::NestingMode;
use wire::schema::{Attribute, Block, NestedBlock};

use crate::fake::{Fake, attribute, nested};
use crate::refused;

/// A provider whose `tiny_thing` is spoiled refuses to load, in these words.
async fn thing_is_refused(
    spoil: impl Fn(&mut Block) + Send + Sync + 'static,
    rule: Rule,
    words: Expect,
) {
    let fake = Fake::new().get_schema(move |_, mut answer| {
        let thing = answer.resource_schemas.get_mut("tiny_thing").unwrap();
        spoil(thing.block.as_mut().unwrap());
        answer
    });
    refused(fake.connection().connect().await.map(|_| ()), rule, &words);
}

async fn provider_is_refused(
    spoil: impl Fn(&mut wire::get_provider_schema::Response) + Send + Sync + 'static,
    rule: Rule,
    words: Expect,
) {
    let fake = Fake::new().get_schema(move |_, mut answer| {
        spoil(&mut answer);
        answer
    });
    refused(fake.connection().connect().await.map(|_| ()), rule, &words);
}

fn with_attribute(attribute: Attribute) -> impl Fn(&mut Block) + Send + Sync {
    move |block| block.attributes.push(attribute.clone())
}

fn with_block(nested: NestedBlock) -> impl Fn(&mut Block) + Send + Sync {
    move |block| block.block_types.push(nested.clone())
}

fn items(nesting: NestingMode, min_items: i64, max_items: i64) -> NestedBlock {
    NestedBlock { min_items, max_items, ..nested("extra", nesting, Block::default()) }
}

#[tokio::test]
async fn every_kind_of_schema_is_read() {
    let core = Fake::new().core().await;
    let schemas = core.schemas();
    assert_eq!(schemas.resources["tiny_thing"].version, 1);
    assert!(schemas.resources["tiny_thing"].identity.is_some());
    assert_eq!(schemas.resources["tiny_thing"].block.blocks["zone"].nesting, Nesting::Map);
    assert!(schemas.data_sources.contains_key("tiny_info"));
    assert!(schemas.ephemeral_resources.contains_key("tiny_token"));
    assert!(schemas.list_resources.contains_key("tiny_thing"));
    assert!(schemas.actions.contains_key("tiny_ping"));
    assert_eq!(schemas.functions["shout"].parameters[0].name, "text");
    assert!(schemas.capabilities.plan_destroy);
}

#[tokio::test]
async fn an_attribute_is_required_optional_or_computed() {
    let extra = |flags| with_attribute(attribute("extra", &Type::String, flags));
    thing_is_refused(extra(""), Rule::AttributeMode, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: must set Optional, Required or Computed""#]]).await;
    thing_is_refused(extra("ro"), Rule::AttributeRequiredAndOptional, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: cannot set both Optional and Required""#]]).await;
    thing_is_refused(extra("rc"), Rule::AttributeRequiredAndComputed, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: cannot set both Computed and Required""#]]).await;
    thing_is_refused(extra("ocw"), Rule::WriteOnlyMode, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: a write-only value is given and never read, so it cannot be computed""#]]).await;
}

#[tokio::test]
async fn a_type_can_be_read() {
    let unreadable =
        Attribute { r#type: b"\"text\"".to_vec(), ..attribute("extra", &Type::String, "o") };
    thing_is_refused(with_attribute(unreadable), Rule::SchemaType, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: the type cannot be read: invalid primitive type name \"text\"""#]]).await;
}

#[tokio::test]
async fn a_name_stands_for_one_thing() {
    let again = with_attribute(attribute("name", &Type::String, "o"));
    thing_is_refused(again, Rule::SchemaNameTwice, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "name: two attributes have this name""#]]).await;
    let again = with_block(nested("name", NestingMode::List, Block::default()));
    thing_is_refused(again, Rule::SchemaNameTwice, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "name: name defined as both attribute and child block type""#]]).await;
    let again = with_block(nested("rule", NestingMode::List, Block::default()));
    thing_is_refused(again, Rule::SchemaNameTwice, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "rule: two blocks have this name""#]]).await;
}

#[tokio::test]
async fn a_deprecation_message_belongs_to_something_deprecated() {
    let message = || "use another".to_owned();
    let extra =
        Attribute { deprecation_message: message(), ..attribute("extra", &Type::String, "o") };
    thing_is_refused(with_attribute(extra), Rule::DeprecationMessage, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: DeprecationMessage must not be set when Deprecated is false""#]]).await;
    let extra = Block { deprecation_message: message(), ..Block::default() };
    let extra = nested("extra", NestingMode::List, extra);
    thing_is_refused(with_block(extra), Rule::DeprecationMessage, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: DeprecationMessage must not be set when Deprecated is false""#]]).await;
    let whole = move |block: &mut Block| block.deprecation_message = message();
    thing_is_refused(whole, Rule::DeprecationMessage, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "top-level block: DeprecationMessage must not be set when Deprecated is false""#]]).await;
}

#[tokio::test]
async fn a_block_has_a_name_a_nesting_and_a_block() {
    let extra = nested("Extra-1", NestingMode::List, Block::default());
    thing_is_refused(with_block(extra), Rule::BlockName, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "Extra-1: name may contain only lowercase letters, digits and underscores""#]]).await;
    let extra = nested("extra", NestingMode::Invalid, Block::default());
    thing_is_refused(with_block(extra), Rule::BlockNesting, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: invalid nesting mode nestingModeInvalid""#]]).await;
    let extra = NestedBlock { block: None, ..nested("extra", NestingMode::List, Block::default()) };
    thing_is_refused(with_block(extra), Rule::SchemaBlock, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: block schema is nil""#]]).await;
}

#[tokio::test]
async fn the_numbers_of_blocks_fit_the_nesting() {
    use NestingMode::{Group, List, Map, Set, Single};
    let cases = [
        (
            items(Single, 0, 1),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems and MaxItems must match in NestingSingle mode""#
            ]],
        ),
        (
            items(Single, 2, 2),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems and MaxItems must be set to either 0 or 1 in NestingSingle mode""#
            ]],
        ),
        (
            items(Group, 0, 1),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems and MaxItems cannot be used in NestingGroup mode""#
            ]],
        ),
        (
            items(List, 2, 1),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems must be less than or equal to MaxItems in NestingList mode""#
            ]],
        ),
        (
            items(Set, 2, 1),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems must be less than or equal to MaxItems in NestingSet mode""#
            ]],
        ),
        (
            items(Map, 1, 0),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems and MaxItems must both be 0 in NestingMap mode""#
            ]],
        ),
        (
            items(List, 0, -1),
            expect![[r#"
            Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems and MaxItems must both be greater than zero"

            Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: MinItems must be less than or equal to MaxItems in NestingList mode""#]],
        ),
    ];
    for (extra, words) in cases {
        thing_is_refused(with_block(extra), Rule::BlockItems, words).await;
    }
}

#[tokio::test]
async fn a_set_of_blocks_holds_what_can_be_compared() {
    let holding = |ty: &Type, flags| {
        let attributes = vec![attribute("inner", ty, flags)];
        let inner = Block { attributes, ..Block::default() };
        with_block(nested("extra", NestingMode::Set, inner))
    };
    thing_is_refused(holding(&Type::Dynamic, "o"), Rule::SetBlockDynamic, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: NestingSet blocks may not contain attributes of cty.DynamicPseudoType""#]]).await;
    thing_is_refused(holding(&Type::String, "ow"), Rule::SetBlockWriteOnly, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra: NestingSet blocks may not contain WriteOnly attributes""#]]).await;
}

#[tokio::test]
async fn what_is_wrong_inside_a_block_names_the_way_there() {
    let attributes = vec![attribute("inner", &Type::String, "")];
    let inner = Block { attributes, ..Block::default() };
    let extra = nested("extra", NestingMode::List, inner);
    thing_is_refused(with_block(extra), Rule::AttributeMode, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", which is a bug in the provider: "extra.inner: must set Optional, Required or Computed""#]]).await;
}

#[tokio::test]
async fn there_is_a_schema_of_the_provider_and_every_schema_has_a_block() {
    provider_is_refused(
        |answer| answer.provider = None,
        Rule::ProviderSchema,
        expect!["Error: missing provider schema"],
    )
    .await;
    let blockless = |answer: &mut wire::get_provider_schema::Response| {
        answer.provider.as_mut().unwrap().block = None;
    };
    provider_is_refused(blockless, Rule::SchemaBlock, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for provider configuration, which is a bug in the provider: "top-level block schema is nil""#]]).await;
    let blockless = |answer: &mut wire::get_provider_schema::Response| {
        answer.data_source_schemas.get_mut("tiny_info").unwrap().block = None;
    };
    provider_is_refused(blockless, Rule::SchemaBlock, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for data resource type "tiny_info", which is a bug in the provider: "top-level block schema is nil""#]]).await;
    let blockless = |answer: &mut wire::get_provider_schema::Response| {
        answer.action_schemas.get_mut("tiny_ping").unwrap().schema = None;
    };
    provider_is_refused(blockless, Rule::SchemaBlock, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for action type "tiny_ping", which is a bug in the provider: "top-level block schema is nil""#]]).await;
}

#[tokio::test]
async fn versions_are_not_negative() {
    let negative = |answer: &mut wire::get_provider_schema::Response| {
        answer.resource_schemas.get_mut("tiny_thing").unwrap().version = -1;
    };
    provider_is_refused(negative, Rule::SchemaVersion, expect![[r#"Error: provider example.com/acme/tiny has invalid negative schema version for managed resource type "tiny_thing", which is a bug in the provider"#]]).await;
    let negative = |answer: &mut wire::get_provider_schema::Response| {
        answer.provider.as_mut().unwrap().version = -1;
    };
    provider_is_refused(negative, Rule::SchemaVersion, expect!["Error: provider example.com/acme/tiny has invalid negative schema version for its configuration blocks,which is a bug in the provider "]).await;
}

#[tokio::test]
async fn other_kinds_of_schemas_are_checked_as_well() {
    let modeless = || {
        let attributes = vec![attribute("extra", &Type::String, "")];
        wire::Schema { version: 0, block: Some(Block { attributes, ..Block::default() }) }
    };
    type Put = fn(&mut wire::get_provider_schema::Response, wire::Schema);
    let cases: [(Put, Expect); 5] = [
        (
            |answer, schema| drop(answer.provider.replace(schema)),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for provider configuration, which is a bug in the provider: "extra: must set Optional, Required or Computed""#
            ]],
        ),
        (
            |answer, schema| drop(answer.provider_meta.replace(schema)),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for provider meta, which is a bug in the provider: "extra: must set Optional, Required or Computed""#
            ]],
        ),
        (
            |answer, schema| drop(answer.data_source_schemas.insert("tiny_info".into(), schema)),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for data resource type "tiny_info", which is a bug in the provider: "extra: must set Optional, Required or Computed""#
            ]],
        ),
        (
            |answer, schema| {
                drop(answer.ephemeral_resource_schemas.insert("tiny_token".into(), schema));
            },
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for ephemeral resource type "tiny_token", which is a bug in the provider: "extra: must set Optional, Required or Computed""#
            ]],
        ),
        (
            |answer, schema| drop(answer.list_resource_schemas.insert("tiny_thing".into(), schema)),
            expect![[
                r#"Error: provider example.com/acme/tiny has invalid schema for list resource type "tiny_thing", which is a bug in the provider: "extra: must set Optional, Required or Computed""#
            ]],
        ),
    ];
    for (put, words) in cases {
        let spoil = move |answer: &mut wire::get_provider_schema::Response| put(answer, modeless());
        provider_is_refused(spoil, Rule::AttributeMode, words).await;
    }
}

fn identifying(spoil: impl Fn(&mut wire::ResourceIdentitySchema) + Send + Sync + 'static) -> Fake {
    Fake::new().get_resource_identity_schemas(move |_, mut answer| {
        spoil(answer.identity_schemas.get_mut("tiny_thing").unwrap());
        answer
    })
}

async fn identity_is_refused(
    spoil: impl Fn(&mut wire::ResourceIdentitySchema) + Send + Sync + 'static,
    rule: Rule,
    words: Expect,
) {
    refused(identifying(spoil).connection().connect().await.map(|_| ()), rule, &words);
}

#[tokio::test]
async fn an_identity_is_made_of_primitives_that_are_needed_or_not() {
    let typed = |ty: Type| {
        move |schema: &mut wire::ResourceIdentitySchema| {
            schema.identity_attributes[0].r#type = ty.to_json();
        }
    };
    let map = Type::map(Type::String);
    identity_is_refused(typed(map), Rule::IdentityType, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", attribute "name" is a map, which is not allowed in identity schemas"#]]).await;
    let set = Type::set(Type::String);
    identity_is_refused(typed(set), Rule::IdentityType, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", attribute "name" is a set, which is not allowed in identity schemas"#]]).await;
    let object = Type::object([("a", Type::String)]);
    identity_is_refused(typed(object), Rule::IdentityType, expect![[r#"Error: provider example.com/acme/tiny has invalid schema for managed resource type "tiny_thing", attribute "name" is an object, which is not allowed in identity schemas"#]]).await;
    let modeless = |schema: &mut wire::ResourceIdentitySchema| {
        schema.identity_attributes[0].required_for_import = false;
    };
    identity_is_refused(modeless, Rule::IdentityMode, expect![[r#"Error: provider example.com/acme/tiny has invalid identity schema for managed resource type "tiny_thing", which is a bug in the provider: "name: must set Optional, Required or Computed""#]]).await;
    let both = |schema: &mut wire::ResourceIdentitySchema| {
        schema.identity_attributes[0].optional_for_import = true;
    };
    identity_is_refused(both, Rule::IdentityMode, expect![[r#"Error: provider example.com/acme/tiny has invalid identity schema for managed resource type "tiny_thing", which is a bug in the provider: "name: cannot set both Optional and Required""#]]).await;
    let negative = |schema: &mut wire::ResourceIdentitySchema| schema.version = -1;
    identity_is_refused(negative, Rule::SchemaVersion, expect![[r#"Error: provider example.com/acme/tiny has invalid negative identity schema version for managed resource type "tiny_thing", which is a bug in the provider"#]]).await;
}

#[tokio::test]
async fn an_identity_belongs_to_a_resource_and_a_list_to_an_identity() {
    let fake = Fake::new().get_resource_identity_schemas(|_, mut answer| {
        let schema = answer.identity_schemas["tiny_thing"].clone();
        answer.identity_schemas.insert("tiny_other".to_owned(), schema);
        answer
    });
    let refusal = fake.connection().connect().await.map(|_| ());
    refused(
        refusal,
        Rule::IdentityWithoutResource,
        &expect![[
            r#"Error: provider example.com/acme/tiny has an identity schema for managed resource type "tiny_other", which it does not have"#
        ]],
    );
    let fake = Fake::new().get_resource_identity_schemas(|_, mut answer| {
        answer.identity_schemas.clear();
        answer
    });
    let refusal = fake.connection().connect().await.map(|_| ());
    refused(
        refusal,
        Rule::ListWithoutIdentity,
        &expect![
            "Error: Identity schema not found for resource type tiny_thing; this is a bug in the provider - please report it there"
        ],
    );
}
