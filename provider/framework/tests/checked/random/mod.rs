//! Whatever its schema, and whatever is configured: a resource keeps every rule of Terraform.

mod resource;
mod schema;

use checker::arbitrary::{configuration, resolved};
use checker::{Action, Core, Refusal, Value};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use self::resource::Random;
use self::schema::Spec;

/// A schema, and two configurations of it: one to create with, one to update to.
#[derive(Debug)]
struct Case {
    spec: Spec,
    configs: [Value; 2],
}

fn case() -> impl Strategy<Value = Case> {
    schema::spec().prop_flat_map(|spec| {
        let block = block_on(connect(&spec)).resource(resource::NAME).block.clone();
        (configuration(&block), configuration(&block))
            .prop_map(move |(first, second)| Case { spec: spec.clone(), configs: [first, second] })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 500, ..Default::default() })]

    #[test]
    fn no_rule_is_broken(case in case()) {
        block_on(live(&case)).map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
    }
}

/// The life of an object: created, read, left alone, updated or replaced, and destroyed.
async fn live(Case { spec, configs }: &Case) -> Result<(), Refusal> {
    let core = connect(spec).await;
    let block = &core.resource(resource::NAME).block;
    core.configure(checker::Config::Json(serde_json::json!({}))).await?;
    let mut object = None;
    for config in configs {
        let planned = core.plan_twice(resource::NAME, object.as_ref(), config.clone()).await?;
        let known = resolved(config, block);
        object = core.apply(&planned, known.clone()).await.done()?;
        if let Some(found) = &object {
            object = core.refresh(resource::NAME, found).await?;
        }
        let settled = core.plan(resource::NAME, object.as_ref(), known).await?;
        assert_eq!(settled.action, Action::NoOp, "the plan after the apply is not empty");
    }
    let object = object.expect("what was applied is there");
    core.generate_config(resource::NAME, &object).await?;
    let destruction = core.plan_destroy(resource::NAME, &object).await?;
    let left = core.apply_as_planned(&destruction).await.done()?;
    assert_eq!(left, None);
    Ok(())
}

async fn connect(spec: &Spec) -> Core {
    resource::with_schema(spec.clone(), || Core::in_process(tf_framework::testing::service(Random)))
        .await
        .unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}
