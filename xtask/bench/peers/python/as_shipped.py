"""What the CDK library's first handler does: everything anew for every event."""

import json
import os

import boto3
import modal

PARAMETERS = json.loads(os.environ["PARAMETERS"])


def handler(event, _context):
    secrets = boto3.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=os.environ["MODAL_SECRET_ARN"])
    token = json.loads(secret["SecretString"])
    client = modal.Client.from_credentials(token["MODAL_TOKEN_ID"], token["MODAL_TOKEN_SECRET"])
    render = modal.Function.from_name(
        os.environ["MODAL_APP_NAME"],
        os.environ["MODAL_FUNCTION_NAME"],
        environment_name=os.environ["MODAL_ENVIRONMENT_NAME"],
        client=client,
    )
    if os.environ["MODAL_INTEGRATION_PATTERN"] == "spawn":
        call = render.spawn(event, PARAMETERS)
        return {"status": "Success", "response": {"function_call_id": call.object_id}}
    return {"status": "Success", "response": {"result": render.remote(event, PARAMETERS)}}
