//! What tells Terraforms apart, on each that PyPI has: one story for all, and for each what it
//! has beyond the others. Test names end with the version.

mod modal;

/// A test on each Terraform that PyPI has, of a story that takes the core.
macro_rules! on_each_core {
    ($story:ident) => {
        on_each_core! { $story: on_1_11 V1_11, on_1_12 V1_12, on_1_14 V1_14, on_1_15 V1_15 }
    };
    ($story:ident: $($test:ident $core:ident),+) => {
        mod $story {
            $(
                #[test]
                fn $test() {
                    super::$story(acceptance::Core::$core);
                }
            )+
        }
    };
}
use on_each_core;
