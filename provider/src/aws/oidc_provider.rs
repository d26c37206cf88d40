//! The account's OIDC provider for Modal: there is one for each issuer, shared by everyone in it.
//!
//! So it is made when it is missing, used when it is there, extended by an audience when that is
//! missing, and never deleted. No thumbprint is sent: IAM trusts the issuer's certificate authority.

use super::error::{AwsError, Fault};
use super::iam::{Iam, absent, our_tags};
use crate::tags::Tags;

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

    /// Sees to it that the account accepts tokens of the issuer at `url` for `audience`. `arn` is
    /// what the provider's ARN is, or will be.
    pub async fn ensure_oidc_provider(
        &self,
        arn: &str,
        url: &str,
        audience: &str,
    ) -> Result<OidcProvider, AwsError> {
        let found = match self.find_oidc_provider(arn).await? {
            Some(found) => found,
            None => self.create_or_meet(arn, url, audience).await?,
        };
        if found.audiences.iter().any(|known| known == audience) {
            return Ok(found);
        }
        self.add_audience(arn, audience).await?;
        let mut audiences = found.audiences;
        audiences.push(audience.to_owned());
        Ok(OidcProvider { audiences, ..found })
    }

    /// Two roles of one apply may come here at once: the second finds what the first has made.
    async fn create_or_meet(
        &self,
        arn: &str,
        url: &str,
        audience: &str,
    ) -> Result<OidcProvider, AwsError> {
        let request =
            self.client.create_open_id_connect_provider().url(url).client_id_list(audience);
        let error = match request.send().await {
            Ok(_) => {
                return Ok(OidcProvider {
                    arn: arn.to_owned(),
                    audiences: vec![audience.to_owned()],
                    tags: Tags::new(),
                });
            }
            Err(error) => AwsError::from_sdk("iam:CreateOpenIDConnectProvider", &error),
        };
        if error.fault != Fault::AlreadyExists && error.is_refusal() {
            return Err(error);
        }
        let unknown = |error: &AwsError| error.fault == Fault::AlreadyExists;
        self.waiter
            .retry(self.waiter.waits().consistency, unknown, || async {
                self.find_oidc_provider(arn).await?.ok_or_else(|| error.clone())
            })
            .await
    }

    async fn add_audience(&self, arn: &str, audience: &str) -> Result<(), AwsError> {
        self.patiently(|| async {
            let request = self
                .client
                .add_client_id_to_open_id_connect_provider()
                .open_id_connect_provider_arn(arn)
                .client_id(audience);
            let answer = request.send().await;
            answer.map_err(|error| {
                AwsError::from_sdk("iam:AddClientIDToOpenIDConnectProvider", &error)
            })
        })
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeAws, iam_error, waiter, xml};
    use super::*;

    const ARN: &str = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com";
    const URL: &str = "https://oidc.modal.com";
    const GET: &str = "GetOpenIDConnectProvider";
    const CREATE: &str = "CreateOpenIDConnectProvider";

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

        let found = iam(&aws).ensure_oidc_provider(ARN, URL, "oidc.modal.com").await.unwrap();
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

        let made = iam(&aws).ensure_oidc_provider(ARN, URL, "oidc.modal.com").await.unwrap();
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

        let met = iam(&aws).ensure_oidc_provider(ARN, URL, "oidc.modal.com").await.unwrap();
        assert_eq!(met.arn, ARN);
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_missing_audience_is_added_beside_the_others() {
        let aws = FakeAws::new();
        aws.answer(GET, provider("somebody-elses"));
        aws.answer("AddClientIDToOpenIDConnectProvider", xml(200, "<Response/>"));

        let found = iam(&aws).ensure_oidc_provider(ARN, URL, "oidc.modal.com").await.unwrap();
        assert_eq!(found.audiences, ["somebody-elses", "oidc.modal.com"]);
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_refusal_to_make_it_is_told() {
        let aws = FakeAws::new();
        aws.answer(GET, missing());
        aws.answer(CREATE, iam_error(403, "AccessDenied", "no"));

        let error = iam(&aws).ensure_oidc_provider(ARN, URL, "oidc.modal.com").await.unwrap_err();
        assert_eq!(error.action, "iam:CreateOpenIDConnectProvider");
        assert_eq!(error.fault, Fault::AccessDenied);
    }
}
