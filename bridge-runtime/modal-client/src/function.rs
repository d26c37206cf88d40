//! A deployed function: found by name, and checked for being callable.

use std::fmt;

use modal_proto::function::FunctionType;
use modal_proto::{
    AppGetByDeploymentNameRequest, AppGetByDeploymentNameResponse, DataFormat,
    EnvironmentListResponse, FunctionGetRequest, FunctionGetResponse, FunctionHandleMetadata,
};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::error::names_a_class;
use crate::rpc::Call;
use crate::{Client, ModalError};

/// Inline inputs and outputs may be this large; Modal's clients have the numbers, and a function's
/// handle may have others.
const MAX_INLINE: usize = 2 * 1024 * 1024;
const MAX_INLINE_ASYNC: usize = 8 * 1024;

/// A function's name, or `Class.method`, in an app of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRef {
    pub environment: String,
    pub app: String,
    pub function: String,
    /// One deployment of the app; `None` for the newest.
    pub app_version: Option<u32>,
}

/// A function that was found and can be called. Holds what Modal said of it, so it is stale after a
/// redeploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub(crate) name: String,
    pub(crate) id: String,
    /// Set for a method: the id is then that of its class's service function.
    pub(crate) method: Option<String>,
    pub(crate) input_plane: Option<InputPlane>,
    pub(crate) max_inline: usize,
    pub(crate) max_inline_async: usize,
    takes_cbor: bool,
}

/// The server that takes this function's synchronous calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputPlane {
    pub(crate) url: String,
    pub(crate) region: String,
}

impl fmt::Display for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.environment, self.app, self.function)
    }
}

impl FunctionRef {
    /// The tag to ask for, and the method in what is found. A class has one service function, by
    /// the tag `Class.*`.
    pub(crate) fn tag(&self) -> (String, Option<&str>) {
        match self.function.split_once('.') {
            Some((class, method)) => (format!("{class}.*"), Some(method)),
            None => (self.function.clone(), None),
        }
    }

    pub(crate) fn request(&self) -> FunctionGetRequest {
        FunctionGetRequest {
            app_name: self.app.clone(),
            object_tag: self.tag().0,
            environment_name: self.environment.clone(),
            app_version: self
                .app_version
                .map_or(0, |version| version.try_into().unwrap_or(i32::MAX)),
        }
    }

    pub(crate) fn not_found(&self) -> ModalError {
        ModalError::FunctionNotFound {
            function: self.function.clone(),
            app: self.app.clone(),
            environment: self.environment.clone(),
        }
    }
}

impl Function {
    /// Fails when no result could come back in CBOR, before anything runs.
    pub(crate) fn require_cbor(&self) -> Result<(), ModalError> {
        if self.takes_cbor {
            Ok(())
        } else {
            Err(ModalError::CborNotAdvertised { function: self.name.clone() })
        }
    }

