//! Modal's OIDC subjects: which functions of a workspace a role trusts, as IAM patterns.
//!
//! A Modal container's token says
//! `modal:workspace_id:W:environment_name:E:app_name:A:function_name:F:container_id:C`
//! (<https://modal.com/docs/guide/oidc-integration>). IAM compares patterns with that whole string,
//! so a character that could end one part early, or match more than itself, is refused here.

mod check;
mod note;
mod parse;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use self::check::doubt_workspace_id;
pub use self::check::{
    check_app_name, check_environment_name, check_function_name, check_workspace_id,
};
pub use self::note::{Part, SubjectNote};
pub use self::parse::{Claim, parse_patterns};

/// The Modal functions that one `subject` block names. Once made, it cannot match more than that.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    workspace_id: String,
    environment_name: String,
    app_name: Option<String>,
    function_name: Option<String>,
}

impl Subject {
    /// A lower part needs the upper one: a function is a function of some app.
    pub fn new(
        workspace_id: &str,
        environment_name: &str,
        app_name: Option<&str>,
        function_name: Option<&str>,
    ) -> Result<Self, SubjectNote> {
        check_workspace_id(workspace_id)?;
        check_environment_name(environment_name)?;
        app_name.map_or(Ok(()), check_app_name)?;
        function_name.map_or(Ok(()), check_function_name)?;
        if function_name.is_some() && app_name.is_none() {
            return Err(SubjectNote::new(
                Part::FunctionName,
                "function_name needs app_name: functions of different apps may share a name",
            ));
        }
        Ok(Self {
            workspace_id: workspace_id.to_owned(),
            environment_name: environment_name.to_owned(),
            app_name: app_name.map(str::to_owned),
            function_name: function_name.map(str::to_owned),
        })
    }

    /// Modal's id of the workspace.
    pub fn workspace_id(&self) -> &str {
        &self.workspace_id
    }

    /// The environment, or `*`.
    pub fn environment_name(&self) -> &str {
        &self.environment_name
    }

    /// The app; none means every app of the environment.
    pub fn app_name(&self) -> Option<&str> {
        self.app_name.as_deref()
    }

    /// The function, class or prefix; none means every function of the app.
    pub fn function_name(&self) -> Option<&str> {
        self.function_name.as_deref()
    }

    /// The `StringLike` patterns: one, or two where the function may be a class.
    ///
    /// Modal runs a class's methods in one service function, registered as `Class.*`, and its
    /// documentation does not say which of the two forms the token carries. No other function's
    /// name has a dot in it, so the second pattern trusts nothing else.
    pub fn patterns(&self) -> Vec<String> {
        let mut scope = format!(
            "modal:workspace_id:{}:environment_name:{}",
            self.workspace_id, self.environment_name
        );
        let Some(app_name) = &self.app_name else { return vec![format!("{scope}:*")] };
        scope.push_str(":app_name:");
        scope.push_str(app_name);
        let Some(function_name) = &self.function_name else { return vec![format!("{scope}:*")] };

        // The colon before the star matters: `function_name:f*` also matches `f2`.
        match function_name.split_once('.') {
            Some((class, _method)) => both_forms(&scope, class),
            None if function_name.ends_with('*') => {
                vec![format!("{scope}:function_name:{function_name}:*")]
            }
            None => both_forms(&scope, function_name),
        }
    }

    /// What deserves a second look: wildcards, an app left open, an id with an unusual prefix.
    pub fn warnings(&self) -> Vec<SubjectNote> {
        let mut warnings = Vec::new();
        warnings.extend(doubt_workspace_id(&self.workspace_id));
        if self.environment_name == "*" {
            warnings.push(SubjectNote::new(
                Part::EnvironmentName,
                "environment_name = \"*\" trusts every environment of the workspace, those that \
                 anybody adds later too",
            ));
        }
        match (&self.app_name, &self.function_name) {
            (None, _) => warnings.push(SubjectNote::new(
                Part::AppName,
                "without app_name the role trusts every app of the environment; name the app that \
                 needs the role",
            )),
            (Some(_), Some(function)) if function.ends_with('*') && !function.ends_with(".*") => {
                warnings.push(SubjectNote::new(
                    Part::FunctionName,
                    format!(
                        "function_name = \"{function}\" trusts every function of the app whose name \
                         begins so, those that anybody deploys later too"
                    ),
                ));
            }
            _ => {}
        }
        warnings
    }
}

/// The patterns of several subjects, each once, in order.
pub fn patterns(subjects: &[Subject]) -> Vec<String> {
    let mut patterns = Vec::new();
    for pattern in subjects.iter().flat_map(Subject::patterns) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    patterns
}

fn both_forms(scope: &str, name: &str) -> Vec<String> {
    vec![format!("{scope}:function_name:{name}:*"), format!("{scope}:function_name:{name}.*:*")]
}
