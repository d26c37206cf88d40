//! One page: its place, its front matter, and its parts in their order.

use std::fmt::Write as _;
use std::path::PathBuf;

use acceptance::Workspace;

use super::arguments::{arguments, attributes, timeouts};
use super::examples::{import, usage};
use super::schemas::{Block, Function, Identity, Parameter, type_in_hcl, type_in_words};
use crate::error::Error;

/// What a page is about.
pub(super) enum Page<'a> {
    Provider(&'a Block),
    Resource { name: &'a str, block: &'a Block, identity: Option<&'a Identity> },
    DataSource { name: &'a str, block: &'a Block },
    Ephemeral { name: &'a str, block: &'a Block },
    List { name: &'a str, block: &'a Block },
    Action { name: &'a str, block: &'a Block },
    Function { name: &'a str, function: &'a Function },
}

impl Page<'_> {
    /// In `docs/`: the registry wants names without the provider's.
    pub(super) fn path(&self) -> PathBuf {
        let name = self.name();
        let name = name.strip_prefix("modal_").unwrap_or(name);
        let folder = match self {
            Self::Provider(_) => return "index.md".into(),
            Self::Resource { .. } => "resources",
            Self::DataSource { .. } => "data-sources",
            Self::Ephemeral { .. } => "ephemeral-resources",
            Self::List { .. } => "list-resources",
            Self::Action { .. } => "actions",
            Self::Function { .. } => "functions",
        };
        PathBuf::from(folder).join(format!("{name}.md"))
    }

    pub(super) fn text(&self, workspace: &Workspace) -> Result<String, Error> {
        let mut text = self.front_matter();
        match self {
            Self::Provider(block) => {
                write!(text, "\n# Modal Provider\n\n{}\n", block.description).ok();
                text += &usage(workspace, "examples/provider", "provider.tf")?;
                text += &arguments(block);
            }
            Self::Resource { name, block, identity } => {
                let folder = format!("examples/resources/{name}");
                write!(text, "\n# Resource: {name}\n\n{}\n", block.description).ok();
                text += &usage(workspace, &folder, "resource.tf")?;
                text += &arguments(block);
                text += &attributes(block);
                text += &timeouts(block);
                text += &import(workspace, &folder)?;
                text += &identity.map_or_else(String::new, identity_lines);
            }
            Self::DataSource { name, block } => {
                write!(text, "\n# Data Source: {name}\n\n{}\n", block.description).ok();
                let folder = format!("examples/data-sources/{name}");
                text += &usage(workspace, &folder, "data-source.tf")?;
                text += &arguments(block);
                text += &attributes(block);
            }
            Self::Ephemeral { name, block } => {
                write!(text, "\n# Ephemeral: {name}\n\n{}\n", block.description).ok();
                text += "\nEphemeral resources need Terraform 1.10 or later.\n";
                let folder = format!("examples/ephemeral-resources/{name}");
                text += &usage(workspace, &folder, "ephemeral-resource.tf")?;
                text += &arguments(block);
                text += &attributes(block);
            }
            Self::List { name, block } => {
                write!(text, "\n# List Resource: {name}\n\n{}\n", block.description).ok();
                text += "\n`terraform query` needs Terraform 1.14 or later.\n";
                let folder = format!("examples/list-resources/{name}");
                text += &usage(workspace, &folder, "list-resource.tfquery.hcl")?;
                text += &arguments(block);
            }
            Self::Action { name, block } => {
                write!(text, "\n# Action: {name}\n\n{}\n", block.description).ok();
                text += "\nActions need Terraform 1.14 or later.\n";
                let folder = format!("examples/actions/{name}");
                text += &usage(workspace, &folder, "action.tf")?;
                text += &arguments(block);
            }
            Self::Function { name, function } => {
                write!(text, "\n# Function: {name}\n\n{}\n", function.description).ok();
                text += "\nFunctions of providers need Terraform 1.8 or later.\n";
                let folder = format!("examples/functions/{name}");
                text += &usage(workspace, &folder, "function.tf")?;
                text += &signature(name, function);
            }
        }
        Ok(text)
    }

    fn name(&self) -> &str {
        match self {
            Self::Provider(_) => "modal",
            Self::Resource { name, .. }
            | Self::DataSource { name, .. }
            | Self::Ephemeral { name, .. }
            | Self::List { name, .. }
            | Self::Action { name, .. }
            | Self::Function { name, .. } => name,
        }
    }

    /// What the registry lists the page by.
    fn front_matter(&self) -> String {
        let (name, description) = (self.name(), self.description());
        let kind = match self {
            Self::Provider(_) => "Provider",
            Self::Resource { .. } => "Resource",
            Self::DataSource { .. } => "Data Source",
            Self::Ephemeral { .. } => "Ephemeral",
            Self::List { .. } => "List Resource",
            Self::Action { .. } => "Action",
            Self::Function { .. } => "Function",
        };
        let title = format!("{name} {kind}");
        let mut text = format!("---\npage_title: {title:?}\n");
        if !matches!(self, Self::Provider(_)) {
            writeln!(text, "subcategory: {:?}", subcategory(name)).ok();
        }
        write!(text, "description: |-\n  {}\n---\n", first_sentence(description)).ok();
        text
    }

    fn description(&self) -> &str {
        match self {
            Self::Provider(block)
            | Self::Resource { block, .. }
            | Self::DataSource { block, .. }
            | Self::Ephemeral { block, .. }
            | Self::List { block, .. }
            | Self::Action { block, .. } => &block.description,
            Self::Function { function, .. } => &function.summary,
        }
    }
}

/// What lists of pages have room for.
fn first_sentence(description: &str) -> String {
    let paragraph = description.lines().next().unwrap_or_default();
    paragraph.split_once(". ").map_or(paragraph.to_owned(), |(first, _)| format!("{first}."))
}

/// Where the registry's sidebar has it.
fn subcategory(name: &str) -> &'static str {
    if name.contains("bridge") {
        "AWS calls Modal"
    } else if name.starts_with("modal_") && !name.contains("oidc") {
        "Modal workspace and token"
    } else {
        "Modal uses AWS"
    }
}

fn identity_lines(identity: &Identity) -> String {
    let mut text = "\nThe identity has:\n\n".to_owned();
    for (name, attribute) in &identity.attributes {
        let words = type_in_words(&attribute.r#type);
        let need = if attribute.required_for_import { "required" } else { "optional" };
        writeln!(text, "- `{name}` ({words}, {need}) {}", attribute.description).ok();
    }
    text
}

fn signature(name: &str, function: &Function) -> String {
    let variadic = function.variadic_parameter.as_ref();
    let typed =
        |parameter: &Parameter| format!("{} {}", parameter.name, type_in_hcl(&parameter.r#type));
    let mut parameters: Vec<_> = function.parameters.iter().map(typed).collect();
    parameters.extend(variadic.map(|parameter| format!("{}...", typed(parameter))));
    let (parameters, result) = (parameters.join(", "), type_in_hcl(&function.return_type));
    let mut text = format!(
        "\n## Signature\n\n```text\n{name}({parameters}) {result}\n```\n\n## Arguments\n\n"
    );
    for (number, parameter) in function.parameters.iter().chain(variadic).enumerate() {
        let Parameter { name, description, r#type, is_nullable } = parameter;
        let mut facts = type_in_words(r#type);
        if *is_nullable {
            facts += ", may be null";
        }
        if variadic.is_some_and(|variadic| std::ptr::eq(variadic, parameter)) {
            facts += ", any number of times";
        }
        writeln!(text, "{}. `{name}` ({facts}) {description}", number + 1).ok();
    }
    text
}
