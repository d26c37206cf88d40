//! The upper levels of an event that is nested too deep to be read.

/// Sources are told apart by what stands no deeper.
const LEVELS: usize = 8;

/// JSON without what is nested deeper; `null` stands there. What is not JSON does not become JSON.
pub(super) fn outline(text: &str) -> String {
    let mut outline = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for c in text.chars() {
        let mut shown = depth <= LEVELS;
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '[' | '{' if !in_string => {
                if depth == LEVELS {
                    outline.push_str("null");
                }
                depth += 1;
                shown = depth <= LEVELS;
            }
            ']' | '}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if shown {
            outline.push(c);
        }
    }
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_deeper_is_null_and_the_rest_stays() {
        let flat = r#"{"a":"[{\"]","b":[1,{"c":null}]}"#;
        assert_eq!(outline(flat), flat);
        let deep = format!(r#"{{"a":{}"x"{},"b":[2]}}"#, "[".repeat(9), "]".repeat(9));
        assert_eq!(outline(&deep), r#"{"a":[[[[[[[null]]]]]]],"b":[2]}"#);
        assert_eq!(outline("]]x"), "]]x");
    }
}
