//! Reading what is really there, after bringing the stored state to the schema of now.

use serde_json::Value as Json;
use tfplugin_proto::tfplugin5 as wire;

use super::{BUG, Core, Object, plugin_error};
use crate::codec;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::rules;
use crate::value::{Value, quote};

impl Core {
    /// Refreshes an object as every plan does: `None` if it is gone. RPCs: UpgradeResourceState,
    /// ReadResource.
    pub async fn refresh(
        &self,
        type_name: &str,
        object: &Object,
    ) -> Result<Option<Object>, Refusal> {
        let schema = self.resource(type_name);
        let stored = self.stored(type_name, &object.value)?;
        let value = self.upgrade(type_name, schema.version, &stored).await?;
        self.read(type_name, &Object { value, ..object.clone() }).await
    }

    /// The JSON in which state keeps the object. No RPC.
    pub fn stored(&self, type_name: &str, value: &Value) -> Result<Json, Refusal> {
        let ty = self.resource(type_name).block.ty();
        let malformed = |error| Refusal::from(Breach::malformed(&error));
        let bytes = codec::json::encode(value, &ty).map_err(malformed)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Breach::new(Rule::WireValue, error.to_string(), "").into())
    }

    /// Reads what is really there: `None` if it is gone. RPC: ReadResource.
    pub async fn read(&self, type_name: &str, object: &Object) -> Result<Option<Object>, Refusal> {
        let (read, deferred) = self.read_or_defer(type_name, object).await?;
        // A read that was put off leaves everything as it is.
        Ok(if deferred { Some(object.clone()) } else { read })
    }

    pub(super) async fn read_or_defer(
        &self,
        type_name: &str,
        object: &Object,
    ) -> Result<(Option<Object>, bool), Refusal> {
        let schema = self.resource(type_name);
        let (block, ty) = (&schema.block, schema.block.ty());
        let address = self.object(type_name);
        let request = wire::read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(codec::encode(&object.value, &ty)),
            private: object.private.clone(),
            provider_meta: self.provider_meta(),
            client_capabilities: Some(self.capabilities()),
            current_identity: self.identity_data(type_name, object.identity.as_ref()),
        };
        let answer = self
            .client()
            .read_resource(request)
            .await
            .map_err(|status| plugin_error("ReadResource", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let deferred = self.deferred(answer.deferred, &address)?.is_some();
        let value = self.decode(answer.new_state.as_ref(), block)?;
        let identity = self.identity(type_name, answer.new_identity.as_ref())?;
        self.identity_known(type_name, identity.as_ref())?;
        if deferred {
            return Ok((None, true));
        }
        if answer.new_state.is_none() {
            return Err(Breach::new(
                Rule::ReadMissing,
                "Provider read an object and returned nothing",
                format!(
                    "Provider {} returned no state for {address}, not even a null one. Terraform \
                     takes that for an object that is gone, and plans to make it again.",
                    quote(&self.address)
                ),
            )
            .into());
        }
        unbroken(self.badly_read(type_name, &value))?;
        if value.is_null() {
            return Ok((None, false));
        }
        self.identity_kept(type_name, object.identity.as_ref(), identity.as_ref())?;
        if schema.identity.is_some() && identity.is_none() {
            return Err(self.no_identity(type_name).into());
        }
        let read = Object { value, private: answer.private, identity, tainted: object.tainted };
        Ok((Some(read), false))
    }

    pub(super) fn badly_read(&self, type_name: &str, value: &Value) -> Vec<Breach> {
        let block = &self.resource(type_name).block;
        let object = self.object(type_name);
        let summary = "Provider produced invalid object";
        let invalid = |rule: Rule, why: String| {
            Breach::new(
                rule,
                summary,
                format!(
                    "Provider {} planned an invalid value for {object} during refresh: \
                     {why}.\n\n{BUG}",
                    quote(&self.address)
                ),
            )
        };
        let mut breaches = Vec::new();
        if !value.is_wholly_known() {
            let why = "The returned state contains unknown values".to_owned();
            breaches.push(invalid(Rule::ReadUnknown, why));
        }
        for (path, why) in value.ty().nonconformities(&block.ty()) {
            let at = if path.is_root() { String::new() } else { format!("{path}: ") };
            breaches.push(invalid(Rule::ReadType, format!("{at}{why}")));
        }
        if !breaches.is_empty() {
            return breaches;
        }
        breaches.extend(self.written_only(block, value, Rule::ReadWriteOnly, summary, |path| {
            format!(
                "Provider {} returned a value for the write-only attribute \
                     \"{object}{path}\" during refresh. Write-only attributes cannot be read back \
                     from the provider. {BUG}",
                self.resolved()
            )
        }));
        breaches.extend(rules::null_blocks(block, value).into_iter().map(|path| {
            invalid(
                Rule::ReadNullBlocks,
                format!("{path}: blocks are null, which should be empty to indicate no blocks"),
            )
        }));
        breaches
    }
}
