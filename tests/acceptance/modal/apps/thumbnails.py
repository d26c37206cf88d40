"""A Modal app for the acceptance tests: one function for each way a function can behave."""

import datetime
import hashlib
import json
import os
import time

import modal

app = modal.App("thumbnails")


@app.function()
def render(event: dict, params: dict) -> dict:
    """What a thumbnail service would answer to an S3 notification."""
    record = event["Records"][0]
    key = record["s3"]["object"]["key"]
    width = int(params.get("width", 100))
    folder, _, name = key.rpartition("/")
    stem = name.rsplit(".", 1)[0]
    return {
        "source": f"s3://{record['s3']['bucket']['name']}/{key}",
        "thumbnail": f"{folder}/thumbnails/{stem}-{width}.png",
        "width": width,
        "digest": hashlib.sha256(f"{key}:{width}".encode()).hexdigest()[:12],
    }


@app.function()
def echo(event, params, **context):
    """All arguments, as they came."""
    return {"event": event, "params": params, **context}


@app.function()
def picky(event, params):
    """Fails for records that hold `params["refused"]`, or says which they are."""
    refused = [each for each in event["Records"] if params["refused"] in json.dumps(each)]
    if params.get("says"):
        failures = [{"itemIdentifier": each["messageId"]} for each in refused]
        return {"batchItemFailures": failures}
    if refused:
        raise ValueError("refused")
    return len(event["Records"])


@app.function()
def evaluate(event, params):
    """What a Python expression comes to: anything that a function can return."""
    return eval(event, {name: __import__(name) for name in params["modules"]})


@app.function()
def raise_error(event, params):
    """Fails as user code does."""
    raise ValueError(f"cannot render {event!r}")


@app.function()
def big_result(event, params) -> str:
    """More than may come back inline."""
    return "x" * int(params.get("size", 3 * 1024 * 1024))


@app.function()
def length(event, params) -> int:
    """How much came in."""
    return len(event["data"])


@app.function()
def numbers(event, params) -> dict:
    """Values for which JSON has no good form, one at a time by `event["kind"]`."""
    values = {
        "integers": [0, -1, 2**53 + 1, 2**63, 2**64 - 1, -(2**63)],
        "big": 2**80,
        "floats": [0.1, 1e300, -0.0, 1.5],
        "nan": float("nan"),
        "infinity": float("inf"),
        "bytes": b"\x00\xff",
        "aware": datetime.datetime(2026, 11, 22, 1, 2, 3, tzinfo=datetime.timezone.utc),
        "naive": datetime.datetime(2026, 11, 22, 1, 2, 3),
        "tuple": (1, "two"),
        "set": {1},
        "keys": {1: "one"},
        "none": None,
    }
    return {"value": values[event["kind"]]}


@app.function()
def generator(event, params):
    """Yields, so it is no function to a caller."""
    yield from range(3)


@app.function()
@modal.fastapi_endpoint()
def web() -> str:
    """Has a URL, and cannot be called."""
    return "hello"


@app.function()
def slow(event, params) -> str:
    """Takes its time."""
    time.sleep(float(event["seconds"]))
    return "done"


@app.function(timeout=1)
def times_out(event, params) -> str:
    """Takes longer than it may."""
    time.sleep(30)
    return "too late"


@app.function(retries=modal.Retries(max_retries=2, initial_delay=1.0, backoff_coefficient=1.0))
def fails_first(event, params) -> int:
    """Fails as often as `event["failures"]` says, counted in a file it is given."""
    path = event["file"]
    with open(path, "a") as file:
        file.write("x")
    tries = os.path.getsize(path)
    if tries <= event["failures"]:
        raise RuntimeError(f"try {tries} fails")
    return tries


@app.function(routing_region="us-west")
def by_input_plane(event, params) -> dict:
    """Reached by the input plane."""
    return {"event": event, "params": params, "plane": "input"}


@app.function(experimental_options={"local_modal_old_client": True})
def old(event, params) -> str:
    """As if deployed by a client before 1.2, which declared no formats."""
    return "old"


@app.function()
def variable(event, params) -> str:
    """A variable of the container's environment, such as `MODAL_IDENTITY_TOKEN`."""
    return os.environ[event["name"]]


@app.function()
def exits(event, params) -> None:
    """Takes its container down."""
    os._exit(7)


@app.cls()
class Model:
    """A class whose method is called through its service function."""

    @modal.enter()
    def load(self) -> None:
        self.factor = 2

    @modal.method()
    def predict(self, event, params) -> dict:
        return {"doubled": event["n"] * self.factor, "params": params}
