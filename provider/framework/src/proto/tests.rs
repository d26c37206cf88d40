//! Paths on the wire. They go one way only: no request of the protocol has any.

use proptest::prelude::*;
use tfplugin_proto::tfplugin5::attribute_path::step::Selector;

use super::to_proto;
use crate::diagnostics::{AttributePath, Step};

/// As Terraform reads it.
fn read(path: tfplugin_proto::tfplugin5::AttributePath) -> AttributePath {
    let step = |selector| match selector {
        Selector::AttributeName(name) => Step::Attribute(name),
        Selector::ElementKeyString(key) => Step::Key(key),
        Selector::ElementKeyInt(index) => Step::Index(usize::try_from(index).unwrap()),
    };
    let steps = path.steps.into_iter().map(|found| step(found.selector.unwrap()));
    steps.fold(AttributePath::default(), |path, step| path.join(step))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<String>().prop_map(Step::Attribute),
        any::<String>().prop_map(Step::Key),
        (0..usize::MAX / 2).prop_map(Step::Index),
    ]
}

proptest! {
    #[test]
    fn a_path_keeps_every_step(steps in prop::collection::vec(step(), 0..20)) {
        let path = steps.into_iter().fold(AttributePath::default(), |path, step| path.join(step));
        prop_assert_eq!(read(to_proto::path(&path)), path);
    }
}
