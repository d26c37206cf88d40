//! Subscriptions of functions to topics, of which there are any.

use std::collections::BTreeMap;

use super::{Answer, Contents};
use crate::aws::testing::{iam_error, xml};

pub(super) fn answer(contents: &mut Contents, form: &BTreeMap<String, String>) -> Answer {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let arn = field("SubscriptionArn");
    match form["Action"].as_str() {
        "Subscribe" => subscribe(contents, form),
        "ListSubscriptionsByTopic" => {
            let topic = field("TopicArn");
            let of_topic = contents.subscriptions.iter();
            let of_topic = of_topic.filter(|(_, found)| found["TopicArn"] == topic);
            let members: String = of_topic.map(|(arn, found)| member(arn, found)).collect();
            let inner = format!("<Subscriptions>{members}</Subscriptions>");
            answered("ListSubscriptionsByTopic", &inner)
        }
        "ListSubscriptions" => {
            let all = contents.subscriptions.iter();
            let members: String = all.map(|(arn, found)| member(arn, found)).collect();
            answered("ListSubscriptions", &format!("<Subscriptions>{members}</Subscriptions>"))
        }
        "GetSubscriptionAttributes" => match contents.subscriptions.get(&arn) {
            Some(found) => {
                let entry = |(key, value): (&String, &String)| {
                    let value = value.replace('&', "&amp;").replace('<', "&lt;");
                    format!("<entry><key>{key}</key><value>{value}</value></entry>")
                };
                let entries: String = found.iter().map(entry).collect();
                let inner = format!("<Attributes>{entries}</Attributes>");
                answered("GetSubscriptionAttributes", &inner)
            }
            None => missing(),
        },
        "SetSubscriptionAttributes" => match contents.subscriptions.get_mut(&arn) {
            Some(found) => {
                match field("AttributeValue").as_str() {
                    "" => found.remove(&field("AttributeName")),
                    value => found.insert(field("AttributeName"), value.to_owned()),
                };
                answered("SetSubscriptionAttributes", "")
            }
            None => missing(),
        },
        "Unsubscribe" => {
            contents.subscriptions.remove(&arn);
            answered("Unsubscribe", "")
        }
        other => panic!("{other} is not in this account"),
    }
}

fn subscribe(contents: &mut Contents, form: &BTreeMap<String, String>) -> Answer {
    let arn = format!("{}:{:04}", form["TopicArn"], contents.next());
    let mut found = BTreeMap::from([
        ("TopicArn".to_owned(), form["TopicArn"].clone()),
        ("Endpoint".to_owned(), form["Endpoint"].clone()),
    ]);
    for number in 1.. {
        let Some(name) = form.get(&format!("Attributes.entry.{number}.key")) else { break };
        let value = &form[&format!("Attributes.entry.{number}.value")];
        found.insert(name.clone(), value.clone());
    }
    contents.subscriptions.insert(arn.clone(), found);
    answered("Subscribe", &format!("<SubscriptionArn>{arn}</SubscriptionArn>"))
}

fn member(arn: &str, found: &BTreeMap<String, String>) -> String {
    format!(
        "<member><SubscriptionArn>{arn}</SubscriptionArn><TopicArn>{}</TopicArn>\
         <Protocol>lambda</Protocol><Endpoint>{}</Endpoint></member>",
        found["TopicArn"], found["Endpoint"]
    )
}

fn answered(operation: &str, inner: &str) -> Answer {
    xml(
        200,
        format!(
            "<{operation}Response><{operation}Result>{inner}</{operation}Result>\
             <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

fn missing() -> Answer {
    iam_error(404, "NotFound", "Subscription does not exist")
}
