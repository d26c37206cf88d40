//! What a page shows before it explains: the files of `examples/`, as they stand there.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use acceptance::Workspace;

use crate::error::Error;

/// The main example of a folder and whatever stands beside it, each as a block of code. The others
/// are headed by their first line, a comment.
pub(super) fn usage(workspace: &Workspace, folder: &str, main: &str) -> Result<String, Error> {
    let mut text = format!("\n## Example Usage\n\n{}", fenced(&read(workspace, folder, main)?));
    let entries =
        fs::read_dir(workspace.file(folder)).map_err(Error::io(format!("read {folder}")))?;
    let mut others: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io(format!("read {folder}")))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".tf") && name != main && !name.starts_with("import") {
            others.push(path);
        }
    }
    others.sort();
    for other in others {
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        let content = read(workspace, folder, &name)?;
        let Some((title, rest)) =
            content.strip_prefix("# ").and_then(|content| content.split_once('\n'))
        else {
            return Err(Error::Unusable(format!(
                "{folder}/{name} must begin with a comment: the heading of the example"
            )));
        };
        let title = title.trim_end_matches('.');
        write!(text, "\n### {title}\n\n{}", fenced(rest)).ok();
    }
    Ok(text)
}

/// How something that exists comes into state.
pub(super) fn import(workspace: &Workspace, folder: &str) -> Result<String, Error> {
    let script = read(workspace, folder, "import.sh")?;
    let mut text = "\n## Import\n\n".to_owned();
    if let Ok(block) = read(workspace, folder, "import-by-identity.tf") {
        write!(text, "By identity, with Terraform 1.12 and later:\n\n{}\n", fenced(&block)).ok();
    }
    write!(
        text,
        "By ID, in an `import` block or by `terraform import`:\n\n```shell\n{}\n```\n",
        script.trim()
    )
    .ok();
    Ok(text)
}

fn fenced(hcl: &str) -> String {
    format!("```terraform\n{}\n```\n", hcl.trim())
}

fn read(workspace: &Workspace, folder: &str, name: &str) -> Result<String, Error> {
    let file = workspace.file(folder).join(name);
    fs::read_to_string(file).map_err(Error::io(format!("read {folder}/{name}")))
}
