//! The way back: the grants that a policy was written for.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::service::Service;
use super::{Access, Grant, document, statements_of};
use crate::policy_document::{self, same_statement, statements};

/// Accepts only what [`document`] would write, so that an edited policy shows.
///
/// A grant over several services comes back as several.
pub fn parse(policy: &Json) -> Option<Vec<Grant>> {
    let all: Vec<&Json> = statements(policy).collect();
    let mut grants = Vec::new();
    let mut rest = all.as_slice();
    while !rest.is_empty() {
        let (grant, count) = first_grant(rest)?;
        grants.push(grant);
        rest = &rest[count..];
    }
    let ours = document(&grants).ok()??;
    policy_document::equivalent(&ours, policy).then_some(grants)
}

/// The grant that the first statements were written for, and how many of them.
fn first_grant(statements: &[&Json]) -> Option<(Grant, usize)> {
    let plain = Access::ALL.into_iter().find_map(|access| without_prefix(statements[0], access));
    let candidates = plain
        .into_iter()
        .chain(Access::ALL.into_iter().filter_map(|access| below_prefixes(statements, access)));
    for candidate in candidates {
        let Ok(written) = statements_of(&candidate) else { continue };
        // The statement of its keys would be the next one.
        if let Some(keys) = statements.get(written.len()).and_then(|next| texts(&next["Resource"]))
        {
            let with_keys = Grant { kms_key_arns: keys, ..candidate.clone() };
            if let Some(count) = written_as(&with_keys, statements) {
                return Some((with_keys, count));
            }
        }
        if let Some(count) = written_as(&candidate, statements) {
            return Some((candidate, count));
        }
    }
    None
}

/// How many of the first statements are those of this grant.
fn written_as(grant: &Grant, statements: &[&Json]) -> Option<usize> {
    let written = statements_of(grant).ok()?;
    let same = written.len() <= statements.len()
        && written.iter().zip(statements).all(|(ours, theirs)| same_statement(ours, theirs));
    same.then_some(written.len())
}

fn without_prefix(statement: &Json, access: Access) -> Option<Grant> {
    let actions = sorted(texts(&statement["Action"])?);
    let written = texts(&statement["Resource"])?;
    let service = Service::of(written.first()?)?;
    let ours = service.actions(access)?.into_iter().map(str::to_owned).collect();
    if sorted(ours) != actions {
        return None;
    }
    let contents: Vec<String> = written.iter().filter_map(|arn| service.contents(arn)).collect();
    let resource_arns = written.into_iter().filter(|arn| !contents.contains(arn)).collect();
    Some(Grant { sid: sid(statement), ..Grant::new(access, resource_arns) })
}

fn below_prefixes(statements: &[&Json], access: Access) -> Option<Grant> {
    let mut buckets = BTreeSet::new();
    let mut prefixes = BTreeSet::new();
    for object in texts(&statements[0]["Resource"])? {
        let (bucket, key) = object.split_once('/')?;
        buckets.insert(bucket.to_owned());
        prefixes.insert(key.strip_suffix('*')?.to_owned());
    }
    Some(Grant {
        prefixes: prefixes.into_iter().collect(),
        sid: sid(statements[0]),
        ..Grant::new(access, buckets.into_iter().collect())
    })
}

fn sid(statement: &Json) -> Option<String> {
    statement["Sid"].as_str().map(str::to_owned)
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(text) => Some(vec![text.clone()]),
        Json::Array(values) => {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}
