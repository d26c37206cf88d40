use aws_config::{Region, SdkConfig};
use aws_sdk_lambda::Client;
use expect_test::expect;
use serde_json::json;

use super::*;
use crate::aws::error::Fault;
use crate::aws::testing::{Answer, FakeAws, json as answer, waiter, xml};

const OPERATION: &str = "DescribeNetworkInterfaces";
const LIST: &str = "GET /2015-03-31/functions";

fn network() -> Vpc {
    vpc(&["subnet-1", "subnet-2"], &["sg-1"])
}

fn vpc(subnets: &[&str], groups: &[&str]) -> Vpc {
    let set = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
    Vpc { subnet_ids: set(subnets), security_group_ids: set(groups), ipv6: false }
}

fn ec2(aws: &FakeAws) -> Ec2 {
    Ec2::new(&aws.config(), None, waiter())
}

/// Interfaces with their subnets and groups.
fn interfaces(found: &[(&str, &str, &[&str])], next: &str) -> Answer {
    let group = |id: &&str| format!("<item><groupId>{id}</groupId><groupName>a</groupName></item>");
    let item = |(id, subnet, groups): &(&str, &str, &[&str])| {
        format!(
            "<item><networkInterfaceId>{id}</networkInterfaceId><subnetId>{subnet}</subnetId>\
             <attachment><status>attached</status></attachment><groupSet>{}</groupSet></item>",
            groups.iter().map(group).collect::<String>()
        )
    };
    let items: String = found.iter().map(item).collect();
    xml(
        200,
        format!(
            "<DescribeNetworkInterfacesResponse><requestId>req-1</requestId>\
             <networkInterfaceSet>{items}</networkInterfaceSet>{next}\
             </DescribeNetworkInterfacesResponse>"
        ),
    )
}

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    xml(
        status,
        format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>\
             </Errors><RequestID>req-1</RequestID></Response>"
        ),
    )
}

#[tokio::test]
async fn interfaces_of_a_network_are_found_page_by_page_and_no_others() {
    let aws = FakeAws::new();
    let next = "<nextToken>a&amp;b</nextToken>";
    let first: &[(&str, &str, &[&str])] = &[
        ("eni-1", "subnet-1", &["sg-1"]),
        ("eni-2", "subnet-1", &["sg-1", "sg-2"]),
        ("eni-3", "subnet-3", &["sg-1"]),
    ];
    aws.answer(OPERATION, interfaces(first, next));
    aws.answer(OPERATION, interfaces(&[("eni-4", "subnet-2", &["sg-1"])], ""));

    let found = ec2(&aws).find_lambda_interfaces(&network()).await.unwrap();

    let ids: Vec<_> = found.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["eni-1", "eni-4"]);
    expect!["Action=DescribeNetworkInterfaces&Version=2016-11-15&Filter.1.Name=description&Filter.1.Value.1=AWS Lambda VPC ENI*&Filter.2.Name=subnet-id&Filter.2.Value.1=subnet-1&Filter.2.Value.2=subnet-2&Filter.3.Name=group-id&Filter.3.Value.1=sg-1&NextToken=a&b"].assert_eq(&aws.asked(OPERATION));
    aws.assert_done();
}

