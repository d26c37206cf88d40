//! Why a provider could not be served.

use std::io;

use thiserror::Error;

/// Why a provider could not be served, or why serving ended early.
#[derive(Debug, Error)]
pub(super) enum ServeError {
    /// Neither a unix socket nor a port.
    #[error("cannot open a socket for Terraform")]
    Bind(#[source] io::Error),
    /// What Terraform sent to recognise it by.
    #[error("PLUGIN_CLIENT_CERT holds no certificate in PEM form")]
    ClientCertificate,
    /// This process's own certificate.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// The TLS configuration.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// The line that Terraform waits for, or a signal's handler.
    #[error("cannot talk to the process that started this one")]
    Io(#[from] io::Error),
    /// The gRPC server.
    #[error("the gRPC server failed")]
    Grpc(#[from] tonic::transport::Error),
}
