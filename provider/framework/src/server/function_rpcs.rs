//! The RPCs about functions.

use tfplugin_proto::tfplugin5::{DynamicValue, call_function, get_functions};

use super::Server;
use crate::function::FunctionError;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;

impl<P: Provider> Server<P> {
    /// OpenTofu asks whenever a configuration calls a function, and takes no "unimplemented".
    pub(super) fn function_signatures(&self) -> get_functions::Response {
        get_functions::Response {
            functions: self.functions.each(|found| to_proto::function(&found.signature)),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn call(&self, request: &call_function::Request) -> call_function::Response {
        match self.try_call(request) {
            Ok(result) => call_function::Response { result: Some(result), error: None },
            Err(error) => call_function::Response {
                result: None,
                error: Some(to_proto::function_error(error)),
            },
        }
    }

    fn try_call(&self, request: &call_function::Request) -> Result<DynamicValue, FunctionError> {
        let function = self.functions.get(&request.name).map_err(FunctionError::from)?;
        let mut arguments = Vec::new();
        for (position, argument) in request.arguments.iter().enumerate() {
            let ty = function.signature.type_at(position);
            let ty = ty.ok_or_else(|| FunctionError::argument(position, "is one too many"))?;
            arguments.push(from_proto::argument(argument, ty).map_err(FunctionError::from)?);
        }
        let result = function.call(arguments)?;
        to_proto::value(&result, &function.signature.returns).map_err(FunctionError::from)
    }
}
