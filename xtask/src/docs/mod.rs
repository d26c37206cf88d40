//! `docs/` in the registry's layout: a page for everything that the provider has, made from its own
//! schemas, their descriptions and `examples/`. Guides are written by hand and left alone.

mod arguments;
mod examples;
mod page;
mod schemas;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::{Core, Provider, Terraform, Workspace};

use crate::Context;
use crate::console::say;
use crate::error::Error;
use crate::setup;

use self::page::Page;
use self::schemas::{ProviderSchemas, Schemas};

/// The first Terraform whose schemas have everything: actions and list resources came with 1.14.
const CORE: Core = Core::V1_15;

/// Folders of `docs/` in which every file is made here, as the registry names them.
const FOLDERS: [&str; 6] =
    ["resources", "data-sources", "functions", "ephemeral-resources", "list-resources", "actions"];

/// Builds the provider and writes its pages, or only says which are not as they would be written.
pub(crate) fn run(context: &Context, check: bool) -> Result<(), Error> {
    setup::tools(context)?;
    setup::terraform(context, CORE)?;
    context.children.run(&mut context.build_provider())?;
    if check { self::check(context) } else { write(context) }
}

fn write(context: &Context) -> Result<(), Error> {
    let pages = pages(context)?;
    let docs = context.workspace.file("docs");
    for stale in existing(&docs)?.into_iter().filter(|path| !pages.contains_key(path)) {
        fs::remove_file(docs.join(&stale))
            .map_err(Error::io(format!("remove docs/{}", stale.display())))?;
        say(&format!("removed docs/{}", stale.display()));
    }
    for (path, text) in &pages {
        let file = docs.join(path);
        let attempt = || format!("write docs/{}", path.display());
        if fs::read_to_string(&file).is_ok_and(|have| &have == text) {
            continue;
        }
        let folder = file.parent().unwrap_or(&docs);
        fs::create_dir_all(folder).map_err(Error::io(attempt()))?;
        fs::write(&file, text).map_err(Error::io(attempt()))?;
        say(&format!("wrote docs/{}", path.display()));
    }
    Ok(())
}

/// Whether `docs/` is what the provider that is built would have written: for the tests.
pub(crate) fn check(context: &Context) -> Result<(), Error> {
    let pages = pages(context)?;
    let docs = context.workspace.file("docs");
    let mut wrong = Vec::new();
    for path in existing(&docs)? {
        if !pages.contains_key(&path) {
            wrong.push(format!("docs/{} is of nothing that the provider has", path.display()));
        }
    }
    for (path, text) in &pages {
        match fs::read_to_string(docs.join(path)) {
            Ok(have) if &have == text => {}
            Ok(have) => wrong.push(format!("docs/{}:{}", path.display(), difference(&have, text))),
            Err(_) => wrong.push(format!("docs/{} is missing", path.display())),
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.join("\n  ");
    Err(Error::Unusable(format!(
        "the registry's pages are not as the schemas and examples have them:\n  {wrong}\n\
         `cargo xtask docs` writes them."
    )))
}

/// Where two texts part: the line's number, and both lines.
fn difference(have: &str, wanted: &str) -> String {
    let mut lines = have.lines().zip(wanted.lines()).enumerate();
    match lines.find(|(_, (have, wanted))| have != wanted) {
        Some((index, (have, wanted))) => {
            format!("{} reads\n    {have}\n  and should read\n    {wanted}", index + 1)
        }
        None => {
            let line = have.lines().count().min(wanted.lines().count()) + 1;
            format!("{line} is where it should end, or go on")
        }
    }
}

/// The pages that are there, by their path in `docs/`.
fn existing(docs: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = vec![];
    if docs.join("index.md").exists() {
        found.push("index.md".into());
    }
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(docs.join(folder)) else { continue };
        for entry in entries {
            let entry = entry.map_err(Error::io(format!("read docs/{folder}")))?;
            found.push(Path::new(folder).join(entry.file_name()));
        }
    }
    Ok(found)
}

/// All pages, by their path in `docs/`.
fn pages(context: &Context) -> Result<BTreeMap<PathBuf, String>, Error> {
    let ProviderSchemas {
        provider,
        resource_schemas,
        resource_identity_schemas,
        data_source_schemas,
        ephemeral_resource_schemas,
        list_resource_schemas,
        action_schemas,
        functions,
    } = schemas(context)?;
    let workspace = &context.workspace;
    let mut pages = BTreeMap::new();
    let mut add = |page: Page<'_>| -> Result<(), Error> {
        let text = page.text(workspace)?;
        pages.insert(page.path(), text);
        Ok(())
    };
    add(Page::Provider(&provider.block))?;
    for (name, schema) in &resource_schemas {
        let identity = resource_identity_schemas.get(name);
        add(Page::Resource { name, block: &schema.block, identity })?;
    }
    for (name, schema) in &data_source_schemas {
        add(Page::DataSource { name, block: &schema.block })?;
    }
    for (name, schema) in &ephemeral_resource_schemas {
        add(Page::Ephemeral { name, block: &schema.block })?;
    }
    for (name, schema) in &list_resource_schemas {
        add(Page::List { name, block: &schema.block })?;
    }
    for (name, schema) in &action_schemas {
        add(Page::Action { name, block: &schema.block })?;
    }
    for (name, function) in &functions {
        add(Page::Function { name, function })?;
    }
    Ok(pages)
}

/// What `terraform providers schema -json` says of the provider that is built.
fn schemas(context: &Context) -> Result<ProviderSchemas, Error> {
    let workspace: &Workspace = &context.workspace;
    let folder = workspace.file("target/docs");
    fs::create_dir_all(&folder).map_err(Error::io("create target/docs"))?;
    let provider = Provider::modal(workspace)?;
    let terraform = Terraform::prepare(workspace, CORE, &[provider], &folder)?.with_override();
    let config = terraform.config("");
    let mut command = terraform.command(config.directory(), &["providers", "schema", "-json"]);
    let json = context.children.output(&mut command)?;
    let unusable = |error: &dyn std::fmt::Display| {
        Error::Unusable(format!("Terraform's JSON of the schemas is not as expected: {error}"))
    };
    let schemas: Schemas = serde_json::from_str(&json).map_err(|error| unusable(&error))?;
    let mut all = schemas.provider_schemas.into_values();
    all.next().ok_or_else(|| unusable(&"it has no provider"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_differs_is_shown_by_its_first_line_that_does() {
        assert_eq!(
            difference("a\nb\nc\n", "a\nB\nc\n"),
            "2 reads\n    b\n  and should read\n    B"
        );
        assert_eq!(difference("a\n", "a\nb\n"), "2 is where it should end, or go on");
    }
}
