//! The end, which every command of Terraform waits for, several times over: it kills a provider that
//! takes more than two seconds.

use tfplugin_proto::plugin::Empty;
use tfplugin_proto::plugin::grpc_broker_client::GrpcBrokerClient;
use tfplugin_proto::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin_proto::plugin::grpc_stdio_client::GrpcStdioClient;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use crate::process::{Process, SOON};
use crate::requests::{Settings, examples};

async fn shutdown(channel: Channel) {
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
}

#[tokio::test]
async fn the_process_ends_at_once_and_leaves_nothing() {
    let mut process = Process::start();
    let channel = process.server.channel().await;
    // As Terraform does: both streams are open until the end.
    let stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap();
    let offers = tokio_stream::pending();
    let broker = GrpcBrokerClient::new(channel.clone()).start_stream(offers).await.unwrap();

    shutdown(channel).await;

    let (status, rest) = process.ended(SOON);
    assert_eq!(status.code(), Some(0));
    assert_eq!(rest, "", "standard output belongs to the handshake");
    assert!(!process.server.socket().exists());
    assert!(stdio.into_inner().message().await.unwrap().is_none());
    assert!(broker.into_inner().message().await.unwrap().is_none());
}

/// Every RPC that can be slow, streams of found objects and of an action's progress among them.
#[tokio::test]
async fn it_does_not_wait_for_calls_and_streams_under_way() {
    let settings = Settings { delay_seconds: Some(100), ..Settings::default() };
    let (mut process, channel) = Process::configured(settings).await;
    let _stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap();
    let offers = tokio_stream::pending();
    let _broker = GrpcBrokerClient::new(channel.clone()).start_stream(offers).await.unwrap();
    let mut calls = JoinSet::new();
    for example in examples(&Settings { folder: Some(process.folder()), ..Settings::default() }) {
        if example.operation.is_some() {
            let channel = channel.clone();
            calls.spawn(async move { example.call.send(channel).await });
        }
    }
    process.until_it_says(r#""@message":"begins""#, calls.len()).await;

    shutdown(channel).await;

    let (status, _) = process.ended(SOON);
    assert_eq!(status.code(), Some(0));
    assert!(!process.server.socket().exists());
    while let Some(call) = calls.join_next().await {
        assert!(call.unwrap().is_err(), "nothing had been done");
    }
}
