//! What a schema must not say, whatever it is the schema of: Terraform's
//! `internal/configs/configschema`, `InternalValidate`.

use super::{Attribute, Block, Function, IdentityAttribute, Nesting};
use crate::refusal::Rule;
use crate::value::quote;

/// One thing that is wrong with a schema.
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) text: String,
}

/// Adds what is wrong with `block` and with all inside it.
pub(super) fn check(block: &Block, findings: &mut Vec<Finding>) {
    if !block.deprecated && !block.deprecation_message.is_empty() {
        findings.push(Finding {
            rule: Rule::DeprecationMessage,
            text: "top-level block: DeprecationMessage must not be set when Deprecated is false"
                .to_owned(),
        });
    }
    check_inside(block, "", findings);
}

fn check_inside(block: &Block, prefix: &str, findings: &mut Vec<Finding>) {
    let mut found = |rule, name: &str, why: &str| {
        findings.push(Finding { rule, text: format!("{prefix}{name}: {why}") });
    };
    for (name, attribute) in &block.attributes {
        for (rule, why) in attribute_faults(attribute) {
            found(rule, name, why);
        }
    }
    for (name, nested) in &block.blocks {
        if block.attributes.contains_key(name) {
            let why = "name defined as both attribute and child block type";
            found(Rule::SchemaNameTwice, name, why);
        } else if !is_block_name(name) {
            let why = "name may contain only lowercase letters, digits and underscores";
            found(Rule::BlockName, name, why);
        }
        if !nested.block.deprecated && !nested.block.deprecation_message.is_empty() {
            let why = "DeprecationMessage must not be set when Deprecated is false";
            found(Rule::DeprecationMessage, name, why);
        }
        let (min, max) = (nested.min_items, nested.max_items);
        if min < 0 || max < 0 {
            let why = "MinItems and MaxItems must both be greater than zero";
            found(Rule::BlockItems, name, why);
        }
        let items = match nested.nesting {
            Nesting::Single if min != max => {
                Some("MinItems and MaxItems must match in NestingSingle mode")
            }
            Nesting::Single if !(0..=1).contains(&min) => {
                Some("MinItems and MaxItems must be set to either 0 or 1 in NestingSingle mode")
            }
            Nesting::Group if min != 0 || max != 0 => {
                Some("MinItems and MaxItems cannot be used in NestingGroup mode")
            }
            Nesting::List if min > max && max != 0 => {
                Some("MinItems must be less than or equal to MaxItems in NestingList mode")
            }
            Nesting::Set if min > max && max != 0 => {
                Some("MinItems must be less than or equal to MaxItems in NestingSet mode")
            }
            Nesting::Map if min != 0 || max != 0 => {
                Some("MinItems and MaxItems must both be 0 in NestingMap mode")
            }
            _ => None,
        };
        if let Some(why) = items {
            found(Rule::BlockItems, name, why);
        }
        if nested.nesting == Nesting::Set {
            if nested.block.ty().has_dynamic() {
                let why = "NestingSet blocks may not contain attributes of cty.DynamicPseudoType";
                found(Rule::SetBlockDynamic, name, why);
            }
            if nested.block.has_write_only() {
                let why = "NestingSet blocks may not contain WriteOnly attributes";
                found(Rule::SetBlockWriteOnly, name, why);
            }
        }
    }
    for (name, nested) in &block.blocks {
        check_inside(&nested.block, &format!("{prefix}{name}."), findings);
    }
}

fn attribute_faults(attribute: &Attribute) -> Vec<(Rule, &'static str)> {
    let mut faults = Vec::new();
    if !attribute.optional && !attribute.required && !attribute.computed {
        faults.push((Rule::AttributeMode, "must set Optional, Required or Computed"));
    }
    if attribute.optional && attribute.required {
        let why = "cannot set both Optional and Required";
        faults.push((Rule::AttributeRequiredAndOptional, why));
    }
    if attribute.computed && attribute.required {
        let why = "cannot set both Computed and Required";
        faults.push((Rule::AttributeRequiredAndComputed, why));
    }
    if !attribute.deprecated && !attribute.deprecation_message.is_empty() {
        let why = "DeprecationMessage must not be set when Deprecated is false";
        faults.push((Rule::DeprecationMessage, why));
    }
    if attribute.write_only && attribute.computed {
        let why = "a write-only value is given and never read, so it cannot be computed";
        faults.push((Rule::WriteOnlyMode, why));
    }
    faults
}

/// Adds what is wrong with a part of an identity.
pub(super) fn check_identity_attribute(
    name: &str,
    attribute: &IdentityAttribute,
    findings: &mut Vec<Finding>,
) {
    let mut found = |why: &str| {
        findings.push(Finding { rule: Rule::IdentityMode, text: format!("{name}: {why}") });
    };
    match (attribute.required_for_import, attribute.optional_for_import) {
        (false, false) => found("must set Optional, Required or Computed"),
        (true, true) => found("cannot set both Optional and Required"),
        _ => {}
    }
}

/// What is wrong with the names of a function, after "provider example.com/acme/tiny ".
pub(super) fn check_function(name: &str, function: &Function) -> Vec<String> {
    let mut faults = Vec::new();
    let valid = is_identifier(name);
    let name = quote(name);
    if !valid {
        faults.push(format!("declares function with invalid name {name}"));
    }
    for (index, parameter) in function.parameters.iter().enumerate() {
        let called = quote(&parameter.name);
        if !is_identifier(&parameter.name) {
            faults.push(format!(
                "function {name} declares invalid name {called} for parameter {index}"
            ));
        }
        let earlier = &function.parameters[..index];
        if let Some(before) = earlier.iter().position(|earlier| earlier.name == parameter.name) {
            faults.push(format!(
                "function {name} reuses name {called} for both parameters {before} and {index}"
            ));
        }
    }
    if let Some(parameter) = &function.variadic {
        let called = quote(&parameter.name);
        if !is_identifier(&parameter.name) {
            faults.push(format!(
                "function {name} declares invalid name {called} for its variadic parameter"
            ));
        }
        let same = |earlier: &super::Parameter| earlier.name == parameter.name;
        if let Some(before) = function.parameters.iter().position(same) {
            faults.push(format!(
                "function {name} reuses name {called} for both parameter {before} and its \
                 variadic parameter"
            ));
        }
    }
    faults
}

fn is_block_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '-')
}
