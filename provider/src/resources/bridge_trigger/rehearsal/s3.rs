//! Triggers by the notifications of a bucket.

use checker::{Action, Import, ImportTarget, Life, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{TYPE, furnished, made, statements, with};
use crate::aws::testing::Contents;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known_in, reads_older_state_in, survives_kills,
    survives_trouble_with,
};

/// What a bucket tells others, before and after.
pub(super) const OTHERS: &str = "<NotificationConfiguration \
     xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TopicConfiguration><Id>theirs</Id>\
     <Topic>arn:aws:sns:us-east-1:111122223333:removals</Topic><Event>s3:ObjectRemoved:*</Event>\
     </TopicConfiguration><EventBridgeConfiguration></EventBridgeConfiguration>\
     </NotificationConfiguration>";

fn uploads() -> Json {
    json!({
        "bridge_name": "thumbnails",
        "s3": { "bucket": "uploads", "events": ["s3:ObjectCreated:*"], "prefix": "in/" },
    })
}

fn uploads_of(block: Json) -> Json {
    with(uploads(), json!({ "s3": with(uploads()["s3"].clone(), block) }))
}

fn assert_untouched(contents: &Contents) {
    for (bucket, notifications) in &contents.buckets {
        assert_eq!(notifications, OTHERS, "{bucket}");
    }
}

/// Entries of ours and statements.
fn leftovers(contents: &Contents) -> usize {
    let ours = contents.buckets.values().filter(|found| *found != OTHERS);
    statements(contents) + ours.count()
}

/// What a trigger is changed to, one after the other.
fn changes() -> [Json; 5] {
    let archived = uploads_of(json!({ "bucket": "archive" }));
    [
        uploads_of(json!({ "prefix": null, "suffix": ".jpg" })),
        uploads_of(json!({ "events": ["s3:ObjectCreated:Put", "s3:ObjectTagging:*"] })),
        with(uploads(), json!({ "timeouts": { "delete": "1m" } })),
        archived.clone(),
        with(archived, json!({ "bridge_name": "renders" })),
    ]
}

#[tokio::test]
async fn a_trigger_lives_by_the_rules() {
    for import in [Import::by_attribute("id"), Import::by_identity()] {
        let account = furnished();
        // Each time with a provider of its own, as Terraform does: one that has planned all of these
        // would take them for triggers beside each other.
        let life = Life::new(uploads()).import(import).without_unknowns();
        let life = changes().into_iter().fold(life, Life::update);

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let mut expected = vec![Action::Update; 6];
        expected[0] = Action::Create;
        (expected[4], expected[5]) = (Action::Replace, Action::Replace);
        assert_eq!(report.actions, expected);
        assert_untouched(&account.contents());
        assert_eq!(statements(&account.contents()), 0);
    }
}

#[tokio::test]
async fn what_is_known_later_changes_no_plan() {
    let account = furnished();
    core(&account).await.plan_unknowns(TYPE, None, uploads()).await.unwrap();
    let object = made(&core(&account).await, &uploads()).await;
    for change in changes() {
        // As Terraform does, each time with a provider that has planned nothing else.
        core(&account).await.plan_unknowns(TYPE, Some(&object), change).await.unwrap();
    }
}

#[tokio::test]
async fn a_bridge_may_be_given_by_its_arn() {
    let account = furnished();
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:thumbnails";
    let core = core(&account).await;
    let object = made(&core, &uploads()).await;
    let by_arn = with(uploads(), json!({ "bridge_name": arn }));
    let planned = core.plan_twice(TYPE, Some(&object), &by_arn).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);
}

#[tokio::test]
async fn whatever_somebody_took_away_is_made_again() {
    let takes: [fn(&mut Contents); 4] = [
        |contents| OTHERS.clone_into(contents.buckets.get_mut("uploads").unwrap()),
        |contents| contents.functions.get_mut("thumbnails").unwrap()["Policy"] = json!([]),
        |contents| {
            let statement = &mut contents.functions.get_mut("thumbnails").unwrap()["Policy"][0];
            statement["Condition"]["ArnLike"]["AWS:SourceArn"] = json!("arn:aws:s3:::theirs");
        },
        |contents| {
            let notifications = contents.buckets.get_mut("uploads").unwrap();
            *notifications = notifications.replace("ObjectCreated:*", "ObjectCreated:Copy");
        },
    ];
    for (number, take) in takes.into_iter().enumerate() {
        let account = furnished();
        let core = core(&account).await;
        let object = made(&core, &uploads()).await;
        let before = account.contents();
        account.edit(take);

        let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), uploads()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), uploads()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "take {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

        assert_eq!(mended.value, object.value, "take {number}");
        assert_eq!(account.contents().buckets, before.buckets, "take {number}");
        assert_eq!(account.contents().functions, before.functions, "take {number}");
    }
}

