//! Whether two values are equal, when parts of them are not known yet.

use super::Value;

impl Value {
    /// Whether the values are, or will be, equal; `None` while that depends on what is not known.
    pub fn equals(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Self::Unknown(_, a), b) if b.is_known() && !a.admits(b) => Some(false),
            (a, Self::Unknown(_, b)) if a.is_known() && !b.admits(a) => Some(false),
            (Self::Unknown(a, _), b) | (b, Self::Unknown(a, _)) => {
                let types_differ = b.is_known()
                    && !b.is_null()
                    && !a.has_dynamic()
                    && !b.ty().has_dynamic()
                    && *a != b.ty();
                if types_differ { Some(false) } else { None }
            }
            (Self::Null(_), Self::Null(_)) => Some(true),
            (Self::Null(_), _) | (_, Self::Null(_)) => Some(false),
            (Self::List(a, _), Self::List(b, _))
            | (Self::Set(a, _), Self::Set(b, _))
            | (Self::Map(a, _), Self::Map(b, _))
                if a != b =>
            {
                Some(false)
            }
            (Self::List(_, a), Self::List(_, b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                if a.len() != b.len() {
                    return Some(false);
                }
                all(a.iter().zip(b))
            }
            (Self::Set(_, a), Self::Set(_, b)) => {
                if a.iter().chain(b).all(Self::is_wholly_known) {
                    Some(a == b)
                } else {
                    None
                }
            }
            (Self::Map(_, a), Self::Map(_, b)) | (Self::Object(a), Self::Object(b)) => {
                if !a.keys().eq(b.keys()) {
                    return Some(false);
                }
                all(a.values().zip(b.values()))
            }
            (a, b) => Some(a == b),
        }
    }
}

/// Whether every pair is equal: one that differs decides, one that is open leaves it open.
fn all<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut answer = Some(true);
    for (a, b) in pairs {
        match a.equals(b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => answer = None,
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::super::Refinement;
    use super::*;
    use crate::types::Type;

    #[test]
    fn what_is_not_known_leaves_equality_open() {
        let unknown = Value::unknown(Type::String);
        assert_eq!(unknown.equals(&Value::text("a")), None);
        assert_eq!(unknown.equals(&unknown), None);
        assert_eq!(Value::Null(Type::String).equals(&unknown), None);
    }

    #[test]
    fn a_promise_can_decide_it() {
        let arn = Refinement::prefix("arn:").of(Type::String);
        assert_eq!(arn.equals(&Value::text("id")), Some(false));
        assert_eq!(Value::Null(Type::String).equals(&arn), Some(false));
        assert_eq!(Value::text("arn:aws").equals(&arn), None);
    }

    #[test]
    fn one_part_that_differs_decides_for_the_whole() {
        let a = Value::object([("a", Value::integer(1)), ("b", Value::unknown(Type::Number))]);
        let b = Value::object([("a", Value::integer(2)), ("b", Value::integer(3))]);
        let c = Value::object([("a", Value::integer(1)), ("b", Value::integer(3))]);
        assert_eq!(a.equals(&b), Some(false));
        assert_eq!(a.equals(&c), None);
        assert_eq!(c.equals(&c), Some(true));
    }

    #[test]
    fn a_set_has_no_order_and_no_repetition() {
        let one = Value::set(Type::String, ["b", "a", "b"].map(Value::text));
        let other = Value::set(Type::String, ["a", "b"].map(Value::text));
        assert_eq!(one, other);
        assert_eq!(one.equals(&other), Some(true));
    }

    #[test]
    fn text_is_compared_in_one_form_of_unicode() {
        assert_eq!(Value::text("e\u{301}"), Value::text("\u{e9}"));
    }
}
