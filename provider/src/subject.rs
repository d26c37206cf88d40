//! Modal's OIDC subjects: which functions of a workspace a role trusts, as IAM patterns.
//!
//! A Modal container's token says
//! `modal:workspace_id:W:environment_name:E:app_name:A:function_name:F:container_id:C`
//! (<https://modal.com/docs/guide/oidc-integration>). IAM compares patterns with that whole string,
//! so a character that could end one part early, or match more than itself, is refused here.

use thiserror::Error;

/// The part of a subject that a message is about, by the name of its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `workspace_id`
    WorkspaceId,
    /// `environment_name`
    EnvironmentName,
    /// `app_name`
    AppName,
    /// `function_name`
    FunctionName,
}

impl Part {
    /// The attribute's name.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::WorkspaceId => "workspace_id",
            Self::EnvironmentName => "environment_name",
            Self::AppName => "app_name",
            Self::FunctionName => "function_name",
        }
    }
}

/// Why a subject was refused, or what to think of before using it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SubjectNote {
    /// Where to point.
    pub part: Part,
    /// One or two sentences for the practitioner.
    pub message: String,
}

impl SubjectNote {
    fn new(part: Part, message: impl Into<String>) -> Self {
        Self { part, message: message.into() }
    }

    /// The message as the rest of a sentence that begins with the attribute's name.
    pub fn predicate(&self) -> String {
        let attribute = self.part.attribute();
        match self.message.strip_prefix(attribute).and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => format!("{rest}."),
            None => format!("cannot be used: {}.", self.message),
        }
    }
}

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

    /// The subject that these patterns, in this order, were written for; `None` for any others.
    ///
    /// `Class.method` comes back as `Class`: a token does not say which method runs.
    fn parse(patterns: &[String]) -> Option<Self> {
        let parts: Vec<&str> = patterns.first()?.split(':').collect();
        let (workspace_id, environment_name, app_name, function_name) = match parts[..] {
            ["modal", "workspace_id", workspace, "environment_name", environment, "*"] => {
                (workspace, environment, None, None)
            }
            [
                "modal",
                "workspace_id",
                workspace,
                "environment_name",
                environment,
                "app_name",
                app,
                "*",
            ] => (workspace, environment, Some(app), None),
            [
                "modal",
                "workspace_id",
                workspace,
                "environment_name",
                environment,
                "app_name",
                app,
                "function_name",
                function,
                "*",
            ] => (workspace, environment, Some(app), Some(function)),
            _ => return None,
        };
        let subject = Self::new(workspace_id, environment_name, app_name, function_name).ok()?;
        (subject.patterns() == patterns).then_some(subject)
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

/// The way back: the subjects whose patterns these are, or `None` when one of them is foreign.
pub fn parse_patterns(patterns: &[String]) -> Option<Vec<Subject>> {
    let mut subjects = Vec::new();
    let mut rest = patterns;
    while !rest.is_empty() {
        let taken = [2, 1]
            .into_iter()
            .filter(|count| *count <= rest.len())
            .find_map(|count| Some((count, Subject::parse(&rest[..count])?)));
        let (count, subject) = taken?;
        subjects.push(subject);
        rest = &rest[count..];
    }
    Some(subjects)
}

/// Whether `workspace_id` can stand in a pattern.
pub fn check_workspace_id(workspace_id: &str) -> Result<(), SubjectNote> {
    if !workspace_id.is_empty()
        && workspace_id.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
    {
        return Ok(());
    }
    Err(SubjectNote::new(
        Part::WorkspaceId,
        format!(
            "workspace_id is \"{workspace_id}\"; expected the id that \"modal token info\" prints, \
             such as \"ac-2x7Kq\": letters, digits and hyphens"
        ),
    ))
}

/// Whether `environment_name` can stand in a pattern. `*` alone is every environment.
pub fn check_environment_name(environment_name: &str) -> Result<(), SubjectNote> {
    if environment_name == "*" {
        return Ok(());
    }
    check_name(Part::EnvironmentName, environment_name)
}

/// Whether `app_name` can stand in a pattern.
pub fn check_app_name(app_name: &str) -> Result<(), SubjectNote> {
    check_name(Part::AppName, app_name)?;
    let id = app_name
        .strip_prefix("ap-")
        .is_some_and(|id| id.len() == 22 && id.chars().all(|char| char.is_ascii_alphanumeric()));
    if id {
        return Err(SubjectNote::new(
            Part::AppName,
            format!("app_name is \"{app_name}\", an app's id; expected the app's name"),
        ));
    }
    Ok(())
}

/// Whether `function_name` can stand in a pattern: `name`, `Class.method`, `Class.*` or `prefix*`.
pub fn check_function_name(function_name: &str) -> Result<(), SubjectNote> {
    let refused = |expected: &str| {
        Err(SubjectNote::new(
            Part::FunctionName,
            format!("function_name is \"{function_name}\"; expected {expected}"),
        ))
    };
    if function_name == "*" {
        return refused("a name; leave function_name out to trust every function of the app");
    }
    if let Some((class, method)) = function_name.split_once('.') {
        if is_identifier(class) && (method == "*" || is_identifier(method)) {
            return Ok(());
        }
        return refused("\"Class.method\" or \"Class.*\" where there is a dot");
    }
    if is_identifier(function_name.strip_suffix('*').unwrap_or(function_name)) {
        return Ok(());
    }
    refused(
        "letters, digits, underscores and hyphens, and no wildcard but a star at the end, such as \
         \"resize\", \"Model.predict\" or \"resize_*\"",
    )
}

fn both_forms(scope: &str, name: &str) -> Vec<String> {
    vec![format!("{scope}:function_name:{name}:*"), format!("{scope}:function_name:{name}.*:*")]
}

fn doubt_workspace_id(workspace_id: &str) -> Option<SubjectNote> {
    let message = if workspace_id.starts_with("ws-") {
        format!(
            "workspace_id is \"{workspace_id}\"; Modal's workspace ids begin with \"ac-\", and \
             \"ws-\" is a prefix that some guides show by mistake. \"modal token info\" prints the id"
        )
    } else if workspace_id.starts_with("ac-") {
        return None;
    } else {
        format!(
            "workspace_id is \"{workspace_id}\"; Modal's workspace ids begin with \"ac-\". Is this \
             the workspace's name? \"modal token info\" prints the id"
        )
    };
    Some(SubjectNote::new(Part::WorkspaceId, message))
}

/// Modal's rule for names of apps and environments; an app that broke it would get no token.
fn check_name(part: Part, name: &str) -> Result<(), SubjectNote> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    if !name.is_empty() && name.len() <= 64 && name.chars().all(allowed) {
        return Ok(());
    }
    let attribute = part.attribute();
    Err(SubjectNote::new(
        part,
        format!(
            "{attribute} is \"{name}\"; expected 1 to 64 letters, digits, hyphens, underscores and \
             periods"
        ),
    ))
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const SCOPE: &str = "modal:workspace_id:ac-1:environment_name:main";

    fn subject(environment: &str, app: Option<&str>, function: Option<&str>) -> Subject {
        Subject::new("ac-1", environment, app, function).unwrap()
    }

    fn refusal(
        workspace: &str,
        environment: &str,
        app: Option<&str>,
        function: Option<&str>,
    ) -> String {
        let note = Subject::new(workspace, environment, app, function).unwrap_err();
        assert!(note.message.starts_with(note.part.attribute()), "{note:?}");
        note.to_string()
    }

    #[test]
    fn a_function_is_matched_whole_in_both_forms() {
        assert_eq!(
            subject("main", Some("images"), Some("resize")).patterns(),
            [
                format!("{SCOPE}:app_name:images:function_name:resize:*"),
                format!("{SCOPE}:app_name:images:function_name:resize.*:*"),
            ]
        );
    }

    #[test]
    fn each_part_left_out_opens_one_level() {
        assert_eq!(
            subject("main", Some("images"), None).patterns(),
            [format!("{SCOPE}:app_name:images:*")]
        );
        assert_eq!(subject("main", None, None).patterns(), [format!("{SCOPE}:*")]);
        assert_eq!(
            subject("*", Some("images"), None).patterns(),
            ["modal:workspace_id:ac-1:environment_name:*:app_name:images:*"]
        );
    }

    #[test]
    fn a_method_is_its_class() {
        let class = subject("main", Some("images"), Some("Model")).patterns();
        assert_eq!(subject("main", Some("images"), Some("Model.predict")).patterns(), class);
        assert_eq!(subject("main", Some("images"), Some("Model.*")).patterns(), class);
    }

    #[test]
    fn a_star_at_the_end_is_a_prefix() {
        assert_eq!(
            subject("main", Some("images"), Some("resize_*")).patterns(),
            [format!("{SCOPE}:app_name:images:function_name:resize_*:*")]
        );
    }

    #[test]
    fn patterns_lead_back_to_their_subjects() {
        let subjects = [
            subject("main", Some("images"), Some("resize")),
            subject("main", Some("images"), Some("thumb*")),
            subject("dev", Some("images"), None),
            subject("*", None, None),
        ];
        assert_eq!(parse_patterns(&patterns(&subjects)), Some(subjects.to_vec()));
    }

    #[test]
    fn foreign_patterns_lead_nowhere() {
        for foreign in [
            "modal:workspace_id:*",
            "modal:workspace_id:*:environment_name:main:*",
            "modal:workspace_id:ac-1:environment_name:ma*:*",
            "modal:workspace_id:ac-1:environment_name:main:app_name:*:*",
            "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:f",
            "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:f:*",
            "*",
            "",
        ] {
            assert_eq!(parse_patterns(&[foreign.to_owned()]), None, "{foreign}");
        }
    }

    #[test]
    fn a_pattern_that_two_subjects_share_is_written_once() {
        let subjects = [
            subject("main", Some("images"), Some("Model")),
            subject("main", Some("images"), Some("Model.predict")),
        ];
        assert_eq!(patterns(&subjects).len(), 2);
    }

    #[test]
    fn nothing_that_could_widen_a_pattern_is_accepted() {
        for bad in ["", "*", "a*", "a:b", "a?", "${aws:x}", "a b", "ä"] {
            assert!(Subject::new(bad, "main", None, None).is_err(), "workspace {bad:?}");
            assert!(Subject::new("ac-1", "main", Some(bad), None).is_err(), "app {bad:?}");
        }
        for bad in ["", "**", "a*", "*a", "a:b", "a?", "$a", "a b", &"a".repeat(65)] {
            assert!(Subject::new("ac-1", bad, None, None).is_err(), "environment {bad:?}");
        }
        for bad in ["", "*", "**", "a*b", "*a", "a:b", "a?", "$a", "a.b.c", "a.", ".a", "a.b*"] {
            assert!(
                Subject::new("ac-1", "main", Some("a"), Some(bad)).is_err(),
                "function {bad:?}"
            );
        }
    }

    #[test]
    fn a_refusal_says_what_was_expected() {
        expect![[r#"workspace_id is "*"; expected the id that "modal token info" prints, such as "ac-2x7Kq": letters, digits and hyphens"#]]
            .assert_eq(&refusal("*", "main", None, None));
        expect![[r#"environment_name is "ma*"; expected 1 to 64 letters, digits, hyphens, underscores and periods"#]]
            .assert_eq(&refusal("ac-1", "ma*", None, None));
        expect![[r#"app_name is "a:b"; expected 1 to 64 letters, digits, hyphens, underscores and periods"#]]
            .assert_eq(&refusal("ac-1", "main", Some("a:b"), None));
        expect![[
            r#"app_name is "ap-0123456789abcdefghijkl", an app's id; expected the app's name"#
        ]]
        .assert_eq(&refusal("ac-1", "main", Some("ap-0123456789abcdefghijkl"), None));
        expect![[r#"function_name is "a?"; expected letters, digits, underscores and hyphens, and no wildcard but a star at the end, such as "resize", "Model.predict" or "resize_*""#]]
            .assert_eq(&refusal("ac-1", "main", Some("a"), Some("a?")));
        expect![[r#"function_name is "*"; expected a name; leave function_name out to trust every function of the app"#]]
            .assert_eq(&refusal("ac-1", "main", Some("a"), Some("*")));
        expect![[
            r#"function_name is "M.p*"; expected "Class.method" or "Class.*" where there is a dot"#
        ]]
        .assert_eq(&refusal("ac-1", "main", Some("a"), Some("M.p*")));
        expect!["function_name needs app_name: functions of different apps may share a name"]
            .assert_eq(&refusal("ac-1", "main", None, Some("f")));
    }

    #[test]
    fn a_narrow_subject_is_not_warned_about() {
        assert_eq!(subject("main", Some("images"), Some("Model.*")).warnings(), []);
    }

    #[test]
    fn whatever_is_open_is_warned_about() {
        let warnings = |subject: Result<Subject, SubjectNote>| {
            let notes = subject.unwrap().warnings();
            notes.iter().map(SubjectNote::to_string).collect::<Vec<_>>().join("\n")
        };
        expect![[r#"
            workspace_id is "ws-1"; Modal's workspace ids begin with "ac-", and "ws-" is a prefix that some guides show by mistake. "modal token info" prints the id
            environment_name = "*" trusts every environment of the workspace, those that anybody adds later too
            without app_name the role trusts every app of the environment; name the app that needs the role"#]]
        .assert_eq(&warnings(Subject::new("ws-1", "*", None, None)));
        expect![[r#"
            workspace_id is "acme"; Modal's workspace ids begin with "ac-". Is this the workspace's name? "modal token info" prints the id
            function_name = "re*" trusts every function of the app whose name begins so, those that anybody deploys later too"#]]
        .assert_eq(&warnings(Subject::new("acme", "main", Some("a"), Some("re*"))));
    }
}
