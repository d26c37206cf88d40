//! What grants become, and what is read back.

use expect_test::expect;
use serde_json::json;

use super::*;

const BUCKET: &str = "arn:aws:s3:::images";
const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/chat";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b";

/// One resource of each service.
const RESOURCES: [&str; 12] = [
    BUCKET,
    TABLE,
    "arn:aws:dynamodb:us-east-1:111122223333:table/chat/stream/2026-01-01T00:00:00.000",
    "arn:aws:sqs:us-east-1:111122223333:jobs",
    "arn:aws:sns:us-east-1:111122223333:news",
    "arn:aws:kinesis:us-east-1:111122223333:stream/clicks",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
    KEY,
    "arn:aws:lambda:us-east-1:111122223333:function:resize",
    "arn:aws:events:us-east-1:111122223333:event-bus/default",
    "arn:aws:ecr:us-east-1:111122223333:repository/team/app",
    "arn:aws:logs:us-east-1:111122223333:log-group:/modal/images",
];

fn grant(access: Access, arns: &[&str]) -> Grant {
    Grant::new(access, arns.iter().map(|arn| (*arn).to_owned()).collect())
}

#[test]
fn a_bucket_includes_its_objects_and_a_table_its_indexes() {
    let policy =
        document(&[grant(Access::ReadWrite, &[BUCKET]), grant(Access::ReadWrite, &[TABLE])]);
    expect![[r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": [
                "s3:GetObject*",
                "s3:GetBucket*",
                "s3:List*",
                "s3:PutObject",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
                "s3:PutObjectTagging",
                "s3:PutObjectVersionTagging",
                "s3:Abort*",
                "s3:DeleteObject*"
              ],
              "Resource": [
                "arn:aws:s3:::images",
                "arn:aws:s3:::images/*"
              ]
            },
            {
              "Effect": "Allow",
              "Action": [
                "dynamodb:BatchGetItem",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:Query",
                "dynamodb:GetItem",
                "dynamodb:Scan",
                "dynamodb:ConditionCheckItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable"
              ],
              "Resource": [
                "arn:aws:dynamodb:us-east-1:111122223333:table/chat",
                "arn:aws:dynamodb:us-east-1:111122223333:table/chat/index/*"
              ]
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&policy.unwrap().unwrap()).unwrap());
}

#[test]
fn reading_and_writing_apart_cannot_delete_objects() {
    for access in [Access::Read, Access::Write] {
        let policy = document(&[grant(access, &[BUCKET])]).unwrap().unwrap();
        assert!(!policy.to_string().contains("Delete"), "{policy}");
    }
}

#[test]
fn an_arn_that_goes_deeper_is_taken_as_it_is() {
    let prefix = "arn:aws:s3:::images/in/*";
    let policy = document(&[grant(Access::Read, &[prefix])]).unwrap().unwrap();
    assert_eq!(policy["Statement"][0]["Resource"], json!([prefix]));
}

#[test]
fn no_grants_are_no_policy() {
    assert_eq!(document(&[]), Ok(None));
}

#[test]
fn what_is_written_is_read_back() {
    let grants = [
        grant(Access::Read, &[BUCKET, "arn:aws:s3:::other/in/*"]),
        grant(Access::Delete, &[BUCKET]),
        grant(Access::Write, &[TABLE, "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/b"]),
    ];
    let policy = document(&grants).unwrap().unwrap();
    assert_eq!(parse(&policy), Some(grants.to_vec()));
}

#[test]
fn a_grant_over_two_services_is_two_statements() {
    let policy = document(&[grant(Access::Read, &[TABLE, BUCKET])]).unwrap().unwrap();
    let apart = vec![grant(Access::Read, &[BUCKET]), grant(Access::Read, &[TABLE])];
    assert_eq!(parse(&policy), Some(apart));
}

#[test]
fn an_edited_policy_is_not_ours() {
    let edits: [fn(&mut Json); 4] = [
        |policy| policy["Statement"][0]["Action"] = json!("s3:*"),
        |policy| policy["Statement"][0]["Resource"] = json!("arn:aws:s3:::images"),
        |policy| policy["Statement"][0]["Effect"] = json!("Deny"),
        |policy| policy["Statement"][0]["Condition"] = json!({ "Bool": { "x": "true" } }),
    ];
    for edit in edits {
        let mut policy = document(&[grant(Access::Read, &[BUCKET])]).unwrap().unwrap();
        edit(&mut policy);
        assert_eq!(parse(&policy), None, "{policy}");
    }
}

