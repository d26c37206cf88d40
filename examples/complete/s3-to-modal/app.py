"""The Modal app that the bridge calls. Deploy it with `modal deploy app.py`."""

import hashlib
from urllib.parse import unquote_plus

import modal

app = modal.App("thumbnails")


@app.function()
def make_thumbnail(event: dict, params: dict) -> list[dict]:
    """Where the thumbnail of each new object goes, and how big it may be."""
    made = []
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        name = key.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        made.append(
            {
                "source": f"s3://{bucket}/{key}",
                "source_bytes": record["s3"]["object"]["size"],
                "thumbnail": f"s3://{bucket}/thumbnails/{name}-{params['width']}.{params['format']}",
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
