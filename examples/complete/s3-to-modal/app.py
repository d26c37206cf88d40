"""The Modal app that the bridge calls. Deploy it with `modal deploy app.py`."""

import hashlib
import os
from urllib.parse import unquote_plus

import modal

app = modal.App("thumbnails")
image = modal.Image.debian_slim().pip_install("boto3")


def aws(params: dict):
    """AWS as the role that Terraform made: no key, only the token that Modal gives each container."""
    import boto3

    answer = boto3.client("sts", region_name=params["region"]).assume_role_with_web_identity(
        RoleArn=params["role_arn"],
        RoleSessionName="thumbnails",
        WebIdentityToken=os.environ["MODAL_IDENTITY_TOKEN"],
    )
    keys = answer["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=params["region"],
    )


@app.function(image=image)
def make_thumbnail(event: dict, params: dict) -> list[dict]:
    """Reads each new object, writes its thumbnail beside it, and notes that in a table."""
    session = aws(params)
    s3, dynamodb = session.client("s3"), session.client("dynamodb")
    made = []
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        picture = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        name = key.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        thumbnail = f"thumbnails/{name}-{params['width']}.{params['format']}"
        # A real app would scale the picture here, as with Pillow.
        s3.put_object(Bucket=bucket, Key=thumbnail, Body=picture[: params["width"]])
        digest = hashlib.sha256(picture).hexdigest()[:12]
        item = {"id": {"S": digest}, "thumbnail": {"S": f"s3://{bucket}/{thumbnail}"}}
        dynamodb.put_item(TableName=params["table"], Item=item)
        made.append(
            {
                "source": f"s3://{bucket}/{key}",
                "source_bytes": len(picture),
                "thumbnail": f"s3://{bucket}/{thumbnail}",
                "noted_as": digest,
            }
        )
    return made


@app.function()
def index_image(event: dict, params: dict) -> dict:
    """What goes into the search index. Nobody waits for it."""
    text = event["description"]
    return {
        "index": params["index"],
        "id": hashlib.sha256(text.encode()).hexdigest()[:12],
        "words": sorted(set(text.lower().split())),
    }
