"""Answers HTTP requests that a bridge passes on."""

import json

import modal

app = modal.App("requests")


@app.function()
def answer(event: dict, params: dict) -> dict:
    """Makes what the request names, and says so in a status and a header."""
    asked = json.loads(event["body"])
    return {
        "statusCode": 201,
        "headers": {"content-type": "application/json", "x-made-by": params["name"]},
        "body": json.dumps({"made": asked["make"], "path": event["rawPath"]}),
    }
