//! What subjects become, and what is refused.

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
        "modal:workspace_id:ac-1:environment_name:*",
        "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:f:container_id:c",
        "modal:workspace_id:ac-1:app_name:a:*",
        "*",
        "",
    ] {
        assert_eq!(parse_patterns(&[foreign.to_owned()]), None, "{foreign}");
    }
}

#[test]
fn patterns_that_others_wrote_lead_to_their_subjects() {
    for (theirs, subject) in [
        ("modal:workspace_id:ac-1:*", subject("*", None, None)),
        (
            "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:F:*",
            subject("main", Some("a"), Some("F")),
        ),
        (
            "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:F.*:*",
            subject("main", Some("a"), Some("F")),
        ),
    ] {
        assert_eq!(parse_patterns(&[theirs.to_owned()]), Some(vec![subject]), "{theirs}");
    }
}

#[test]
fn a_tokens_subject_is_taken_apart() {
    let text = format!("{SCOPE}:app_name:a.b:function_name:Model.*:container_id:ta-01J");
    let claim = Claim::parse(&text).unwrap();
    let parts = [
        Some(claim.workspace_id),
        claim.environment_name,
        claim.app_name,
        claim.function_name,
        claim.container_id,
    ];
    let parts = parts.map(Option::unwrap);
    assert_eq!(parts, ["ac-1", "main", "a.b", "Model.*", "ta-01J"]);
}

#[test]
fn what_is_no_subject_is_explained() {
    let refusal = |text: &str| Claim::parse(text).unwrap_err();
    expect![[r#"is "repo:a/b:ref:main"; subjects of Modal begin with "modal:""#]]
        .assert_eq(&refusal("repo:a/b:ref:main"));
    expect![[r#"is "modal:*", which is open to every workspace of Modal"#]]
        .assert_eq(&refusal("modal:*"));
    expect![[r#"is "modal:workspace_id:ac-1"; expected "environment_name:" and its value, or "*" at the end, after what comes before"#]]
        .assert_eq(&refusal("modal:workspace_id:ac-1"));
    expect![[r#"is "modal:workspace_id:ac-1:environment_name::*": environment_name is ""; expected 1 to 64 letters, digits, hyphens, underscores and periods"#]]
        .assert_eq(&refusal("modal:workspace_id:ac-1:environment_name::*"));
    expect![[r#"is "modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:f:container_id:c:*"; nothing comes after the container"#]]
        .assert_eq(&refusal(&format!("{SCOPE}:app_name:images:function_name:f:container_id:c:*")));
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
        assert!(Subject::new("ac-1", "main", Some("a"), Some(bad)).is_err(), "function {bad:?}");
    }
}

#[test]
fn a_refusal_says_what_was_expected() {
    expect![[r#"workspace_id is "*"; expected the id that "modal token info" prints, such as "ac-2x7Kq": letters, digits and hyphens"#]]
        .assert_eq(&refusal("*", "main", None, None));
    expect![[r#"environment_name is "ma*"; expected 1 to 64 letters, digits, hyphens, underscores and periods"#]]
        .assert_eq(&refusal("ac-1", "ma*", None, None));
    expect![[
        r#"app_name is "a:b"; expected 1 to 64 letters, digits, hyphens, underscores and periods"#
    ]]
    .assert_eq(&refusal("ac-1", "main", Some("a:b"), None));
    expect![[r#"app_name is "ap-0123456789abcdefghijkl", an app's id; expected the app's name"#]]
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
