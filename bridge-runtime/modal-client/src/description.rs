//! All that Modal tells of a deployed function: for who plans with it, not for who calls it.
//!
//! The call is the one of [`function`](crate::function), and its answer is read further here.

use modal_proto::function::FunctionType;
use modal_proto::{FunctionGetDescription, FunctionHandleDescription};
use tokio::time::Instant;

use crate::rpc::Call;
use crate::{Client, FunctionRef, ModalError};

/// A deployed function, callable or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionDescription {
    /// `fu-…`; of a method, that of its class's service function.
    pub function_id: String,
    /// `ap-…`
    pub app_id: String,
    pub kind: FunctionKind,
    pub is_method: bool,
    /// Set: a web function, to be called by HTTP.
    pub web_url: Option<String>,
    pub input_formats: Vec<DataFormat>,
    pub output_formats: Vec<DataFormat>,
    /// Set: the server that takes its synchronous calls.
    pub input_plane: Option<InputPlane>,
    /// How long one call may run; `None` where Modal does not say.
    pub timeout_secs: Option<u32>,
    /// How long a container may take to start; `None` where Modal does not say.
    pub startup_timeout_secs: Option<u32>,
    /// `None` where the deploying client did not record them.
    pub arguments: Option<Vec<Argument>>,
    /// The parameters of a method's class.
    pub class_parameters: Vec<String>,
}

/// What a function gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// One value.
    Function,
    /// One value after the other.
    Generator,
    /// Something that this client does not know, by Modal's number.
    Other(i32),
}

/// How arguments and results are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFormat {
    Pickle,
    Asgi,
    GeneratorDone,
    Cbor,
    /// Something that this client does not know, by Modal's number.
    Other(i32),
}

/// The server that takes a function's synchronous calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPlane {
    pub url: String,
    pub region: String,
}

/// One argument of a function, as far as its author annotated it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    pub name: String,
    pub has_default: bool,
}

impl DataFormat {
    fn new(number: i32) -> Self {
        match modal_proto::DataFormat::try_from(number) {
            Ok(modal_proto::DataFormat::Pickle) => Self::Pickle,
            Ok(modal_proto::DataFormat::Asgi) => Self::Asgi,
            Ok(modal_proto::DataFormat::GeneratorDone) => Self::GeneratorDone,
            Ok(modal_proto::DataFormat::Cbor) => Self::Cbor,
            _ => Self::Other(number),
        }
    }
}

impl FunctionKind {
    fn new(number: i32) -> Self {
        match FunctionType::try_from(number) {
            Ok(FunctionType::Function) => Self::Function,
            Ok(FunctionType::Generator) => Self::Generator,
            _ => Self::Other(number),
        }
    }
}

impl FunctionDescription {
    fn new(name: &FunctionRef, answer: FunctionGetDescription) -> Result<Self, ModalError> {
        let rpc = "FunctionGet";
        if answer.function_id.is_empty() {
            return Err(ModalError::Incomplete { rpc, missing: "a function id" });
        }
        let mut service = answer
            .handle_metadata
            .ok_or(ModalError::Incomplete { rpc, missing: "a function handle" })?;
        let handle = match name.tag().1 {
            None => service.clone(),
            Some(method) => {
                let found = service.method_handle_metadata.remove(method);
                found.ok_or_else(|| name.not_found())?
            }
        };
        let plane = [&handle, &service].into_iter().find_map(input_plane);
        let seconds = |seconds: u32| Some(seconds).filter(|seconds| *seconds > 0);
        let definition = answer.function.as_ref();
        let app_id = [handle.app_id, service.app_id].into_iter().find(|id| !id.is_empty());
        let parameters = service.class_parameter_info.into_iter().flat_map(|info| info.schema);
        Ok(Self {
            function_id: answer.function_id,
            app_id: app_id.unwrap_or_default(),
            kind: FunctionKind::new(handle.function_type),
            is_method: handle.is_method,
            web_url: Some(handle.web_url).filter(|url| !url.is_empty()),
            input_formats: formats(&handle.supported_input_formats),
            output_formats: formats(&handle.supported_output_formats),
            input_plane: plane,
            timeout_secs: definition.and_then(|definition| seconds(definition.timeout_secs)),
            startup_timeout_secs: definition
                .and_then(|definition| seconds(definition.startup_timeout_secs)),
            arguments: handle.function_schema.map(|schema| {
                let arguments = schema.arguments.into_iter();
                let argument = |found: modal_proto::FunctionArgument| Argument {
                    name: found.name,
                    has_default: found.has_default,
                };
                arguments.map(argument).collect()
            }),
            class_parameters: parameters.map(|parameter| parameter.name).collect(),
        })
    }
}