#[tokio::test]
async fn a_trigger_of_which_nothing_is_left_is_gone() {
    let account = furnished();
    let core = core(&account).await;
    let object = made(&core, &uploads()).await;
    account.edit(|contents| {
        contents.functions.clear();
        contents.buckets.clear();
    });
    assert_eq!(core.refresh(TYPE, &object).await.unwrap(), None);
    let destroyed = core.plan_destroy(TYPE, &object).await.unwrap();
    core.apply_as_planned(&destroyed).await.done().unwrap();
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let updated = uploads_of(json!({ "prefix": null, "suffix": ".png" }));
    plans_before_the_provider_is_known_in(&furnished(), TYPE, &uploads(), &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state_in(&furnished(), TYPE, &uploads(), &["id", "region"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changed = uploads_of(json!({ "prefix": null, "suffix": ".png" }));
    survives_trouble_with(core, furnished, leftovers, TYPE, [&uploads(), &changed]).await;
    // A permission alone stays: by it, nobody can tell whose it was, and another trigger's comes
    // before the trigger's entry, too.
    let entries = |contents: &Contents| leftovers(contents) - statements(contents);
    survives_kills(furnished, entries, TYPE, &uploads(), &changed).await;
}

#[tokio::test]
async fn what_is_no_trigger_is_not_imported() {
    let core = core(&furnished()).await;
    let refused =
        async |id: &str| core.import(TYPE, &ImportTarget::id(id)).await.unwrap_err().to_string();
    expect![[r#"
        Error: Cannot import bridge trigger "thumbnails"

        The id to import by is <bridge>/<kind>/<key>, or that with @<region> at the end:

          <bridge>/s3/<bucket>/<id of the entry in its notifications>
          <bridge>/sns/<ARN of the topic>
          <bridge>/schedule/<group>/<schedule>
          <bridge>/event_rule/<event bus>/<rule>
          <bridge>/http_api/<id of the API>"#]]
    .assert_eq(&refused("thumbnails").await);
    expect![[r#"
        Error: Cannot import bridge trigger "thumbnails/s3/uploads/theirs"

        There is no such trigger in this account in us-east-1."#]]
    .assert_eq(&refused("thumbnails/s3/uploads/theirs").await);
}

#[tokio::test]
async fn what_overlaps_is_refused_before_it_is_made() {
    let core = core(&furnished()).await;
    let removals = uploads_of(json!({ "events": ["s3:ObjectRemoved:Delete"] }));
    let refused = core.plan(TYPE, None, &removals).await.unwrap_err();
    expect![[r#"
        Error: Cannot set up the notifications of bucket "uploads" to bridge "thumbnails"

          at .s3

        S3 tells one destination alone of an event: entry "theirs" of bucket "uploads" sends events of the same kind, of every key, to arn:aws:sns:us-east-1:111122223333:removals. Choose a prefix and a suffix that no key has together with those, or other events; or let both be told by a topic, or by EventBridge."#]].assert_eq(&refused.to_string());
}

#[tokio::test]
async fn two_triggers_that_overlap_are_refused_when_the_second_is_made() {
    let account = furnished();
    let core = core(&account).await;
    let first = made(&core, &uploads()).await;
    let deeper = uploads_of(json!({ "prefix": "in/pictures/" }));
    let planned = core.plan(TYPE, None, &deeper).await.unwrap();
    let before = account.contents().buckets;
    let refused = core.apply_as_planned(&planned).await.done().unwrap_err().to_string();
    assert_eq!(account.contents().buckets, before);
    let Value::String(id) = first.value.attribute("id") else { panic!("{first:?}") };
    let entry = id.rsplit('/').next().unwrap();
    expect![[r#"
        Error: Cannot set up the notifications of bucket "uploads" to bridge "thumbnails"

          at .s3

        S3 tells one destination alone of an event: entry "(entry)" of bucket "uploads" sends events of the same kind, of keys that begin with "in/", to arn:aws:lambda:us-east-1:111122223333:function:thumbnails. Choose a prefix and a suffix that no key has together with those, or other events; or let both be told by a topic, or by EventBridge.

        Where no resource has that entry, as after an apply that was killed, bring it under Terraform:

        import {
          to = modal_bridge_trigger.<name>
          id = "thumbnails/s3/uploads/(entry)@us-east-1"
        }"#]].assert_eq(&refused.replace(entry, "(entry)"));
}
