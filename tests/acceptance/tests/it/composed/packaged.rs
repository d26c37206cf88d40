//! With `hashicorp/aws` 3.39.0, which PyPI has: what of the examples it can express. It cannot say
//! what Lambda is to take for the answer of a batch.

use acceptance::{HashicorpAws, World};

use super::{bucket_applies_and_goes, composed, every_source_calls};

#[test]
fn every_source_applies_and_calls() {
    let world = World::start();
    let config = composed(&world, HashicorpAws::Packaged);
    // S3 encrypts every bucket since 2023, which that version takes for a change.
    config.plan().assert_updates(&["aws_s3_bucket.uploads"]);
    every_source_calls(&world, &config);
    config.destroy();
}

#[test]
fn a_bucket_whose_notifications_it_writes_applies_and_goes() {
    bucket_applies_and_goes(&World::start(), HashicorpAws::Packaged);
}
