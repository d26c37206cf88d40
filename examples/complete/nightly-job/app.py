"""A job that a schedule starts. Deploy it with `modal deploy app.py`."""

import modal

app = modal.App("nightly-job")


@app.function(timeout=6 * 60 * 60)
def report(event: dict, params: dict) -> dict:
    """Makes the report that the schedule asks for. Nobody waits for it: it may take hours."""
    return {"made": event["report"], "sent_to": params["recipients"]}
