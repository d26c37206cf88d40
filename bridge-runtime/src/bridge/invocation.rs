//! What Lambda says of an invocation.

use crate::Deadline;

/// What one invocation is, beside its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub request_id: String,
    pub trace_id: Option<String>,
    /// As invoked: with an alias or a version, where the caller named one.
    pub function_arn: String,
    pub deadline: Deadline,
}

impl Invocation {
    /// The bridge's ARN, whatever alias or version was called: it is the same bridge.
    pub(super) fn bridge(&self) -> &str {
        match self.function_arn.match_indices(':').nth(6) {
            Some((end, _)) => self.function_arn.get(..end).unwrap_or_default(),
            None => &self.function_arn,
        }
    }

    /// The bridge's name; its ARN where that has another form than AWS's.
    pub(crate) fn bridge_name(&self) -> &str {
        self.function_arn.split(':').nth(6).unwrap_or(&self.function_arn)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn an_alias_of_a_bridge_is_the_same_bridge() {
        let plain = "arn:aws:lambda:us-east-1:111122223333:function:bridge";
        for arn in [plain, &format!("{plain}:live")] {
            let invocation = Invocation {
                request_id: String::new(),
                trace_id: None,
                function_arn: arn.to_owned(),
                deadline: Deadline::new(UNIX_EPOCH, UNIX_EPOCH),
            };
            assert_eq!((invocation.bridge(), invocation.bridge_name()), (plain, "bridge"));
        }
    }
}
