//! With `hashicorp/aws` 5 or later, where `HASHICORP_AWS_MIRROR` names a mirror that has it:
//! `cargo xtask test` leaves these out where it does not.

use acceptance::{HashicorpAws, World};

use super::{bucket_applies_and_goes, composed, every_source_calls};

#[test]
fn every_source_applies_and_calls() {
    let world = World::start();
    let config = composed(&world, HashicorpAws::Mirrored);
    config.plan().assert_empty();
    every_source_calls(&world, &config);
    config.destroy();
}

#[test]
fn a_bucket_whose_notifications_it_writes_applies_and_goes() {
    bucket_applies_and_goes(&World::start(), HashicorpAws::Mirrored);
}