    fn new(name: &FunctionRef, answer: FunctionGetResponse) -> Result<Self, ModalError> {
        let rpc = "FunctionGet";
        if answer.function_id.is_empty() {
            return Err(ModalError::Incomplete { rpc, missing: "a function id" });
        }
        let service = answer
            .handle_metadata
            .ok_or(ModalError::Incomplete { rpc, missing: "a function handle" })?;
        let (_, method) = name.tag();
        let handle = match method {
            None => &service,
            Some(method) => {
                service.method_handle_metadata.get(method).ok_or_else(|| name.not_found())?
            }
        };
        refuse(name, handle)?;
        refuse_parameters(name, &service)?;

        let plane = [handle, &service]
            .into_iter()
            .find(|handle| handle.input_plane_url.as_ref().is_some_and(|url| !url.is_empty()));
        let limit = |of: fn(&FunctionHandleMetadata) -> Option<u64>, usual: usize| {
            let limit = of(handle).or_else(|| of(&service));
            limit.map_or(usual, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
        };
        let cbor = DataFormat::Cbor as i32;
        Ok(Self {
            name: name.function.clone(),
            method: method.map(str::to_owned),
            input_plane: plane.map(|handle| InputPlane {
                url: handle.input_plane_url.clone().unwrap_or_default(),
                region: handle.input_plane_region.clone().unwrap_or_default(),
            }),
            max_inline: limit(|handle| handle.max_object_size_bytes, MAX_INLINE),
            max_inline_async: limit(|handle| handle.max_async_object_size_bytes, MAX_INLINE_ASYNC),
            // The result has the format of the input only where the function can write it.
            takes_cbor: handle.supported_input_formats.contains(&cbor)
                && handle.supported_output_formats.contains(&cbor),
            id: answer.function_id,
        })
    }
}

/// What cannot be called as a function is refused here.
fn refuse(name: &FunctionRef, handle: &FunctionHandleMetadata) -> Result<(), ModalError> {
    let function = name.function.clone();
    if !handle.web_url.is_empty() {
        return Err(ModalError::WebFunction { function, url: handle.web_url.clone() });
    }
    if handle.function_type == FunctionType::Generator as i32 {
        return Err(ModalError::Generator { function });
    }
    Ok(())
}

/// An object of a class with parameters is made from values that no event has.
fn refuse_parameters(
    name: &FunctionRef,
    service: &FunctionHandleMetadata,
) -> Result<(), ModalError> {
    let parameters = service.class_parameter_info.iter().flat_map(|info| &info.schema);
    let parameters: Vec<_> = parameters.map(|parameter| parameter.name.clone()).collect();
    if parameters.is_empty() {
        return Ok(());
    }
    let class = name.function.split('.').next().unwrap_or_default().to_owned();
    Err(ModalError::ClassParameters { class, parameters })
}

impl Client {
    /// Finds a deployed function. An error says what is missing: environment, app or function.
    pub async fn function(
        &self,
        name: &FunctionRef,
        deadline: Instant,
    ) -> Result<Function, ModalError> {
        let call = Call::question("FunctionGet", deadline);
        match self.control_plane.try_call(call, &name.request()).await? {
            Ok(answer) => {
                let answer: FunctionGetResponse = answer;
                for warning in &answer.server_warnings {
                    tracing::warn!("FunctionGet: Modal warns: {}", warning.message);
                }
                Function::new(name, answer)
            }
            Err(status) => Err(self.not_looked_up(name, &status, deadline).await),
        }
    }

    /// What the final status of a `FunctionGet` means.
    pub(crate) async fn not_looked_up(
        &self,
        name: &FunctionRef,
        status: &Status,
        deadline: Instant,
    ) -> ModalError {
        if names_a_class(status) {
            let (class, app) = (name.function.clone(), name.app.clone());
            return ModalError::ClassNotFunction { class, app };
        }
        if status.code() == Code::NotFound {
            return self.what_is_missing(name, deadline).await;
        }
        self.control_plane.error("FunctionGet", status)
    }

    /// Modal's text does not tell reliably which of the three names is wrong, so ask for each. Where
    /// that fails, the error names all three.
    async fn what_is_missing(&self, name: &FunctionRef, deadline: Instant) -> ModalError {
        let call = Call::question("EnvironmentList", deadline);
        let environments = self.control_plane.call::<EnvironmentListResponse>(call, &()).await;
        let Ok(environments) = environments else { return name.not_found() };
        // An empty name means the default one, which always exists.
        let exists = environments.items.iter().any(|item| item.name == name.environment);
        if !exists && !name.environment.is_empty() {
            return ModalError::EnvironmentNotFound { environment: name.environment.clone() };
        }

        let request = AppGetByDeploymentNameRequest {
            name: name.app.clone(),
            environment_name: name.environment.clone(),
        };
        let call = Call::question("AppGetByDeploymentName", deadline);
        let app = self.control_plane.call::<AppGetByDeploymentNameResponse>(call, &request).await;
        match app {
            // A missing app is an empty id, not an error; be ready for the error too.
            Ok(app) if !app.app_id.is_empty() => name.not_found(),
            Ok(_) | Err(ModalError::Gone { .. }) => ModalError::AppNotFound {
                app: name.app.clone(),
                environment: name.environment.clone(),
            },
            Err(_) => name.not_found(),
        }
    }
}
