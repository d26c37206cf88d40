//! `verify_function`: whether the bridge could call what it is to call, asked of Modal at plan.

use tf_framework::{Attribute, Diagnostic, Plan, Schema, Value};

use super::{BridgeFunction, BridgeFunctionModel};
use crate::modal::{FunctionDescription, FunctionRef, why_not_callable};

pub(super) fn schema(schema: Schema) -> Schema {
    schema.attribute(
        "verify_function",
        Attribute::bool(
            "Whether each plan asks Modal, with the provider's Modal token, if the bridge could \
                 call the function: it is deployed; it is no web function, no generator and no \
                 method of a class with parameters; and with mode `remote`, it takes and gives \
                 CBOR. Warned of are a function that may take longer than `timeout`, and a Modal \
                 that does not answer. `false` unless set.",
        )
        .default(false),
    )
}

impl BridgeFunction {
    /// Asks, where that is wanted and the function's name is known. `named` has the environment
    /// that is meant.
    pub(super) async fn verify(
        &self,
        plan: &mut Plan<BridgeFunctionModel>,
        named: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        if plan.config.verify_function != Value::Known(true) {
            return Ok(());
        }
        let Some(name) = function_ref(named) else { return Ok(()) };
        let attempt = format!(
            "verify that a bridge could call {:?} of Modal app {:?}",
            name.function, name.app
        );
        let found = match self.clients.modal.function(&name).await {
            Ok((_, found)) => found,
            Err(error) => {
                if let Some(attribute) = error.attribute_at_fault() {
                    return Err(error.diagnostic(&attempt).at(attribute));
                }
                if error.is_about_the_token() || error.is_about_the_settings() {
                    return Err(error.diagnostic(&attempt).at("verify_function"));
                }
                let consequence = "The plan goes on as if it could be called.";
                let summary = format!("Cannot {attempt}");
                plan.push(error.warning(&summary, consequence).at("verify_function"));
                return Ok(());
            }
        };
        let waits = named.mode.known().is_some_and(|mode| mode == "remote");
        if let Some(error) = why_not_callable(&name, &found, waits) {
            return Err(error.diagnostic(&attempt).at("modal_function_name"));
        }
        if let Some(warning) = too_slow(named, &name, &found).filter(|_| waits) {
            plan.push(warning);
        }
        Ok(())
    }
}

/// `None` while a part of the name is not known.
fn function_ref(model: &BridgeFunctionModel) -> Option<FunctionRef> {
    let app_version = match &model.options.app_version {
        Value::Null => None,
        Value::Known(number) => Some((*number).try_into().ok()?),
        Value::Unknown => return None,
    };
    Some(FunctionRef {
        environment: model.environment_name.known()?.clone(),
        app: model.app_name.known()?.clone(),
        function: model.modal_function_name.known()?.clone(),
        app_version,
    })
}

