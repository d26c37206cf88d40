"""Answers HTTP requests with a model that is loaded once. Deploy it with `modal deploy app.py`."""

import json

import modal

app = modal.App("http-inference")

GOOD = {"good", "great", "love"}
BAD = {"bad", "awful", "hate"}


@app.cls()
class Sentiment:
    """Stands for a model that takes long to load."""

    @modal.enter()
    def load(self) -> None:
        self.weights = dict.fromkeys(GOOD, 1) | dict.fromkeys(BAD, -1)

    @modal.method()
    def predict(self, event: dict, params: dict) -> dict:
        """Takes API Gateway's event, and answers with status, headers and body."""
        try:
            text = json.loads(event["body"])["text"]
        except (KeyError, TypeError, ValueError):
            return answer(400, {"error": 'send {"text": "…"}'})
        score = sum(self.weights.get(word, 0) for word in text.lower().split())
        return answer(200, {"score": score, "model": params["model"]})


def answer(status: int, body: dict) -> dict:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
