//! What practitioners read when something is wrong, and the attribute it is about.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// One error or warning. `Display` is not implemented: Terraform renders diagnostics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// One line, no full stop: what could not be done to which thing.
    pub summary: String,
    /// What to do about it, then the other side's own words.
    pub detail: String,
    /// The attribute that caused it; empty for the whole resource.
    pub attribute: AttributePath,
}

impl Diagnostic {
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            attribute: AttributePath::default(),
        }
    }

    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// An error that no configuration can cause or mend.
    pub fn bug(detail: impl AsRef<str>) -> Self {
        Self::error(
            "The provider hit a bug",
            format!(
                "{}\n\nThis is a mistake in the provider, not in your configuration. Please \
                 report it to the provider's developers with the configuration that led here.",
                detail.as_ref()
            ),
        )
    }

    /// Points at `attribute`.
    #[must_use]
    pub fn at(mut self, attribute: impl Into<AttributePath>) -> Self {
        self.attribute = attribute.into();
        self
    }
}

/// The way to an attribute, from the resource down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributePath(Vec<Step>);

/// One step of an [`AttributePath`]. There is none for elements of sets: point at the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Attribute(String),
    Key(String),
    Index(usize),
}

impl AttributePath {
    /// The path with one more step.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The path to a member of this block or object.
    #[must_use]
    pub fn attribute(&self, name: impl Into<String>) -> Self {
        self.join(Step::Attribute(name.into()))
    }

    /// The path to an element of this list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.join(Step::Index(index))
    }

    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl From<&str> for AttributePath {
    fn from(name: &str) -> Self {
        Self::default().attribute(name)
    }
}

/// As HCL writes it: `subject[0].app_name`.
impl std::fmt::Display for AttributePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_in_hcl() {
        let path = AttributePath::from("subject").index(1).attribute("app_name");
        assert_eq!(path.to_string(), "subject[1].app_name");
        let path = AttributePath::from("tags").join(Step::Key("a b".to_owned()));
        assert_eq!(path.to_string(), "tags[\"a b\"]");
    }
}