#[tokio::test]
async fn a_refusal_is_told_in_ec2s_words() {
    let aws = FakeAws::new();
    aws.answer(OPERATION, refusal(403, "UnauthorizedOperation", "You are not authorized."));
    let error = ec2(&aws).find_lambda_interfaces(&network()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AccessDenied);
    expect![[r#"
        ec2:DescribeNetworkInterfaces answered UnauthorizedOperation: You are not authorized.
        AWS request id: req-1"#]]
    .assert_eq(&error.with_request_id());

    aws.answer(OPERATION, Answer::Http(407, "text/html", "<html>no</html>".to_owned()));
    let error = ec2(&aws).find_lambda_interfaces(&network()).await.unwrap_err();
    expect!["ec2:DescribeNetworkInterfaces failed: no message"].assert_eq(&error.to_string());
    aws.assert_done();
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    for passing in [
        refusal(503, "RequestLimitExceeded", "Request limit exceeded."),
        refusal(400, "RequestLimitExceeded", "Request limit exceeded."),
        refusal(500, "InternalError", "An internal error has occurred"),
        Answer::Lost,
    ] {
        let aws = FakeAws::new();
        aws.answer(OPERATION, passing);
        aws.answer(OPERATION, interfaces(&[], ""));
        assert_eq!(ec2(&aws).find_lambda_interfaces(&network()).await, Ok(Vec::new()));
        aws.assert_done();
    }
}

#[tokio::test]
async fn interfaces_that_others_use_are_not_waited_for() {
    let aws = FakeAws::new();
    let functions = |subnet: &str, group: &str| {
        let network = json!({ "SubnetIds": [subnet], "SecurityGroupIds": [group] });
        answer(
            200,
            json!({ "Functions": [
                { "FunctionName": "thumbnails", "VpcConfig": { "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"] } },
                { "FunctionName": "other", "VpcConfig": network },
                { "FunctionName": "nowhere" },
            ] }),
        )
    };
    let two: &[(&str, &str, &[&str])] =
        &[("eni-1", "subnet-1", &["sg-1"]), ("eni-2", "subnet-2", &["sg-1"])];
    // Our own function, of which Lambda may still tell, does not count.
    aws.answer(OPERATION, interfaces(two, ""));
    aws.answer(LIST, functions("subnet-1", "sg-2"));
    aws.answer(OPERATION, interfaces(two, ""));
    aws.answer(LIST, functions("subnet-2", "sg-1"));
    aws.answer(OPERATION, interfaces(&two[1..], ""));
    aws.answer(LIST, functions("subnet-2", "sg-1"));
    let lambda = Lambda::new(Client::new(&aws.config()), waiter());
    assert_eq!(ec2(&aws).wait_until_left("thumbnails", &network(), &lambda).await, Ok(()));
    aws.assert_done();

    // Where there are none, nobody is asked who uses them.
    aws.answer(OPERATION, interfaces(&[], ""));
    assert_eq!(ec2(&aws).wait_until_left("thumbnails", &network(), &lambda).await, Ok(()));
    aws.assert_done();
}

#[tokio::test]
async fn what_stays_is_named_when_time_is_up() {
    let aws = FakeAws::new();
    let lambda = Lambda::new(Client::new(&aws.config()), waiter());
    aws.answer(OPERATION, interfaces(&[("eni-1", "subnet-1", &["sg-1"])], ""));
    aws.answer(LIST, answer(200, json!({ "Functions": [] })));
    let ec2 = ec2(&aws).waiting_by(&waiter().within(std::time::Duration::ZERO));
    let error = ec2.wait_until_left("thumbnails", &network(), &lambda).await.unwrap_err();
    assert_eq!(error.fault, Fault::TimedOut);
    expect!["ec2:DescribeNetworkInterfaces failed: still there: eni-1 after 0 seconds"]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn each_region_has_its_host() {
    let host = async |region: &'static str, fips: bool, dual_stack: bool| {
        let config = SdkConfig::builder().region(Region::new(region));
        let config = config.use_fips(fips).use_dual_stack(dual_stack).build();
        Query::new(config, None).endpoint().await.unwrap()
    };
    // As the endpoint rules of EC2's SDK have them.
    for (region, fips, dual_stack, expected) in [
        ("eu-west-1", false, false, "https://ec2.eu-west-1.amazonaws.com"),
        ("us-east-1", true, false, "https://ec2-fips.us-east-1.amazonaws.com"),
        ("us-east-1", false, true, "https://ec2.us-east-1.api.aws"),
        ("us-gov-west-1", true, false, "https://ec2.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", false, false, "https://ec2.us-iso-east-1.c2s.ic.gov"),
    ] {
        assert_eq!(host(region, fips, dual_stack).await, expected);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_given_is_asked() {
    let config = |url: &str| SdkConfig::builder().endpoint_url(url).build();
    let of = async |config: SdkConfig, given: Option<&str>| {
        Query::new(config, given.map(str::to_owned)).endpoint().await.unwrap()
    };
    assert_eq!(of(config("http://all"), None).await, "http://all");
    assert_eq!(of(config("http://all"), Some("http://ec2")).await, "http://ec2");
}
