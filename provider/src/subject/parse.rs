//! The way back: what a subject, or a pattern of one, says.

use super::{
    Subject, check_app_name, check_environment_name, check_function_name, check_workspace_id,
};

/// The parts of a subject, as far as it names them.
///
/// Of a token's subject, all are there. A pattern ends in `:*`, which stands for the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Modal's id of the workspace.
    pub workspace_id: String,
    /// The environment, or `*`.
    pub environment_name: Option<String>,
    /// The app.
    pub app_name: Option<String>,
    /// The function; in a pattern, maybe with a `*` at the end.
    pub function_name: Option<String>,
    /// The container, which no pattern names.
    pub container_id: Option<String>,
}

impl Claim {
    /// Fails with the rest of a sentence that begins with what holds the subject.
    pub fn parse(subject: &str) -> Result<Self, String> {
        let mut parts = Parts::of(subject)?;
        let workspace_id = parts
            .next("workspace_id", |value| check_workspace_id(value).map_err(|note| note.message))?
            .ok_or_else(|| format!("is {subject:?}, which is open to every workspace of Modal"))?;
        let mut name =
            |key, check: fn(&str) -> Result<(), super::SubjectNote>| -> Result<_, String> {
                parts.next(key, |value| check(value).map_err(|note| note.message))
            };
        let environment_name = name("environment_name", check_environment_name)?;
        let app_name = name("app_name", check_app_name)?;
        let function_name = name("function_name", check_function_name)?;
        let container_id = parts.next("container_id", check_container_id)?;
        parts.end()?;
        Ok(Self { workspace_id, environment_name, app_name, function_name, container_id })
    }

    /// The subject that one pattern alone stands for: `Class.*` is the class.
    fn subject(&self) -> Option<Subject> {
        if self.container_id.is_some() {
            return None;
        }
        let function_name = self.function_name.as_deref();
        Subject::new(
            &self.workspace_id,
            self.environment_name.as_deref().unwrap_or("*"),
            self.app_name.as_deref(),
            function_name.map(|name| name.strip_suffix(".*").unwrap_or(name)),
        )
        .ok()
    }
}

/// The subjects that a list of patterns names, each once; `None` when one of them is foreign.
///
/// A pattern counts that this provider would write in another way, as one from Modal's guide:
/// whoever must know that it is the same compares [`super::patterns`].
pub fn parse_patterns(patterns: &[String]) -> Option<Vec<Subject>> {
    let mut subjects = Vec::new();
    for pattern in patterns {
        let subject = Claim::parse(pattern).ok()?.subject()?;
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    Some(subjects)
}

/// What is left of a subject.
struct Parts<'a> {
    subject: &'a str,
    rest: Vec<&'a str>,
    /// Whether a `*` stood for the rest.
    open: bool,
}

impl<'a> Parts<'a> {
    fn of(subject: &'a str) -> Result<Self, String> {
        match subject.split(':').collect::<Vec<_>>().as_slice() {
            ["modal", rest @ ..] => Ok(Self { subject, rest: rest.to_vec(), open: false }),
            _ => Err(format!("is {subject:?}; subjects of Modal begin with \"modal:\"")),
        }
    }

    /// The value of the next part. `None` once a `*` stood for the rest.
    fn next(
        &mut self,
        key: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, String> {
        if self.open {
            return Ok(None);
        }
        let subject = self.subject;
        let (value, rest) = match self.rest.as_slice() {
            ["*"] => {
                self.open = true;
                return Ok(None);
            }
            [found, value, rest @ ..] if *found == key => (*value, rest.to_vec()),
            _ => {
                return Err(format!(
                    "is {subject:?}; expected \"{key}:\" and its value, or \"*\" at the end, after \
                     what comes before"
                ));
            }
        };
        check(value).map_err(|fault| format!("is {subject:?}: {fault}"))?;
        self.rest = rest;
        Ok(Some(value.to_owned()))
    }

    fn end(self) -> Result<(), String> {
        if self.open || self.rest.is_empty() {
            return Ok(());
        }
        Err(format!("is {:?}; nothing comes after the container", self.subject))
    }
}

fn check_container_id(container_id: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if !container_id.is_empty() && container_id.chars().all(known) {
        return Ok(());
    }
    Err(format!("container_id is {container_id:?}; expected letters, digits and hyphens"))
}
