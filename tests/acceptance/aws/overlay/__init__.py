"""What ministack lacks of AWS, in front of its handlers.

Three seams, all inside ministack's own process:

- `gate` replaces the function that dispatches every signed request: it names the action, records
  it, applies the knobs and stamps request ids;
- `services` wraps the handler of each service with that service's refusals (`iam`, `lambda_`, …),
  which run after ministack has checked signature and policies;
- `lambda_execution`, `function_urls`, `s3`, `sns`, `events` and `lambda_state` replace single
  functions that are reached without a request (an S3 event, a message, a state change).

Messages are those of AWS's documentation or of error reports by its users; none was captured here.
"""
