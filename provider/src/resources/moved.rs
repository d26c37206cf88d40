//! What all resources have in common that `moved` blocks bring from other providers.

use serde_json::Value as Json;
use tf_framework::MoveSource;

/// Whether the object comes from `hashicorp/aws`, wherever it was installed from.
pub(super) fn is_hashicorp_aws(source: &MoveSource) -> bool {
    source.provider_address.ends_with("/hashicorp/aws")
}

/// A value of its state, with null where it has an empty text or map for nothing.
pub(super) fn value_of(source: &MoveSource, name: &str) -> Json {
    match &source.state[name] {
        Json::String(text) if text.is_empty() => Json::Null,
        Json::Object(members) if members.is_empty() => Json::Null,
        value => value.clone(),
    }
}
