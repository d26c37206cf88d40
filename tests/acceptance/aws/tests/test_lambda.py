"""Lambda: what a function may be made of, when it may be changed, and how it runs."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

from tests.support import AwsTest, package, policy, until

CANNOT_BE_ASSUMED = "The role defined for the function cannot be assumed by Lambda."
RANGE = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "


class CreateFunction(AwsTest):
    def refused_with(self, code: str, message: str, **parameters: Any) -> None:
        create = self.aws("lambda").create_function
        role = parameters.pop("Role", None) or f"arn:aws:iam::{self.account}:role/runs"
        if not self.aws("iam").list_roles()["Roles"]:
            self.role("runs")
        self.refused(code, message, create, **self.function_settings(Role=role, **parameters))
        self.assertEqual([], self.aws("lambda").list_functions()["Functions"])

    def test_refuses_a_role_it_cannot_assume(self) -> None:
        arn = f"arn:aws:iam::{self.account}:role"
        trust = policy({"Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}})
        self.role("of-ec2", trust)
        self.role("of-lambda", Path="/path/")
        for role in ("none", "of-ec2", "of-lambda"):  # the last one is named without its path
            self.refused_with(
                "InvalidParameterValueException", CANNOT_BE_ASSUMED, Role=f"{arn}/{role}"
            )
        self.function(Role=f"{arn}/path/of-lambda")

    def test_refuses_a_role_for_as_long_as_the_knob_says(self) -> None:
        self.knobs(role_propagation_seconds=1)
        self.refused_with("InvalidParameterValueException", CANNOT_BE_ASSUMED)
        time.sleep(1.1)
        self.function(Role=f"arn:aws:iam::{self.account}:role/runs")

    def test_refuses_what_is_no_role(self) -> None:
        pattern = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
        self.refused_with(
            "ValidationException",
            RANGE.format("runs", "role") + f"satisfy regular expression pattern: {pattern}",
            Role="runs",
        )
        self.refused_with(
            "AccessDeniedException",
            "Cross-account pass role is not allowed.",
            Role="arn:aws:iam::999999999999:role/runs",
        )

    def test_refuses_a_runtime_that_is_not_there(self) -> None:
        self.refused_with(
            "InvalidParameterValueException",
            "Value provided.al1999 at 'runtime' failed to satisfy constraint: Member must satisfy "
            "enum value set: [nodejs20.x, nodejs22.x, nodejs24.x, python3.10, python3.11, "
            "python3.12, python3.13, python3.14, java8.al2, java11, java17, java21, java25, "
            "dotnet8, ruby3.2, ruby3.3, ruby3.4, provided.al2, provided.al2023] or be a valid ARN",
            Runtime="provided.al1999",
        )

    def test_refuses_numbers_out_of_range(self) -> None:
        for name, member, value, rule in (
            ("MemorySize", "memorySize", 127, "greater than or equal to 128"),
            ("MemorySize", "memorySize", 10241, "less than or equal to 10240"),
            ("Timeout", "timeout", 0, "greater than or equal to 1"),
            ("Timeout", "timeout", 901, "less than or equal to 900"),
        ):
            self.refused_with(
                "ValidationException",
                RANGE.format(value, member) + f"have value {rule}",
                **{name: value},
            )

    def test_refuses_names_and_texts_out_of_range(self) -> None:
        self.refused_with(
            "ValidationException",
            RANGE.format("f" * 65, "functionName") + "have length less than or equal to 64",
            FunctionName="f" * 65,
        )
        self.refused_with(
            "ValidationException",
            RANGE.format("a.b", "functionName")
            + "satisfy regular expression pattern: [a-zA-Z0-9-_]+",
            FunctionName="a.b",
        )
        self.refused_with(
            "ValidationException",
            RANGE.format("d" * 257, "description") + "have length less than or equal to 256",
            Description="d" * 257,
        )
        self.refused_with(
            "ValidationException",
            RANGE.format("[mips]", "architectures")
            + "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
            Architectures=["mips"],
        )
        self.refused_with(
            "ValidationException",
            RANGE.format("a b", "loggingConfig.logGroup")
            + r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
            LoggingConfig={"LogGroup": "a b"},
        )
        self.refused_with(
            "InvalidParameterValueException",
            "To set a log level, the log format must be JSON.",
            LoggingConfig={"ApplicationLogLevel": "INFO"},
        )
        self.refused_with(
            "InvalidParameterValueException",
            "Number of tags exceeds resource tag limit",
            Tags={f"k{n}": "v" for n in range(51)},
        )

    def test_refuses_a_function_without_handler(self) -> None:
        self.refused_with(
            "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages.",
            Handler="",
        )

    def test_refuses_reserved_environment_variables(self) -> None:
        self.refused_with(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            "for modification. Reserved keys used in this request: AWS_REGION, _HANDLER",
            Environment={"Variables": {"AWS_REGION": "r", "_HANDLER": "h", "OURS": "x"}},
        )

    def test_refuses_an_environment_over_4_kb(self) -> None:
        exactly = {"BIG": "v" * (4096 - len('{"BIG":""}'))}
        over = {"BIG": exactly["BIG"] + "v"}
        self.refused_with(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided exceeded the 4KB limit. String measured: "
            + json.dumps(over, separators=(",", ":")),
            Environment={"Variables": over},
        )
        self.refused_with(
            "ValidationException",
            RANGE.format('{"1": "v"}', "environment.variables")
            + "satisfy constraint: [Member must satisfy regular expression pattern: "
            "[a-zA-Z]([a-zA-Z0-9_])+]",
            Environment={"Variables": {"1": "v"}},
        )
        role = f"arn:aws:iam::{self.account}:role/runs"
        self.function(Role=role, Environment={"Variables": exactly})

    def test_refuses_what_is_no_zip(self) -> None:
        self.refused_with(
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
            Code={"ZipFile": b"no"},
        )

    def test_refuses_a_second_of_the_name(self) -> None:
        self.function()
        self.refused(
            "ResourceConflictException",
            "Function already exist: f",
            self.aws("lambda").create_function,
            **self.function_settings(Role=f"arn:aws:iam::{self.account}:role/f-runs"),
        )

    def test_completes_the_configuration(self) -> None:
        made = self.function(LoggingConfig={"LogFormat": "JSON"}, Environment={"Variables": {}})
        self.assertNotIn("Environment", made)
        self.assertEqual(
            {
                "LogFormat": "JSON",
                "LogGroup": "/aws/lambda/f",
                "ApplicationLogLevel": "INFO",
                "SystemLogLevel": "INFO",
            },
            made["LoggingConfig"],
        )


class AFunction(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.lambda_ = self.aws("lambda")
        self.function()

    def get(self) -> dict[str, Any]:
        found: dict[str, Any] = self.lambda_.get_function_configuration(FunctionName="f")
        return found

    def test_is_pending_for_as_long_as_the_knob_says(self) -> None:
        self.knobs(pending_update_seconds=1)
        self.lambda_.create_function(**self.function_settings("g"))
        pending = (
            "ResourceConflictException",
            "The operation cannot be performed at this time. The function is currently in the "
            "following state: Pending",
        )
        self.refused(*pending, self.lambda_.invoke, FunctionName="g", Payload=b"{}")
        self.refused(
            *pending, self.lambda_.update_function_configuration, FunctionName="g", Timeout=5
        )
        config = self.lambda_.get_function_configuration(FunctionName="g")
        self.assertEqual(("Pending", "Creating"), (config["State"], config["StateReasonCode"]))
        self.until_active("g")

    def test_refuses_an_update_during_an_update(self) -> None:
        self.knobs(pending_update_seconds=1)
        updated = self.lambda_.update_function_configuration(FunctionName="f", Timeout=5)
        self.assertEqual(("Active", "InProgress"), (updated["State"], updated["LastUpdateStatus"]))
        message = (
            "The operation cannot be performed at this time. An update is in progress for "
            f"resource: arn:aws:lambda:us-east-1:{self.account}:function:f"
        )
        for operation, more in (
            ("update_function_configuration", {"Timeout": 6}),
            ("update_function_code", {"ZipFile": package("other")}),
            ("publish_version", {}),
        ):
            self.refused(
                "ResourceConflictException",
                message,
                getattr(self.lambda_, operation),
                FunctionName="f",
                **more,
            )
        answer = self.lambda_.invoke(FunctionName="f", Payload=b'"still there"')
        self.assertEqual(b'"still there"', answer["Payload"].read())
        self.until_active()
        self.assertEqual(5, self.get()["Timeout"])

    def test_refuses_bad_settings_as_update(self) -> None:
        update = self.lambda_.update_function_configuration
        self.refused(
            "ValidationException",
            RANGE.format(901, "timeout") + "have value less than or equal to 900",
            update,
            FunctionName="f",
            Timeout=901,
        )
        self.refused(
            "InvalidParameterValueException",
            CANNOT_BE_ASSUMED,
            update,
            FunctionName="f",
            Role=f"arn:aws:iam::{self.account}:role/none",
        )

    def test_loses_its_environment_when_it_is_emptied(self) -> None:
        update = self.lambda_.update_function_configuration
        update(FunctionName="f", Environment={"Variables": {"OURS": "x"}})
        self.until_active()
        self.assertEqual({"Variables": {"OURS": "x"}}, self.get()["Environment"])
        self.assertNotIn("Environment", update(FunctionName="f", Environment={"Variables": {}}))
        self.assertNotIn("Environment", self.get())

    def test_shows_what_a_dry_run_would_make(self) -> None:
        before = self.get()["CodeSha256"]
        other = package("other")
        update = self.lambda_.update_function_code
        would_be = update(FunctionName="f", ZipFile=other, DryRun=True)["CodeSha256"]
        self.assertNotEqual(before, would_be)
        self.assertEqual(before, self.get()["CodeSha256"])
        self.assertEqual(would_be, update(FunctionName="f", ZipFile=other)["CodeSha256"])

    def test_is_found_by_every_form_of_its_name(self) -> None:
        for name in (
            "f",
            "function:f",
            f"{self.account}:function:f",
            f"us-east-1:{self.account}:function:f",
            f"arn:aws:lambda:us-east-1:{self.account}:function:f",
        ):
            found = self.lambda_.get_function(FunctionName=name)["Configuration"]
            self.assertEqual("f", found["FunctionName"], name)
        self.refused(
            "ResourceNotFoundException",
            f"Function not found: arn:aws:lambda:us-east-1:{self.account}:function:none",
            self.lambda_.get_function,
            FunctionName="none",
        )

    def test_takes_permissions(self) -> None:
        self.refused(
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
            self.lambda_.get_policy,
            FunctionName="f",
        )
        given = {
            "FunctionName": "f",
            "StatementId": "s",
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
        }
        add = self.lambda_.add_permission
        self.refused(
            "InvalidParameterValueException",
            "The provided principal was invalid. Please check the principal and try again.",
            add,
            **{**given, "Principal": "nobody"},
        )
        self.refused(
            "ValidationException",
            RANGE.format("a b", "statementId")
            + "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
            add,
            **{**given, "StatementId": "a b"},
        )
        add(**given)
        self.refused(
            "ResourceConflictException",
            "The statement id (s) provided already exists. Please provide a new statement id, or "
            "remove the existing statement.",
            add,
            **given,
        )


class AnInvocation(AwsTest):
    def invoke(self, event: Any, name: str = "f") -> tuple[Any, str | None]:
        answer = self.aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def test_runs_the_package(self) -> None:
        self.function()
        self.assertEqual(({"a": [1, None, "ä"]}, None), self.invoke({"a": [1, None, "ä"]}))

    def test_takes_an_event_of_3_mib_and_none_over_6_mb(self) -> None:
        self.function()
        big = "v" * 3 * 1024 * 1024
        self.assertEqual((big, None), self.invoke(big))
        self.refused(
            "RequestTooLargeException",
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
            self.aws("lambda").invoke,
            FunctionName="f",
            Payload=b'"' + b"v" * 6_291_456 + b'"',
        )

    def test_sees_an_environment_of_its_own(self) -> None:
        self.function(
            Environment={"Variables": {"OURS": "x"}},
            LoggingConfig={"LogGroup": "/custom", "LogFormat": "JSON"},
        )
        seen, _ = self.invoke({"environment": True})
        expected = {
            "OURS": "x",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/custom",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
        }
        self.assertEqual(expected, {name: seen.get(name) for name in expected})
        self.assertTrue(seen["AWS_SESSION_TOKEN"])
        self.assertFalse({"HOME", "TMPDIR", "GATEWAY_PORT", "BIND_HOST"} & set(seen))

    def test_goes_on_where_it_is_until_its_own_settings_change(self) -> None:
        def place() -> str:
            return str(self.invoke({"environment": True})[0]["AWS_LAMBDA_LOG_STREAM_NAME"])

        self.function()
        mine, before = self.account, place()
        self.account = str(int(mine) + 500_000)
        self.function()
        self.aws("lambda").update_function_configuration(FunctionName="f", Timeout=9)
        self.account = mine
        self.assertEqual(before, place())
        self.aws("lambda").update_function_configuration(FunctionName="f", Timeout=9)
        until(lambda: place() != before)

    def test_that_fails_names_the_error(self) -> None:
        self.function()
        answer, error = self.invoke({"secret": "none"})
        self.assertEqual(("ResourceNotFoundException", "Unhandled"), (answer["errorType"], error))

    def test_that_takes_too_long_is_ended(self) -> None:
        self.function(Timeout=1)
        answer, error = self.invoke({"hang": "/dev/null"})
        self.assertEqual("Unhandled", error)
        self.assertEqual("Task timed out after 1.00 seconds", answer["errorMessage"])

    def test_without_bootstrap_fails(self) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("other", "")
        self.function(Code={"ZipFile": file.getvalue()})
        answer, error = self.invoke({})
        self.assertEqual(("Runtime.InvalidEntrypoint", "Unhandled"), (answer["errorType"], error))

    def groups(self) -> list[str]:
        found = self.aws("logs").describe_log_groups()["logGroups"]
        return [group["logGroupName"] for group in found]

    def lines(self) -> list[str]:
        found = self.aws("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
        return [event["message"] for event in found]

    def test_makes_no_log_group_that_its_role_may_not_make(self) -> None:
        self.function()
        self.allow(
            "f-runs", {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
        )
        self.invoke({})
        time.sleep(0.3)
        self.assertEqual([], self.groups())
        self.allow("f-runs", {"Action": "logs:*", "Resource": "*"})
        self.invoke({})
        until(lambda: self.groups() == ["/aws/lambda/f"])

    def test_writes_only_where_its_role_may_write(self) -> None:
        self.function()
        self.aws("logs").create_log_group(logGroupName="/aws/lambda/f")
        self.invoke({})
        time.sleep(0.3)
        self.assertEqual([], self.lines())
        group = f"arn:aws:logs:us-east-1:{self.account}:log-group:/aws/lambda/f:*"
        self.allow(
            "f-runs", {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": group}
        )
        self.invoke({"a": 1})
        until(lambda: any("performing ['a']" in line for line in self.lines()))
