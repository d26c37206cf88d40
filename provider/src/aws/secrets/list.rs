//! The secrets of an account and region, by name and tags.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};

use super::Secrets;
use crate::aws::error::AwsError;
use crate::tags::Tags;

/// Which secrets are meant: those that fit in everything that is said here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFilter {
    /// How the name begins.
    pub name_prefix: Option<String>,
    /// Tags that it has.
    pub tags: Tags,
}

/// A secret of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSecret {
    /// Ends in six characters that AWS adds.
    pub arn: String,
    /// Unique in account and region.
    pub name: String,
}

impl SecretFilter {
    /// AWS's filters find too much: tag keys by their beginnings, and values of any key.
    fn fits(&self, name: &str, tags: &Tags) -> bool {
        self.name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
            && self.tags.iter().all(|(key, value)| tags.get(key) == Some(value))
    }

    fn sdk(&self) -> Vec<Filter> {
        let filter = |key, value: &str| Filter::builder().key(key).values(value).build();
        let name = self.name_prefix.iter();
        let name = name.map(|prefix| filter(FilterNameStringType::Name, prefix));
        let keys = self.tags.keys().map(|key| filter(FilterNameStringType::TagKey, key));
        name.chain(keys).collect()
    }
}

impl Secrets {
    /// One page of secrets, and where the next begins. None of them waits for its end.
    pub async fn list_secrets(
        &self,
        filter: &SecretFilter,
        from: Option<String>,
    ) -> Result<(Vec<ListedSecret>, Option<String>), AwsError> {
        let request =
            self.client.list_secrets().set_filters(Some(filter.sdk())).set_next_token(from).send();
        let answer = request.await;
        let answer =
            answer.map_err(|error| AwsError::from_sdk("secretsmanager:ListSecrets", &error))?;
        let found = answer.secret_list().iter().filter_map(|secret| {
            let tags = super::our_tags(secret.tags());
            let (arn, name) = (secret.arn()?.to_owned(), secret.name()?.to_owned());
            let there = secret.deleted_date().is_none() && filter.fits(&name, &tags);
            there.then_some(ListedSecret { arn, name })
        });
        let next = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        Ok((found.collect(), next))
    }
}
