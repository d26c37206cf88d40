"""API Gateway: the tags of an HTTP API. AWS tells them wherever it tells of the API; ministack keeps
those of TagResource apart from those of CreateApi.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import apigateway as ministack_apigateway

from overlay.call import Response

_create = ministack_apigateway._create_api


def install() -> None:
    ministack_apigateway._create_api = _create_api


def _create_api(data: dict[str, Any]) -> Response:
    answer: Response = _create(data)
    if answer[0] < 300:
        api_id = json.loads(answer[2])["apiId"]
        arn = ministack_apigateway._api_arn(api_id)
        ministack_apigateway._apis[api_id]["tags"] = ministack_apigateway._api_tags[arn]
    return answer
