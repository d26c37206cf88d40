//! S3's answers, by a script.

use super::super::testing::{Answer, FakeAws, from_request, waiter, xml};
use super::*;

const OURS: &str = "arn:aws:lambda:us-east-1:111122223333:function:thumbnails";
const THEIRS: &str = "arn:aws:sqs:us-east-1:111122223333:theirs";
const GET: &str = "GET bucket notification";
const PUT: &str = "PUT bucket notification";

fn s3(aws: &FakeAws) -> S3 {
    S3::new(Client::new(&aws.config_without_retries()), waiter())
}

fn entry(events: &[&str], prefix: Option<&str>, suffix: Option<&str>) -> Entry {
    Entry {
        id: format!("{ENTRY_PREFIX}1"),
        function_arn: OURS.to_owned(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        prefix: prefix.map(str::to_owned),
        suffix: suffix.map(str::to_owned),
    }
}

fn uploads() -> Entry {
    entry(&["s3:ObjectCreated:*"], Some("in/"), None)
}

fn notifications(entries: &str) -> Answer {
    xml(200, format!("<NotificationConfiguration>{entries}</NotificationConfiguration>"))
}

fn queue(id: &str) -> String {
    format!(
        "<QueueConfiguration><Id>{id}</Id><Queue>{THEIRS}</Queue><Event>s3:ObjectRemoved:*</Event>\
         </QueueConfiguration>"
    )
}

fn ours() -> String {
    format!(
        "<CloudFunctionConfiguration><Id>{ENTRY_PREFIX}1</Id><CloudFunction>{OURS}</CloudFunction>\
         <Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>Prefix</Name>\
         <Value>in/</Value></FilterRule></S3Key></Filter></CloudFunctionConfiguration>"
    )
}

/// S3's refusal of a document, for the destination that it names.
fn unreachable(arn: &str) -> Answer {
    xml(
        400,
        format!(
            "<Error><Code>InvalidArgument</Code><Message>{UNREACHABLE}</Message>\
             <ArgumentName1>{arn}, null</ArgumentName1><ArgumentValue1>Not there.</ArgumentValue1>\
             </Error>"
        ),
    )
}

fn done(unreachable: &[&str]) -> Written {
    Written::Done { unreachable: unreachable.iter().map(|arn| (*arn).to_owned()).collect() }
}

#[tokio::test]
async fn an_entry_is_written_beside_those_of_others_and_looked_for() {
    let aws = FakeAws::new();
    aws.answer(GET, notifications(&queue("theirs")));
    aws.answer(GET, notifications(&queue("theirs")));
    aws.answer(
        PUT,
        from_request(|body| {
            assert!(body.contains(THEIRS) && body.contains(OURS), "{body}");
            xml(200, "")
        }),
    );
    aws.answer(GET, notifications(&(queue("theirs") + &ours())));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[])));
    aws.assert_done();
}

#[tokio::test]
async fn what_is_there_is_not_written_again() {
    let aws = FakeAws::new();
    aws.answer(GET, notifications(&ours()));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[])));
    aws.assert_done();
}

#[tokio::test]
async fn who_writes_between_read_and_write_is_not_overwritten() {
    let aws = FakeAws::new();
    aws.answer(GET, notifications(""));
    aws.answer(GET, notifications(&queue("new")));
    aws.answer(GET, notifications(&queue("new")));
    aws.answer(GET, notifications(&queue("new")));
    aws.answer(
        PUT,
        from_request(|body| {
            assert!(body.contains("<Id>new</Id>"), "{body}");
            xml(200, "")
        }),
    );
    aws.answer(GET, notifications(&(queue("new") + &ours())));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[])));
    aws.assert_done();
}

#[tokio::test]
async fn who_overwrites_ours_is_overwritten_with_both() {
    let aws = FakeAws::new();
    for before in ["", ""] {
        aws.answer(GET, notifications(before));
    }
    aws.answer(PUT, xml(200, ""));
    for since in [&queue("new"); 3] {
        aws.answer(GET, notifications(since));
    }
    aws.answer(
        PUT,
        from_request(|body| {
            assert!(body.contains("<Id>new</Id>") && body.contains(OURS), "{body}");
            xml(200, "")
        }),
    );
    aws.answer(GET, notifications(&(queue("new") + &ours())));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[])));
    aws.assert_done();
}

#[tokio::test]
async fn s3_is_waited_for_until_it_may_invoke_the_function() {
    let aws = FakeAws::new();
    for _ in 0..2 {
        aws.answer(GET, notifications(""));
        aws.answer(GET, notifications(""));
        aws.answer(PUT, unreachable(OURS));
    }
    aws.answer(GET, notifications(""));
    aws.answer(GET, notifications(""));
    aws.answer(PUT, xml(200, ""));
    aws.answer(GET, notifications(&ours()));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[])));
    aws.assert_done();
}

#[tokio::test]
async fn a_destination_of_others_that_is_gone_is_said_and_does_not_block() {
    let aws = FakeAws::new();
    aws.answer(GET, notifications(&queue("theirs")));
    aws.answer(GET, notifications(&queue("theirs")));
    aws.answer(PUT, unreachable(THEIRS));
    aws.answer(PUT, xml(200, ""));
    aws.answer(GET, notifications(&(queue("theirs") + &ours())));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[THEIRS])));
    aws.assert_done();
}

#[tokio::test]
async fn a_lost_answer_is_healed_by_a_look() {
    let aws = FakeAws::new();
    aws.answer(GET, notifications(""));
    aws.answer(GET, notifications(""));
    aws.answer(PUT, Answer::Lost);
    aws.answer(GET, notifications(&ours()));
    assert_eq!(s3(&aws).put_entry("uploads", &uploads()).await, Ok(done(&[])));
    aws.assert_done();
}

#[tokio::test]
async fn an_entry_goes_with_its_bucket_too() {
    let aws = FakeAws::new();
    let gone = "<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>";
    aws.answer(GET, xml(404, gone));
    assert_eq!(s3(&aws).remove_entry("uploads", "modal-trigger-1").await, Ok(done(&[])));
    aws.assert_done();
}

#[test]
fn entries_overlap_where_one_object_may_be_told_of_twice() {
    let created = &["s3:ObjectCreated:*"][..];
    let put = &["s3:ObjectCreated:Put", "s3:ObjectTagging:Put"][..];
    let removed = &["s3:ObjectRemoved:*"][..];
    for (one, other, overlap) in [
        (entry(created, None, None), entry(put, Some("a/"), Some(".png")), true),
        (entry(created, Some("a/"), None), entry(put, Some("a/b/"), None), true),
        (entry(created, Some("a/"), None), entry(put, None, Some(".png")), true),
        (entry(created, Some("a/"), None), entry(put, Some("b/"), None), false),
        (entry(created, None, Some(".png")), entry(put, None, Some(".jpg")), false),
        (entry(created, None, None), entry(removed, None, None), false),
    ] {
        for (found, added) in [(&one, &other), (&other, &one)] {
            let found = Notifications::default().with(found).unwrap();
            let added = Entry { id: "added".to_owned(), ..added.clone() };
            assert_eq!(found.overlapping(&added).is_some(), overlap, "{found:?} {added:?}");
        }
    }
}

#[test]
fn an_arn_is_not_named_by_a_longer_one() {
    assert!(names("<A>arn:aws:sqs:us-east-1:1:q, null</A>", "arn:aws:sqs:us-east-1:1:q"));
    assert!(!names("<A>arn:aws:sqs:us-east-1:1:q2</A>", "arn:aws:sqs:us-east-1:1:q"));
}
