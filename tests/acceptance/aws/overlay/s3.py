"""S3: a notification reaches only a function that lets this bucket invoke it, a bucket answers in its
own region, and somebody else may write between a read and a write."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3 as ministack_s3

from overlay import function_policy, knobs
from overlay.call import Response

_validate = ministack_s3._validate_notification_configs
_deliver = ministack_s3._deliver_event_to_lambda
_get = ministack_s3._get_bucket_notification
_put = ministack_s3._put_bucket_notification


def install() -> None:
    ministack_s3._validate_notification_configs = _validate_with_functions
    ministack_s3._deliver_event_to_lambda = _deliver_if_allowed
    ministack_s3._get_bucket_notification = _get_beside_others
    ministack_s3._put_bucket_notification = _put_beside_others


def _get_beside_others(bucket: str) -> Response:
    answer: Response = _elsewhere(bucket) or _get(bucket)
    _others_write(bucket, after="read")
    return answer


def _put_beside_others(bucket: str, body: bytes, headers: dict[str, str] | None = None) -> Response:
    answer: Response = _elsewhere(bucket) or _put(bucket, body, headers)
    if answer[0] < 300:
        _others_write(bucket, after="write")
    return answer


def _others_write(bucket: str, after: str) -> None:
    document = knobs.take_notifications_of_others(get_account_id(), bucket, after)
    if document is not None:
        ministack_s3._bucket_notifications[bucket] = document


def _elsewhere(bucket: str) -> Response | None:
    """S3's answer to who asks in another region than the bucket's."""
    if bucket not in ministack_s3._buckets:
        return None
    region = ministack_s3._notification_bucket_region(bucket)
    if region == get_region():
        return None
    status, headers, body = ministack_s3._error(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        301,
    )
    return status, headers | {"x-amz-bucket-region": region}, body


def _validate_with_functions(
    configs: list[dict[str, Any]],
    region: str,
    bucket: str = "",
    skip_destination_validation: bool = False,
) -> Response | None:
    refused: Response | None = _validate(configs, region, bucket, skip_destination_validation)
    if refused is None and not skip_destination_validation:
        for config in configs:
            if config["type"] == "lambda" and not _may_invoke(bucket, config["arn"]):
                return ministack_s3._error(
                    "InvalidArgument",
                    "Unable to validate the following destination configurations",
                    400,
                    extra={
                        "ArgumentName": config["arn"],
                        "ArgumentValue": f"Not authorized to invoke function [{config['arn']}]",
                    },
                )
    return refused


def _deliver_if_allowed(arn: str, event: dict[str, Any], region: str) -> None:
    if _may_invoke(event["Records"][0]["s3"]["bucket"]["name"], arn):
        _deliver(arn, event, region)


def _may_invoke(bucket: str, function_arn: str) -> bool:
    """Whether the function's policy names S3, for this bucket or for any."""
    bucket_arn = f"arn:aws:s3:::{bucket}"
    return function_policy.allows(function_arn, "s3.amazonaws.com", bucket_arn, get_account_id())
