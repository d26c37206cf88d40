//! Real Terraform, our binaries, a local AWS and a local Modal.
