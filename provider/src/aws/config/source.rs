//! Where a setting comes from: what an error about it must say.

use std::fmt;

/// A place that a practitioner can go to and correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An attribute of the provider block, or several.
    Block(&'static str),
    /// A variable of the environment, or several.
    Variable(&'static str),
    /// A profile of the shared files.
    Profile {
        /// Its name.
        name: String,
        /// Where the name itself comes from; `None` for the profile that is taken by default.
        named_by: Option<Box<Source>>,
        /// The files that were read.
        files: Vec<String>,
    },
    /// The container's credentials, or the machine's.
    Machine(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(attributes) => write!(f, "{attributes} in the provider block"),
            Self::Variable(names) => f.write_str(names),
            Self::Profile { name, named_by, files } => {
                write!(f, "profile {name:?}")?;
                if let Some(named_by) = named_by {
                    write!(f, " (named by {named_by})")?;
                }
                if !files.is_empty() {
                    write!(f, " in {}", files.join(" and "))?;
                }
                Ok(())
            }
            Self::Machine(what) => f.write_str(what),
        }
    }
}

/// A value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub source: Source,
}

impl<T> Sourced<T> {
    /// A value of the provider block.
    pub fn block(attribute: &'static str, value: T) -> Self {
        Self { value, source: Source::Block(attribute) }
    }

    /// A value of the environment.
    pub fn variable(name: &'static str, value: T) -> Self {
        Self { value, source: Source::Variable(name) }
    }
}

impl Sourced<&str> {
    /// The same, to keep.
    pub fn owned(&self) -> Sourced<String> {
        Sourced { value: self.value.to_owned(), source: self.source.clone() }
    }
}
