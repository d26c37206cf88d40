//! Whether a bridge could call a function that is deployed.

use modal_client::{DataFormat, FunctionDescription, FunctionKind, FunctionRef, ModalError};

use super::error::CallError;

/// Why a bridge would refuse to call it, in the words in which it would; `None` where it can.
/// `waits`: for the result, which must then be CBOR.
pub fn why_not_callable(
    name: &FunctionRef,
    found: &FunctionDescription,
    waits: bool,
) -> Option<CallError> {
    let function = name.function.clone();
    let cbor = |formats: &[DataFormat]| formats.contains(&DataFormat::Cbor);
    let error = if let Some(url) = &found.web_url {
        ModalError::WebFunction { function, url: url.clone() }
    } else if found.kind == FunctionKind::Generator {
        ModalError::Generator { function }
    } else if !found.class_parameters.is_empty() {
        let class = function.split('.').next().unwrap_or_default().to_owned();
        ModalError::ClassParameters { class, parameters: found.class_parameters.clone() }
    } else if waits && !(cbor(&found.input_formats) && cbor(&found.output_formats)) {
        ModalError::CborNotAdvertised { function }
    } else {
        return None;
    };
    Some(error.into())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn found() -> FunctionDescription {
        FunctionDescription {
            function_id: "fu-1".to_owned(),
            app_id: "ap-1".to_owned(),
            kind: FunctionKind::Function,
            is_method: false,
            web_url: None,
            input_formats: vec![DataFormat::Pickle, DataFormat::Cbor],
            output_formats: vec![DataFormat::Pickle, DataFormat::Cbor],
            input_plane: None,
            timeout_secs: Some(300),
            startup_timeout_secs: None,
            arguments: None,
            class_parameters: Vec::new(),
        }
    }

    fn why(found: &FunctionDescription, waits: bool) -> String {
        let name = FunctionRef {
            environment: "main".to_owned(),
            app: "images".to_owned(),
            function: "Model.render".to_owned(),
            app_version: None,
        };
        why_not_callable(&name, found, waits).map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn what_a_bridge_would_refuse_is_refused_in_its_words() {
        assert_eq!(why(&found(), true), "");
        let web_url = Some("https://acme--images.modal.run".to_owned());
        expect![[
            r#""Model.render" is a web function: call it by HTTP at https://acme--images.modal.run"#
        ]]
        .assert_eq(&why(&FunctionDescription { web_url, ..found() }, false));
        let kind = FunctionKind::Generator;
        expect![[r#""Model.render" is a generator, which the bridge cannot call"#]]
            .assert_eq(&why(&FunctionDescription { kind, ..found() }, false));
        let class_parameters = vec!["size".to_owned()];
        expect![[r#""Model" is a class with parameters (size), which an event cannot give: call a method of a class without parameters, or a function that makes the object"#]]
            .assert_eq(&why(&FunctionDescription { class_parameters, ..found() }, false));
        let of_old = FunctionDescription { output_formats: Vec::new(), ..found() };
        assert_eq!(why(&of_old, false), "", "nobody waits for its result");
        expect![[r#""Model.render" was deployed by a Modal client that cannot answer in CBOR; redeploy it with modal >= 1.2 to call it by remote"#]]
            .assert_eq(&why(&of_old, true));
    }
}