fn input_plane(handle: &FunctionHandleDescription) -> Option<InputPlane> {
    let url = handle.input_plane_url.clone().filter(|url| !url.is_empty())?;
    Some(InputPlane { url, region: handle.input_plane_region.clone().unwrap_or_default() })
}

fn formats(numbers: &[i32]) -> Vec<DataFormat> {
    numbers.iter().copied().map(DataFormat::new).collect()
}

impl Client {
    /// Describes a deployed function, also one that cannot be called as a function. An error says
    /// what is missing: environment, app or function.
    pub async fn describe_function(
        &self,
        name: &FunctionRef,
        deadline: Instant,
    ) -> Result<FunctionDescription, ModalError> {
        let call = Call::question("FunctionGet", deadline);
        match self.control_plane.try_call(call, &name.request()).await? {
            Ok(answer) => FunctionDescription::new(name, answer),
            Err(status) => Err(self.not_looked_up(name, &status, deadline).await),
        }
    }
}

#[cfg(test)]
mod tests {
    use modal_proto::{FunctionGetResponse, FunctionHandleMetadata};
    use prost::Message as _;

    use super::*;

    fn name(function: &str) -> FunctionRef {
        FunctionRef {
            environment: "main".to_owned(),
            app: "thumbnails".to_owned(),
            function: function.to_owned(),
            app_version: None,
        }
    }

    #[test]
    fn what_a_caller_reads_is_read_alike() {
        let handle = FunctionHandleMetadata {
            function_name: "render".to_owned(),
            function_type: FunctionType::Generator.into(),
            web_url: "https://acme--render.modal.run".to_owned(),
            input_plane_url: Some("https://eu.modal.com".to_owned()),
            input_plane_region: Some("eu".to_owned()),
            supported_input_formats: vec![1, 4],
            supported_output_formats: vec![2, 99],
            ..FunctionHandleMetadata::default()
        };
        let answer = FunctionGetResponse {
            function_id: "fu-1".to_owned(),
            handle_metadata: Some(handle),
            server_warnings: Vec::new(),
        };
        let read = FunctionGetDescription::decode(&answer.encode_to_vec()[..]).unwrap();
        let found = FunctionDescription::new(&name("render"), read).unwrap();
        let plane = InputPlane { url: "https://eu.modal.com".to_owned(), region: "eu".to_owned() };
        assert_eq!(found.function_id, "fu-1");
        assert_eq!(found.kind, FunctionKind::Generator);
        assert_eq!(found.web_url.as_deref(), Some("https://acme--render.modal.run"));
        assert_eq!(found.input_plane, Some(plane));
        assert_eq!(found.input_formats, [DataFormat::Pickle, DataFormat::Cbor]);
        assert_eq!(found.output_formats, [DataFormat::Asgi, DataFormat::Other(99)]);
        assert_eq!((found.timeout_secs, found.arguments), (None, None));
    }

    #[test]
    fn a_method_has_its_own_handle_and_its_classs_app() {
        let method = FunctionHandleDescription {
            function_type: FunctionType::Function.into(),
            is_method: true,
            ..FunctionHandleDescription::default()
        };
        let service = FunctionHandleDescription {
            app_id: "ap-1".to_owned(),
            method_handle_metadata: [("predict".to_owned(), method)].into(),
            ..FunctionHandleDescription::default()
        };
        let answer = FunctionGetDescription {
            function_id: "fu-1".to_owned(),
            handle_metadata: Some(service),
            ..FunctionGetDescription::default()
        };
        let found = FunctionDescription::new(&name("Model.predict"), answer.clone()).unwrap();
        assert_eq!((found.app_id.as_str(), found.is_method), ("ap-1", true));
        let missing = FunctionDescription::new(&name("Model.forget"), answer).unwrap_err();
        assert!(matches!(missing, ModalError::FunctionNotFound { .. }));
    }
}
