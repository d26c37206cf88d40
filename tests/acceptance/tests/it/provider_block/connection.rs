//! How requests get to AWS: proxies, certificates, endpoints, how often they are made.

use std::path::Path;

use acceptance::{Config, World};
use expect_test::expect;

use super::proxy::{By, Proxy};
use super::{SECRET, bare, config, said};

/// Credentials and nothing else: no endpoint, so that AWS's own hosts are asked.
fn without_endpoint(world: &World, provider: &str) -> Config {
    let credentials =
        format!("  access_key = \"{}\"\n  secret_key = \"test\"\n{provider}", world.aws.id());
    bare(world, &credentials)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn requests_by_http_go_through_the_proxy_unless_the_host_is_excepted() {
    let world = World::start();
    let proxy = Proxy::of(&world);
    let provider =
        format!("  http_proxy = \"{}\"\n  https_proxy = \"\"\n  max_retries = 1", proxy.url());
    let config = config(&world, &provider).with_env("AWS_ENDPOINT_URL", "http://aws.test");
    config.apply();
    assert_eq!(proxy.hosts(), ["aws.test"]);
    assert!(proxy.seen().iter().all(|seen| seen.by == By::WholeUrl));
    let before = proxy.seen().len();

    config.replace("max_retries = 1", "max_retries = 1\n  no_proxy = \"other.test,.test\"");
    let errors = config.plan_errors();
    assert!(errors[0].contains("dns error"), "{errors:?}");
    assert_eq!(proxy.seen().len(), before);

    // The environment's proxies are as good, and the block's empty one is none.
    config.replace("  no_proxy = \"other.test,.test\"\n", "");
    config.replace(&format!("http_proxy = \"{}\"", proxy.url()), "insecure = false");
    let config = config.with_env("http_proxy", proxy.url());
    config.plan().assert_empty();
    assert!(proxy.seen().len() > before);
    config.replace("insecure = false", "http_proxy = \"\"");
    assert!(config.plan_errors()[0].contains("dns error"));
}

#[test]
fn awss_own_hosts_are_asked_through_a_tunnel_and_trusted_by_the_bundle() {
    let world = World::start();
    let proxy = Proxy::of(&world);
    let provider = format!(
        "  region = \"us-east-1\"\n  https_proxy = \"{}\"\n  max_retries = 1\n",
        proxy.url()
    );
    let config = without_endpoint(&world, &provider);
    let ca = proxy.ca_bundle(config.directory());

    // The machine does not know the proxy's authority.
    let errors = config.plan_errors();
    assert!(errors[0].contains("invalid peer certificate: UnknownIssuer"), "{errors:?}");
    assert!(proxy.seen().is_empty());

    config.replace("max_retries = 1", &format!("custom_ca_bundle = \"{}\"", text(&ca)));
    config.apply();
    config.plan().assert_empty();
    let own = ["secretsmanager.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com"];
    assert_eq!(proxy.hosts(), own);
    assert!(proxy.seen().iter().all(|seen| seen.by == By::Connect));

    // The same by the environment alone.
    let block =
        format!("  https_proxy = \"{}\"\n  custom_ca_bundle = \"{}\"\n", proxy.url(), text(&ca));
    config.replace(&block, "");
    let config = config.with_env("HTTPS_PROXY", proxy.url()).with_env("AWS_CA_BUNDLE", text(&ca));
    let before = proxy.seen().len();
    config.plan().assert_empty();
    assert!(proxy.seen().len() > before);
    config.destroy();
}

#[test]
fn insecure_needs_no_bundle_with_a_proxy_and_without() {
    let world = World::start();
    let proxy = Proxy::of(&world);
    let provider = format!(
        "  region = \"us-east-1\"\n  https_proxy = \"{}\"\n  insecure = true\n",
        proxy.url()
    );
    let tunnelled = without_endpoint(&world, &provider);
    tunnelled.apply();
    assert!(proxy.seen().iter().all(|seen| seen.by == By::Connect));
    tunnelled.destroy();

    let proxy = Proxy::of(&world);
    let direct =
        config(&world, "  insecure = true\n").with_env("AWS_ENDPOINT_URL", proxy.own_url());
    direct.apply();
    assert!(proxy.seen().iter().all(|seen| seen.by == By::ItsOwn));
    direct.replace("insecure = true", "max_retries = 1");
    assert!(direct.plan_errors()[0].contains("UnknownIssuer"));
    let ca = proxy.ca_bundle(direct.directory());
    direct.with_env("AWS_CA_BUNDLE", text(&ca)).plan().assert_empty();
}

#[test]
fn fips_dual_stack_and_the_region_of_sts_are_other_hosts() {
    let world = World::start();
    let hosts = |provider: &str| {
        let proxy = Proxy::of(&world);
        let provider =
            format!("  https_proxy = \"{}\"\n  insecure = true\n{provider}", proxy.url());
        let config = without_endpoint(&world, &provider);
        config.apply();
        config.destroy();
        proxy.hosts()
    };
    assert_eq!(
        hosts("  region = \"us-east-2\"\n  use_fips_endpoint = true"),
        ["secretsmanager-fips.us-east-2.amazonaws.com", "sts-fips.us-east-2.amazonaws.com"]
    );
    // The usual host of Secrets Manager speaks IPv6.
    assert_eq!(
        hosts("  region = \"us-east-2\"\n  use_dualstack_endpoint = true"),
        ["secretsmanager.us-east-2.amazonaws.com", "sts.us-east-2.api.aws"]
    );
    assert_eq!(
        hosts("  region = \"us-east-2\"\n  sts_region = \"eu-west-1\""),
        ["secretsmanager.us-east-2.amazonaws.com", "sts.eu-west-1.amazonaws.com"]
    );
    assert_eq!(
        hosts("  region = \"cn-north-1\""),
        ["secretsmanager.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn"]
    );
}

#[test]
fn each_service_may_have_its_own_endpoint() {
    let world = World::start();
    let (block, variable, all) = (Proxy::of(&world), Proxy::of(&world), Proxy::of(&world));
    let endpoints =
        format!("  use_fips_endpoint = true\n  endpoints {{\n    sts = \"{}\"\n  }}", block.url());
    let config = config(&world, &endpoints)
        .with_env("AWS_ENDPOINT_URL_STS", all.url())
        .with_env("AWS_ENDPOINT_URL_SECRETS_MANAGER", variable.url())
        .with_env("AWS_ENDPOINT_URL", all.url());
    config.apply();
    let asked = |proxy: &Proxy| !proxy.seen().is_empty();
    assert_eq!((asked(&block), asked(&variable), asked(&all)), (true, true, false));
    assert!(block.seen().iter().all(|seen| seen.action == "GetCallerIdentity"));

    let config = config
        .with_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        .with_env("AWS_MAX_ATTEMPTS", "1")
        .with_env("HTTPS_PROXY", "http://127.0.0.1:1");
    let before = variable.seen().len();
    let errors = config.plan_errors();
    assert!(errors[0].contains("secretsmanager:DescribeSecret failed"), "{errors:?}");
    assert_eq!(variable.seen().len(), before);
}

#[test]
fn a_request_is_made_as_often_as_is_said() {
    let world = World::start();
    let attempts = |provider: &str, variable: Option<&str>| {
        let proxy = Proxy::throttling(&world);
        let mut config = config(&world, provider).with_env("AWS_ENDPOINT_URL", proxy.url());
        if let Some(count) = variable {
            config = config.with_env("AWS_MAX_ATTEMPTS", count);
        }
        let errors = config.plan_errors();
        assert!(errors[0].contains("Throttling: Rate exceeded"), "{errors:?}");
        proxy.count("GetCallerIdentity")
    };
    assert_eq!(attempts("  max_retries = 3", Some("2")), 3);
    assert_eq!(attempts("", Some("2")), 2);
    assert_eq!(attempts("  max_retries = 2\n  retry_mode = \"standard\"", None), 2);
}

#[test]
fn what_does_not_answer_is_said_with_what_may_be_skipped() {
    let world = World::start();
    let config =
        config(&world, "  max_retries = 1").with_env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    expect![[r#"
        Cannot configure AWS

        STS does not say whose credentials these are. Where there is no STS, set skip_credentials_validation and skip_requesting_account_id. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the region, us-east-1, from AWS_REGION.

        sts:GetCallerIdentity failed: dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111)"#]].assert_eq(&said(&world, &config.plan_errors()));
}

#[test]
fn a_secret_may_be_in_another_region_than_the_provider() {
    let world = World::start();
    let proxy = Proxy::of(&world);
    let config = config(&world, "").with_env("AWS_ENDPOINT_URL", proxy.url());
    config.replace("\"modal\"\n  recovery", "\"modal\"\n  region = \"eu-west-3\"\n  recovery");
    config.apply();
    config.plan().assert_empty();
    assert_eq!(proxy.first("secretsmanager.CreateSecret").region.as_deref(), Some("eu-west-3"));
    assert_eq!(proxy.first("GetCallerIdentity").region.as_deref(), Some("us-east-1"));
    let arn = config.resource(SECRET).unwrap()["arn"].clone();
    assert!(arn.as_str().unwrap().starts_with("arn:aws:secretsmanager:eu-west-3:"), "{arn}");

    config.forget(SECRET);
    config.import(SECRET, "modal@eu-west-3");
    assert_eq!(config.resource(SECRET).unwrap()["region"], "eu-west-3");
    config.replace("\n  region = \"eu-west-3\"", "\n  region = \"cn-north-1\"");
    expect![[r#"
        Invalid value for region

        Region cn-north-1 is in partition aws-cn, and this provider's, us-east-1, in aws. Use a provider block for that partition: its accounts are others."#]]
    .assert_eq(&said(&world, &config.plan_errors()));
}
