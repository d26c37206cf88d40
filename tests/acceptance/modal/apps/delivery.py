"""A function that notes each time it runs, for whoever counts."""

import json
import os
import time

import modal

app = modal.App("delivery")


@app.function()
def note(event: dict, params: dict) -> int:
    """Reached by the control plane."""
    return _note(event, params)


@app.function(routing_region="us-west")
def note_by_input_plane(event: dict, params: dict) -> int:
    """Reached by the input plane."""
    return _note(event, params)


def _note(event: dict, params: dict) -> int:
    """One line for each record: message, call, input. Written at once, so that none is torn, and
    last, so that who is interrupted has not done it. At its first delivery a record may take long."""
    for record in event["Records"]:
        if record["attributes"]["ApproximateReceiveCount"] == "1":
            time.sleep(json.loads(record["body"]).get("seconds", 0))
    call, taken = modal.current_function_call_id(), modal.current_input_id()
    lines = [f"{record['messageId']} {call} {taken}\n" for record in event["Records"]]
    file = os.open(params["file"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, "".join(lines).encode())
    os.close(file)
    return len(lines)
