//! Terraform's short words on two types that differ: go-cty's `convert.MismatchMessage`.

use std::collections::BTreeMap;

use crate::types::Type;
use crate::value::quote;

/// Why a value of type `given` is none of type `wanted`.
pub(super) fn mismatch(given: &Type, wanted: &Type) -> String {
    let required = || format!("{} required", wanted.name());
    match (given, wanted) {
        (Type::Object(given), Type::Object(wanted)) => of_objects(given, wanted),
        (Type::Tuple(elements), Type::List(of) | Type::Set(of)) => {
            let elements = elements.iter().enumerate();
            of_elements(elements.map(|(index, ty)| (index.to_string(), ty)), of)
        }
        (Type::Object(attributes), Type::Map(of)) => {
            of_elements(attributes.iter().map(|(name, ty)| (quote(name), ty)), of)
        }
        (Type::Tuple(_) | Type::Object(_), Type::List(_) | Type::Set(_) | Type::Map(_)) => {
            required()
        }
        (Type::List(given) | Type::Set(given), Type::List(wanted)) => {
            format!("incorrect list element type: {}", mismatch(given, wanted))
        }
        (Type::List(given) | Type::Set(given), Type::Set(wanted)) => {
            format!("incorrect set element type: {}", mismatch(given, wanted))
        }
        (Type::Map(given), Type::Map(wanted)) => {
            format!("incorrect map element type: {}", mismatch(given, wanted))
        }
        _ if leads_astray(given, wanted) => required(),
        _ => format!("{}, but have {}", required(), given.name()),
    }
}

/// Whether to name the type that there is would lead a reader to the wrong conclusion: text may well
/// be meant as a number, and a list as a tuple.
fn leads_astray(given: &Type, wanted: &Type) -> bool {
    match (is_primitive(given), is_primitive(wanted)) {
        (true, true) => *given == Type::String,
        (false, false) => !matches!((given, wanted), (Type::Tuple(_), Type::Object(_))),
        _ => false,
    }
}

fn is_primitive(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Number | Type::String)
}

/// Whether Terraform may turn a value of the one type into one of the other.
fn converts(given: &Type, wanted: &Type) -> bool {
    given == wanted
        || (is_primitive(given)
            && is_primitive(wanted)
            && (*given == Type::String || *wanted == Type::String))
}

fn of_objects(given: &BTreeMap<String, Type>, wanted: &BTreeMap<String, Type>) -> String {
    let missing: Vec<_> = wanted.keys().filter(|name| !given.contains_key(*name)).collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {} is required", quote(one)),
        [first, second] => {
            return format!("attributes {} and {} are required", quote(first), quote(second));
        }
        [others @ .., last] => {
            let others: Vec<_> = others.iter().map(|name| quote(name)).collect();
            let others = others.join(", ");
            return format!("attributes {others}, and {} are required", quote(last));
        }
    }
    let differing = wanted.iter().filter_map(|(name, wanted)| {
        let given = given.get(name)?;
        (given != wanted).then_some((name, given, wanted))
    });
    let differing: Vec<_> = differing.collect();
    let worst = differing.iter().find(|(_, given, wanted)| !converts(given, wanted));
    match worst.or(differing.first()) {
        Some((name, given, wanted)) => {
            format!("attribute {}: {}", quote(name), mismatch(given, wanted))
        }
        None => "incorrect object attributes".to_owned(),
    }
}

fn of_elements<'a>(mut elements: impl Iterator<Item = (String, &'a Type)>, of: &Type) -> String {
    match elements.find(|(_, given)| !converts(given, of)) {
        Some((which, given)) => format!("element {which}: {}", mismatch(given, of)),
        None => format!("all elements must be {}", of.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_differ_are_told_apart_in_terraforms_words() {
        let tuple = |types: &[Type]| Type::Tuple(types.to_vec());
        let object = |ty: Type| Type::object([("a", ty)]);
        let cases = [
            (Type::Number, Type::String, "string required, but have number"),
            (Type::String, Type::Number, "number required"),
            (Type::Bool, Type::Number, "number required, but have bool"),
            (tuple(&[]), Type::String, "string required, but have tuple"),
            (Type::list(Type::String), tuple(&[Type::String]), "tuple required"),
            (tuple(&[]), object(Type::Bool), "object required, but have tuple"),
            (Type::list(Type::Bool), Type::map(Type::Bool), "map of bool required"),
            (
                Type::set(Type::Bool),
                Type::list(Type::String),
                "incorrect list element type: string required, but have bool",
            ),
            (tuple(&[Type::Number]), Type::list(Type::String), "all elements must be string"),
            (
                tuple(&[Type::Number, Type::Bool]),
                Type::set(Type::Number),
                "element 1: number required, but have bool",
            ),
            (
                object(Type::Bool),
                Type::map(Type::Number),
                "element \"a\": number required, but have bool",
            ),
            (object(Type::Bool), Type::list(Type::Bool), "list of bool required"),
            (
                object(Type::Bool),
                object(Type::Number),
                "attribute \"a\": number required, but have bool",
            ),
            (
                object(Type::Bool),
                Type::object([("b", Type::Bool), ("c", Type::Bool), ("d", Type::Bool)]),
                "attributes \"b\", \"c\", and \"d\" are required",
            ),
        ];
        for (given, wanted, words) in cases {
            assert_eq!(mismatch(&given, &wanted), words);
        }
    }
}
