//! Calls as bytes: a request's and its answers', by the name of the RPC.

use std::time::Duration;

use prost::Message as _;
use rmp::encode;
use serde_json::Value as Json;
use tfplugin_proto::tfplugin5::{self as wire, Diagnostic, DynamicValue};
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{Body as HttpBody, Bytes, StdError};
use tonic::{Request, Status};

/// How long an answer may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How many messages of a stream are read: a client that has seen enough hangs up.
const MESSAGES: usize = 100;

/// An RPC's name, and the bytes of a request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) rpc: String,
    pub(crate) request: Vec<u8>,
}

impl Call {
    pub(crate) fn new(rpc: &str, request: &impl prost::Message) -> Self {
        Self { rpc: rpc.to_owned(), request: request.encode_to_vec() }
    }

    /// The messages of the answer: one, but for streams.
    pub(crate) async fn send<S>(&self, server: S) -> Result<Vec<Vec<u8>>, Status>
    where
        S: GrpcService<Body>,
        S::Error: Into<StdError>,
        S::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
        <S::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
    {
        let path = format!("/tfplugin5.Provider/{}", self.rpc);
        let answer = async {
            let mut grpc = Grpc::new(server).max_decoding_message_size(usize::MAX);
            grpc.ready().await.map_err(|error| Status::unavailable(error.into().to_string()))?;
            let path = PathAndQuery::try_from(path).unwrap();
            let request = Request::new(self.request.clone());
            let stream = grpc.server_streaming(request, path, Raw).await?.into_inner();
            stream.take(MESSAGES).collect().await
        };
        timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("no answer to {}", self.rpc))
    }
}

/// The RPCs whose answers hold their diagnostics as such, and the modules of their messages.
macro_rules! usual_rpcs {
    ($then:ident) => {
        $then! {
            "GetMetadata" => get_metadata,
            "GetSchema" => get_provider_schema,
            "PrepareProviderConfig" => prepare_provider_config,
            "Configure" => configure,
            "ValidateResourceTypeConfig" => validate_resource_type_config,
            "ValidateDataSourceConfig" => validate_data_source_config,
            "UpgradeResourceState" => upgrade_resource_state,
            "GetResourceIdentitySchemas" => get_resource_identity_schemas,
            "UpgradeResourceIdentity" => upgrade_resource_identity,
            "ReadResource" => read_resource,
            "PlanResourceChange" => plan_resource_change,
            "ApplyResourceChange" => apply_resource_change,
            "ImportResourceState" => import_resource_state,
            "MoveResourceState" => move_resource_state,
            "ReadDataSource" => read_data_source,
            "GenerateResourceConfig" => generate_resource_config,
            "ValidateEphemeralResourceConfig" => validate_ephemeral_resource_config,
            "OpenEphemeralResource" => open_ephemeral_resource,
            "RenewEphemeralResource" => renew_ephemeral_resource,
            "CloseEphemeralResource" => close_ephemeral_resource,
            "ValidateListResourceConfig" => validate_list_resource_config,
            "GetFunctions" => get_functions,
            "PlanAction" => plan_action,
            "ValidateActionConfig" => validate_action_config,
        }
    };
}

/// Whether `request` is a message of the kind that `rpc` takes.
pub(crate) fn is_request(rpc: &str, request: &[u8]) -> bool {
    macro_rules! is_request {
        ($($name:literal => $module:ident,)*) => {
            match rpc {
                $($name => wire::$module::Request::decode(request).is_ok(),)*
                "Stop" => wire::stop::Request::decode(request).is_ok(),
                "CallFunction" => wire::call_function::Request::decode(request).is_ok(),
                "ListResource" => wire::list_resource::Request::decode(request).is_ok(),
                "InvokeAction" => wire::invoke_action::Request::decode(request).is_ok(),
                _ => panic!("what {rpc} takes is not known here"),
            }
        };
    }
    usual_rpcs!(is_request)
}

/// What an answer to `rpc` complains of.
pub(crate) fn diagnostics(rpc: &str, answer: &[Vec<u8>]) -> Vec<Diagnostic> {
    macro_rules! diagnostics {
        ($($name:literal => $module:ident,)*) => {
            match rpc {
                $($name => read::<wire::$module::Response>(&answer[0]).diagnostics,)*
                "Stop" => error(read::<wire::stop::Response>(&answer[0]).error),
                "CallFunction" => {
                    let fault = read::<wire::call_function::Response>(&answer[0]).error;
                    error(fault.map(|fault| fault.text).unwrap_or_default())
                }
                "ListResource" => {
                    let events = answer.iter().map(|event| read::<wire::list_resource::Event>(event));
                    events.flat_map(|event| event.diagnostic).collect()
                }
                "InvokeAction" => answer.iter().flat_map(|event| completed(event)).collect(),
                _ => panic!("what {rpc} answers is not known here"),
            }
        };
    }
    usual_rpcs!(diagnostics)
}

/// An error that is text alone.
fn error(text: String) -> Vec<Diagnostic> {
    let severity = wire::diagnostic::Severity::Error.into();
    let error = Diagnostic { severity, summary: text, ..Default::default() };
    if error.summary.is_empty() { Vec::new() } else { vec![error] }
}

fn completed(event: &[u8]) -> Vec<Diagnostic> {
    use wire::invoke_action::event::Type;
    match read::<wire::invoke_action::Event>(event).r#type {
        Some(Type::Completed(completed)) => completed.diagnostics,
        _ => Vec::new(),
    }
}

pub(crate) fn read<M: prost::Message + Default>(bytes: &[u8]) -> M {
    M::decode(bytes).unwrap()
}

/// A value as Terraform sends it. The text `<unknown>` stands for what is not known yet.
pub(crate) fn value(json: &Json) -> Option<DynamicValue> {
    let mut msgpack = Vec::new();
    write(&mut msgpack, json);
    Some(DynamicValue { msgpack, json: Vec::new() })
}

fn write(out: &mut Vec<u8>, json: &Json) {
    let length = |length: usize| u32::try_from(length).unwrap();
    match json {
        Json::Null => encode::write_nil(out).unwrap(),
        Json::Bool(value) => encode::write_bool(out, *value).unwrap(),
        Json::Number(number) => {
            encode::write_sint(out, number.as_i64().unwrap()).unwrap();
        }
        Json::String(text) if text == "<unknown>" => out.extend([0xd4, 0, 0]),
        Json::String(text) => encode::write_str(out, text).unwrap(),
        Json::Array(elements) => {
            encode::write_array_len(out, length(elements.len())).unwrap();
            elements.iter().for_each(|element| write(out, element));
        }
        Json::Object(members) => {
            encode::write_map_len(out, length(members.len())).unwrap();
            for (name, value) in members {
                encode::write_str(out, name).unwrap();
                write(out, value);
            }
        }
    }
}

/// Messages as the bytes that they are.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(out, &item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut message = vec![0; bytes::Buf::remaining(from)];
        bytes::Buf::copy_to_slice(from, &mut message);
        Ok(Some(message))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
