//! Calling functions.

use serde_json::Value as Json;
use tfplugin_proto::tfplugin5 as wire;

use super::{Core, named, plugin_error};
use crate::codec;
use crate::config::{self, ConfigError};
use crate::diagnostics::{Diagnostic, Severity};
use crate::path::Path;
use crate::refusal::{Breach, Refusal, Rule};
use crate::schema::Function;
use crate::value::{Value, quote};

impl Core {
    /// Calls a function as `terraform apply` does: once for the plan and once for the apply, which
    /// have to agree. RPCs: CallFunction twice, or none if an argument is unknown that must be known.
    ///
    /// What the function itself says is a refusal of the provider; its path is the argument's index.
    pub async fn call_function(&self, name: &str, arguments: &[Json]) -> Result<Value, Refusal> {
        let function = named(&self.schemas().functions, "function", name);
        let arguments = evaluated(name, function, arguments)?;
        let unknown = arguments.iter().enumerate().any(|(index, argument)| {
            let parameter = function.parameters.get(index).or(function.variadic.as_ref());
            !argument.is_wholly_known() && parameter.is_some_and(|p| !p.allow_unknown)
        });
        if unknown {
            return Ok(Value::unknown(function.returns.clone()));
        }
        let first = self.call_once(name, function, &arguments).await?;
        let second = self.call_once(name, function, &arguments).await?;
        if first.is_known() && first != second {
            return Err(Breach::new(
                Rule::FunctionRepeatable,
                format!(
                    "function returned an inconsistent result,\nwas: {},\nnow: {}",
                    first.go(),
                    second.go()
                ),
                "",
            )
            .into());
        }
        Ok(first)
    }

    async fn call_once(
        &self,
        name: &str,
        function: &Function,
        arguments: &[Value],
    ) -> Result<Value, Refusal> {
        let encoded = arguments.iter().enumerate().map(|(index, argument)| {
            let parameter = function.parameters.get(index).or(function.variadic.as_ref());
            let ty = parameter.map_or_else(|| argument.ty(), |parameter| parameter.ty.clone());
            codec::encode(argument, &ty)
        });
        let request =
            wire::call_function::Request { name: name.to_owned(), arguments: encoded.collect() };
        let answer = self
            .client()
            .call_function(request)
            .await
            .map_err(|status| plugin_error("CallFunction", &status))?
            .into_inner();
        if let Some(error) = answer.error {
            return Err(said(name, &error, arguments.len()));
        }
        if answer.result.is_none() {
            let text = "provider returned no result and no errors";
            return Err(Breach::new(Rule::FunctionResult, text, "").into());
        }
        let result = codec::decode(answer.result.as_ref(), &function.returns)
            .map_err(|error| Refusal::from(Breach::malformed(&error)))?;
        let types = result.ty().nonconformities(&function.returns);
        if let Some((path, why)) = types.first() {
            let at = if path.is_root() { String::new() } else { format!("{path}: ") };
            return Err(Breach::new(
                Rule::FunctionResult,
                format!("function {} returned another type than it declares", quote(name)),
                format!("{at}{why}"),
            )
            .into());
        }
        if !result.is_wholly_known() && arguments.iter().all(Value::is_wholly_known) {
            return Err(Breach::new(
                Rule::FunctionResult,
                format!(
                    "function {} returned what is not known for arguments that are",
                    quote(name)
                ),
                result.go(),
            )
            .into());
        }
        Ok(result)
    }
}

/// The arguments as Terraform hands them on.
fn evaluated(name: &str, function: &Function, arguments: &[Json]) -> Result<Vec<Value>, Refusal> {
    let least = function.parameters.len();
    if arguments.len() < least || (function.variadic.is_none() && arguments.len() > least) {
        let which = if arguments.len() < least { "Not enough" } else { "Too many" };
        return Err(ConfigError {
            summary: format!("{which} function arguments"),
            detail: format!("Function {} takes {least} arguments.", quote(name)),
        }
        .into());
    }
    let mut values = Vec::new();
    for (index, json) in arguments.iter().enumerate() {
        let Some(parameter) = function.parameters.get(index).or(function.variadic.as_ref()) else {
            continue;
        };
        let value = config::argument(json, &parameter.ty, &parameter.name)?;
        if value.is_null() && !parameter.allow_null {
            return Err(ConfigError {
                summary: "Invalid function argument".to_owned(),
                detail: format!("argument {} cannot be null", quote(&parameter.name)),
            }
            .into());
        }
        values.push(value);
    }
    Ok(values)
}

/// The error of a function, unless it is about an argument that there is not.
fn said(name: &str, error: &wire::FunctionError, given: usize) -> Refusal {
    let Some(index) = error.function_argument else {
        return Refusal::Provider(vec![spoken(&error.text, Path::root())]);
    };
    match usize::try_from(index) {
        Ok(index) if index < given => {
            Refusal::Provider(vec![spoken(&error.text, Path::root().index(index))])
        }
        _ => Breach::new(
            Rule::FunctionArgument,
            format!("function {} complains about an argument that there is not", quote(name)),
            format!(
                "It was given {given} arguments and says of the one with index {index}: {}",
                error.text
            ),
        )
        .into(),
    }
}

fn spoken(text: &str, path: Path) -> Diagnostic {
    Diagnostic { severity: Severity::Error, summary: text.to_owned(), detail: String::new(), path }
}
