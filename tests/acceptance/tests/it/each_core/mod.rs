//! What tells Terraforms apart, on each that PyPI has: one story for all, and for each what it
//! has beyond the others. Test names end with the version.

mod modal;
mod tiny;

use acceptance::Core;

/// The first of these Terraforms that has `identity` in import blocks.
const IMPORT_BY_IDENTITY: Core = Core::V1_12;
/// The first that has `terraform query`.
const QUERY: Core = Core::V1_14;
/// The first that has actions.
const ACTIONS: Core = Core::V1_14;
/// The first that has providers generate configurations, where they can.
const CONFIGURATION_BY_PROVIDER: Core = Core::V1_14;
/// The first that shows why something is deprecated.
const DEPRECATION_MESSAGES: Core = Core::V1_15;

/// A test on each Terraform that PyPI has, of a story that takes the core.
macro_rules! on_each_core {
    ($story:ident) => {
        on_each_core! { $story: on_1_11 V1_11, on_1_12 V1_12, on_1_14 V1_14, on_1_15 V1_15 }
    };
    ($story:ident: $($test:ident $core:ident),+) => {
        mod $story {
            use acceptance::Core;

            $(
                #[test]
                fn $test() {
                    super::$story(Core::$core);
                }
            )+
        }
    };
}
use on_each_core;
