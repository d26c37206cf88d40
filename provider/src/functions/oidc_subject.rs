//! `oidc_subject`

use tf_framework::{
    Arguments, Dynamic, Function, FunctionError, Parameter, Signature, Type, Value,
};

use crate::subject::{Part, Subject};

/// `provider::modal::oidc_subject`
pub(crate) struct OidcSubject;

impl Function for OidcSubject {
    const NAME: &'static str = "oidc_subject";

    fn signature() -> Signature {
        Signature::new(
            "Pattern of the Modal functions that a role trusts",
            "A pattern for `StringLike` on `oidc.modal.com:sub`. With null for `function_name`, \
             every function of the app; with null for `app_name` too, every app of the \
             environment. A class's functions run as `Class.*`, which a method's name or `Class.*` \
             stands for here; a name without a dot stands for itself alone. `trust_policy` writes \
             both forms.",
            Type::String,
        )
        .parameter(Parameter::new(
            "workspace_id",
            Type::String,
            "The Modal workspace, `ac-…`. No wildcard is possible.",
        ))
        .parameter(Parameter::new(
            "environment_name",
            Type::String,
            "The Modal environment, or `*` for all.",
        ))
        .parameter(Parameter::new("app_name", Type::String, "The Modal app, or null.").allow_null())
        .parameter(
            Parameter::new(
                "function_name",
                Type::String,
                "The function, class or method, or null. A `*` at the end means all that begin so.",
            )
            .allow_null(),
        )
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let workspace_id: String = arguments.take()?;
        let environment_name: String = arguments.take()?;
        let app_name: Value<String> = arguments.take_value()?;
        let function_name: Value<String> = arguments.take_value()?;
        let function_name = function_name.known().map(String::as_str);
        let subject = Subject::new(
            &workspace_id,
            &environment_name,
            app_name.known().map(String::as_str),
            function_name,
        );
        let subject = subject.map_err(|note| {
            let position = match note.part {
                Part::WorkspaceId => 0,
                Part::EnvironmentName => 1,
                Part::AppName => 2,
                Part::FunctionName => 3,
            };
            FunctionError::argument(position, note.message)
        })?;
        let mut patterns = subject.patterns();
        let of_a_class = function_name.is_some_and(|name| name.contains('.'));
        let pattern = if of_a_class { patterns.pop() } else { patterns.into_iter().next() };
        Ok(Dynamic::string(pattern.unwrap_or_default()))
    }
}
