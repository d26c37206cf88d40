"""An app that deploys and then cannot be imported in its container, as with a missing package."""

import modal

app = modal.App("broken")


@app.function()
def render(event, params):
    """Never gets to run."""
    return event


if not modal.is_local():
    raise ImportError("No module named 'not_in_the_image'")
