//! What a resource will look like after apply, as far as schema, state and configuration tell.
//!
//! Pure: no I/O, no clock, nothing random, because Terraform plans twice and compares. The steps,
//! in this order:
//!
//! 1. A configured value is planned as it stands; where it means the same as the prior value, in
//!    another spelling, the prior one is kept.
//! 2. Write-only attributes are null: they are read from the configuration at apply.
//! 3. What the configuration leaves out gets its default; else, where the provider computes it,
//!    the prior value; else null.
//! 4. Where anything differs from the prior state, computed values that may change with it are
//!    unknown; at create, all of them are.
//! 5. The resource's own `plan` changes what it knows better (`resource.rs`).
//! 6. Attributes that require replacement and differ are listed.

use crate::diagnostics::AttributePath;
use crate::dynamic::{Dynamic, Object};
use crate::schema::{Block, Nesting, Schema};

/// Steps 1 to 4. `prior` is `None` at create.
pub(crate) fn plan(schema: &Schema, prior: Option<&Object>, config: &Object) -> Object {
    let mut planned = configured(&schema.body, prior, config);
    if prior.is_none_or(|prior| *prior != planned) {
        forget_computed(&schema.body, prior.is_some(), config, &mut planned);
    }
    planned
}

/// Steps 1 to 3.
fn configured(schema: &Block, prior: Option<&Object>, config: &Object) -> Object {
    let mut planned = Object::new();
    for (name, attribute) in &schema.attributes {
        let config = config.get(name).unwrap_or(&Dynamic::Null);
        let prior = prior.and_then(|prior| prior.get(name)).unwrap_or(&Dynamic::Null);
        let value = match config {
            _ if attribute.write_only => Dynamic::Null,
            Dynamic::Null => match &attribute.default {
                Some(default) => default.clone(),
                None if attribute.computed => prior.clone(),
                None => Dynamic::Null,
            },
            config => match &attribute.same_meaning {
                Some(same) if *prior != Dynamic::Null && same(prior, config) => prior.clone(),
                _ => config.clone(),
            },
        };
        planned.insert(name.clone(), value);
    }
    for (name, block) in &schema.blocks {
        let prior = prior.and_then(|prior| prior.get(name)).unwrap_or(&Dynamic::Null);
        let value = match config.get(name) {
            Some(Dynamic::Map(config)) => Dynamic::Map(configured(block, as_object(prior), config)),
            Some(Dynamic::List(elements)) => Dynamic::List(
                elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| {
                        let prior = match prior {
                            Dynamic::List(prior) => prior.get(index),
                            _ => None,
                        };
                        configured_element(block, prior, element)
                    })
                    .collect(),
            ),
            Some(Dynamic::Set(elements)) => Dynamic::Set(configured_set(block, prior, elements)),
            Some(Dynamic::Unknown) => Dynamic::Unknown,
            _ => block.absent(),
        };
        planned.insert(name.clone(), value);
    }
    planned
}

/// Elements of a set have no position. The counterpart of one is a prior element that it leaves as it
/// is; where several could be, as many as possible find one.
fn configured_set(block: &Block, prior: &Dynamic, elements: &[Dynamic]) -> Vec<Dynamic> {
    let prior = match prior {
        Dynamic::Set(prior) if takes_from_prior(block) => prior.as_slice(),
        _ => &[],
    };
    let counterparts: Vec<Vec<usize>> = elements
        .iter()
        .map(|element| {
            let leaves =
                |at: &usize| configured_element(block, Some(&prior[*at]), element) == prior[*at];
            (0..prior.len()).filter(leaves).collect()
        })
        .collect();
    let pairs = matching(&counterparts, prior.len());
    let planned = elements.iter().enumerate().map(|(index, element)| {
        match pairs.iter().position(|taken| *taken == Some(index)) {
            Some(at) => prior[at].clone(),
            None => configured_element(block, None, element),
        }
    });
    planned.collect()
}

/// Whether anything planned for the block depends on what was there before.
fn takes_from_prior(block: &Block) -> bool {
    let attributes = block.attributes.iter();
    attributes.map(|(_, found)| found).any(|found| found.computed || found.same_meaning.is_some())
        || block.blocks.iter().any(|(_, nested)| takes_from_prior(nested))
}

