//! Values that cannot work: each is refused before anything is asked of AWS, with the way out.

mod bridge_function;
mod oidc_role;
mod provider_block;
mod token_secret;

use acceptance::World;
use expect_test::Expect;

use crate::diagnostics::said;

/// What Terraform says of this HCL: every error, whole.
#[track_caller]
pub(crate) fn refused(main: &str, expected: &Expect) {
    let world = World::start();
    let config = world.config(main);
    expected.assert_eq(&said(&world, &config.plan_errors()));
    assert_eq!(world.aws.calls(), [] as [&str; 0], "a refusal needs no AWS");
}

/// Every warning of this HCL, which can be planned.
pub(crate) fn warned(main: &str, expected: &Expect) {
    let world = World::start();
    // Terraform validates twice, and shows what was said twice once.
    let mut warnings: Vec<String> = Vec::new();
    for warning in world.config(main).plan_warnings() {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    expected.assert_eq(&said(&world, &warnings));
}
