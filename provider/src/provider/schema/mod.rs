//! What the provider block looks like in HCL. The descriptions are the documentation's first page.

mod connection;
mod credentials;
mod endpoints;
mod roles;
mod tags;

use tf_framework::Schema;

use super::modal;

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
    modal::attributes(schema)
        .block("assume_role", roles::assume_role())
        .block("assume_role_with_web_identity", roles::assume_role_with_web_identity())
        .block("endpoints", endpoints::endpoints())
        .block("default_tags", tags::default_tags())
        .block("ignore_tags", tags::ignore_tags())
}
