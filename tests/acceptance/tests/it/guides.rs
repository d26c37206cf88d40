//! The HCL of README.md and of the guides, as it stands there: `terraform validate` takes it.
//!
//! Blocks that are marked `terraform` or `hcl` must be whole: no page shows a part of a resource. All
//! of a page are one configuration; one that declares again what the page has declared already is an
//! alternative to that, and is validated in its place. What pages take for granted stands in
//! `fixtures/guides/prelude.tf`.

use std::fs;
use std::path::{Path, PathBuf};

use acceptance::{Core, LocalModal, Workspace, World};

use crate::composed::Schema;

const PRELUDE: &str = "tests/acceptance/fixtures/guides/prelude.tf";

/// The first with lists and actions.
const CORE: Core = Core::V1_14;

/// Blocks that a configuration consists of.
const KINDS: &[&str] = &[
    "action",
    "check",
    "data",
    "ephemeral",
    "import",
    "list",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
];

/// In the place of what a resource of another provider has: not known before the apply.
const ELSEWHERE: &str = r#"
resource "terraform_data" "elsewhere" {}
"#;

#[test]
fn terraform_takes_the_hcl_of_every_page_and_aws_has_every_argument_in_it() {
    let world = World::start().on(CORE);
    let schema = Schema::read();
    let mut seen = 0;
    for page in pages() {
        for (number, blocks) in configurations(&page).into_iter().enumerate() {
            let place = format!("{}, configuration {}", page.display(), number + 1);
            let text = joined(&blocks);
            assert_eq!(schema.faults(&text), [] as [String; 0], "{place}");
            // Where each provider comes from is the harness's affair here.
            let ours = blocks.iter().filter(|block| {
                !block.is_of_hashicorp_aws()
                    && block.kind() != "terraform"
                    && block.kind() != "list"
            });
            let ours = ours.map(|block| without_references(&block.text, &schema, &place));
            let config = world.config(&(ours.collect::<String>() + ELSEWHERE));
            let lists = blocks.iter().filter(|block| block.kind() == "list");
            config.write(
                "lists.tfquery.hcl",
                &lists.map(|block| block.text.as_str()).collect::<String>(),
            );
            let finished = config.run(&["validate", "-no-color", "-query"]);
            assert!(finished.succeeded(), "{place}:\n{}", finished.output);
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} configurations are there");
}

/// With `hashicorp/aws` 5 or later, where `HASHICORP_AWS_MIRROR` names a mirror that has it:
/// `cargo xtask test` leaves these out where it does not.
mod mirrored {
    use acceptance::HashicorpAws;

    use super::*;

    /// The pages with that provider, too, whole. All in one folder: to install it takes long.
    #[test]
    fn terraform_takes_the_hcl_of_every_page_with_hashicorp_aws() {
        let world = World::start().on(CORE);
        let folder = "examples/complete/s3-composed";
        let config = world.config_with_hashicorp_aws(HashicorpAws::Mirrored, folder);
        config.init();
        for page in pages() {
            for (number, blocks) in configurations(&page).into_iter().enumerate() {
                let resources = blocks.iter().filter(|block| block.kind() != "list");
                config.rewrite(&joined(resources));
                let says_itself = blocks.iter().any(|block| block.kind() == "terraform");
                config.write("versions.tf", if says_itself { "" } else { SOURCE });
                let finished = config.run(&["validate", "-no-color"]);
                let place = format!("{}, configuration {}", page.display(), number + 1);
                assert!(finished.succeeded(), "{place}:\n{}", finished.output);
            }
        }
    }

    /// As a practitioner who has copied it, with the two variables set.
    #[test]
    fn the_quick_start_of_the_readme_applies_and_goes() {
        let world = World::start();
        let readme = fs::read_to_string(Workspace::here().file("README.md")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("main.tf"), fences(&readme).concat()).unwrap();
        let folder = folder.path().display().to_string();
        let config = world.config_with_hashicorp_aws(HashicorpAws::Mirrored, &folder);
        let config = config
            .with_env("MODAL_SERVER_URL", world.modal().server_url())
            .with_env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
            .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET);
        config.apply();
        config.plan().assert_empty();
        let workspace = &config.resource("modal_oidc_role.thumbnails").unwrap()["workspace_id"];
        assert_eq!(workspace, world.modal().workspace_id());
        config.destroy();
    }
}

/// For pages that do not say where the provider comes from.
const SOURCE: &str = r#"
terraform {
  required_providers {
    modal = {
      source = "modal-bridge/modal"
    }
  }
}
"#;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    /// The line up to its brace: `resource "aws_s3_bucket" "images"`.
    header: String,
    text: String,
}

impl Block {
    fn kind(&self) -> &str {
        self.header.split(' ').next().unwrap_or_default()
    }

    /// What two blocks of one configuration may not share; none of those that have no name.
    fn declares(&self) -> Option<&str> {
        let nameless = ["import", "locals", "moved", "removed"].contains(&self.kind());
        (!nameless).then_some(self.header.as_str())
    }

