//! Who gets in: tokens in Modal's form against roles of every scope, judged by STS.

use acceptance::{AwsAccount, HarnessError, World};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use expect_test::expect;
use serde_json::{Value, json};

/// A role for each scope that a subject can have.
const ROLES: &str = r#"
locals {
  subjects = {
    function    = ["main", "my-app", "f"]
    class       = ["main", "my-app", "Model"]
    method      = ["main", "my-app", "Model.predict"]
    prefix      = ["main", "my-app", "fo*"]
    app         = ["main", "my-app", null]
    environment = ["main", null, null]
    workspace   = ["*", null, null]
  }
}

resource "modal_oidc_role" "scoped" {
  for_each     = local.subjects
  name         = each.key
  workspace_id = "ac-1"

  subject {
    environment_name = each.value[0]
    app_name         = each.value[1]
    function_name    = each.value[2]
  }
}
"#;

const SCOPES: [&str; 7] =
    ["function", "class", "method", "prefix", "app", "environment", "workspace"];

/// Who asks: workspace, environment, app, function.
type Who<'a> = [&'a str; 4];

#[test]
fn each_scope_lets_in_its_own_and_nobody_else() {
    let world = World::enforcing_policies();
    let config = world.config(ROLES);
    config.apply();
    config.plan().assert_empty();

    let tokens: &[Who<'_>] = &[
        // Those who are meant.
        ["ac-1", "main", "my-app", "f"],
        ["ac-1", "main", "my-app", "foo"],
        ["ac-1", "main", "my-app", "Model"],
        ["ac-1", "main", "my-app", "Model.*"],
        ["ac-1", "main", "my-app", "Model.predict"],
        ["ac-1", "main", "my-app", "g"],
        ["ac-1", "main", "my-app-2", "f"],
        ["ac-1", "main2", "my-app", "f"],
        // Another workspace, whatever it calls its things.
        ["ac-2", "main", "my-app", "f"],
        ["ac-12", "main", "my-app", "f"],
        ["AC-1", "main", "my-app", "f"],
        ["", "main", "my-app", "f"],
        ["*", "main", "my-app", "f"],
        ["ac-1x:environment_name:main:app_name:my-app:function_name:f", "main", "my-app", "f"],
        ["ac-2:workspace_id:ac-1", "main", "my-app", "f"],
        // Names that nearly are.
        ["ac-1", "mai", "my-app", "f"],
        ["ac-1", "Main", "my-app", "f"],
        ["ac-1", "main", "my-ap", "f"],
        ["ac-1", "main", "My-App", "f"],
        ["ac-1", "main", "my-app", "F"],
        ["ac-1", "main", "my-app", "Model2"],
        ["ac-1", "main", "my-app", "Model2.*"],
        ["ac-1", "main", "my-app", "model.*"],
        // Names that are patterns or variables.
        ["ac-1", "main:*", "my-app", "f"],
        ["ac-1", "ma?n", "my-app", "f"],
        ["ac-1", "${aws:username}", "my-app", "f"],
        ["ac-1", "main", "my-app:*", "f"],
        ["ac-1", "main", "my-ap?", "f"],
        ["ac-1", "main", "${aws:PrincipalTag/app}", "f"],
        ["ac-1", "main", "my-app", "?"],
        ["ac-1", "main", "my-app", "*"],
        ["ac-1", "main", "my-app", "${aws:userid}"],
        ["ac-1", "main", "my-app", "M*"],
        // Look-alikes: Cyrillic, full width, with invisible letters, with a line's end.
        ["ac-1", "m\u{0430}in", "my-app", "f"],
        ["ac-1", "main", "my\u{2010}app", "f"],
        ["ac-1", "main", "my-app", "\u{ff46}"],
        ["\u{0430}c-1", "main", "my-app", "f"],
        ["ac-1", "main\u{200b}", "my-app", "f"],
        ["ac-1", "main", "my-app\n", "f"],
        // Empty parts.
        ["ac-1", "", "my-app", "f"],
        ["ac-1", "main", "", "f"],
        ["ac-1", "main", "my-app", ""],
    ];
    let mut table = format!("{:<52}", "workspace / environment / app / function");
    for scope in SCOPES {
        table.push_str(&format!(" {scope:<11}"));
    }
    for who in tokens {
        let shown: Vec<String> = who.iter().map(|part| part.escape_default().to_string()).collect();
        let short =
            shown.join(" / ").replace("environment_name:main:app_name:my-app:function_name", "…");
        table.push_str(&format!("\n{short:<52}"));
        for scope in SCOPES {
            let verdict = verdict(&world.aws, scope, &token(&subject(who), &[]));
            table.push_str(&format!(" {verdict:<11}"));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    expect![[r#"
        workspace / environment / app / function             function    class       method      prefix      app         environment workspace
        ac-1 / main / my-app / f                             allowed     denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / foo                           denied      denied      denied      allowed     allowed     allowed     allowed
        ac-1 / main / my-app / Model                         denied      allowed     allowed     denied      allowed     allowed     allowed
        ac-1 / main / my-app / Model.*                       denied      allowed     allowed     denied      allowed     allowed     allowed
        ac-1 / main / my-app / Model.predict                 denied      allowed     allowed     denied      allowed     allowed     allowed
        ac-1 / main / my-app / g                             denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app-2 / f                           denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main2 / my-app / f                            denied      denied      denied      denied      denied      denied      allowed
        ac-2 / main / my-app / f                             denied      denied      denied      denied      denied      denied      denied
        ac-12 / main / my-app / f                            denied      denied      denied      denied      denied      denied      denied
        AC-1 / main / my-app / f                             denied      denied      denied      denied      denied      denied      denied
         / main / my-app / f                                 denied      denied      denied      denied      denied      denied      denied
        * / main / my-app / f                                denied      denied      denied      denied      denied      denied      denied
        ac-1x:…:f / main / my-app / f                        denied      denied      denied      denied      denied      denied      denied
        ac-2:workspace_id:ac-1 / main / my-app / f           denied      denied      denied      denied      denied      denied      denied
        ac-1 / mai / my-app / f                              denied      denied      denied      denied      denied      denied      allowed
        ac-1 / Main / my-app / f                             denied      denied      denied      denied      denied      denied      allowed
        ac-1 / main / my-ap / f                              denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main / My-App / f                             denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main / my-app / F                             denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / Model2                        denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / Model2.*                      denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / model.*                       denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main:* / my-app / f                           denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / ma?n / my-app / f                             denied      denied      denied      denied      denied      denied      allowed
        ac-1 / ${aws:username} / my-app / f                  denied      denied      denied      denied      denied      denied      allowed
        ac-1 / main / my-app:* / f                           denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-ap? / f                             denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main / ${aws:PrincipalTag/app} / f            denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main / my-app / ?                             denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / *                             denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / ${aws:userid}                 denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / main / my-app / M*                            denied      denied      denied      denied      allowed     allowed     allowed
        ac-1 / m\u{430}in / my-app / f                       denied      denied      denied      denied      denied      denied      allowed
        ac-1 / main / my\u{2010}app / f                      denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main / my-app / \u{ff46}                      denied      denied      denied      denied      allowed     allowed     allowed
        \u{430}c-1 / main / my-app / f                       denied      denied      denied      denied      denied      denied      denied
        ac-1 / main\u{200b} / my-app / f                     denied      denied      denied      denied      denied      denied      allowed
        ac-1 / main / my-app\n / f                           denied      denied      denied      denied      denied      allowed     allowed
        ac-1 /  / my-app / f                                 denied      denied      denied      denied      denied      denied      allowed
        ac-1 / main /  / f                                   denied      denied      denied      denied      denied      allowed     allowed
        ac-1 / main / my-app /                               denied      denied      denied      denied      allowed     allowed     allowed"#]].assert_eq(&table.join("\n"));
}

#[test]
fn the_right_subject_alone_is_not_enough() {
    let world = World::enforcing_policies();
    let config = world.config(ROLES);
    config.apply();
    // Somebody else's audience, which the account accepts for other roles.
    let arn = format!("arn:aws:iam::{}:oidc-provider/oidc.modal.com", world.aws.id());
    world.aws.call(
        "iam",
        "add_client_id_to_open_id_connect_provider",
        json!({"OpenIDConnectProviderArn": arn, "ClientID": "theirs"}),
    );
    world.aws.call(
        "iam",
        "create_open_id_connect_provider",
        json!({"Url": "https://token.example.com", "ClientIDList": ["oidc.modal.com"]}),
    );
    let right = subject(&["ac-1", "main", "my-app", "f"]);
    let mut table = Vec::new();
    for (what, claims) in [
        ("nothing else", json!({})),
        ("the audience of other roles", json!({"aud": "theirs"})),
        ("an audience that nobody knows", json!({"aud": "sts.amazonaws.com"})),
        ("no audience", json!({"aud": null})),
        ("another issuer", json!({"iss": "https://token.example.com"})),
        ("an issuer that nobody knows", json!({"iss": "https://oidc.modal.com.example.com"})),
        ("an end that has passed", json!({"exp": 1})),
        ("no subject", json!({"sub": null})),
        ("the subject among several", json!({"sub": ["x", right]})),
    ] {
        let claims = claims.as_object().unwrap().clone();
        let claims: Vec<(String, Value)> = claims.into_iter().collect();
        let verdict = verdict(&world.aws, "function", &token(&right, &claims));
        // The message of an end that has passed says what time it is.
        let verdict = verdict.split(':').next().unwrap_or_default();
        table.push(format!("the right subject with {what:<32} {verdict}"));
    }
    expect![[r#"
        the right subject with nothing else                     allowed
        the right subject with the audience of other roles      denied
        the right subject with an audience that nobody knows    InvalidIdentityToken
        the right subject with no audience                      InvalidIdentityToken
        the right subject with another issuer                   denied
        the right subject with an issuer that nobody knows      InvalidIdentityToken
        the right subject with an end that has passed           ExpiredTokenException
        the right subject with no subject                       denied
        the right subject with the subject among several        denied"#]]
    .assert_eq(&table.join("\n"));
}

#[test]
fn who_was_let_in_before_is_refused_once_the_role_is_narrower() {
    let world = World::enforcing_policies();
    let role = |parts: &str| {
        format!(
            "resource \"modal_oidc_role\" \"this\" {{\n  name = \"narrow\"\n  workspace_id = \
             \"ac-1\"\n  subject {{\n    {parts}\n  }}\n}}\n"
        )
    };
    let config = world.config(&role("environment_name = \"*\""));
    let tokens = [
        ["ac-1", "dev", "my-app", "f"],
        ["ac-1", "main", "other", "f"],
        ["ac-1", "main", "my-app", "g"],
        ["ac-1", "main", "my-app", "f"],
    ];
    let main = "environment_name = \"main\"";
    let app = format!("{main}\n    app_name = \"my-app\"");
    let function = format!("{app}\n    function_name = \"f\"");
    for (narrower, parts) in
        ["environment_name = \"*\"", main, &app, &function].into_iter().enumerate()
    {
        config.rewrite(&role(parts));
        config.apply();
        for (index, who) in tokens.iter().enumerate() {
            let verdict = verdict(&world.aws, "narrow", &token(&subject(who), &[]));
            let expected = if index >= narrower { "allowed" } else { "denied" };
            assert_eq!(verdict, expected, "{who:?} with {parts}");
        }
    }
}

/// What Modal writes as the subject.
fn subject(who: &Who<'_>) -> String {
    let [workspace, environment, app, function] = who;
    format!(
        "modal:workspace_id:{workspace}:environment_name:{environment}:app_name:{app}:\
         function_name:{function}:container_id:ta-01JWXYZ"
    )
}

/// A token in Modal's form from the test's own issuer: STS here does not look at signatures.
pub(super) fn token(subject: &str, claims: &[(String, Value)]) -> String {
    let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let mut all = json!({
        "iss": "https://oidc.modal.com",
        "aud": "oidc.modal.com",
        "sub": subject,
        "iat": 0,
        "exp": 4_102_444_800_u64,
    });
    for (name, value) in claims {
        all[name] = value.clone();
        if value.is_null() {
            all.as_object_mut().unwrap().remove(name);
        }
    }
    format!("{}.{}.{}", part(json!({"alg": "RS256"})), part(all), "c2lnbmF0dXJl")
}

fn verdict(aws: &AwsAccount, role: &str, token: &str) -> String {
    match aws.try_assume(role, token) {
        Ok(_) => "allowed".to_owned(),
        Err(HarnessError::Aws(fault)) if fault.code == "AccessDenied" => "denied".to_owned(),
        Err(HarnessError::Aws(fault)) => format!("{}: {}", fault.code, fault.message),
        Err(error) => panic!("{error}"),
    }
}