/// A function that Modal lets run for longer than Lambda waits for it.
fn too_slow(
    model: &BridgeFunctionModel,
    name: &FunctionRef,
    found: &FunctionDescription,
) -> Option<Diagnostic> {
    let timeout = model.timeout_or_default().into_known()?;
    let allowed = i64::from(found.timeout_secs?);
    (allowed > timeout).then(|| {
        Diagnostic::warning(
            "The Modal function may take longer than the bridge waits",
            format!(
                "Modal allows {:?} of app {:?} {allowed} seconds, and the Lambda function has \
                 {timeout}: a call that takes longer fails, and what invoked the bridge may try \
                 again. Raise timeout, to 900 seconds at most, lower the Modal function's timeout, \
                 or use mode \"spawn\".",
                name.function, name.app
            ),
        )
        .at("timeout")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use checker::{Action, Core, Life, Refusal};
    use loopback::proto::{DataFormat, FunctionGetResponse, FunctionHandleMetadata};
    use loopback::{Modal as LocalModal, Status};
    use serde_json::{Value as Json, json};

    use super::super::rehearsal::{TYPE, thumbnails_with};
    use crate::aws::testing::Account;
    use crate::modal::ModalBlock;
    use crate::resources::rehearsal::{change, core_with_modal, objects, survives_trouble_with};
    use crate::secret_string::SecretString;

    /// A Modal where every function is deployed.
    async fn modal() -> Arc<LocalModal> {
        let modal = LocalModal::start().await;
        modal.always("FunctionGet", Ok(deployed()));
        Arc::new(modal)
    }

    fn deployed() -> FunctionGetResponse {
        let formats = vec![DataFormat::Cbor as i32];
        let handle = FunctionHandleMetadata {
            supported_input_formats: formats.clone(),
            supported_output_formats: formats,
            ..FunctionHandleMetadata::default()
        };
        FunctionGetResponse {
            function_id: "fu-1".to_owned(),
            handle_metadata: Some(handle),
            ..FunctionGetResponse::default()
        }
    }

    async fn core_of(account: &Account, modal: &Arc<LocalModal>) -> Core {
        let block = ModalBlock {
            token_id: Some("ak-1".to_owned()),
            token_secret: Some(SecretString::new("as-1".to_owned())),
            ..ModalBlock::default()
        };
        core_with_modal(account, Arc::clone(modal), &block).await
    }

    /// One that is verified, with other values.
    fn verified(mode: &str) -> Json {
        let name = "render";
        thumbnails_with(
            json!({ "verify_function": true, "modal_function_name": name, "mode": mode }),
        )
    }

    #[tokio::test]
    async fn whether_a_function_is_verified_is_known_to_the_state_alone() {
        let modal = modal().await;
        let core = core_of(&Account::new(), &modal).await;
        let life = Life::new(verified("remote"))
            .update(thumbnails_with(json!({ "modal_function_name": "render" })))
            .update(verified("remote"));

        let report = core.rehearse(TYPE, &life).await.unwrap();

        assert_eq!(report.actions, [Action::Create, Action::Update, Action::Update]);

        // A Modal that does not answer changes nothing.
        modal.always("FunctionGet", Err::<FunctionGetResponse, _>(Status::unimplemented("gone")));
        let last = report.objects.last().unwrap();
        let planned = core.plan(TYPE, Some(last), &verified("remote")).await.unwrap();
        assert_eq!(planned.action, Action::NoOp);
    }

    #[tokio::test]
    async fn whatever_aws_denies_or_loses_of_a_bridge_that_is_verified_is_made_good_later() {
        let modal = modal().await;
        survives_trouble_with(
            async |account: &Account| core_of(account, &modal).await,
            Account::new,
            objects,
            TYPE,
            [&verified("remote"), &verified("spawn")],
        )
        .await;
        assert!(modal.rpcs().contains(&"FunctionGet"));
    }

    #[tokio::test]
    async fn what_modal_denies_or_does_not_answer_is_made_good_later() {
        for (trouble, is_refused) in [
            (Status::unauthenticated("the token is unknown"), true),
            (Status::not_found("no such function"), true),
            (Status::permission_denied("not this environment"), false),
            (Status::unimplemented("gone"), false),
        ] {
            let (account, modal) = (Account::new(), modal().await);
            // Asked when there is no function, for what else there is not.
            let unknown = Status::unimplemented("not in this Modal");
            modal.always("EnvironmentList", Err::<FunctionGetResponse, _>(unknown));
            let core = core_of(&account, &modal).await;
            let mut object = None;
            for config in [verified("remote"), verified("spawn")] {
                let (before, what) = (account.contents(), trouble.to_string());
                modal.always("FunctionGet", Err::<FunctionGetResponse, _>(trouble.clone()));
                match core.plan(TYPE, object.as_ref(), &config).await {
                    Err(refusal) => {
                        assert!(matches!(refusal, Refusal::Provider(_)), "{what}: {refusal}");
                        assert!(is_refused, "{what}: {refusal}");
                        assert_eq!(account.contents(), before, "{what}");
                    }
                    // It was warned, and goes on.
                    Ok(planned) => {
                        assert!(!is_refused, "{what}");
                        object = core.apply_as_planned(&planned).await.done().unwrap();
                    }
                }
                modal.always("FunctionGet", Ok(deployed()));
                object = change(&core, TYPE, object.as_ref(), Some(&config)).await.unwrap();
            }
            // A destroy asks Modal nothing.
            modal.always("FunctionGet", Err::<FunctionGetResponse, _>(trouble));
            change(&core, TYPE, object.as_ref(), None).await.unwrap();
            assert_eq!(objects(&account.contents()), 0);
        }
    }
}
