"""What a careful user of the same library would write: secret, client and function are kept."""

import functools
import json
import os

import boto3
import modal

PARAMETERS = json.loads(os.environ["PARAMETERS"])


@functools.cache
def find():
    secrets = boto3.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=os.environ["MODAL_SECRET_ARN"])
    token = json.loads(secret["SecretString"])
    client = modal.Client.from_credentials(token["MODAL_TOKEN_ID"], token["MODAL_TOKEN_SECRET"])
    return modal.Function.from_name(
        os.environ["MODAL_APP_NAME"],
        os.environ["MODAL_FUNCTION_NAME"],
        environment_name=os.environ["MODAL_ENVIRONMENT_NAME"],
        client=client,
    )


def handler(event, _context):
    render = find()
    if os.environ["MODAL_INTEGRATION_PATTERN"] == "spawn":
        call = render.spawn(event, PARAMETERS)
        return {"status": "Success", "response": {"function_call_id": call.object_id}}
    return {"status": "Success", "response": {"result": render.remote(event, PARAMETERS)}}
