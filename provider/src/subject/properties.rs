//! What holds for every subject: whom its patterns admit, and that they lead back to it.

use proptest::prelude::*;

use super::*;

/// IAM's `StringLike`: `*` is any text, `?` any one character, and case counts.
fn like(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=text.len()).any(|skipped| like(rest, &text[skipped..])),
        (['?', pattern @ ..], [_, text @ ..]) => like(pattern, text),
        ([wanted, pattern @ ..], [found, text @ ..]) => wanted == found && like(pattern, text),
        _ => false,
    }
}

fn admits(subject: &Subject, token: &Token) -> bool {
    let text: Vec<char> = token.subject().chars().collect();
    subject.patterns().iter().any(|pattern| like(&pattern.chars().collect::<Vec<_>>(), &text))
}

/// Who asks: what Modal writes into a container's token.
#[derive(Debug, Clone)]
struct Token {
    workspace_id: String,
    environment_name: String,
    app_name: String,
    function_name: String,
}

impl Token {
    fn subject(&self) -> String {
        format!(
            "modal:workspace_id:{}:environment_name:{}:app_name:{}:function_name:{}:container_id:ta-1",
            self.workspace_id, self.environment_name, self.app_name, self.function_name
        )
    }

    /// Whether the practitioner meant this one, by the words of the documentation.
    fn is_meant_by(&self, subject: &Subject) -> bool {
        let function = match subject.function_name() {
            None => true,
            Some(name) => match (name.split_once('.'), name.strip_suffix('*')) {
                (Some((class, _)), _) => self.is_of_class(class),
                (None, Some(prefix)) => self.function_name.starts_with(prefix),
                (None, None) => self.is_of_class(name),
            },
        };
        self.workspace_id == subject.workspace_id()
            && ["*", &self.environment_name].contains(&subject.environment_name())
            && subject.app_name().is_none_or(|app_name| app_name == self.app_name)
            && function
    }

    /// The class or function itself, or what belongs to it.
    fn is_of_class(&self, class: &str) -> bool {
        let rest = self.function_name.strip_prefix(class);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// Few names that are close to each other, so that near misses are common.
fn close(names: &'static [&'static str], any: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![8 => prop::sample::select(names).prop_map(str::to_owned), 1 => any]
}

const WORKSPACES: &[&str] = &["ac-1", "ac-12", "ac-2", "AC-1"];
const NAMES: &[&str] = &["main", "main2", "mai", "Main", "my-app", "my-app-2", "my.app", "*"];
const FUNCTIONS: &[&str] =
    &["f", "foo", "F", "f*", "fo*", "Model", "Model2", "Model.*", "Model.predict", "Mod*", "f.x"];

fn subjects() -> impl Strategy<Value = Subject> {
    let app_name = prop::option::weighted(0.8, close(NAMES, "[a-zA-Z0-9._-]{1,8}"));
    let function_name =
        prop::option::weighted(0.8, close(FUNCTIONS, "[a-zA-Z0-9_-]{1,4}([.][a-z]{1,3}|[*])?"));
    let parts = (
        close(WORKSPACES, "[a-zA-Z0-9-]{1,6}"),
        close(NAMES, "[a-zA-Z0-9._-]{1,8}"),
        app_name,
        function_name,
    );
    parts.prop_filter_map("no subject", |(workspace_id, environment_name, app, function)| {
        Subject::new(&workspace_id, &environment_name, app.as_deref(), function.as_deref()).ok()
    })
}

fn tokens() -> impl Strategy<Value = Token> {
    let name = || close(&NAMES[..7], "[a-zA-Z0-9._-]{1,8}");
    let function_name = close(FUNCTIONS, "[a-zA-Z0-9_-]{1,4}([.]([*]|[a-z]{1,3}))?")
        .prop_map(|name| if name.ends_with(".*") { name } else { name.replace('*', "") });
    (close(WORKSPACES, "[a-zA-Z0-9-]{1,6}"), name(), name(), function_name).prop_map(
        |(workspace_id, environment_name, app_name, function_name)| Token {
            workspace_id,
            environment_name,
            app_name,
            function_name,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_those_who_are_meant_get_in((subject, token) in (subjects(), tokens())) {
        prop_assert_eq!(admits(&subject, &token), token.is_meant_by(&subject));
    }

    #[test]
    fn who_is_named_gets_in(subject in subjects(), token in tokens()) {
        let environment_name = subject.environment_name().replace('*', "main");
        let function_name = subject.function_name().map(|name| name.trim_end_matches('*'));
        let named = Token {
            workspace_id: subject.workspace_id().to_owned(),
            environment_name,
            app_name: subject.app_name().unwrap_or(&token.app_name).to_owned(),
            function_name: function_name.unwrap_or(&token.function_name).to_owned(),
        };
        prop_assert!(admits(&subject, &named), "{:?}", named);
    }

    #[test]
    fn what_is_built_parses_back(subjects in prop::collection::vec(subjects(), 1..5)) {
        let written = patterns(&subjects);
        let parsed = parse_patterns(&written).unwrap();
        prop_assert_eq!(patterns(&parsed), written.clone());
        for pattern in &written {
            let claim = Claim::parse(pattern).unwrap();
            prop_assert!(subjects.iter().any(|subject| subject.workspace_id() == claim.workspace_id));
            prop_assert_eq!(claim.container_id, None);
        }
    }

    #[test]
    fn a_tokens_subject_parses_back(token in tokens()) {
        let claim = Claim::parse(&token.subject());
        // A name that begins as an app's id does is no name of an app.
        if let Ok(claim) = claim {
            prop_assert_eq!(claim.workspace_id, token.workspace_id);
            prop_assert_eq!(claim.environment_name, Some(token.environment_name));
            prop_assert_eq!(claim.app_name, Some(token.app_name));
            prop_assert_eq!(claim.function_name, Some(token.function_name));
            prop_assert_eq!(claim.container_id, Some("ta-1".to_owned()));
        } else {
            prop_assert!(check_app_name(&token.app_name).is_err() || check_function_name(&token.function_name).is_err());
        }
    }

    #[test]
    fn nothing_outside_the_characters_gets_through(
        workspace_id in any_part(),
        environment_name in any_part(),
        app_name in prop::option::of(any_part()),
        function_name in prop::option::of(any_part()),
    ) {
        let subject = Subject::new(
            &workspace_id,
            &environment_name,
            app_name.as_deref(),
            function_name.as_deref(),
        );
        let Ok(subject) = subject else { return Ok(()) };
        for pattern in subject.patterns() {
            let known = |letter: char| letter.is_ascii_alphanumeric() || "-_.:*".contains(letter);
            prop_assert!(pattern.chars().all(known), "{}", pattern);
            let rest = pattern.strip_prefix(&format!("modal:workspace_id:{workspace_id}:"));
            prop_assert!(rest.is_some(), "{}", pattern);
            prop_assert!(!workspace_id.contains([':', '*']));
            // A part is one, whatever it is.
            let parts = [true, app_name.is_some(), function_name.is_some()];
            let parts = parts.iter().filter(|there| **there).count();
            prop_assert_eq!(pattern.matches(':').count(), 2 * parts + 3);
        }
    }
}

/// What somebody may try: any text, and what is almost right.
fn any_part() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z*?:$. -]{0,4}",
        prop::sample::select(
            &[
                "main",
                "*",
                "ma*",
                "main:*",
                "?ain",
                "${aws:username}",
                "",
                "mаin",
                "main\u{200b}",
                "main ",
                "a\nb",
                "Model.*",
                "Model.predict",
                "f*",
                "ａc-1",
                "ac-1",
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}
