//! One file, one list: the objects of a resource type that exist, whoever made them.

mod oidc_role;

pub(crate) use oidc_role::OidcRoleList;
