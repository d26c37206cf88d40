"""Works off a queue, one message a call. Deploy it with `modal deploy app.py`."""

import json

import modal

app = modal.App("queue-worker")


@app.function()
def work(event: dict, params: dict) -> dict:
    """Counts the words of a job's text. What raises comes back after the queue's visibility timeout."""
    [record] = event["Records"]
    job = json.loads(record["body"])
    words = job["text"].split()
    return {"job": job["id"], "words": len(words), "language": params["language"]}
