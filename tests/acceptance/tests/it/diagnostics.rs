//! Diagnostics as they read in every run: what differs from run to run becomes a word.

use acceptance::World;

/// All of them, with a line between, and with words for the account, for AWS's request ids and for
/// the address of the local AWS.
pub(crate) fn said(world: &World, diagnostics: &[String]) -> String {
    let text = diagnostics.join("\n---\n");
    let text = text.replace(world.aws.id(), "<account>");
    let text = text.replace(world.aws.endpoint(), "<endpoint>");
    let lines = text.lines().map(|line| match line.split_once("AWS request id: ") {
        Some((before, _)) => format!("{before}AWS request id: <id>"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The `import` block that an error prints, with the practitioner's name for the resource in it.
pub(crate) fn import_block(error: &str, address: &str) -> String {
    acceptance::import_block(error, address).unwrap_or_else(|| panic!("no import block: {error}"))
}
