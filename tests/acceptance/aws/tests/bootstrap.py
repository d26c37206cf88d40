"""A Lambda of its own: the Runtime API in a few lines, doing what the event asks.

Packed as `bootstrap` by `support.package`, which puts the interpreter's line in front.
"""

import base64
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
        record = event["Records"][0]
        if "kinesis" in record or "dynamodb" in record:
            return batch(event["Records"])
        seen(record["Sns"]["Message"] if "Sns" in record else record["s3"]["object"]["key"])
    if "seen" in event:
        seen(event["seen"])
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


FAILED = set()


def batch(records):
    """Does as the words say that come in a stream."""
    words = [word(record) for record in records]
    print("words:", json.dumps(words), flush=True)
    if "raises" in words:
        raise ValueError("told to")
    if "answers nonsense once" in words and "nonsense" not in FAILED:
        FAILED.add("nonsense")
        return {"batchItemFailures": [{"itemIdentifier": ""}]}
    failed = [
        record
        for record, word in zip(records, words)
        if word.startswith("fails:") or word.startswith("fails once:") and word not in FAILED
    ]
    # One by one, as a consumer that keeps the order does.
    failed = failed[:1]
    FAILED.update(word(record) for record in failed)
    return {"batchItemFailures": [{"itemIdentifier": number(record)} for record in failed]}


def word(record):
    if "kinesis" in record:
        return base64.b64decode(record["kinesis"]["data"]).decode()
    return record["dynamodb"]["Keys"]["id"]["S"]


def number(record):
    found = record.get("kinesis") or record["dynamodb"]
    return found.get("sequenceNumber") or found["SequenceNumber"]


def seen(what):
    aws("s3").put_object(Bucket=os.environ["ANSWERS"], Key=f"seen/{what}", Body=b"")


def aws(service):
    import boto3  # slow, and seldom needed

    return boto3.client(service)


main()
