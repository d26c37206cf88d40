//! A call as another process can go on with it.

use std::fmt;

use super::CallId;

/// What it takes to wait for a call that another process started, and to give it back to Modal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub call: CallId,
    /// On the control plane, where Modal gave them out. An attempt is given back by its name alone.
    pub jwts: Option<Jwts>,
}

/// What Modal's control plane wants to see of who gives an input back.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Jwts {
    /// The function call's.
    pub call: String,
    /// Its input's.
    pub input: String,
}

/// Written by hand: the derived one would print them.
impl fmt::Debug for Jwts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_is_given_back_with_is_not_printed() {
        let jwts = Some(Jwts { call: "hush".into(), input: "hush".into() });
        let ticket = Ticket { call: CallId::FunctionCall("fc-1".into()), jwts };
        let shown = format!("{ticket:?}");
        assert_eq!(shown, r#"Ticket { call: FunctionCall("fc-1"), jwts: Some(Jwts) }"#);
    }
}
