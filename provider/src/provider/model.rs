//! The provider block, as it was written.

use std::collections::BTreeSet;

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use super::blocks::{
    AssumeRoleModel, DefaultTagsModel, EndpointsModel, IgnoreTagsModel, WebIdentityModel,
};
use super::modal::ModalModel;

/// The provider block.
#[derive(Clone, Default)]
pub struct ProviderModel {
    pub(super) region: Value<String>,
    pub(super) profile: Value<String>,
    pub(super) shared_config_files: Value<Vec<String>>,
    pub(super) shared_credentials_files: Value<Vec<String>>,
    pub(super) access_key: Value<String>,
    pub(super) secret_key: Value<String>,
    pub(super) token: Value<String>,
    pub(super) sts_region: Value<String>,
    pub(super) use_fips_endpoint: Value<bool>,
    pub(super) use_dualstack_endpoint: Value<bool>,
    pub(super) max_retries: Value<i64>,
    pub(super) retry_mode: Value<String>,
    pub(super) http_proxy: Value<String>,
    pub(super) https_proxy: Value<String>,
    pub(super) no_proxy: Value<String>,
    pub(super) custom_ca_bundle: Value<String>,
    pub(super) insecure: Value<bool>,
    pub(super) allowed_account_ids: Value<BTreeSet<String>>,
    pub(super) forbidden_account_ids: Value<BTreeSet<String>>,
    pub(super) skip_credentials_validation: Value<bool>,
    pub(super) skip_requesting_account_id: Value<bool>,
    pub(super) skip_region_validation: Value<bool>,
    pub(super) skip_metadata_api_check: Value<String>,
    pub(super) modal: ModalModel,
    pub(super) assume_role: Value<Vec<AssumeRoleModel>>,
    pub(super) assume_role_with_web_identity: Value<Vec<WebIdentityModel>>,
    pub(super) endpoints: Value<Vec<EndpointsModel>>,
    pub(super) default_tags: Value<Vec<DefaultTagsModel>>,
    pub(super) ignore_tags: Value<Vec<IgnoreTagsModel>>,
}

impl Model for ProviderModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            region: object.take("region"),
            profile: object.take("profile"),
            shared_config_files: object.take("shared_config_files"),
            shared_credentials_files: object.take("shared_credentials_files"),
            access_key: object.take("access_key"),
            secret_key: object.take("secret_key"),
            token: object.take("token"),
            sts_region: object.take("sts_region"),
            use_fips_endpoint: object.take("use_fips_endpoint"),
            use_dualstack_endpoint: object.take("use_dualstack_endpoint"),
            max_retries: object.take("max_retries"),
            retry_mode: object.take("retry_mode"),
            http_proxy: object.take("http_proxy"),
            https_proxy: object.take("https_proxy"),
            no_proxy: object.take("no_proxy"),
            custom_ca_bundle: object.take("custom_ca_bundle"),
            insecure: object.take("insecure"),
            allowed_account_ids: object.take("allowed_account_ids"),
            forbidden_account_ids: object.take("forbidden_account_ids"),
            skip_credentials_validation: object.take("skip_credentials_validation"),
            skip_requesting_account_id: object.take("skip_requesting_account_id"),
            skip_region_validation: object.take("skip_region_validation"),
            skip_metadata_api_check: object.take("skip_metadata_api_check"),
            modal: ModalModel::read(object),
            assume_role: object.take_blocks("assume_role"),
            assume_role_with_web_identity: object.take_blocks("assume_role_with_web_identity"),
            endpoints: object.take_blocks("endpoints"),
            default_tags: object.take_blocks("default_tags"),
            ignore_tags: object.take_blocks("ignore_tags"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            region,
            profile,
            shared_config_files,
            shared_credentials_files,
            access_key,
            secret_key,
            token,
            sts_region,
            use_fips_endpoint,
            use_dualstack_endpoint,
            max_retries,
            retry_mode,
            http_proxy,
            https_proxy,
            no_proxy,
            custom_ca_bundle,
            insecure,
            allowed_account_ids,
            forbidden_account_ids,
            skip_credentials_validation,
            skip_requesting_account_id,
            skip_region_validation,
            skip_metadata_api_check,
            modal,
            assume_role,
            assume_role_with_web_identity,
            endpoints,
            default_tags,
            ignore_tags,
        } = self;
        object.put("region", region);
        object.put("profile", profile);
        object.put("shared_config_files", shared_config_files);
        object.put("shared_credentials_files", shared_credentials_files);
        object.put("access_key", access_key);
        object.put("secret_key", secret_key);
        object.put("token", token);
        object.put("sts_region", sts_region);
        object.put("use_fips_endpoint", use_fips_endpoint);
        object.put("use_dualstack_endpoint", use_dualstack_endpoint);
        object.put("max_retries", max_retries);
        object.put("retry_mode", retry_mode);
        object.put("http_proxy", http_proxy);
        object.put("https_proxy", https_proxy);
        object.put("no_proxy", no_proxy);
        object.put("custom_ca_bundle", custom_ca_bundle);
        object.put("insecure", insecure);
        object.put("allowed_account_ids", allowed_account_ids);
        object.put("forbidden_account_ids", forbidden_account_ids);
        object.put("skip_credentials_validation", skip_credentials_validation);
        object.put("skip_requesting_account_id", skip_requesting_account_id);
        object.put("skip_region_validation", skip_region_validation);
        object.put("skip_metadata_api_check", skip_metadata_api_check);
        modal.write(object);
        object.put_blocks("assume_role", assume_role);
        object.put_blocks("assume_role_with_web_identity", assume_role_with_web_identity);
        object.put_blocks("endpoints", endpoints);
        object.put_blocks("default_tags", default_tags);
        object.put_blocks("ignore_tags", ignore_tags);
    }
}
