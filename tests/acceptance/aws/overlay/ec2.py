"""EC2: the network interfaces that Lambda makes for functions in a VPC, and filters of them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html: functions with the same subnet
and security groups share an interface; some time after the last of them is gone, Lambda deletes it,
with the rights of a role of theirs, and not where that role is gone.
"""

from __future__ import annotations

import time
import uuid
from fnmatch import fnmatchcase
from typing import Any

from ministack.services import ec2 as ministack_ec2
from ministack.services import iam as ministack_iam
from ministack.services import lambda_svc as ministack_lambda

from overlay import knobs
from overlay.call import Call, Response

_DESCRIPTION = "AWS Lambda VPC ENI-"

_FILTERS = {
    "description": lambda interface: [interface["Description"]],
    "group-id": lambda interface: sorted(_groups(interface)),
    "subnet-id": lambda interface: [interface["SubnetId"]],
}


def attach(config: dict[str, Any]) -> None:
    """The interfaces that a function with this configuration works through."""
    network = config.get("VpcConfig") or {}
    groups = set(network.get("SecurityGroupIds") or [])
    for subnet in network.get("SubnetIds") or []:
        for interface in ministack_ec2._network_interfaces.values():
            if (
                _is_lambdas(interface)
                and interface["SubnetId"] == subnet
                and _groups(interface) == groups
            ):
                interface["_role"] = config["Role"]
                break
        else:
            _make(config, subnet, groups)


def _make(config: dict[str, Any], subnet: str, groups: set[str]) -> None:
    before = set(ministack_ec2._network_interfaces)
    description = f"{_DESCRIPTION}{config['FunctionName']}-{uuid.uuid4()}"
    parameters = {"SubnetId": [subnet], "Description": [description]}
    for number, group in enumerate(sorted(groups), 1):
        parameters[f"SecurityGroupId.{number}"] = [group]
    ministack_ec2._create_network_interface(parameters)
    (made,) = set(ministack_ec2._network_interfaces) - before
    ministack_ec2._network_interfaces[made].update(Status="in-use", _role=config["Role"])


def _describe(call: Call) -> Response:
    _sweep(call.account)
    params = call.params
    found = list(ministack_ec2._network_interfaces.values())
    for name, value in params.items():
        if name.startswith("Filter.") and name.endswith(".Name"):
            values = [
                wanted
                for key, wanted in params.items()
                if key.startswith(name.removesuffix("Name") + "Value.")
            ]
            found = [
                interface
                for interface in found
                if any(
                    fnmatchcase(has, wanted) for has in _FILTERS[value](interface) for wanted in values
                )
            ]
    items = "".join(ministack_ec2._eni_fields_xml(interface) for interface in found)
    answer: Response = ministack_ec2._xml(
        200,
        "DescribeNetworkInterfacesResponse",
        f"<networkInterfaceSet>{items}</networkInterfaceSet>",
    )
    return answer


def _sweep(account: str) -> None:
    """Deletes what Lambda would have deleted by now."""
    for name, interface in list(ministack_ec2._network_interfaces.items()):
        if not _is_lambdas(interface):
            continue
        users = [config for config in _configs() if _serves(interface, config)]
        if users:
            interface["_role"] = users[0]["Role"]
            interface.pop("_unused_since", None)
            continue
        since = interface.setdefault("_unused_since", time.monotonic())
        role = interface["_role"].rpartition("/")[2]
        stays = knobs.of(account).interfaces_stay_seconds
        if role in ministack_iam._roles and time.monotonic() - since >= stays:
            del ministack_ec2._network_interfaces[name]


def _configs() -> list[dict[str, Any]]:
    """Of all functions and their versions."""
    configs = []
    for function in ministack_lambda._functions.values():
        configs += [function["config"]]
        configs += [version["config"] for version in function.get("versions", {}).values()]
    return configs


def _is_lambdas(interface: dict[str, Any]) -> bool:
    return str(interface["Description"]).startswith(_DESCRIPTION)


def _serves(interface: dict[str, Any], config: dict[str, Any]) -> bool:
    network = config.get("VpcConfig") or {}
    return interface["SubnetId"] in (network.get("SubnetIds") or []) and _groups(interface) == set(
        network.get("SecurityGroupIds") or []
    )


def _groups(interface: dict[str, Any]) -> set[str]:
    return {group["GroupId"] for group in interface["Groups"]}


BEFORE = {"DescribeNetworkInterfaces": _describe}

AFTER: dict[str, object] = {}
