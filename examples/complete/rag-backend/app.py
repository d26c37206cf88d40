"""Answers questions from documents and remembers the conversation in DynamoDB, without any AWS key.

Deploy it with `modal deploy app.py`.
"""

import json
import os
import time

import modal

app = modal.App("rag-backend")
image = modal.Image.debian_slim().pip_install("boto3")

# Stands for an index of embeddings.
DOCUMENTS = [
    "A bridge is a Lambda function that calls a Modal function.",
    "A role is assumed by OIDC: nothing has to be stored, and nothing rotated.",
]


def table(params: dict):
    """The table, as the role that Terraform made: no key, only the token that Modal gives each container."""
    import boto3

    answer = boto3.client("sts", region_name=params["region"]).assume_role_with_web_identity(
        RoleArn=params["role_arn"],
        RoleSessionName="rag-backend",
        WebIdentityToken=os.environ["MODAL_IDENTITY_TOKEN"],
    )
    keys = answer["Credentials"]
    session = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=params["region"],
    )
    return session.resource("dynamodb").Table(params["table"])


@app.cls(image=image)
class RAGService:
    @modal.enter()
    def load(self) -> None:
        self.index = [(set(document.lower().split()), document) for document in DOCUMENTS]

    @modal.method()
    def chat(self, event: dict, params: dict) -> dict:
        """Takes an HTTP request with {"chat": …, "question": …}."""
        asked = json.loads(event["body"])
        words = set(asked["question"].lower().split())
        answer = max(self.index, key=lambda entry: len(entry[0] & words))[1]
        chats = table(params)
        earlier = chats.query(
            KeyConditionExpression="chat = :chat",
            ExpressionAttributeValues={":chat": asked["chat"]},
        )
        chats.put_item(
            Item={
                "chat": asked["chat"],
                "at": time.time_ns(),
                "question": asked["question"],
                "answer": answer,
            }
        )
        return {
            "statusCode": 200,
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"answer": answer, "asked_before": earlier["Count"]}),
        }
