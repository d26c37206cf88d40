//! What an event takes in memory, told from its text.

/// What a value takes in a list or a map, with the digits of a number or a short text.
const VALUE: usize = 110;
/// What a key takes besides.
const KEY: usize = 50;
/// A list or a map that is not empty has room for four from the start.
const LIST: usize = 290;
const MAP: usize = 480;

/// The memory that JSON takes once it is read, in bytes; rather too much than too little.
pub(crate) fn footprint(text: &str) -> usize {
    let (mut bytes, mut in_string, mut escaped) = (text.len(), false, false);
    // What the list or map costs that has just begun, and may be empty.
    let mut begun = 0;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'[' | b'{' => {
                bytes = bytes.saturating_add(begun);
                begun = if byte == b'[' { LIST } else { MAP };
                continue;
            }
            b']' | b'}' => begun = 0,
            b',' => bytes = bytes.saturating_add(VALUE),
            b':' => bytes = bytes.saturating_add(KEY),
            _ => {}
        }
        bytes = bytes.saturating_add(begun);
        begun = 0;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_and_what_only_looks_like_them_does_not() {
        let besides = |text: &str| footprint(text) - text.len();
        for (text, want) in [
            ("1", 0),
            ("[1,2,3]", LIST + 2 * VALUE),
            ("[ ]", 0),
            ("[[],{}]", LIST + VALUE),
            (r#"{"a":1,"b":[0]}"#, MAP + VALUE + 2 * KEY + LIST),
            (r#""[[{,:\"[[""#, 0),
        ] {
            assert_eq!(besides(text), want, "{text}");
        }
    }
}