/// For each of `count` places, the element that takes it: as many as possible of those whose
/// `choices` have it, by augmenting paths.
fn matching(choices: &[Vec<usize>], count: usize) -> Vec<Option<usize>> {
    fn place(
        element: usize,
        choices: &[Vec<usize>],
        tried: &mut [bool],
        taken: &mut [Option<usize>],
    ) -> bool {
        for &at in &choices[element] {
            if std::mem::replace(&mut tried[at], true) {
                continue;
            }
            if taken[at].is_none_or(|other| place(other, choices, tried, taken)) {
                taken[at] = Some(element);
                return true;
            }
        }
        false
    }
    let mut taken = vec![None; count];
    for element in 0..choices.len() {
        place(element, choices, &mut vec![false; count], &mut taken);
    }
    taken
}

fn configured_element(block: &Block, prior: Option<&Dynamic>, element: &Dynamic) -> Dynamic {
    match element {
        Dynamic::Map(config) => Dynamic::Map(configured(block, prior.and_then(as_object), config)),
        other => other.clone(),
    }
}

fn as_object(value: &Dynamic) -> Option<&Object> {
    match value {
        Dynamic::Map(object) => Some(object),
        _ => None,
    }
}

/// Step 4: computed values, where neither configuration nor default gives one.
fn forget_computed(schema: &Block, update: bool, config: &Object, planned: &mut Object) {
    for (name, attribute) in &schema.attributes {
        let given = !matches!(config.get(name), None | Some(Dynamic::Null));
        let known = given || attribute.default.is_some();
        let kept = update && attribute.keeps_state && planned.get(name) != Some(&Dynamic::Null);
        if attribute.computed && !known && !kept {
            planned.insert(name.clone(), Dynamic::Unknown);
        }
    }
    for (name, block) in &schema.blocks {
        let nothing = Object::new();
        match (planned.get_mut(name), config.get(name)) {
            (Some(Dynamic::Map(planned)), config) => {
                let config = config.and_then(as_object).unwrap_or(&nothing);
                forget_computed(block, update, config, planned);
            }
            (
                Some(Dynamic::List(planned) | Dynamic::Set(planned)),
                Some(Dynamic::List(config) | Dynamic::Set(config)),
            ) => {
                for (planned, config) in planned.iter_mut().zip(config) {
                    if let (Dynamic::Map(planned), Some(config)) = (planned, as_object(config)) {
                        forget_computed(block, update, config, planned);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Step 6. An unknown planned value counts as another one.
pub(crate) fn requires_replace(
    schema: &Schema,
    prior: &Object,
    planned: &Object,
) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    block_requires_replace(&schema.body, prior, planned, &AttributePath::default(), &mut paths);
    paths
}

fn block_requires_replace(
    schema: &Block,
    prior: &Object,
    planned: &Object,
    path: &AttributePath,
    paths: &mut Vec<AttributePath>,
) {
    let attributes = schema.attributes.iter();
    let attributes = attributes.map(|(name, attribute)| (name, attribute.requires_replace));
    let blocks = schema.blocks.iter().map(|(name, block)| (name, block.requires_replace));
    for (name, _) in attributes.chain(blocks).filter(|(_, flagged)| *flagged) {
        if prior.get(name) != planned.get(name) {
            paths.push(path.attribute(name));
        }
    }
    for (name, block) in schema.blocks.iter().filter(|(_, block)| !block.requires_replace) {
        let path = path.attribute(name);
        match (block.nesting, prior.get(name), planned.get(name)) {
            (Nesting::Single, Some(Dynamic::Map(prior)), Some(Dynamic::Map(planned))) => {
                block_requires_replace(block, prior, planned, &path, paths);
            }
            // One block more or less is a fixed value that was not there, or is no longer.
            (Nesting::List, Some(Dynamic::List(prior)), Some(Dynamic::List(planned)))
                if prior.len() != planned.len() && has_fixed(block) =>
            {
                paths.push(path);
            }
            (Nesting::Single, Some(Dynamic::Null), Some(Dynamic::Map(_)))
            | (Nesting::Single, Some(Dynamic::Map(_)), Some(Dynamic::Null))
                if has_fixed(block) =>
            {
                paths.push(path);
            }
            (Nesting::List, Some(Dynamic::List(prior)), Some(Dynamic::List(planned))) => {
                for (index, pair) in prior.iter().zip(planned).enumerate() {
                    if let (Dynamic::Map(prior), Dynamic::Map(planned)) = pair {
                        block_requires_replace(block, prior, planned, &path.index(index), paths);
                    }
                }
            }
            // There is no path to an element of a set.
            (Nesting::Set, Some(prior @ Dynamic::Set(_)), Some(planned @ Dynamic::Set(_)))
                if has_fixed(block) && fixed(block, prior) != fixed(block, planned) =>
            {
                paths.push(path);
            }
            // How many there are is known at apply. That a replacement turns out to be needed then
            // is too late: Terraform refuses another action than it has planned.
            (_, prior, Some(Dynamic::Unknown))
                if prior != Some(&Dynamic::Unknown) && has_fixed(block) =>
            {
                paths.push(path);
            }
            _ => {}
        }
    }
}

/// Whether anything in the block cannot change without a replacement.
fn has_fixed(block: &Block) -> bool {
    block.attributes.iter().any(|(_, attribute)| attribute.requires_replace)
        || block.blocks.iter().any(|(_, nested)| nested.requires_replace || has_fixed(nested))
}

/// Of a block's value, what cannot change without a replacement.
fn fixed(block: &Block, value: &Dynamic) -> Dynamic {
    match value {
        Dynamic::List(elements) => {
            Dynamic::List(elements.iter().map(|value| fixed(block, value)).collect())
        }
        Dynamic::Set(elements) => {
            let mut distinct = Vec::new();
            for value in elements.iter().map(|value| fixed(block, value)) {
                if !distinct.contains(&value) {
                    distinct.push(value);
                }
            }
            Dynamic::Set(distinct)
        }
        Dynamic::Map(object) => {
            let attributes = block.attributes.iter();
            let attributes = attributes.filter(|(_, attribute)| attribute.requires_replace);
            let whole = block.blocks.iter().filter(|(_, nested)| nested.requires_replace);
            let in_part = block
                .blocks
                .iter()
                .filter(|(_, nested)| !nested.requires_replace && has_fixed(nested));
            let member = |name: &String| object.get(name).cloned().unwrap_or(Dynamic::Null);
            let attributes = attributes.map(|(name, _)| (name.clone(), member(name)));
            let whole = whole.map(|(name, _)| (name.clone(), member(name)));
            let in_part =
                in_part.map(|(name, nested)| (name.clone(), fixed(nested, &member(name))));
            Dynamic::Map(attributes.chain(whole).chain(in_part).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;

    fn schema() -> Schema {
        Schema::new("A thing.")
            .attribute("name", Attribute::string("Name.").required().requires_replace())
            .attribute("size", Attribute::number("Size.").default(10))
            .attribute("note", Attribute::string("Note."))
            .attribute("secret_wo", Attribute::string("Secret.").write_only())
            .attribute(
                "document",
                Attribute::string("JSON.").same_when(|a, b| {
                    matches!((a, b), (Dynamic::String(a), Dynamic::String(b))
                        if a.replace(' ', "") == b.replace(' ', ""))
                }),
            )
            .attribute("zone", Attribute::string("Zone.").optional_computed())
            .attribute("arn", Attribute::string("ARN.").computed().use_state_for_unknown())
            .attribute("version", Attribute::string("Version.").computed())
            .block(
                "rule",
                Block::list("Rules.")
                    .attribute("port", Attribute::number("Port.").required())
                    .attribute("protocol", Attribute::string("Protocol.").default("tcp"))
                    .attribute("id", Attribute::string("Id.").computed().use_state_for_unknown()),
            )
    }

    /// An object of the schema: null and no blocks but for `members`.
    fn object(members: &[(&str, Dynamic)]) -> Object {
        let mut object = schema().body.empty();
        object.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        object
    }

    fn rule(members: &[(&str, Dynamic)]) -> Dynamic {
        let mut object = schema().body.blocks[0].1.empty();
        object.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Dynamic::Map(object)
    }

    fn prior() -> Object {
        object(&[
            ("name", "a".into()),
            ("size", 10.into()),
            ("zone", "z1".into()),
            ("arn", "arn:a".into()),
            ("version", "1".into()),
        ])
    }

    fn check(
        prior: Option<&Object>,
        config: &[(&str, Dynamic)],
        want: &[(&str, Dynamic)],
        replace: &[&str],
    ) {
        let planned = plan(&schema(), prior, &object(config));
        assert_eq!(planned, object(want));
        let paths = prior.map(|prior| requires_replace(&schema(), prior, &planned));
        let paths: Vec<_> = paths.into_iter().flatten().map(|path| path.to_string()).collect();
        assert_eq!(paths, replace);
        assert_eq!(plan(&schema(), prior, &object(config)), planned, "the second plan differs");
    }

    #[test]
    fn at_create_defaults_are_filled_in_and_computed_values_are_unknown() {
        check(
            None,
            &[("name", "a".into()), ("secret_wo", "s".into())],
            &[
                ("name", "a".into()),
                ("size", 10.into()),
                ("zone", Dynamic::Unknown),
                ("arn", Dynamic::Unknown),
                ("version", Dynamic::Unknown),
            ],
            &[],
        );
    }

    #[test]
    fn without_a_change_everything_stays() {
        check(
            Some(&prior()),
            &[("name", "a".into())],
            &[
                ("name", "a".into()),
                ("size", 10.into()),
                ("zone", "z1".into()),
                ("arn", "arn:a".into()),
                ("version", "1".into()),
            ],
            &[],
        );
    }

    #[test]
    fn a_change_makes_unknown_what_may_change_with_it() {
        check(
            Some(&prior()),
            &[("name", "a".into()), ("note", "n".into())],
            &[
                ("name", "a".into()),
                ("size", 10.into()),
                ("note", "n".into()),
                ("zone", Dynamic::Unknown),
                ("arn", "arn:a".into()),
                ("version", Dynamic::Unknown),
            ],
            &[],
        );
    }

    #[test]
    fn another_name_requires_replacement_and_so_does_one_not_known_yet() {
        for name in ["b".into(), Dynamic::Unknown] {
            let planned = plan(&schema(), Some(&prior()), &object(&[("name", name)]));
            let paths = requires_replace(&schema(), &prior(), &planned);
            assert_eq!(paths, [AttributePath::from("name")]);
        }
    }

    #[test]
    fn another_spelling_is_no_change() {
        let mut prior = prior();
        prior.insert("document".to_owned(), "{}".into());
        let config = object(&[("name", "a".into()), ("document", "{ }".into())]);
        assert_eq!(plan(&schema(), Some(&prior), &config), prior);
    }

    #[test]
    fn blocks_are_the_configurations_with_defaults_and_prior_computed_values() {
        let mut prior = prior();
        prior.insert(
            "rule".to_owned(),
            Dynamic::List(vec![rule(&[
                ("port", 1.into()),
                ("protocol", "tcp".into()),
                ("id", "r1".into()),
            ])]),
        );
        let config = object(&[
            ("name", "a".into()),
            ("rule", Dynamic::List(vec![rule(&[("port", 2.into())]), rule(&[("port", 3.into())])])),
        ]);

        let planned = plan(&schema(), Some(&prior), &config);

        let first = rule(&[("port", 2.into()), ("protocol", "tcp".into()), ("id", "r1".into())]);
        let second =
            rule(&[("port", 3.into()), ("protocol", "tcp".into()), ("id", Dynamic::Unknown)]);
        assert_eq!(planned["rule"], Dynamic::List(vec![first, second]));
    }

    #[test]
    fn blocks_that_are_not_known_yet_stay_unknown() {
        let config = object(&[("name", "a".into()), ("rule", Dynamic::Unknown)]);
        assert_eq!(plan(&schema(), None, &config)["rule"], Dynamic::Unknown);
    }

    fn members() -> Schema {
        Schema::new("A thing.").block(
            "member",
            Block::set("Members.")
                .attribute("name", Attribute::string("Name.").requires_replace())
                .attribute("id", Attribute::string("Id.").optional_computed()),
        )
    }

    fn set(members: &[(&str, Dynamic)]) -> Object {
        let member = |(name, id): &(&str, Dynamic)| {
            let name = ("name".to_owned(), (*name).into());
            Dynamic::Map(Object::from([name, ("id".to_owned(), id.clone())]))
        };
        let members = Dynamic::Set(members.iter().map(member).collect());
        Object::from([("member".to_owned(), members)])
    }

    #[test]
    fn elements_of_a_set_find_what_was_computed_for_them_in_any_order() {
        let prior = set(&[("a", "configured".into()), ("a", "computed".into())]);
        for config in [
            set(&[("a", Dynamic::Null), ("a", "configured".into())]),
            set(&[("a", "configured".into()), ("a", Dynamic::Null)]),
        ] {
            assert_eq!(plan(&members(), Some(&prior), &config), prior);
        }
    }

    #[test]
    fn blocks_that_may_turn_out_to_need_a_replacement_are_one() {
        let prior = set(&[("a", "1".into())]);
        let config = Object::from([("member".to_owned(), Dynamic::Unknown)]);
        let planned = plan(&members(), Some(&prior), &config);
        let paths = requires_replace(&members(), &prior, &planned);
        assert_eq!(paths, [AttributePath::from("member")]);
    }

    #[test]
    fn another_fixed_value_in_a_set_is_a_replacement_and_another_one_beside_it_is_not() {
        let prior = set(&[("a", "1".into())]);
        let replaced = |config: &Object| {
            let planned = plan(&members(), Some(&prior), config);
            !requires_replace(&members(), &prior, &planned).is_empty()
        };
        assert!(replaced(&set(&[("b", "1".into())])));
        assert!(!replaced(&set(&[("a", "2".into())])));
    }
}
