//! Modal functions over gRPC: look up, spawn, remote.
