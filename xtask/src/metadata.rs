//! What cargo knows of this workspace and of all that it depends on.

use serde::Deserialize;

use crate::Context;
use crate::error::Error;

/// The part of `cargo metadata` that matters here.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) resolve: Resolve,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// None for what is in this workspace.
    pub(crate) source: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
pub(crate) struct DependencyKind {
    /// None for one that is linked in; `dev` and `build` are not.
    pub(crate) kind: Option<String>,
}

impl Metadata {
    /// Of all that is needed on any platform.
    pub(crate) fn read(context: &Context) -> Result<Self, Error> {
        let mut cargo = context.cargo();
        cargo.args(["metadata", "--format-version=1", "--locked"]);
        let json = context.children.output(&mut cargo)?;
        serde_json::from_str(&json).map_err(|error| {
            Error::Unusable(format!("`cargo metadata` is not as expected: {error}"))
        })
    }
}
