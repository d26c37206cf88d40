//! The `x-modal-*` headers of a call.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tonic::metadata::{AsciiMetadataValue, MetadataMap};

use crate::{Config, Credentials};

/// How often one logical call has been tried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tries {
    pub(crate) retries: u32,
    pub(crate) throttled: u32,
    /// Since the first try.
    pub(crate) elapsed: Duration,
}

/// What a logical call says of itself; the same on every try.
#[derive(Debug)]
pub(crate) struct CallHeaders {
    /// Modal recognises a repeated call by it, so it must not change between tries.
    pub(crate) idempotency_key: String,
    pub(crate) started: SystemTime,
}

/// Writes everything a try of a call needs into `metadata`. A value that no header can hold is left
/// out; the server then says what it misses.
pub(crate) fn write(
    metadata: &mut MetadataMap,
    config: &Config,
    credentials: &Credentials,
    host: &str,
    call: &CallHeaders,
    tries: Tries,
) {
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = AsciiMetadataValue::try_from(value) {
            metadata.insert(name, value);
        }
    };
    put("x-modal-client-type", &config.client_type);
    put("x-modal-client-version", &config.client_version);
    put("x-modal-libmodal-version", &config.libmodal_version);
    put("x-modal-host", host);
    put("x-modal-token-id", &credentials.token_id);
    put("x-idempotency-key", &call.idempotency_key);
    put("x-modal-timestamp", &format!("{:.6}", unix_seconds(call.started)));

    put("x-retry-attempt", &tries.retries.to_string());
    put("x-throttle-retry-attempt", &tries.throttled.to_string());
    if tries.retries > 0 {
        put("x-retry-delay", &format!("{:.3}", tries.elapsed.as_secs_f64()));
    }
    if tries.throttled > 0 {
        put("x-throttle-retry-delay", &format!("{:.3}", tries.elapsed.as_secs_f64()));
    }

    if let Ok(mut secret) = AsciiMetadataValue::try_from(credentials.token_secret()) {
        secret.set_sensitive(true);
        metadata.insert("x-modal-token-secret", secret);
    }
}

/// Seconds since 1970, with a fraction.
pub(crate) fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
