//! What the tests of resources use.

use crate::resource::Resource;
use crate::resource_type;
pub use crate::server::service;

/// Every attribute and block of the schema is read and written by the model, and no other.
///
/// # Panics
///
/// Where they differ, with the difference.
pub fn assert_model_matches_schema<R: Resource>() {
    if let Err(difference) = resource_type::model_fits::<R::Model>(&R::schema()) {
        panic!("{}: {difference}", R::TYPE_NAME);
    }
}
