//! Messages of errors as sentences, for the detail of a diagnostic.

/// With a capital and a full stop. An attribute's name at the beginning keeps its letters.
pub(crate) fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    if text.split(' ').next().is_some_and(|word| word.contains('_')) {
        return format!("{text}.");
    }
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_or_with_an_attribute() {
        assert_eq!(sentence(&"no region is configured"), "No region is configured.");
        assert_eq!(sentence(&"\"a\" is no ARN"), "\"a\" is no ARN.");
        assert_eq!(sentence(&"app_name is \"a b\""), "app_name is \"a b\".");
    }
}
