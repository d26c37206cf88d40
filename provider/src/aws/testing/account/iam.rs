//! Roles and OIDC providers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::{iam_error, xml};

/// A role with what hangs on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) description: String,
    pub(crate) max_session_duration: String,
    pub(crate) trust_policy: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Documents by name.
    pub(crate) policies: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub(crate) attached: BTreeSet<String>,
    /// ARN of the policy that bounds it.
    pub(crate) boundary: Option<String>,
}

/// An OIDC provider.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OidcProvider {
    pub(crate) audiences: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

type Form = BTreeMap<String, String>;

pub(super) fn answer(contents: &mut Contents, form: &Form) -> Answer {
    let operation = form["Action"].as_str();
    let result = match operation {
        "CreateRole" => create_role(contents, form),
        "CreateOpenIDConnectProvider" => create_provider(contents, form),
        "ListRoles" => Ok(list_roles(contents)),
        "DeleteOpenIDConnectProvider" => {
            contents.oidc_providers.remove(&form["OpenIDConnectProviderArn"]);
            Ok(String::new())
        }
        operation if operation.contains("OpenIDConnectProvider") => provider(contents, form),
        _ => role(contents, form),
    };
    let wrapped = |body| {
        format!(
            "<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"
        )
    };
    result.map_or_else(|refusal| refusal, |body| xml(200, wrapped(body)))
}

/// What goes into the `…Result` element of an answer.
type Outcome = Result<String, Answer>;

fn create_role(contents: &mut Contents, form: &Form) -> Outcome {
    let name = &form["RoleName"];
    if contents.roles.contains_key(name) {
        return Err(exists(&format!("Role with name {name} already exists.")));
    }
    let role = Role {
        id: format!("AROA{}", contents.next()),
        path: form["Path"].clone(),
        description: form["Description"].clone(),
        max_session_duration: form["MaxSessionDuration"].clone(),
        trust_policy: form["AssumeRolePolicyDocument"].clone(),
        tags: tags(form),
        boundary: form.get("PermissionsBoundary").cloned(),
        ..Role::default()
    };
    let answer = described(name, &role);
    contents.roles.insert(name.clone(), role);
    Ok(answer)
}

fn role(contents: &mut Contents, form: &Form) -> Outcome {
    let name = &form["RoleName"];
    let Some(role) = contents.roles.get_mut(name) else {
        return Err(missing(&format!("The role with name {name} cannot be found.")));
    };
    let text = |key: &str| form[key].clone();
    match form["Action"].as_str() {
        "GetRole" => return Ok(described(name, role)),
        "UpdateAssumeRolePolicy" => role.trust_policy = text("PolicyDocument"),
        "UpdateRole" => {
            role.description = text("Description");
            role.max_session_duration = text("MaxSessionDuration");
        }
        "PutRolePermissionsBoundary" => role.boundary = Some(text("PermissionsBoundary")),
        "DeleteRolePermissionsBoundary" => role.boundary = None,
        "TagRole" => role.tags.extend(tags(form)),
        "UntagRole" => {
            let keys: Vec<_> = members(form, "TagKeys").collect();
            role.tags.retain(|key, _| !keys.contains(&key));
        }
        "PutRolePolicy" => {
            role.policies.insert(text("PolicyName"), text("PolicyDocument"));
        }
        "GetRolePolicy" => {
            let policy = role.policies.get(&form["PolicyName"]);
            let policy = policy.ok_or_else(|| missing("The role policy cannot be found."))?;
            return Ok(format!(
                "<RoleName>{name}</RoleName><PolicyName>{}</PolicyName>\
                 <PolicyDocument>{}</PolicyDocument>",
                form["PolicyName"],
                encoded(policy)
            ));
        }
        "DeleteRolePolicy" => {
            let removed = role.policies.remove(&form["PolicyName"]);
            removed.ok_or_else(|| missing("The role policy cannot be found."))?;
        }
        "ListRolePolicies" => {
            let names = role.policies.keys();
            let names: String = names.map(|name| format!("<member>{name}</member>")).collect();
            return Ok(format!(
                "<PolicyNames>{names}</PolicyNames><IsTruncated>false</IsTruncated>"
            ));
        }
        "AttachRolePolicy" => {
            role.attached.insert(text("PolicyArn"));
        }
        "DetachRolePolicy" => {
            let removed = role.attached.remove(&form["PolicyArn"]);
            removed.then_some(()).ok_or_else(|| missing("The policy is not attached."))?;
        }
        "ListAttachedRolePolicies" => {
            let mut policies = String::new();
            for arn in &role.attached {
                write!(policies, "<member><PolicyArn>{arn}</PolicyArn></member>").unwrap();
            }
            return Ok(format!(
                "<AttachedPolicies>{policies}</AttachedPolicies><IsTruncated>false</IsTruncated>"
            ));
        }
        "DeleteRole" if role.policies.is_empty() && role.attached.is_empty() => {
            contents.roles.remove(name);
        }
        "DeleteRole" => {
            let message = "Cannot delete entity, must remove its policies first.";
            return Err(iam_error(409, "DeleteConflict", message));
        }
        other => panic!("{other} is not in this account"),
    }
    Ok(String::new())
}

