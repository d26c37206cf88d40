//! A Terraform provider framework over plugin protocol 5.
