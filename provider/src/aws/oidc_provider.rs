//! The account's OIDC provider for Modal: there is one for each issuer, shared by everyone in it.
//!
//! So it is made when it is missing, used when it is there, extended by an audience when that is
//! missing, and never deleted. No thumbprint is sent: IAM trusts the issuer's certificate authority.

use super::error::{AwsError, Fault};
use super::iam::{Iam, absent, gone_is_fine, our_tags, sdk_tags};
use crate::tags::{TagChanges, Tags};

/// An IAM OIDC provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcProvider {
    /// Its ARN ends in the issuer.
    pub arn: String,
    /// The audiences whose tokens it accepts.
    pub audiences: Vec<String>,
    /// Every tag on it.
    pub tags: Tags,
}

/// An IAM OIDC provider to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOidcProvider {
    /// What its ARN will be.
    pub arn: String,
    /// The issuer, with `https://`.
    pub url: String,
    /// The audiences whose tokens it is to accept.
    pub audiences: Vec<String>,
    /// None where whoever asks may have no right to tag.
    pub tags: Tags,
}

impl Iam {
    /// `None` when the account has no OIDC provider with this ARN.
    pub async fn find_oidc_provider(&self, arn: &str) -> Result<Option<OidcProvider>, AwsError> {
        const ACTION: &str = "iam:GetOpenIDConnectProvider";
        let request = self.client.get_open_id_connect_provider().open_id_connect_provider_arn(arn);
        match request.send().await {
            Ok(answer) => Ok(Some(OidcProvider {
                arn: arn.to_owned(),
                audiences: answer.client_id_list().to_vec(),
                tags: our_tags(answer.tags()),
            })),
            Err(error) => absent(AwsError::from_sdk(ACTION, &error)),
        }
    }

    /// Sees to it that the account has this provider, and that it accepts the audiences. What is
    /// there already keeps its own audiences and tags: compare them to know whether it was made.
    pub async fn ensure_oidc_provider(
        &self,
        wanted: &NewOidcProvider,
    ) -> Result<OidcProvider, AwsError> {
        let found = match self.find_oidc_provider(&wanted.arn).await? {
            Some(found) => found,
            None => self.create_or_meet_oidc_provider(wanted).await?,
        };
        self.add_audiences(found, &wanted.audiences).await
    }

    /// Makes the provider, or finds the one that somebody else made just now: two applies of one
    /// account may come here at once.
    pub async fn create_or_meet_oidc_provider(
        &self,
        wanted: &NewOidcProvider,
    ) -> Result<OidcProvider, AwsError> {
        let made = self.patiently(|| self.create_oidc_provider(wanted)).await;
        let error = match made {
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => error,
            answer => return answer,
        };
        let unknown = |error: &AwsError| error.fault == Fault::AlreadyExists;
        self.waiter
            .retry(self.waiter.waits().consistency, unknown, || async {
                self.find_oidc_provider(&wanted.arn).await?.ok_or_else(|| error.clone())
            })
            .await
    }

    async fn create_oidc_provider(
        &self,
        wanted: &NewOidcProvider,
    ) -> Result<OidcProvider, AwsError> {
        let tags = (!wanted.tags.is_empty()).then(|| sdk_tags(&wanted.tags)).transpose()?;
        let request = self
            .client
            .create_open_id_connect_provider()
            .url(&wanted.url)
            .set_client_id_list(Some(wanted.audiences.clone()))
            .set_tags(tags);
        let answer = request.send().await;
        answer.map_err(|error| AwsError::from_sdk("iam:CreateOpenIDConnectProvider", &error))?;
        Ok(OidcProvider {
            arn: wanted.arn.clone(),
            audiences: wanted.audiences.clone(),
            tags: wanted.tags.clone(),
        })
    }

    /// Adds what is missing of the audiences, and takes none away. No call when none is.
    pub async fn add_audiences(
        &self,
        provider: OidcProvider,
        audiences: &[String],
    ) -> Result<OidcProvider, AwsError> {
        let OidcProvider { arn, audiences: mut known, tags } = provider;
        for audience in audiences {
            if known.contains(audience) {
                continue;
            }
            self.patiently(|| async {
                let request = self
                    .client
                    .add_client_id_to_open_id_connect_provider()
                    .open_id_connect_provider_arn(&arn)
                    .client_id(audience);
                let answer = request.send().await;
                answer.map_err(|error| {
                    AwsError::from_sdk("iam:AddClientIDToOpenIDConnectProvider", &error)
                })
            })
            .await?;
            known.push(audience.clone());
        }
        Ok(OidcProvider { arn, audiences: known, tags })
    }

