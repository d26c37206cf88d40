"""A consumer of queues and streams that writes down what it was given."""

import base64
import os

import modal

app = modal.App("sources")


@app.function()
def note(event: dict, params: dict) -> int:
    """A line for each try and for each record that is done, in the file that it is given. Fails for
    `bad…` always, for `flaky…` the first time."""
    for record in event["Records"]:
        word = _word(record)
        before = _lines(params["file"])
        _write(params["file"], f"try {word}")
        if word.startswith("bad") or word.startswith("flaky") and f"try {word}" not in before:
            raise ValueError(f"{word} is not to be done")
        _write(params["file"], f"done {word}")
    return len(event["Records"])


def _word(record: dict) -> str:
    match record["eventSource"]:
        case "aws:sqs":
            return record["body"]
        case "aws:kinesis":
            return base64.b64decode(record["kinesis"]["data"]).decode()
        case _:
            return record["dynamodb"]["Keys"]["id"]["S"]


def _lines(path: str) -> list[str]:
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return file.read().splitlines()


def _write(path: str, line: str) -> None:
    with open(path, "a") as file:
        file.write(f"{line}\n")
