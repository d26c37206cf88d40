//! Network interfaces that Lambda makes for functions in a VPC.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Answer, Contents};
use crate::aws::testing::xml;

/// Looks at an interface that no function uses any more, before Lambda has deleted it.
const LOOKS: usize = 2;

/// An interface.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interface {
    subnet: String,
    groups: BTreeSet<String>,
    description: String,
    /// As which Lambda made it or used it last, and deletes it.
    role: String,
    looks: usize,
}

/// What Lambda makes for a function with this configuration.
pub(super) fn attach(contents: &mut Contents, configuration: &Json) {
    let network = &configuration["VpcConfig"];
    for subnet in ids(&network["SubnetIds"]) {
        let groups = ids(&network["SecurityGroupIds"]);
        let role = role_of(configuration);
        let same = |found: &&mut Interface| found.subnet == subnet && found.groups == groups;
        if let Some(found) = contents.interfaces.values_mut().find(same) {
            (found.role, found.looks) = (role, 0);
            continue;
        }
        let id = format!("eni-{}", contents.next());
        let function = configuration["FunctionName"].as_str().unwrap_or_default();
        let description = format!("AWS Lambda VPC ENI-{function}");
        contents.interfaces.insert(id, Interface { subnet, groups, description, role, looks: 0 });
    }
}

pub(super) fn answer(
    contents: &mut Contents,
    region: &str,
    form: &BTreeMap<String, String>,
) -> Answer {
    assert_eq!(form["Action"], "DescribeNetworkInterfaces");
    let roles: BTreeSet<_> = contents.roles.keys().cloned().collect();
    let contents = contents.of_region(region);
    let functions: Vec<_> = contents.functions.values().map(|f| &f["Configuration"]).collect();
    let serves = |found: &Interface, function: &Json| {
        let network = &function["VpcConfig"];
        ids(&network["SubnetIds"]).contains(&found.subnet)
            && ids(&network["SecurityGroupIds"]) == found.groups
    };
    contents.interfaces.retain(|_, found| {
        if let Some(user) = functions.iter().find(|function| serves(found, function)) {
            found.role = role_of(user);
            return true;
        }
        // As a role that is gone, Lambda deletes nothing.
        if !roles.contains(&found.role) {
            return true;
        }
        found.looks += 1;
        found.looks <= LOOKS
    });
    let wanted = |filter: &str| {
        let number = form.iter().find(|(_, value)| *value == filter).unwrap().0;
        let prefix = number.replace("Name", "Value.");
        let values = form.iter().filter(move |(name, _)| name.starts_with(&prefix));
        values.map(|(_, value)| value.clone()).collect::<BTreeSet<_>>()
    };
    let (subnets, groups) = (wanted("subnet-id"), wanted("group-id"));
    let description = wanted("description").pop_first().unwrap();
    let matches = |found: &Interface| {
        subnets.contains(&found.subnet)
            && !groups.is_disjoint(&found.groups)
            && found.description.starts_with(description.trim_end_matches('*'))
    };
    let group = |id: &String| format!("<item><groupId>{id}</groupId></item>");
    let items = contents.interfaces.iter().filter(|(_, found)| matches(found));
    let items: String = items
        .map(|(id, Interface { subnet, groups, .. })| {
            format!(
                "<item><networkInterfaceId>{id}</networkInterfaceId><subnetId>{subnet}</subnetId>\
                 <groupSet>{}</groupSet></item>",
                groups.iter().map(group).collect::<String>()
            )
        })
        .collect();
    xml(
        200,
        format!(
            "<DescribeNetworkInterfacesResponse><networkInterfaceSet>{items}\
             </networkInterfaceSet></DescribeNetworkInterfacesResponse>"
        ),
    )
}

/// EC2's form of a denial.
pub(super) fn denied() -> Answer {
    xml(
        403,
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not allowed</Message>\
         </Error></Errors><RequestID>req-1</RequestID></Response>",
    )
}

/// The name of the role that a function with this configuration runs as.
fn role_of(configuration: &Json) -> String {
    let arn = configuration["Role"].as_str().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

fn ids(list: &Json) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}
