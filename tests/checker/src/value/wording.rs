//! Values in the words of Terraform's messages about providers, which print them as Go source.

use super::Value;

impl Value {
    /// How Go source would write it.
    pub(crate) fn go(&self) -> String {
        match self {
            Self::Null(ty) => format!("cty.NullVal({})", ty.go()),
            Self::Unknown(crate::types::Type::Dynamic, _) => "cty.DynamicVal".to_owned(),
            Self::Unknown(ty, refinement) => {
                let suffix = match refinement.go().as_str() {
                    "" => String::new(),
                    ".NotNull()" => ".RefineNotNull()".to_owned(),
                    calls => format!(".Refine(){calls}.NewValue()"),
                };
                format!("cty.UnknownVal({}){suffix}", ty.go())
            }
            Self::Bool(true) => "cty.True".to_owned(),
            Self::Bool(false) => "cty.False".to_owned(),
            Self::Number(number) if number.is_integer() => {
                format!("cty.NumberIntVal({})", number.go())
            }
            Self::Number(number) if number.to_exact_f64().is_some() => {
                format!("cty.NumberFloatVal({})", number.go())
            }
            Self::Number(number) => {
                format!("cty.MustParseNumberVal({})", quote(&number.plain()))
            }
            Self::String(text) => format!("cty.StringVal({})", quote(text)),
            Self::List(of, elements) if elements.is_empty() => {
                format!("cty.ListValEmpty({})", of.go())
            }
            Self::Set(of, elements) if elements.is_empty() => {
                format!("cty.SetValEmpty({})", of.go())
            }
            Self::Map(of, entries) if entries.is_empty() => {
                format!("cty.MapValEmpty({})", of.go())
            }
            Self::Tuple(elements) if elements.is_empty() => "cty.EmptyTupleVal".to_owned(),
            Self::Object(attributes) if attributes.is_empty() => "cty.EmptyObjectVal".to_owned(),
            Self::List(..) => format!("cty.ListVal({})", self.go_slice()),
            Self::Set(..) => format!("cty.SetVal({})", self.go_slice()),
            Self::Tuple(_) => format!("cty.TupleVal({})", self.go_slice()),
            Self::Map(..) => format!("cty.MapVal({})", self.go_map()),
            Self::Object(_) => format!("cty.ObjectVal({})", self.go_map()),
        }
    }

    fn go_slice(&self) -> String {
        let elements: Vec<_> = self.elements().iter().map(Self::go).collect();
        format!("[]cty.Value{{{}}}", elements.join(", "))
    }

    fn go_map(&self) -> String {
        let entries: Vec<_> = self
            .entries()
            .into_iter()
            .map(|(key, value)| format!("{}:{}", quote(key), value.go()))
            .collect();
        format!("map[string]cty.Value{{{}}}", entries.join(", "))
    }
}

/// `text` as Go quotes it.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control < ' ' || control == '\u{7f}' => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::{Number, Refinement};
    use super::*;
    use crate::types::Type;

    #[test]
    fn values_read_as_in_terraforms_messages() {
        let cases = [
            (Value::Null(Type::list(Type::String)), "cty.NullVal(cty.List(cty.String))"),
            (Value::unknown(Type::Dynamic), "cty.DynamicVal"),
            (Value::unknown(Type::Number), "cty.UnknownVal(cty.Number)"),
            (Refinement::not_null().of(Type::Bool), "cty.UnknownVal(cty.Bool).RefineNotNull()"),
            (
                Refinement::prefix("arn:").of(Type::String),
                "cty.UnknownVal(cty.String).Refine().NotNull().StringPrefixFull(\"arn:\").NewValue()",
            ),
            (Value::integer(1_000_000), "cty.NumberIntVal(1e+06)"),
            (Value::Number(Number::parse("0.5").unwrap()), "cty.NumberFloatVal(0.5)"),
            (Value::Number(Number::parse("0.1").unwrap()), "cty.MustParseNumberVal(\"0.1\")"),
            (Value::text("a\"\u{1}\n"), r#"cty.StringVal("a\"\x01\n")"#),
            (
                Value::object([("a", Value::Bool(true))]),
                "cty.ObjectVal(map[string]cty.Value{\"a\":cty.True})",
            ),
            (
                Value::set(Type::String, [Value::text("b"), Value::text("a")]),
                "cty.SetVal([]cty.Value{cty.StringVal(\"a\"), cty.StringVal(\"b\")})",
            ),
        ];
        for (value, words) in cases {
            assert_eq!(value.go(), words);
        }
    }
}
