//! Roles to work as: a chain of them, and one by a token of another identity provider.

use std::fs;
use std::time::SystemTime;

use acceptance::World;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expect_test::expect;
use serde_json::{Value, json};

use super::proxy::Proxy;
use super::{allow, bare, config, said, user};

/// A role that `principal` may assume and that may do `actions`.
fn role(world: &World, name: &str, principal: &Value, verb: &str, actions: &[&str]) {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": verb}],
    });
    let aws = &world.aws;
    aws.call(
        "iam",
        "create_role",
        json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()}),
    );
    let policy = allow(actions, "*").to_string();
    aws.call(
        "iam",
        "put_role_policy",
        json!({"RoleName": name, "PolicyName": name, "PolicyDocument": policy}),
    );
}

#[test]
fn roles_are_assumed_one_by_the_other() {
    let world = World::enforcing_policies();
    let account = world.aws.id();
    let (access_key, secret_key) = user(&world, &allow(&["sts:AssumeRole"], "*"));
    let arn = |name: &str| format!("arn:aws:iam::{account}:role/{name}");
    let ci = json!({"AWS": format!("arn:aws:iam::{account}:user/ci")});
    role(&world, "hub", &ci, "sts:AssumeRole", &["sts:AssumeRole"]);
    role(&world, "spoke", &json!({"AWS": arn("hub")}), "sts:AssumeRole", &["secretsmanager:*"]);
    let block = |name: &str| format!("  assume_role {{\n    role_arn = \"{}\"\n  }}\n", arn(name));
    let as_ci = |provider: &str| {
        config(&world, provider)
            .with_env("AWS_ACCESS_KEY_ID", access_key.clone())
            .with_env("AWS_SECRET_ACCESS_KEY", secret_key.clone())
    };

    let chain = as_ci(&(block("hub") + &block("spoke")));
    chain.apply();
    chain.plan().assert_empty();
    chain.destroy();

    expect![[r#"
        Cannot configure AWS

        AWS does not accept the credentials, or a role cannot be assumed with them. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the region, us-east-1, from AWS_REGION.

        sts:GetCallerIdentity failed: the role arn:aws:iam::<account>:role/spoke cannot be assumed: sts:AssumeRole answered AccessDenied: User: arn:aws:iam::<account>:user/ci is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::<account>:role/spoke
        AWS request id: <id>"#]].assert_eq(&said(&world, &as_ci(&block("spoke")).plan_errors()));
}

#[test]
fn all_that_is_said_of_a_role_reaches_sts() {
    let world = World::start();
    let proxy = Proxy::of(&world);
    let account = world.aws.id();
    for name in ["hub", "spoke"] {
        role(&world, name, &json!({"AWS": "*"}), "sts:AssumeRole", &["*"]);
    }
    let provider = format!(
        r#"
  sts_region = "eu-west-1"

  assume_role {{
    role_arn            = "arn:aws:iam::{account}:role/hub"
    session_name        = "first"
    external_id         = "from-acme"
    duration            = "1h30m"
    source_identity     = "alice"
    transitive_tag_keys = ["project"]
    tags = {{
      project = "images"
    }}
  }}

  assume_role {{
    role_arn    = "arn:aws:iam::{account}:role/spoke"
    policy      = jsonencode({{ Version = "2012-10-17", Statement = [] }})
    policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  }}
"#
    );
    let config = config(&world, &provider).with_env("AWS_ENDPOINT_URL", proxy.url());
    config.apply();

    let seen = proxy.seen();
    let mut assumed = seen.iter().filter(|seen| seen.action == "AssumeRole");
    let (first, second) = (assumed.next().unwrap(), assumed.next().unwrap());
    assert_eq!(first.region.as_deref(), Some("eu-west-1"));
    let form = |seen: &super::proxy::Seen| {
        let mut form = seen.form.clone();
        form.retain(|name, _| !["Action", "Version"].contains(&name.as_str()));
        let lines = form.iter().map(|(name, value)| format!("{name} = {value}"));
        lines.collect::<Vec<_>>().join("\n").replace(account, "<account>")
    };
    expect![[r#"
        DurationSeconds = 5400
        ExternalId = from-acme
        RoleArn = arn:aws:iam::<account>:role/hub
        RoleSessionName = first
        SourceIdentity = alice
        Tags.member.1.Key = project
        Tags.member.1.Value = images
        TransitiveTagKeys.member.1 = project"#]]
    .assert_eq(&form(first));
    expect![[r#"
        Policy = {"Statement":[],"Version":"2012-10-17"}
        PolicyArns.member.1.arn = arn:aws:iam::aws:policy/ReadOnlyAccess
        RoleArn = arn:aws:iam::<account>:role/spoke
        RoleSessionName = terraform-provider-modal"#]]
    .assert_eq(&form(second));
}

/// A token as an OIDC provider makes it. The local AWS cannot ask that for its keys.
fn token(world: &World) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let claims = json!({
        "iss": "https://ci.example.com",
        "aud": "sts.amazonaws.com",
        "sub": format!("job-of-{}", world.aws.id()),
        "exp": now + 600,
    });
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{}", part(json!({"alg": "RS256"})), part(claims), URL_SAFE_NO_PAD.encode("s"))
}

#[test]
fn a_role_is_assumed_by_a_token_in_a_file_or_a_variable() {
    let world = World::start();
    let account = world.aws.id();
    world.aws.call(
        "iam",
        "create_open_id_connect_provider",
        json!({
            "Url": "https://ci.example.com",
            "ClientIDList": ["sts.amazonaws.com"],
            "ThumbprintList": ["0".repeat(40)],
        }),
    );
    let federated =
        json!({"Federated": format!("arn:aws:iam::{account}:oidc-provider/ci.example.com")});
    role(&world, "ci", &federated, "sts:AssumeRoleWithWebIdentity", &["*"]);
    let proxy = Proxy::of(&world);
    let block = |more: &str| {
        format!(
            "  region = \"us-east-1\"\n  assume_role_with_web_identity {{\n    role_arn = \
             \"arn:aws:iam::{account}:role/ci\"\n{more}  }}\n"
        )
    };
    let reach = |provider: &str| bare(&world, provider).with_env("AWS_ENDPOINT_URL", proxy.url());

    let in_file = reach(&block(
        "    session_name            = \"job-7\"\n    duration                = \"15m\"\n    \
         web_identity_token_file = \"token\"\n",
    ));
    expect![[r#"
        Cannot configure AWS

        Nothing here has credentials that can be used. What is known is the region, us-east-1, from region in the provider block.

        sts:GetCallerIdentity failed: the web identity token in token cannot be read: No such file or directory (os error 2)"#]].assert_eq(&said(&world, &in_file.plan_errors()));
    fs::write(in_file.directory().join("token"), token(&world)).unwrap();
    in_file.apply();
    let form = proxy.first("AssumeRoleWithWebIdentity").form;
    assert_eq!((&*form["RoleSessionName"], &*form["DurationSeconds"]), ("job-7", "900"));
    assert_eq!(form["WebIdentityToken"], token_of(&in_file));
    in_file.destroy();

    let in_variable = reach(&block("")).with_env("TF_AWS_WEB_IDENTITY_TOKEN", token(&world));
    in_variable.apply();
    in_variable.destroy();

    let refused = reach(&block("    web_identity_token = \"none.at.all\"\n"));
    let errors = refused.plan_errors();
    expect![[r#"
        Cannot configure AWS

        Nothing here has credentials that can be used. What is known is the region, us-east-1, from region in the provider block.

        sts:GetCallerIdentity failed: the role arn:aws:iam::<account>:role/ci cannot be assumed: sts:AssumeRoleWithWebIdentity answered InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)
        AWS request id: <id>"#]].assert_eq(&said(&world, &errors));
    expect![[r#"
        Cannot configure AWS

        assume_role_with_web_identity needs one of web_identity_token and web_identity_token_file, or one of TF_AWS_WEB_IDENTITY_TOKEN and AWS_WEB_IDENTITY_TOKEN_FILE in the environment."#]].assert_eq(&said(&world, &reach(&block("")).plan_errors()));
}

fn token_of(config: &acceptance::Config) -> String {
    fs::read_to_string(config.directory().join("token")).unwrap()
}
