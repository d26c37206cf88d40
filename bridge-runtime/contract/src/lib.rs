//! What the provider writes and the bridge reads.
