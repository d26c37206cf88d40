//! A provider on the other side of a connection.

use checker::{Core, Life};
use serde_json::json;
use tfplugin_proto::tfplugin5::provider_server::ProviderServer;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Endpoint, Server};

use crate::fake::Fake;

#[tokio::test]
async fn a_provider_lives_the_same_life_over_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(ProviderServer::new(Fake::new()));
    let serving = tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let core = Core::over(channel).await.unwrap();
    core.configure(json!({})).await.unwrap();
    core.rehearse("tiny_thing", &Life::new(json!({ "name": "alpha" }))).await.unwrap();

    serving.abort();
}
