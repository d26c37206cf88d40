//! What the demo does in AWS by itself, through boto3: what Terraform would do with another provider.

use acceptance::AwsAccount;
use serde_json::{Value, json};

use crate::error::Error;

/// The demo's account.
pub(crate) struct Account {
    aws: AwsAccount,
}

impl Account {
    pub(crate) fn new(aws: AwsAccount) -> Self {
        Self { aws }
    }

    pub(crate) fn create_bucket(&self, bucket: &str) -> Result<(), Error> {
        self.call("s3", "create_bucket", json!({"Bucket": bucket})).map(drop)
    }

    pub(crate) fn put_object(&self, bucket: &str, key: &str, body: &str) -> Result<(), Error> {
        let object = json!({"Bucket": bucket, "Key": key, "Body": body});
        self.call("s3", "put_object", object).map(drop)
    }

    /// What an object holds, as text.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<String, Error> {
        let object = self.call("s3", "get_object", json!({"Bucket": bucket, "Key": key}))?;
        Ok(object["Body"].as_str().unwrap_or_default().to_owned())
    }

    /// A table whose key is the text `id`.
    pub(crate) fn create_table(&self, table: &str) -> Result<(), Error> {
        let table = json!({
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        self.call("dynamodb", "create_table", table).map(drop)
    }

    pub(crate) fn item(&self, table: &str, id: &Value) -> Result<Value, Error> {
        let key = json!({"TableName": table, "Key": {"id": {"S": id}}});
        let found = self.call("dynamodb", "get_item", key)?;
        match found.get("Item") {
            Some(item) => Ok(item.clone()),
            None => Err(Error::Unusable(format!("table {table} has no item {id}"))),
        }
    }

    pub(crate) fn delete_table(&self, table: &str) -> Result<(), Error> {
        self.call("dynamodb", "delete_table", json!({"TableName": table})).map(drop)
    }

    pub(crate) fn delete_bucket(&self, bucket: &str) -> Result<(), Error> {
        let listed = self.call("s3", "list_objects_v2", json!({"Bucket": bucket}))?;
        for object in list(&listed, "Contents") {
            let object = json!({"Bucket": bucket, "Key": object["Key"]});
            self.call("s3", "delete_object", object)?;
        }
        self.call("s3", "delete_bucket", json!({"Bucket": bucket})).map(drop)
    }

    /// Invokes a Lambda function and waits for its answer. One that failed is an error.
    pub(crate) fn invoke(&self, function: &str, event: &Value) -> Result<Value, Error> {
        let request = json!({"FunctionName": function, "Payload": event.to_string()});
        let answer = self.call("lambda", "invoke", request)?;
        let payload = answer["Payload"].as_str().unwrap_or_default();
        if answer.get("FunctionError").is_some_and(|error| !error.is_null()) {
            return Err(Error::Unusable(format!("the Lambda function failed: {payload}")));
        }
        serde_json::from_str(payload).map_err(|_| {
            Error::Unusable(format!("the Lambda function answered no JSON: {payload}"))
        })
    }

    /// Invokes a Lambda function that has to fail: what it answers.
    pub(crate) fn invoke_in_vain(&self, function: &str, event: &Value) -> Result<Value, Error> {
        let request = json!({"FunctionName": function, "Payload": event.to_string()});
        let answer = self.call("lambda", "invoke", request)?;
        let payload = answer["Payload"].as_str().unwrap_or_default();
        if answer.get("FunctionError").is_none_or(Value::is_null) {
            return Err(Error::Unusable(format!("the Lambda function did not fail: {payload}")));
        }
        Ok(serde_json::from_str(payload).unwrap_or_else(|_| payload.into()))
    }

    /// All that the account holds of the kinds that the demo made.
    pub(crate) fn inventory(&self) -> Result<Vec<String>, Error> {
        const KINDS: &[(&str, &str, &str, &str)] = &[
            ("s3", "list_buckets", "Buckets", "Name"),
            ("dynamodb", "list_tables", "TableNames", ""),
            ("lambda", "list_functions", "Functions", "FunctionArn"),
            ("secretsmanager", "list_secrets", "SecretList", "ARN"),
            ("logs", "describe_log_groups", "logGroups", "logGroupName"),
            ("iam", "list_roles", "Roles", "Arn"),
            ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
        ];
        let mut found = Vec::new();
        for (service, operation, field, name) in KINDS {
            let parameters = match *operation {
                "list_secrets" => json!({"IncludePlannedDeletion": true}),
                _ => json!({}),
            };
            let answer = self.call(service, operation, parameters)?;
            let things = list(&answer, field).iter();
            let names = things.map(|thing| if name.is_empty() { thing } else { &thing[name] });
            found.extend(names.filter_map(Value::as_str).map(str::to_owned));
        }
        Ok(found)
    }

    fn call(&self, service: &str, operation: &str, parameters: Value) -> Result<Value, Error> {
        Ok(self.aws.try_call(service, operation, parameters)?)
    }
}

fn list<'a>(answer: &'a Value, field: &str) -> &'a [Value] {
    answer[field].as_array().map_or(&[], Vec::as_slice)
}
