"""EC2: the network interfaces of functions in a VPC."""

from __future__ import annotations

import time
from typing import Any

from tests.support import AwsTest, until


class InterfacesOfFunctions(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.ec2, self.lambda_ = self.aws("ec2"), self.aws("lambda")
        self.knobs(interfaces_stay_seconds=0.5)

    def in_vpc(self, name: str, *groups: str) -> None:
        network = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": list(groups)}
        self.function(name, VpcConfig=network)

    def found(self, **filters: str) -> list[dict[str, Any]]:
        wanted = [
            {"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()
        ]
        answer = self.ec2.describe_network_interfaces(Filters=wanted)
        return list(answer["NetworkInterfaces"])

    def test_are_shared_by_those_with_the_same_groups(self) -> None:
        self.in_vpc("f", "sg-1")
        self.in_vpc("g", "sg-1")
        self.in_vpc("h", "sg-1", "sg-2")
        self.assertEqual(4, len(self.found()))
        self.assertEqual(2, len(self.found(group_id="sg-2")))
        self.assertEqual(1, len(self.found(group_id="sg-2", subnet_id="subnet-1")))
        self.assertEqual(2, len(self.found(description="AWS Lambda VPC ENI-f-*")))
        self.assertEqual([], self.found(description="AWS Lambda VPC ENI-g-*"))

    def test_stay_a_while_after_the_last_of_them(self) -> None:
        self.in_vpc("f", "sg-1")
        self.in_vpc("g", "sg-1")
        self.lambda_.delete_function(FunctionName="f")
        self.found()
        time.sleep(0.6)
        self.assertEqual(2, len(self.found()))
        self.lambda_.delete_function(FunctionName="g")
        self.assertEqual(2, len(self.found()))
        until(lambda: self.found() == [])

    def test_are_deleted_by_a_role_that_is_there_alone(self) -> None:
        self.in_vpc("f", "sg-1")
        self.lambda_.delete_function(FunctionName="f")
        self.aws("iam").delete_role(RoleName="f-runs")
        self.found()
        time.sleep(0.6)
        self.assertEqual(2, len(self.found()))

    def test_of_others_have_filters_too(self) -> None:
        made = self.ec2.create_network_interface(SubnetId="subnet-9", Groups=["sg-9"])
        (found,) = self.found(subnet_id="subnet-9")
        self.assertEqual(made["NetworkInterface"]["NetworkInterfaceId"], found["NetworkInterfaceId"])
