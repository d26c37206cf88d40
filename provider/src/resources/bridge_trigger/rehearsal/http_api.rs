//! Triggers by HTTP requests.

use checker::{Action, Import, Life};
use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{TYPE, furnished, made, statements, with};
use crate::aws::testing::Contents;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known_in, reads_older_state_in, survives_trouble_in,
};

fn every_request() -> Json {
    json!({ "bridge_name": "thumbnails", "http_api": {} })
}

fn some_requests() -> Json {
    json!({
        "bridge_name": "thumbnails",
        "tags": { "stage": "prod" },
        "http_api": {
            "name": "uploads",
            "route_key": "POST /uploads",
            "cors": { "allow_origins": ["https://example.com"], "allow_methods": ["POST"] },
            "throttling": { "burst_limit": 10, "rate_limit": 2.5 },
        },
    })
}

fn leftovers(contents: &Contents) -> usize {
    contents.apis.len() + statements(contents)
}

#[tokio::test]
async fn an_api_lives_by_the_rules() {
    for import in [Import::by_attribute("id"), Import::by_identity()] {
        let account = furnished();
        let life = Life::new(every_request())
            .import(import)
            .update(some_requests())
            .update(with(
                some_requests(),
                json!({ "http_api": {
                "cors": { "allow_origins": ["*"], "max_age": 60, "expose_headers": ["etag"] },
                "throttling": {},
            } }),
            ))
            .update(every_request())
            .update(with(every_request(), json!({ "region": "us-east-1" })))
            .update(json!({
                "bridge_name": "thumbnails",
                "s3": { "bucket": "uploads", "events": ["s3:ObjectCreated:*"], "prefix": "in/" },
            }))
            .update(some_requests())
            .update(with(some_requests(), json!({ "bridge_name": "renders" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let (update, replace) = (Action::Update, Action::Replace);
        let expected =
            [Action::Create, update, update, update, Action::NoOp, replace, replace, replace];
        assert_eq!(report.actions, expected);
        assert_eq!(leftovers(&account.contents()), 0);
    }
}

#[tokio::test]
async fn whatever_somebody_took_away_is_made_again() {
    let takes: [fn(&mut Json); 8] = [
        |api| api["integrations"] = json!({}),
        |api| api["routes"] = json!({}),
        |api| api["stages"] = json!({}),
        |api| api["stages"]["$default"]["autoDeploy"] = json!(false),
        |api| api["corsConfiguration"]["allowOrigins"] = json!(["*"]),
        |api| api["stages"]["$default"]["defaultRouteSettings"] = json!({}),
        |api| api["tags"]["stage"] = json!("test"),
        |api| drop(api["tags"].as_object_mut().unwrap().remove("team")),
    ];
    for (number, take) in takes.into_iter().enumerate() {
        let account = furnished();
        let core = core(&account).await;
        let object = made(&core, &some_requests()).await;
        account.edit(|contents| contents.apis.values_mut().for_each(take));

        let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), some_requests()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), some_requests()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "take {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
        assert_eq!(mended.value, object.value, "take {number}");
        let read = core.refresh(TYPE, &mended).await.unwrap().unwrap();
        assert_eq!(read.value, object.value, "take {number}");
    }
}

#[tokio::test]
async fn in_the_place_of_an_api_that_is_gone_comes_another() {
    let account = furnished();
    let core = core(&account).await;
    let object = made(&core, &some_requests()).await;
    account.edit(|contents| contents.apis.clear());

    let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), some_requests()).await.unwrap();
    assert_eq!(planned.action, Action::Replace);
    core.apply_as_planned(&planned).await.done().unwrap();
    assert_eq!(statements(&account.contents()), 1, "the old statement went with the old API");
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let account = furnished();
    plans_before_the_provider_is_known_in(&account, TYPE, &every_request(), &some_requests()).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state_in(&furnished(), TYPE, &some_requests(), &["id", "region"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let (created, updated) = (every_request(), some_requests());
    survives_trouble_in(furnished, leftovers, TYPE, &created, &updated).await;
}

#[tokio::test]
async fn another_api_for_the_same_requests_is_told_of() {
    let account = furnished();
    let other = |name: &str, route_key: &str| {
        let api = json!({ "http_api": { "name": name, "route_key": route_key } });
        with(some_requests(), api)
    };
    for config in [
        some_requests(),
        other("uploads", "GET /uploads"),
        other("others", "POST /uploads"),
        with(some_requests(), json!({ "bridge_name": "renders" })),
    ] {
        made(&core(&account).await, &config).await;
    }

    let core = core(&account).await;
    let planned = core.plan(TYPE, None, some_requests()).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;

    applied.outcome.unwrap();
    let said: Vec<_> = applied.diagnostics.iter().map(ToString::to_string).collect();
    expect![[r#"
        Warning: Bridge "thumbnails" has another HTTP API already

          at .http_api

        HTTP API "api2" was made for this bridge under the same name, "uploads", and for no other route. Where no resource has it, an apply that was killed left it, and it may answer requests: delete it, or bring it under Terraform as a trigger of its own:

        import {
          to = modal_bridge_trigger.<name>
          id = "thumbnails/http_api/api2@us-east-1"
        }"#]].assert_eq(&said.join("\n"));
    // What this process makes itself is known to it.
    let planned = core.plan(TYPE, None, other("new", "$default")).await.unwrap();
    for _ in 0..2 {
        assert!(core.apply_as_planned(&planned).await.diagnostics.is_empty());
    }
}
