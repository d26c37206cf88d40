//! Modal's client protocol: generated code, and nothing else.
