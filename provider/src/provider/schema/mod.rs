//! What the provider block looks like in HCL. The descriptions are the documentation's first page.

mod connection;
mod credentials;
mod endpoints;
mod roles;
mod tags;

use bridge_contract::check_server_url;
use tf_framework::{Attribute, Schema, Validator};

pub(super) fn schema() -> Schema {
    let schema = Schema::new(
        "Lets AWS events call functions deployed on [Modal](https://modal.com), and lets Modal \
         functions use AWS without keys. AWS is configured as in `hashicorp/aws`, by the same \
         names and in the same order: this block, the environment, the shared configuration files, \
         the machine. What is left empty counts as left out. Values that are known only after \
         apply may stand here: what needs AWS to be planned is then planned as unknown.",
    );
    let schema = credentials::attributes(schema);
    let schema = connection::attributes(schema);
    modal_attributes(schema)
        .block("assume_role", roles::assume_role())
        .block("assume_role_with_web_identity", roles::assume_role_with_web_identity())
        .block("endpoints", endpoints::endpoints())
        .block("default_tags", tags::default_tags())
        .block("ignore_tags", tags::ignore_tags())
}

fn modal_attributes(schema: Schema) -> Schema {
    schema.attribute(
        "modal_server_url",
        Attribute::string(
            "Modal server that bridges call, where it is not Modal's own. `https`, or `http` on \
             this machine alone. The Lambda functions get it as `MODAL_SERVER_URL`.",
        )
        .validate(Validator::text(|url| {
            check_server_url(url).map_err(|error| format!("is not usable: {error}."))
        })),
    )
}
