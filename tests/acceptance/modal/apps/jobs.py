"""A worker of a queue."""

import modal

app = modal.App("jobs")


@app.function()
def work(event, params, context=None):
    """Answers with what it got of each record; raises for a record that says `bad`."""
    bodies = [record["body"] for record in event["Records"]]
    if "bad" in bodies:
        raise ValueError("there is no such job")
    return {"bodies": bodies, "context": context}
