//! Terraform plugin protocol 5 and go-plugin's services: generated code, and nothing else.
