//! `parse_subject`

use tf_framework::{
    Arguments, Dynamic, Function, FunctionError, Object, Parameter, Signature, Type,
};

use crate::subject::Claim;

/// `provider::modal::parse_subject`
pub(crate) struct ParseSubject;

impl Function for ParseSubject {
    const NAME: &'static str = "parse_subject";

    fn signature() -> Signature {
        let parts =
            ["workspace_id", "environment_name", "app_name", "function_name", "container_id"];
        let parts = parts.map(|name| (name.to_owned(), Type::String));
        Signature::new(
            "Parts of a subject of Modal's tokens",
            "Takes apart the `sub` claim of a token of Modal, or a pattern for it. What a pattern \
             leaves open is null.",
            Type::Object(parts.into()),
        )
        .parameter(Parameter::new(
            "subject",
            Type::String,
            "`modal:workspace_id:…:environment_name:…:app_name:…:function_name:…:container_id:…`, \
             or the beginning of it with `:*`.",
        ))
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let subject: String = arguments.take()?;
        let claim = Claim::parse(&subject).map_err(|fault| FunctionError::argument(0, fault))?;
        let part = |text: Option<String>| text.map_or(Dynamic::Null, Dynamic::String);
        Ok(Dynamic::Map(Object::from([
            ("workspace_id".to_owned(), Dynamic::String(claim.workspace_id)),
            ("environment_name".to_owned(), part(claim.environment_name)),
            ("app_name".to_owned(), part(claim.app_name)),
            ("function_name".to_owned(), part(claim.function_name)),
            ("container_id".to_owned(), part(claim.container_id)),
        ])))
    }
}
