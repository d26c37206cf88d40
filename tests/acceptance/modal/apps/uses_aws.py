"""Functions that use AWS without keys: Modal's identity token is exchanged for a role's credentials."""

import os
import pathlib

import modal

app = modal.App("uses-aws")


@app.function()
def as_role(event, params):
    """Carries out calls of boto3 as the role that the parameters name, and says how each ended."""
    import boto3

    answer = boto3.client("sts", region_name=params["region"]).assume_role_with_web_identity(
        RoleArn=params["role_arn"],
        RoleSessionName="modal",
        WebIdentityToken=os.environ["MODAL_IDENTITY_TOKEN"],
    )
    keys = answer["Credentials"]
    session = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], params["region"]
    )
    return _outcomes(session, event["calls"])


@app.function()
def by_environment(event, params):
    """The same, where boto3 finds the role by itself: what a Modal Secret sets, and three lines."""
    import boto3

    # A Modal Secret made of `modal_secret_env` would have set these before the container began.
    os.environ.update(params["modal_secret_env"])

    token_file = pathlib.Path("/tmp", f"modal-identity-token-{os.getpid()}")
    token_file.write_text(os.environ["MODAL_IDENTITY_TOKEN"])
    os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(token_file)
    try:
        return _outcomes(boto3.Session(), event["calls"])
    finally:
        token_file.unlink()


def _outcomes(session, calls):
    """A line for each call: its operation, and how it ended."""
    from botocore.config import Config
    from botocore.exceptions import ClientError

    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    outcomes = []
    for service, operation, parameters in calls:
        try:
            client = session.client(service, config=config)
            answer = getattr(client, operation)(**parameters)
        except ClientError as error:
            outcomes.append(f"{operation}: {error.response['Error']['Code']}")
            continue
        body = answer.get("Body")
        item = answer.get("Item")
        said = body.read().decode() if body else item["text"]["S"] if item else "done"
        outcomes.append(f"{operation}: {said}")
    return outcomes