fn create_provider(contents: &mut Contents, form: &Form) -> Outcome {
    let issuer = form["Url"].trim_start_matches("https://");
    let arn = format!("arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{issuer}");
    if contents.oidc_providers.contains_key(&arn) {
        return Err(exists("Provider with url already exists."));
    }
    let audiences = members(form, "ClientIDList").cloned().collect();
    contents.oidc_providers.insert(arn.clone(), OidcProvider { audiences, tags: tags(form) });
    Ok(format!("<OpenIDConnectProviderArn>{arn}</OpenIDConnectProviderArn>"))
}

fn provider(contents: &mut Contents, form: &Form) -> Outcome {
    let arn = &form["OpenIDConnectProviderArn"];
    let provider = contents.oidc_providers.get_mut(arn);
    let provider = provider.ok_or_else(|| missing("OpenIDConnect Provider not found."))?;
    match form["Action"].as_str() {
        "GetOpenIDConnectProvider" => {}
        "AddClientIDToOpenIDConnectProvider" => provider.audiences.push(form["ClientID"].clone()),
        "TagOpenIDConnectProvider" => provider.tags.extend(tags(form)),
        "UntagOpenIDConnectProvider" => {
            let keys: Vec<_> = members(form, "TagKeys").collect();
            provider.tags.retain(|key, _| !keys.contains(&key));
        }
        other => panic!("{other} is not in this account"),
    }
    let audiences = provider.audiences.iter();
    let audiences: String =
        audiences.map(|audience| format!("<member>{}</member>", escaped(audience))).collect();
    Ok(format!("<ClientIDList>{audiences}</ClientIDList>{}", tags_xml(&provider.tags)))
}

/// Without tags and boundary, as IAM lists roles.
fn list_roles(contents: &Contents) -> String {
    let roles = contents.roles.iter().map(|(name, role)| {
        let listed = Role { tags: BTreeMap::new(), boundary: None, ..role.clone() };
        let described = described(name, &listed);
        let inner = described.trim_start_matches("<Role>").trim_end_matches("</Role>");
        format!("<member>{inner}</member>")
    });
    format!("<Roles>{}</Roles><IsTruncated>false</IsTruncated>", roles.collect::<String>())
}

fn described(name: &str, role: &Role) -> String {
    let boundary = role.boundary.as_ref().map_or_else(String::new, |arn| {
        format!(
            "<PermissionsBoundary><PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn>\
             </PermissionsBoundary>"
        )
    });
    format!(
        "<Role><Path>{path}</Path><RoleName>{name}</RoleName><RoleId>{id}</RoleId>\
         <Arn>arn:aws:iam::{ACCOUNT_ID}:role{path}{name}</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{trust_policy}</AssumeRolePolicyDocument>\
         <MaxSessionDuration>{duration}</MaxSessionDuration>\
         <Description>{description}</Description>{boundary}{tags}</Role>",
        tags = tags_xml(&role.tags),
        path = role.path,
        id = role.id,
        trust_policy = encoded(&role.trust_policy),
        duration = role.max_session_duration,
        description = escaped(&role.description),
    )
}

fn tags_xml(tags: &BTreeMap<String, String>) -> String {
    let members = tags.iter().map(|(key, value)| {
        let (key, value) = (escaped(key), escaped(value));
        format!("<member><Key>{key}</Key><Value>{value}</Value></member>")
    });
    format!("<Tags>{}</Tags>", members.collect::<String>())
}

fn tags(form: &Form) -> BTreeMap<String, String> {
    let key = |number: usize| form.get(&format!("Tags.member.{number}.Key"));
    let value = |number: usize| form.get(&format!("Tags.member.{number}.Value"));
    (1..).map_while(|number| Some((key(number)?.clone(), value(number)?.clone()))).collect()
}

fn members<'a>(form: &'a Form, name: &'a str) -> impl Iterator<Item = &'a String> {
    (1..).map_while(move |number| form.get(&format!("{name}.member.{number}")))
}

fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn missing(message: &str) -> Answer {
    iam_error(404, "NoSuchEntity", message)
}

fn exists(message: &str) -> Answer {
    iam_error(409, "EntityAlreadyExists", message)
}