    /// Sets and removes tags. No call when nothing changes.
    pub async fn change_oidc_provider_tags(
        &self,
        arn: &str,
        changes: &TagChanges,
    ) -> Result<(), AwsError> {
        if !changes.remove.is_empty() {
            self.patiently(|| async {
                let request = self
                    .client
                    .untag_open_id_connect_provider()
                    .open_id_connect_provider_arn(arn)
                    .set_tag_keys(Some(changes.remove.iter().cloned().collect()));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("iam:UntagOpenIDConnectProvider", &error))
            })
            .await?;
        }
        if !changes.set.is_empty() {
            let tags = sdk_tags(&changes.set)?;
            self.patiently(|| async {
                let request = self
                    .client
                    .tag_open_id_connect_provider()
                    .open_id_connect_provider_arn(arn)
                    .set_tags(Some(tags.clone()));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("iam:TagOpenIDConnectProvider", &error))
            })
            .await?;
        }
        Ok(())
    }

    /// Deletes the provider, with which every role that trusts it ends. One that is gone is fine.
    pub async fn delete_oidc_provider(&self, arn: &str) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let request =
                    self.client.delete_open_id_connect_provider().open_id_connect_provider_arn(arn);
                let answer = request.send().await;
                answer
                    .map_err(|error| AwsError::from_sdk("iam:DeleteOpenIDConnectProvider", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeAws, iam_error, waiter, xml};
    use super::*;

    const ARN: &str = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com";
    const GET: &str = "GetOpenIDConnectProvider";
    const CREATE: &str = "CreateOpenIDConnectProvider";

    fn wanted() -> NewOidcProvider {
        NewOidcProvider {
            arn: ARN.to_owned(),
            url: "https://oidc.modal.com".to_owned(),
            audiences: vec!["oidc.modal.com".to_owned()],
            tags: Tags::new(),
        }
    }

    fn iam(aws: &FakeAws) -> Iam {
        Iam::new(aws_sdk_iam::Client::new(&aws.config()), waiter())
    }

    fn provider(audience: &str) -> super::super::testing::Answer {
        xml(
            200,
            format!(
                "<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult>\
                 <Url>oidc.modal.com</Url>\
                 <ClientIDList><member>{audience}</member></ClientIDList>\
                 </GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>"
            ),
        )
    }

    fn missing() -> super::super::testing::Answer {
        iam_error(404, "NoSuchEntity", "no provider")
    }

    #[tokio::test]
    async fn a_provider_that_is_there_is_used_as_it_is() {
        let aws = FakeAws::new();
        aws.answer(GET, provider("oidc.modal.com"));

        let found = iam(&aws).ensure_oidc_provider(&wanted()).await.unwrap();
        assert_eq!(found.audiences, ["oidc.modal.com"]);
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_missing_provider_is_made_without_a_thumbprint() {
        let aws = FakeAws::new();
        aws.answer(GET, missing());
        aws.answer(
            CREATE,
            xml(
                200,
                format!(
                    "<CreateOpenIDConnectProviderResponse><CreateOpenIDConnectProviderResult>\
                     <OpenIDConnectProviderArn>{ARN}</OpenIDConnectProviderArn>\
                     </CreateOpenIDConnectProviderResult></CreateOpenIDConnectProviderResponse>"
                ),
            ),
        );

        let made = iam(&aws).ensure_oidc_provider(&wanted()).await.unwrap();
        assert_eq!(made.arn, ARN);
        let asked = aws.asked(CREATE);
        assert!(asked.contains("Url=https://oidc.modal.com"), "{asked}");
        assert!(asked.contains("ClientIDList.member.1=oidc.modal.com"), "{asked}");
        assert!(!asked.contains("Thumbprint"), "{asked}");
    }

    #[tokio::test]
    async fn a_provider_that_somebody_else_makes_just_now_is_met() {
        let aws = FakeAws::new();
        aws.answer(GET, missing());
        aws.answer(CREATE, iam_error(409, "EntityAlreadyExists", "exists"));
        aws.answer(GET, missing());
        aws.answer(GET, provider("oidc.modal.com"));

        let met = iam(&aws).ensure_oidc_provider(&wanted()).await.unwrap();
        assert_eq!(met.arn, ARN);
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_missing_audience_is_added_beside_the_others() {
        let aws = FakeAws::new();
        aws.answer(GET, provider("somebody-elses"));
        aws.answer("AddClientIDToOpenIDConnectProvider", xml(200, "<Response/>"));

        let found = iam(&aws).ensure_oidc_provider(&wanted()).await.unwrap();
        assert_eq!(found.audiences, ["somebody-elses", "oidc.modal.com"]);
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_refusal_to_make_it_is_told() {
        let aws = FakeAws::new();
        aws.answer(GET, missing());
        aws.answer(CREATE, iam_error(403, "AccessDenied", "no"));

        let error = iam(&aws).ensure_oidc_provider(&wanted()).await.unwrap_err();
        assert_eq!(error.action, "iam:CreateOpenIDConnectProvider");
        assert_eq!(error.fault, Fault::AccessDenied);
    }

    #[tokio::test]
    async fn a_provider_that_another_request_changes_just_now_is_asked_for_again() {
        let aws = FakeAws::new();
        aws.answer(GET, missing());
        aws.answer(CREATE, iam_error(409, "ConcurrentModification", "busy"));
        aws.answer(CREATE, iam_error(409, "EntityAlreadyExists", "exists"));
        aws.answer(GET, provider("oidc.modal.com"));

        let met = iam(&aws).ensure_oidc_provider(&wanted()).await.unwrap();
        assert_eq!(met.audiences, ["oidc.modal.com"]);
        aws.assert_done();
    }
}
