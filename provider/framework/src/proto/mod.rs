//! Between the wire's generated types and this framework's own. Nothing else names both.

pub(crate) mod from_proto;
#[cfg(test)]
mod tests;
pub(crate) mod to_proto;
