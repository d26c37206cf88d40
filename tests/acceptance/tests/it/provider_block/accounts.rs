//! Which account, partition and tags: what holds for everything that is made.

use acceptance::World;
use expect_test::expect;
use serde_json::json;

use super::proxy::Proxy;
use super::{RESOURCES, ROLE, SECRET, bare, config, said, tags};

#[test]
fn only_allowed_accounts_are_worked_in() {
    let world = World::start();
    let account = world.aws.id();
    config(&world, &format!("  allowed_account_ids = [\"{account}\"]")).plan();
    config(&world, "  forbidden_account_ids = [\"123456789012\"]").plan();
    expect![[r#"
        AWS account <account> is not allowed

        allowed_account_ids does not have it. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the region, us-east-1, from AWS_REGION."#]].assert_eq(&said(
        &world,
        &config(&world, "  allowed_account_ids = [\"123456789012\"]").plan_errors(),
    ));
    // Also where nobody would ask for the account otherwise.
    let forbidden = format!(
        "  forbidden_account_ids = [\"{account}\"]\n  skip_credentials_validation = true\n  \
         skip_requesting_account_id = true"
    );
    expect![[r#"
        AWS account <account> is not allowed

        forbidden_account_ids has it. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the region, us-east-1, from AWS_REGION."#]].assert_eq(&said(&world, &config(&world, &forbidden).plan_errors()));
    let both = "  allowed_account_ids = []\n  forbidden_account_ids = []";
    expect![[r#"
        Conflicting account IDs

        Set allowed_account_ids or forbidden_account_ids, not both."#]]
    .assert_eq(&said(&world, &config(&world, both).plan_errors()));
}

#[test]
fn sts_is_asked_first_unless_that_is_skipped() {
    let world = World::start();
    let asked = |provider: &str, more: &str| {
        let proxy = Proxy::of(&world);
        let config = config(&world, provider).with_env("AWS_ENDPOINT_URL", proxy.url());
        config.write("more.tf", more);
        config.plan();
        proxy.count("GetCallerIdentity")
    };
    assert_eq!(asked("", ""), 1);
    assert_eq!(asked("  skip_credentials_validation = true", ""), 1);
    assert_eq!(asked("  skip_requesting_account_id = true", ""), 1);
    let both = "  skip_credentials_validation = true\n  skip_requesting_account_id = true";
    assert_eq!(asked(both, ""), 0);
    // A role's ARN has the account in it.
    assert_eq!(asked(both, ROLE), 1);
}

#[test]
fn tags_of_others_are_neither_shown_nor_touched() {
    let world = World::start();
    let provider = r#"
  ignore_tags {
    keys         = ["scanned"]
    key_prefixes = ["cost:"]
  }
"#;
    let config = config(&world, provider).with_env("TF_AWS_IGNORE_TAGS_KEYS", "patched");
    config.write("role.tf", ROLE);
    config.apply();
    let theirs = json!([
        {"Key": "scanned", "Value": "yes"},
        {"Key": "cost:center", "Value": "7"},
        {"Key": "patched", "Value": "2026-01"},
    ]);
    world.aws.call("secretsmanager", "tag_resource", json!({"SecretId": "modal", "Tags": theirs}));
    world.aws.call("iam", "tag_role", json!({"RoleName": "thumbnails", "Tags": theirs}));
    config.plan().assert_empty();
    assert_eq!(config.resource(SECRET).unwrap()["tags_all"], json!({}));

    let config = config.with_env("TF_AWS_DEFAULT_TAGS_team", "ml");
    config.plan().assert_updates(&["modal_oidc_role.thumbnails", SECRET]);
    config.apply_planned();
    let all = json!({"scanned": "yes", "cost:center": "7", "patched": "2026-01", "team": "ml"});
    assert_eq!(tags(&world, "modal"), all);
    config.plan().assert_empty();

    // Without the block they are somebody's mistake.
    config.replace(provider, "");
    config.plan().assert_updates(&["modal_oidc_role.thumbnails", SECRET]);
    config.apply_planned();
    assert_eq!(tags(&world, "modal"), json!({"patched": "2026-01", "team": "ml"}));
}

#[test]
fn a_region_that_is_none_is_said_with_where_it_stands() {
    let world = World::start();
    expect![[r#"
        Cannot configure AWS

        "frankfurt" is no AWS region that this provider knows (region in the provider block); correct it, or set skip_region_validation = true for a new region or another AWS."#]]
        .assert_eq(&said(&world, &config(&world, "  region = \"frankfurt\"").plan_errors()));
    let config = config(&world, "").with_env("AWS_REGION", "frankfurt");
    expect![[r#"
        Cannot configure AWS

        "frankfurt" is no AWS region that this provider knows (AWS_REGION); correct it, or set skip_region_validation = true for a new region or another AWS."#]].assert_eq(&said(&world, &config.plan_errors()));
    config.replace("provider \"modal\" {", "provider \"modal\" {\n  skip_region_validation = true");
    config.apply();
    let arn = config.resource(SECRET).unwrap()["arn"].clone();
    assert!(arn.as_str().unwrap().starts_with("arn:aws:secretsmanager:frankfurt:"), "{arn}");
}

#[test]
fn a_profile_that_is_not_there_is_said_with_who_names_it() {
    let world = World::start();
    let of_block = config(&world, "  profile = \"work\"").with_env("HOME", "/nowhere");
    expect![[r#"
        Cannot configure AWS

        There is no profile "work", which profile in the provider block names, in /nowhere/.aws/config or /nowhere/.aws/credentials."#]].assert_eq(&said(&world, &of_block.plan_errors()));
    let of_variable =
        config(&world, "").with_env("AWS_PROFILE", "home").with_env("HOME", "/nowhere");
    expect![[r#"
        Cannot configure AWS

        There is no profile "home", which AWS_PROFILE names, in /nowhere/.aws/config or /nowhere/.aws/credentials."#]].assert_eq(&said(&world, &of_variable.plan_errors()));
}

#[test]
fn files_of_the_block_hold_the_profile() {
    let world = World::start();
    let files = "  shared_config_files = [\"missing\", \"./config\"]\n  \
                 shared_credentials_files = [\"./credentials\"]\n  profile = \"work\"";
    let config = bare(&world, files).with_env("AWS_CONFIG_FILE", "/nowhere");
    let endpoint = world.aws.endpoint();
    let text = format!("[profile work]\nregion = us-west-2\nendpoint_url = {endpoint}\n");
    config.write("config", &text);
    let id = world.aws.id();
    let text = format!("[work]\naws_access_key_id = {id}\naws_secret_access_key = test\n");
    config.write("credentials", &text);
    config.apply();
    config.plan().assert_empty();
    let arn = config.resource(SECRET).unwrap()["arn"].clone();
    assert!(arn.as_str().unwrap().contains(":us-west-2:"), "{arn}");

    // With keys in the environment too, the block's profile is used, and that is said.
    let config = config
        .with_env("AWS_ACCESS_KEY_ID", "123456789012")
        .with_env("AWS_SECRET_ACCESS_KEY", "test");
    config.plan().assert_empty();
    expect![[r#"
        The profile is used, not the access key of the environment

        Both profile and AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY are set. To use the access key, leave out profile."#]].assert_eq(&config.plan_warnings().join("\n---\n"));
}

#[test]
fn govcloud_and_china_are_known_by_the_callers_arn() {
    for (partition, region) in [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")] {
        let world = World::start();
        let proxy = Proxy::in_partition(&world, partition);
        let main = format!("provider \"modal\" {{\n  region = \"{region}\"\n}}\n{RESOURCES}{ROLE}");
        let config = world.config(&main).with_env("AWS_ENDPOINT_URL", proxy.url());
        config.apply();
        config.plan().assert_empty();
        let role = config.resource("modal_oidc_role.thumbnails").unwrap();
        let account = world.aws.id();
        assert_eq!(role["arn"], format!("arn:{partition}:iam::{account}:role/thumbnails"));
        assert_eq!(
            role["oidc_provider_arn"],
            format!("arn:{partition}:iam::{account}:oidc-provider/oidc.modal.com")
        );
        let secret = config.resource(SECRET).unwrap()["arn"].clone();
        let begin = format!("arn:{partition}:secretsmanager:{region}:{account}:secret:modal-");
        assert!(secret.as_str().unwrap().starts_with(&begin), "{secret}");
        config.destroy();
    }
}