    fn is_of_hashicorp_aws(&self) -> bool {
        let named = self.header.split('"').nth(1).unwrap_or_default();
        let from = self.kind() == "removed" && self.text.contains("from = aws_");
        named == "aws" || named.starts_with("aws_") || from
    }
}

/// README.md and the guides.
fn pages() -> Vec<PathBuf> {
    let guides = Workspace::here().file("docs/guides");
    let mut pages: Vec<_> =
        fs::read_dir(guides).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.push(Workspace::here().file("README.md"));
    pages.sort();
    pages
}

/// What a page shows, with what it takes for granted: one configuration, and another for each
/// alternative.
fn configurations(page: &Path) -> Vec<Vec<Block>> {
    let prelude = blocks(&fs::read_to_string(Workspace::here().file(PRELUDE)).unwrap());
    let shown = fences(&fs::read_to_string(page).unwrap());
    let mut all = Vec::new();
    let mut current: Vec<Block> = Vec::new();
    for block in shown.iter().flat_map(|fence| blocks(fence)) {
        assert!(KINDS.contains(&block.kind()), "{}: a part: {}", page.display(), block.text);
        let earlier = current
            .iter()
            .position(|known| block.declares().is_some() && known.declares() == block.declares());
        match earlier {
            Some(index) => {
                all.push(current.clone());
                current[index] = block;
            }
            None => current.push(block),
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    for configuration in &mut all {
        let taken_for_granted = prelude
            .iter()
            .filter(|block| configuration.iter().all(|own| own.declares() != block.declares()));
        let mut taken_for_granted: Vec<_> = taken_for_granted.cloned().collect();
        configuration.append(&mut taken_for_granted);
    }
    all
}

/// The HCL between the fences of Markdown.
fn fences(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in markdown.lines() {
        match &mut open {
            None if line == "```terraform" || line == "```hcl" => open = Some(String::new()),
            Some(_) if line == "```" => found.extend(open.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    assert_eq!(open, None, "a fence is open");
    found
}

/// The top blocks of formatted HCL.
fn blocks(hcl: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in hcl.lines() {
        if let Some(block) = &mut open {
            block.text.push_str(line);
            block.text.push('\n');
            if line == "}" {
                found.extend(open.take());
            }
            continue;
        }
        let Some((header, rest)) = line.split_once('{') else {
            assert!(line.is_empty() || line.starts_with('#'), "outside of a block: {line}");
            continue;
        };
        let block = Block { header: header.trim_end().to_owned(), text: format!("{line}\n") };
        match rest.contains('}') {
            true => found.push(block),
            false => open = Some(block),
        }
    }
    assert_eq!(open, None, "a block is open");
    found
}

fn joined<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> String {
    blocks.into_iter().map(|block| format!("{}\n", block.text)).collect()
}

/// The text with something unknown in the place of `aws_s3_bucket.images.arn` and the like, of
/// which the schema must have the attribute.
fn without_references(text: &str, schema: &Schema, place: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let mut rest = text;
    let mut written = String::new();
    while let Some(start) = rest.find("aws_") {
        let (before, from_here) = rest.split_at(start);
        let word =
            &from_here[..from_here.find(|letter| !is_part(letter)).unwrap_or(from_here.len())];
        let parts: Vec<_> = word.split('.').collect();
        let is_whole_word = !before.ends_with(|letter: char| is_part(letter) || letter == '"');
        written.push_str(before);
        match parts[..] {
            [resource, _, attribute, ..] if is_whole_word => {
                assert!(schema.has(resource, attribute), "{place}: {resource} has no {attribute}");
                written.push_str("terraform_data.elsewhere.id");
            }
            _ => written.push_str(word),
        }
        rest = &from_here[word.len()..];
    }
    written + rest + "\n"
}

#[test]
fn what_a_page_declares_again_is_an_alternative() {
    let page = tempfile::NamedTempFile::new().unwrap();
    let markdown = "text\n\n```terraform\nvariable \"a\" {}\n\nresource \"x\" \"y\" {\n  n = 1\n}\n```\n\n\
                    ```terraform\nresource \"x\" \"y\" {\n  n = 2\n}\n```\n\n```shell\nls\n```\n";
    fs::write(page.path(), markdown).unwrap();
    let found = configurations(page.path());
    assert_eq!(found.len(), 2);
    for (configuration, second) in found.iter().zip(["  n = 1\n", "  n = 2\n"]) {
        assert_eq!(configuration[0].text, "variable \"a\" {}\n");
        assert!(configuration[1].text.contains(second), "{configuration:?}");
        assert!(configuration.iter().any(|block| block.header.contains("modal_token_secret")));
    }
}

#[test]
fn what_refers_to_another_provider_is_not_known() {
    let schema = Schema::read();
    let text = "  a = [aws_s3_bucket.images.arn, \"${aws_s3_bucket.images.id}/*\"]\n  from = aws_iam_role.rag\n";
    assert_eq!(
        without_references(text, &schema, "here"),
        "  a = [terraform_data.elsewhere.id, \"${terraform_data.elsewhere.id}/*\"]\n  from = aws_iam_role.rag\n\n"
    );
}
