//! What is resolved from block, environment and files, with nobody asked.

use expect_test::expect;

use super::*;
use crate::secret_string::SecretString;

fn environment(variables: &[(&str, &str)]) -> AwsEnvironment {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    AwsEnvironment::new(variables.iter().map(owned))
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

async fn refusal(settings: AwsSettings, variables: &[(&str, &str)]) -> String {
    let mut all = vec![("AWS_EC2_METADATA_DISABLED", "true")];
    all.extend(variables);
    settings.resolve(&environment(&all)).await.unwrap_err().to_string()
}

async fn resolved(settings: &AwsSettings, variables: &[(&str, &str)]) -> Resolved {
    settings.resolve(&environment(variables)).await.unwrap()
}

fn in_ireland() -> AwsSettings {
    AwsSettings { region: text("eu-west-1"), ..AwsSettings::default() }
}

#[test]
fn the_name_in_the_user_agent_is_one_that_aws_accepts() {
    assert!(AppName::new(APP_NAME).is_ok());
}

#[tokio::test]
async fn half_credentials_are_refused_by_the_missing_half() {
    let secret = || Some(SecretString::new("hush"));
    let settings = AwsSettings { access_key: text("AKIA"), ..in_ireland() };
    expect!["access_key and secret_key belong together; secret_key is missing"]
        .assert_eq(&refusal(settings, &[]).await);
    let settings = AwsSettings { secret_key: secret(), ..in_ireland() };
    expect!["access_key and secret_key belong together; access_key is missing"]
        .assert_eq(&refusal(settings, &[]).await);
    let settings = AwsSettings { token: secret(), ..in_ireland() };
    expect!["token is given without access_key and secret_key"]
        .assert_eq(&refusal(settings, &[]).await);
}

#[tokio::test]
async fn the_region_is_the_blocks_then_the_environments() {
    let variables = [("AWS_REGION", "eu-west-2"), ("AWS_DEFAULT_REGION", "eu-west-3")];
    let found =
        |resolved: Resolved| format!("{} {}", resolved.region.value, resolved.region.source);
    let block = resolved(&in_ireland(), &variables).await;
    assert_eq!(found(block), "eu-west-1 region in the provider block");
    let nothing = AwsSettings::default();
    assert_eq!(found(resolved(&nothing, &variables).await), "eu-west-2 AWS_REGION");
    assert_eq!(found(resolved(&nothing, &variables[1..]).await), "eu-west-3 AWS_DEFAULT_REGION");
    expect!["no AWS region is configured; set region in the provider block, or AWS_REGION, or region in the profile"]
        .assert_eq(&refusal(nothing, &[]).await);
}

#[tokio::test]
async fn a_region_that_is_none_is_refused_by_its_source_unless_that_is_skipped() {
    let frankfurt = AwsSettings { region: text("frankfurt"), ..AwsSettings::default() };
    expect![[r#""frankfurt" is no AWS region that this provider knows (region in the provider block); correct it, or set skip_region_validation = true for a new region or another AWS"#]]
        .assert_eq(&refusal(frankfurt.clone(), &[]).await);
    expect![[r#""mars-1" is no AWS region that this provider knows (AWS_REGION); correct it, or set skip_region_validation = true for a new region or another AWS"#]]
        .assert_eq(&refusal(AwsSettings::default(), &[("AWS_REGION", "mars-1")]).await);
    let skipping = AwsSettings { skip_region_validation: true, ..frankfurt };
    assert_eq!(resolved(&skipping, &[]).await.region.value, "frankfurt");
}

#[tokio::test]
async fn attempts_and_mode_are_the_blocks_then_the_environments() {
    let variables = [("AWS_MAX_ATTEMPTS", "7"), ("AWS_RETRY_MODE", "standard")];
    let retries = async |settings: &AwsSettings, variables: &[(&str, &str)]| {
        let config = resolved(settings, variables).await.config;
        let retries = config.retry_config().unwrap();
        (retries.max_attempts(), format!("{:?}", retries.mode()))
    };
    assert_eq!(retries(&in_ireland(), &[]).await, (25, "Adaptive".to_owned()));
    assert_eq!(retries(&in_ireland(), &variables).await, (7, "Standard".to_owned()));
    let block = AwsSettings { max_retries: Some(3), retry_mode: text("adaptive"), ..in_ireland() };
    assert_eq!(retries(&block, &variables).await, (3, "Adaptive".to_owned()));
    expect![[
        r#""many" is no number of attempts (AWS_MAX_ATTEMPTS); it must be a whole number from 1"#
    ]]
    .assert_eq(&refusal(in_ireland(), &[("AWS_MAX_ATTEMPTS", "many")]).await);
    expect![[r#""eager" is no retry mode (AWS_RETRY_MODE); it must be "standard" or "adaptive""#]]
        .assert_eq(&refusal(in_ireland(), &[("AWS_RETRY_MODE", "eager")]).await);
}

#[tokio::test]
async fn credentials_are_the_blocks_then_the_environments_unless_the_block_names_a_profile() {
    use aws_credential_types::provider::ProvideCredentials;

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("credentials");
    std::fs::write(
        &file,
        "[default]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n",
    )
    .unwrap();
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap()),
        ("AWS_CONFIG_FILE", "/nowhere"),
    ];
    let used = async |settings: &AwsSettings, variables: &[(&str, &str)]| {
        let resolved = resolved(settings, variables).await;
        assert_eq!(resolved.credentials.known(), None);
        let provider = resolved.config.credentials_provider().unwrap();
        let credentials = provider.provide_credentials().await.unwrap();
        let source = resolved.credentials.known().unwrap().to_string();
        let source = source.replace(file.to_str().unwrap(), "FILE");
        format!("{} from {source}", credentials.access_key_id())
    };
    let block = AwsSettings {
        access_key: text("AKIABLOCK"),
        secret_key: Some(SecretString::new("s")),
        profile: text("default"),
        ..in_ireland()
    };
    expect!["AKIABLOCK from access_key and secret_key in the provider block"]
        .assert_eq(&used(&block, &variables).await);
    expect!["AKIAENVIRONMENT from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"]
        .assert_eq(&used(&in_ireland(), &variables).await);
    let named = AwsSettings { profile: text("default"), ..in_ireland() };
    expect![[
        r#"AKIAPROFILE from profile "default" (named by profile in the provider block) in FILE"#
    ]]
    .assert_eq(&used(&named, &variables).await);
    expect![[r#"AKIAPROFILE from profile "default" in FILE"#]]
        .assert_eq(&used(&in_ireland(), &variables[2..]).await);
}

#[tokio::test]
async fn no_credentials_are_said_with_all_places_that_were_looked_into() {
    use aws_credential_types::provider::ProvideCredentials;

    let variables = [("HOME", "/nowhere"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let config = resolved(&in_ireland(), &variables).await.config;
    let error = config.credentials_provider().unwrap().provide_credentials().await.unwrap_err();
    let said = std::error::Error::source(&error).unwrap().to_string();
    expect![[r#"there are no credentials: not in the provider block, not in the environment, not in profile "default", not in the container's credentials"#]]
        .assert_eq(&said);
}

#[tokio::test]
async fn the_token_of_a_web_identity_is_the_blocks_or_one_of_the_environment() {
    let role = || WebIdentity { role_arn: "arn".to_owned(), ..WebIdentity::default() };
    let both = [("TF_AWS_WEB_IDENTITY_TOKEN", "t"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "~/token")];
    let home = |variables: &[(&'static str, &'static str)]| {
        let mut all = vec![("HOME", "/home/me")];
        all.extend(variables);
        environment(&all)
    };
    let given = |text: &str| WebIdentityToken::Given(SecretString::new(text));
    let file = |path: &str| WebIdentityToken::File(path.to_owned());
    let block = WebIdentity { token: Some(SecretString::new("mine")), ..role() };
    assert_eq!(token(&block, &home(&both)), Ok(given("mine")));
    let block = WebIdentity { token_file: text("/token"), ..role() };
    assert_eq!(token(&block, &home(&both)), Ok(file("/token")));
    assert_eq!(token(&role(), &home(&both[..1])), Ok(given("t")));
    assert_eq!(token(&role(), &home(&both[1..])), Ok(file("/home/me/token")));
    for variables in [&both[..], &[]] {
        assert_eq!(token(&role(), &home(variables)), Err(SettingsError::WebIdentityToken));
    }
}
