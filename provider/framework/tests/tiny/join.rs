//! A function with a variadic parameter.

use tf_framework::{Arguments, Dynamic, Function, FunctionError, Parameter, Signature, Type};

/// `provider::tiny::join`.
pub(crate) struct Join;

impl Function for Join {
    const NAME: &'static str = "join";

    fn signature() -> Signature {
        Signature::new("Join texts", "Joins texts with something between them.", Type::String)
            .parameter(Parameter::new("separator", Type::String, "What stands between them."))
            .variadic(Parameter::new("parts", Type::String, "The texts."))
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let separator: String = arguments.take()?;
        assert!(separator != "panic", "join has a bug");
        let first = arguments.position();
        let parts: Vec<String> = arguments.take_rest()?;
        if let Some(position) = parts.iter().position(|part| part.contains(&separator)) {
            return Err(FunctionError::argument(
                first + position,
                format!("contains the separator {separator:?}"),
            ));
        }
        Ok(Dynamic::string(parts.join(&separator)))
    }
}