#[test]
fn what_cannot_be_granted_is_explained() {
    let refusal = |access, arn| document(&[grant(access, &[arn])]).unwrap_err().to_string();
    expect![[r#""arn:aws:ec2:us-east-1:111122223333:vpc/a" is not an ARN that a grant understands; expected that of an S3 bucket or of objects in one (arn:aws:s3:::bucket, arn:aws:s3:::bucket/prefix/*), of a DynamoDB table or stream, an SQS queue, an SNS topic, a Kinesis stream, a secret, a KMS key, a Lambda function, an EventBridge bus, an ECR repository or a log group. Write a policy of your own with inline_policies for anything else"#]].assert_eq(&refusal(Access::Read, "arn:aws:ec2:us-east-1:111122223333:vpc/a"));
    expect![[r#"access "delete" is not possible for "arn:aws:dynamodb:us-east-1:111122223333:table/chat"; DynamoDB has read, write, read_write"#]].assert_eq(&refusal(Access::Delete, TABLE));
    for bad in [
        "",
        "images",
        "arn:aws:s3:::",
        "arn:aws:s3:us-east-1:1:accesspoint/a",
        "*",
        "arn:aws:dynamodb:us-east-1:111122223333:table/",
        "arn:aws:kms:us-east-1:111122223333:alias/a",
        "arn:aws:sns:us-east-1:111122223333:topic:subscription",
        "arn:aws:sqs:::jobs",
    ] {
        assert!(refusal(Access::Read, bad).contains("is not an ARN"), "{bad}");
    }
    let refusal = |grant: Grant| document(&[grant]).unwrap_err().to_string();
    expect!["resource_arns is empty; name at least one resource"]
        .assert_eq(&refusal(grant(Access::Read, &[])));
    let with_prefix = |prefix: &str, arn: &str| Grant {
        prefixes: vec![prefix.to_owned()],
        ..grant(Access::Read, &[arn])
    };
    expect![[r#"prefixes is for S3 buckets alone, and "arn:aws:dynamodb:us-east-1:111122223333:table/chat" is none"#]].assert_eq(&refusal(with_prefix("a/", TABLE)));
    expect![[r#"the prefix "a/*" cannot be used; expected the beginning of a key without *, ? and $, such as "uploads/""#]].assert_eq(&refusal(with_prefix("a/*", BUCKET)));
    for bad in ["", "${aws:username}/", "a?"] {
        assert!(refusal(with_prefix(bad, BUCKET)).contains("cannot be used"), "{bad}");
    }
    let with_key = |access, key: &str| Grant {
        kms_key_arns: vec![key.to_owned()],
        ..grant(access, &[BUCKET])
    };
    expect![[r#""alias/mine" is not the ARN of a KMS key; expected arn:aws:kms:<region>:<account>:key/<id>: IAM does not follow aliases"#]].assert_eq(&refusal(with_key(Access::Read, "alias/mine")));
    expect![[r#"kms_key_arns has no use with access "delete""#]]
        .assert_eq(&refusal(with_key(Access::Delete, KEY)));
    let with_sid =
        |sid: &str| Grant { sid: Some(sid.to_owned()), ..grant(Access::Read, &[BUCKET]) };
    expect![[r#"sid is "a-b"; expected letters and digits"#]].assert_eq(&refusal(with_sid("a-b")));
    let twice = [with_sid("Images"), with_sid("Images")];
    expect![[r#"sid "Images" is taken by another statement; the second statement of a grant has its sid with a 2 after it, and so on"#]].assert_eq(&document(&twice).unwrap_err().to_string());
}

#[test]
fn accesses_have_the_names_that_practitioners_write() {
    for access in Access::ALL {
        assert_eq!(Access::from_name(access.name()), Some(access));
    }
    assert_eq!(Access::from_name("admin"), None);
}

#[test]
fn the_names_are_those_of_the_accesses() {
    assert_eq!(Access::ALL.map(Access::name), Access::NAMES);
}

/// Every grant of one resource that there can be, with and without all else that a block may say.
fn every_grant() -> Vec<Grant> {
    let mut grants = Vec::new();
    for arn in RESOURCES {
        for access in Access::ALL {
            let plain = grant(access, &[arn]);
            if document(std::slice::from_ref(&plain)).is_err() {
                continue;
            }
            grants.push(plain.clone());
            grants.push(Grant { sid: Some("Named".to_owned()), ..plain.clone() });
            let keyed = Grant { kms_key_arns: vec![KEY.to_owned()], ..plain.clone() };
            if document(std::slice::from_ref(&keyed)).is_ok() {
                grants.push(Grant { sid: Some("Keyed".to_owned()), ..keyed.clone() });
                grants.push(keyed);
            }
            if arn == BUCKET {
                let prefixes = vec!["in/".to_owned(), "out/".to_owned()];
                grants.push(Grant { prefixes, ..plain });
            }
        }
    }
    grants
}

#[test]
fn whatever_can_be_granted_is_read_back_as_the_same_policy() {
    let grants = every_grant();
    assert!(grants.len() > 60, "{}", grants.len());
    for grant in &grants {
        let policy = document(std::slice::from_ref(grant)).unwrap().unwrap();
        let parsed = parse(&policy).unwrap_or_else(|| panic!("{grant:?}: {policy}"));
        assert_eq!(document(&parsed).unwrap().unwrap(), policy, "{grant:?}");
    }
    let unnamed: Vec<Grant> = grants.into_iter().filter(|grant| grant.sid.is_none()).collect();
    let policy = document(&unnamed).unwrap().unwrap();
    let parsed = parse(&policy).unwrap();
    assert_eq!(document(&parsed).unwrap().unwrap(), policy);
}

#[test]
fn each_service_is_told_by_its_arn() {
    for (service, arn) in Service::ALL.into_iter().zip(RESOURCES) {
        assert_eq!(Service::of(arn), Some(service), "{arn}");
    }
}

#[test]
fn what_is_in_a_resource_is_granted_with_it() {
    let resources = |access, arn: &str| {
        let policy = document(&[grant(access, &[arn])]).unwrap().unwrap();
        policy["Statement"][0]["Resource"].clone()
    };
    for (access, arn, contents) in [
        (Access::Read, RESOURCES[5], "/consumer/*"),
        (Access::Invoke, RESOURCES[8], ":*"),
        (Access::Write, RESOURCES[11], ":*"),
    ] {
        assert_eq!(resources(access, arn), json!([arn, format!("{arn}{contents}")]));
        let deeper = format!("{arn}{}", contents.replace('*', "one"));
        assert_eq!(resources(access, &deeper), json!([deeper]));
    }
}

#[test]
fn a_prefix_confines_objects_and_lists() {
    let granted = Grant {
        prefixes: vec!["in/".to_owned()],
        kms_key_arns: vec![KEY.to_owned()],
        sid: Some("Inbox".to_owned()),
        ..grant(Access::Read, &[BUCKET])
    };
    let policy = document(std::slice::from_ref(&granted)).unwrap().unwrap();
    expect![[r#"
        [
          {
            "Effect": "Allow",
            "Action": [
              "s3:GetObject*",
              "s3:ListMultipartUploadParts"
            ],
            "Resource": [
              "arn:aws:s3:::images/in/*"
            ],
            "Sid": "Inbox"
          },
          {
            "Effect": "Allow",
            "Action": [
              "s3:ListBucket",
              "s3:ListBucketVersions"
            ],
            "Resource": [
              "arn:aws:s3:::images"
            ],
            "Condition": {
              "StringLike": {
                "s3:prefix": [
                  "in/*"
                ]
              }
            },
            "Sid": "Inbox2"
          },
          {
            "Effect": "Allow",
            "Action": [
              "s3:GetBucketLocation"
            ],
            "Resource": [
              "arn:aws:s3:::images"
            ],
            "Sid": "Inbox3"
          },
          {
            "Effect": "Allow",
            "Action": [
              "kms:Decrypt",
              "kms:DescribeKey"
            ],
            "Resource": [
              "arn:aws:kms:us-east-1:111122223333:key/0a1b"
            ],
            "Sid": "Inbox4"
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&policy["Statement"]).unwrap());
    assert_eq!(parse(&policy), Some(vec![granted]));
}

#[test]
fn images_are_pulled_with_a_token_of_the_account() {
    let policy = document(&[grant(Access::Read, &[RESOURCES[10]])]).unwrap().unwrap();
    assert_eq!(
        policy["Statement"][1],
        json!({ "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"] })
    );
}

/// The table of the guide is what the code grants. `UPDATE_EXPECT=1` does not write it: a line that
/// differs is printed.
#[test]
fn the_guide_lists_every_action() {
    let guide = include_str!("../../../docs/guides/grants.md");
    for service in Service::ALL {
        for access in Access::ALL {
            let Some(actions) = service.actions(access) else { continue };
            let actions: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
            let line =
                format!("| {} | `{}` | {} |", service.name(), access.name(), actions.join(", "));
            assert!(guide.contains(&line), "docs/guides/grants.md lacks this line:\n{line}");
        }
    }
}
