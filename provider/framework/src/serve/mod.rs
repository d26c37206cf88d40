//! Serving a provider to the Terraform that started this process: go-plugin's server side.
//!
//! The handshake is environment variables in, one line on standard output back; then gRPC over
//! mutual TLS, with go-plugin's own services beside the provider. What the calls mean is not known
//! here: see `server/`.

mod announcement;
mod connection;
mod environment;
mod error;
mod hclog;
mod life;
mod listener;
mod p521;
mod panics;
mod services;
mod tls;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use tfplugin_proto::plugin::grpc_broker_server::GrpcBrokerServer;
use tfplugin_proto::plugin::grpc_controller_server::GrpcControllerServer;
use tfplugin_proto::plugin::grpc_stdio_server::GrpcStdioServer;
use tfplugin_proto::tfplugin5::provider_server::{self, ProviderServer};
use tokio::runtime;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::ServingStatus;

use self::announcement::NOT_BY_HAND;
pub use self::environment::Environment;
use self::error::ServeError;
use self::panics::CatchPanics;
use self::services::Services;
use self::tls::Tls;
use crate::provider::Provider;
use crate::server;

/// What go-plugin's own servers take and send. gRPC's usual 4 MiB is less than some states.
const MAX_MESSAGE_SIZE: usize = 256 << 20;

/// How long answers under way may hold up the end. Terraform kills after 2 s, and each millisecond
/// is paid several times a command.
const GRACE: Duration = Duration::from_millis(250);

/// How a provider is served.
#[derive(Debug)]
pub struct Options {
    /// Host, namespace and type: `registry.terraform.io/acme/tiny`.
    pub source_address: &'static str,
    /// Started by a developer, to attach Terraform to: no cookie, no TLS, Ctrl-C ends it.
    pub debug: bool,
    pub environment: Environment,
    /// The crates whose log Terraform's user sees; all others only warn.
    pub log_targets: &'static [&'static str],
}

/// Serves `provider` until Terraform is done with it: all that a provider's `main` does.
pub fn run<P: Provider>(provider: P, options: &Options) -> ExitCode {
    let server = server::Server::new(provider);
    let stop = server.stop_token();
    run_service(server, stop, options)
}

/// The same for any service of the protocol, such as one that breaks its rules to test a test.
/// `stop` is cancelled by the first SIGTERM.
pub fn run_service<S>(service: S, stop: CancellationToken, options: &Options) -> ExitCode
where
    S: provider_server::Provider,
{
    if !options.debug && !options.environment.started_by_terraform {
        let _ = io::stderr().write_all(NOT_BY_HAND.as_bytes());
        return ExitCode::FAILURE;
    }
    let log_level = options.environment.log_level_of(options.source_address);
    hclog::install(options.log_targets, log_level);
    panics::install_hook();
    // Two: one that blocks by mistake does not keep Stop from being heard.
    let runtime = match runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let outcome = runtime.block_on(serve(service, stop, options));
    // To drop it would wait for whatever blocks.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Terraform shows what a provider that ends before the handshake said on standard error.
fn failed(error: &ServeError) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::FAILURE
}

/// `stop` is what `service` cancels on Terraform's Stop call; the server itself goes on, so that what
/// is under way can answer.
async fn serve<S>(service: S, stop: CancellationToken, options: &Options) -> Result<(), ServeError>
where
    S: provider_server::Provider,
{
    let Options { environment, debug, source_address, .. } = options;
    let end = CancellationToken::new();
    // Before the handshake: Terraform may be interrupted right after it.
    if *debug {
        life::under_a_developer(end.clone());
    } else {
        life::under_terraform(stop, end.clone())?;
    }
    let tls = match &environment.client_certificate {
        Some(certificate) if !debug => Some(Tls::new(certificate)?),
        _ => None,
    };
    let (listener, address) = listener::bind(environment).await.map_err(ServeError::Bind)?;
    let said = if *debug {
        announcement::reattach(source_address, &address, std::process::id())
    } else {
        announcement::handshake(&address, tls.as_ref().map(|tls| &tls.certificate))
    };
    let mut stdout = io::stdout();
    stdout.write_all(said.as_bytes())?;
    stdout.flush()?;

    let incoming = connection::accept(listener, tls.map(|tls| tls.config));
    let (health, health_service) = tonic_health::server::health_reporter();
    // The name that go-plugin's client asks for.
    health.set_service_status("plugin", ServingStatus::Serving).await;
    let services = Services { end: end.clone() };
    let provider = ProviderServer::new(service)
        .max_decoding_message_size(MAX_MESSAGE_SIZE)
        .max_encoding_message_size(MAX_MESSAGE_SIZE);
    let serving = Server::builder()
        .layer(CatchPanics)
        .add_service(provider)
        .add_service(GrpcControllerServer::new(services.clone()))
        .add_service(GrpcStdioServer::new(services.clone()))
        .add_service(GrpcBrokerServer::new(services))
        .add_service(health_service)
        .serve_with_incoming_shutdown(incoming, end.cancelled());
    tokio::select! {
        outcome = serving => Ok(outcome?),
        () = too_long(&end) => Ok(()),
    }
}

/// Returns [`GRACE`] after the end was asked for.
#[expect(clippy::disallowed_methods, reason = "the process ends with this wait")]
async fn too_long(end: &CancellationToken) {
    end.cancelled().await;
    time::sleep(GRACE).await;
}
