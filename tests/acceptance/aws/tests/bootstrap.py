"""A Lambda of its own: the Runtime API in a few lines, doing what the event asks.

Packed as `bootstrap` by `support.package`, which puts the interpreter's line in front.
"""

import json
import os
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"


def main():
    while True:
        with urllib.request.urlopen(f"{API}/invocation/next") as answer:
            request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
            event = json.loads(answer.read())
        try:
            kind, result = "response", perform(event)
        except Exception as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code")
            kind, result = "error", {"errorType": code, "errorMessage": str(error)}
        urllib.request.urlopen(f"{API}/invocation/{request_id}/{kind}", json.dumps(result).encode())


def perform(event):
    print("performing", sorted(event), flush=True)
    if "Records" in event:
        key = event["Records"][0]["s3"]["object"]["key"]
        aws("s3").put_object(Bucket=os.environ["ANSWERS"], Key=f"seen/{key}", Body=b"")
    if "environment" in event:
        return dict(os.environ)
    if "secret" in event:
        return aws("secretsmanager").get_secret_value(SecretId=event["secret"])["Name"]
    if "hang" in event:
        with open(event["hang"], "w") as file:
            file.write(str(os.getpid()))
        while True:
            time.sleep(1)
    return event


def aws(service):
    import boto3  # slow, and seldom needed

    return boto3.client(service)


main()
