//! How requests get to AWS, and how often they are made.

use tf_framework::{Attribute, Schema, Validator};

pub(super) fn attributes(schema: Schema) -> Schema {
    let schema = schema
        .attribute(
            "sts_region",
            Attribute::string("AWS region of STS, where it is another one than `region`."),
        )
        .attribute(
            "use_fips_endpoint",
            Attribute::bool(
                "Use endpoints that are validated by FIPS 140, of services without an endpoint in \
                 the configuration. Also `AWS_USE_FIPS_ENDPOINT`. `false` unless set.",
            ),
        )
        .attribute(
            "use_dualstack_endpoint",
            Attribute::bool(
                "Use endpoints that speak IPv6 too. Also `AWS_USE_DUALSTACK_ENDPOINT`. `false` \
                 unless set.",
            ),
        )
        .attribute(
            "max_retries",
            Attribute::number(
                "How often a request is made in all, while AWS throttles it or fails. 25 unless \
                 set, with waits of up to 20 seconds between them; a host that cannot be connected \
                 to is tried 9 times at most. Also `AWS_MAX_ATTEMPTS`.",
            )
            .validate(Validator::between(0..=i64::from(u32::MAX))),
        )
        .attribute(
            "retry_mode",
            Attribute::string(
                "`adaptive`: when a service throttles one request, all resources together send it \
                 fewer. `standard`: each request waits for itself, as in `hashicorp/aws`. Also \
                 `AWS_RETRY_MODE`. `adaptive` unless set.",
            )
            .validate(Validator::one_of(&["standard", "adaptive", ""])),
        );
    proxies(schema)
        .attribute(
            "custom_ca_bundle",
            Attribute::string(
                "File with certificates in PEM form to trust instead of the machine's, such as a \
                 proxy's. Also `AWS_CA_BUNDLE`. `ca_bundle` in the shared files is not read.",
            ),
        )
        .attribute(
            "insecure",
            Attribute::bool(
                "Trust any certificate. Whoever is on the way can then read and change what is \
                 sent. `false` unless set.",
            ),
        )
}

fn proxies(schema: Schema) -> Schema {
    schema
        .attribute(
            "http_proxy",
            Attribute::string(
                "URL of the proxy for requests by `http`, and for those by `https` too where \
                 neither `https_proxy` nor `HTTPS_PROXY` is set. Empty for none, whatever the \
                 environment says. Also `HTTP_PROXY` or `http_proxy`.",
            ),
        )
        .attribute(
            "https_proxy",
            Attribute::string(
                "URL of the proxy for requests by `https`. Empty for none, whatever the \
                 environment says. Also `HTTPS_PROXY` or `https_proxy`.",
            ),
        )
        .attribute(
            "no_proxy",
            Attribute::string(
                "Hosts that are reached without a proxy, with commas between them: names, which \
                 stand for all below them too, addresses, networks such as `10.0.0.0/8`, or `*`. \
                 This machine always is. Also `NO_PROXY` or `no_proxy`.",
            ),
        )
}
