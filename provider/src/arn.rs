//! The parts of an ARN.

/// `arn:<partition>:<service>:<region>:<account>:<resource>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov` and so on.
    pub partition: &'a str,
    /// `lambda`
    pub service: &'a str,
    /// Empty where the service has none, as IAM.
    pub region: &'a str,
    /// Empty where it says nothing, as S3's.
    pub account: &'a str,
    /// All the rest, which may have colons of its own.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` where the text is no ARN.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let &["arn", partition, service, region, account, resource] = parts.as_slice() else {
            return None;
        };
        let whole = ![partition, service, resource].contains(&"");
        whole.then_some(Self { partition, service, region, account, resource })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_may_have_colons() {
        let arn = Arn::parse("arn:aws-cn:lambda:cn-north-1:111122223333:function:bridge");
        let parts = arn.map(|arn| (arn.partition, arn.service, arn.region, arn.account));
        assert_eq!(parts, Some(("aws-cn", "lambda", "cn-north-1", "111122223333")));
        assert_eq!(arn.map(|arn| arn.resource), Some("function:bridge"));
    }

    #[test]
    fn region_and_account_may_be_missing_and_nothing_else() {
        assert!(Arn::parse("arn:aws:s3:::uploads").is_some());
        for text in ["", "uploads", "arn:aws:s3:::", "arn::s3:::uploads", "urn:aws:s3:::uploads"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
