//! The provider that Terraform starts.

fn main() {}
