"""What the local workspace holds: environments, apps, functions, calls and their inputs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from modal_proto import api_pb2

from .errors import not_found
from .ids import new_id
from .signals import Signal


@dataclass
class Environment:
    """A namespace for apps, as `modal environment create` makes one."""

    name: str
    environment_id: str = field(default_factory=lambda: new_id("en"))
    created_at: float = field(default_factory=time.time)
    #: apps by the name they were deployed under
    apps: dict[str, "App"] = field(default_factory=dict)


@dataclass
class App:
    """An app; deployed once `state` says so."""

    environment: Environment
    name: str
    app_id: str = field(default_factory=lambda: new_id("ap"))
    state: int = api_pb2.APP_STATE_INITIALIZING
    version: int = 0
    created_at: float = field(default_factory=time.time)
    deployed_at: float = 0.0
    #: tags as published: function name to function id, class name to class id
    function_ids: dict[str, str] = field(default_factory=dict)
    class_ids: dict[str, str] = field(default_factory=dict)


@dataclass
class Function:
    """A function of an app: its definition is what the deploying client sent."""

    app: App
    function_id: str = field(default_factory=lambda: new_id("fu"))
    definition: api_pb2.Function = field(default_factory=api_pb2.Function)
    handle: api_pb2.FunctionHandleMetadata = field(default_factory=api_pb2.FunctionHandleMetadata)
    #: constructor parameters of a class, bound by FunctionBindParams
    serialized_params: bytes = b""

    @property
    def name(self) -> str:
        return self.definition.function_name


@dataclass
class Input:
    """One input of a call, and its output once there is one."""

    call: "Call"
    idx: int
    message: api_pb2.FunctionInput
    input_id: str = field(default_factory=lambda: new_id("in"))
    input_jwt: str = field(default_factory=lambda: new_id("ij"))
    #: the input plane's name for the current try; a retry gets a new one
    attempt_token: str = ""
    retry_count: int = 0
    #: the container that runs it now, if one does
    container: Any = None
    started_at: float = 0.0
    output: api_pb2.FunctionGetOutputsItem | None = None
    #: statuses of all tries, in order
    history: list[int] = field(default_factory=list)
    cancelled: bool = False
    #: set when a caller has fetched a result it will not ask for again
    expired: bool = False


@dataclass
class Call:
    """One function call, with its inputs (one, unless it is a map)."""

    function: Function
    call_type: int
    invocation: int
    plane: str
    function_call_id: str = field(default_factory=lambda: new_id("fc"))
    jwt: str = field(default_factory=lambda: new_id("fj"))
    created_at: float = field(default_factory=time.time)
    inputs: list[Input] = field(default_factory=list)
    #: items that a generator or a web function yielded
    data_out: list[api_pb2.DataChunk] = field(default_factory=list)
    #: given whenever there is something new in this call
    changed: Signal = field(default_factory=Signal)


class Workspace:
    """Everything the local Modal knows."""

    def __init__(self, environments: list[str]) -> None:
        self.workspace_id = new_id("ac")
        self.name = "local-workspace"
        self.environments = {name: Environment(name) for name in environments}
        self.default_environment = self.environments[environments[0]]
        self.apps: dict[str, App] = {}
        self.functions: dict[str, Function] = {}
        self.calls: dict[str, Call] = {}
        self.inputs: dict[str, Input] = {}
        #: environment variables of each secret
        self.secrets: dict[str, dict[str, str]] = {}
        #: content of uploaded source files by SHA-256, and the files of each mount
        self.files: dict[str, bytes] = {}
        self.mounts: dict[str, dict[str, str]] = {}

    def environment(self, name: str) -> Environment:
        """The named environment; an empty name means the default one."""
        if not name:
            return self.default_environment
        environment = self.environments.get(name)
        if environment is None:
            raise not_found(f"Environment '{name}' not found.")
        return environment

    def deployed_app(self, environment_name: str, app_name: str) -> App:
        """A deployed app by name, or the live service's words for a missing one."""
        environment = self.environment(environment_name)
        app = environment.apps.get(app_name)
        if app is None or app.state != api_pb2.APP_STATE_DEPLOYED:
            raise not_found(f"App '{app_name}' not found in environment '{environment.name}'.")
        return app

    def app(self, app_id: str) -> App:
        """An app by id."""
        if app_id not in self.apps:
            raise not_found(f"No App with ID '{app_id}' found.")
        return self.apps[app_id]

    def function(self, function_id: str) -> Function:
        """A function by id."""
        if function_id not in self.functions:
            raise not_found(f"No Function with ID '{function_id}' found.")
        return self.functions[function_id]

    def call(self, function_call_id: str) -> Call:
        """A function call by id."""
        if function_call_id not in self.calls:
            raise not_found(f"No Function Call with ID '{function_call_id}' found.")
        return self.calls[function_call_id]

    def input_by_jwt(self, jwt: str) -> Input:
        """The input that a jwt of ours stands for."""
        for item in self.inputs.values():
            if item.input_jwt == jwt:
                return item
        raise not_found("No input with this token found.")

    def functions_of(self, app: App) -> Iterator[Function]:
        """The functions an app has published."""
        for function_id in app.function_ids.values():
            yield self.functions[function_id]
