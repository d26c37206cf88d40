"""Looking things up: functions and their handles, apps, environments, the workspace, the token."""

from google.protobuf.empty_pb2 import Empty
from modal_proto import api_pb2

from .auth import Credentials, expiry
from .errors import not_found
from .ids import new_id
from .rpc import Caller
from .state import App, Environment, Function, Workspace

#: the image builder of every environment; from this version on images hold cbor2
IMAGE_BUILDER_VERSION = "2025.06"


def handle_of(
    function: Function, workspace: Workspace, input_plane_url: str
) -> api_pb2.FunctionHandleMetadata:
    """The handle that callers get, from the definition that was deployed."""
    definition = function.definition
    handle = api_pb2.FunctionHandleMetadata(
        app_id=function.app.app_id,
        function_name=definition.function_name,
        function_type=definition.function_type,
        web_url=_web_url(workspace, function, definition.webhook_config),
        is_method=definition.is_method,
        definition_id=new_id("de"),
        function_schema=definition.function_schema,
        supported_input_formats=definition.supported_input_formats,
        supported_output_formats=definition.supported_output_formats,
    )
    if definition.HasField("class_parameter_info"):
        handle.class_parameter_info.CopyFrom(definition.class_parameter_info)
    for name, method in definition.method_definitions.items():
        handle.method_handle_metadata[name].CopyFrom(
            api_pb2.FunctionHandleMetadata(
                app_id=function.app.app_id,
                function_name=method.function_name,
                function_type=method.function_type,
                web_url=_web_url(workspace, function, method.webhook_config),
                is_method=True,
                use_method_name=name,
                function_schema=method.function_schema,
                supported_input_formats=method.supported_input_formats,
                supported_output_formats=method.supported_output_formats,
            )
        )
    # A routing region is what gives a function an input plane.
    if definition.routing_region:
        for each in (handle, *handle.method_handle_metadata.values()):
            each.input_plane_url = input_plane_url
            each.input_plane_region = definition.routing_region
    return handle


def _web_url(workspace: Workspace, function: Function, webhook: api_pb2.WebhookConfig) -> str:
    if webhook.type == api_pb2.WEBHOOK_TYPE_UNSPECIFIED:
        return ""
    label = webhook.requested_suffix or f"{function.app.name}-{function.name}".replace("_", "-")
    return f"https://{workspace.name}--{label}.modal.run"


def function_data(function: Function) -> api_pb2.FunctionData:
    """The definition beside the handle; clients since 1.6 want at least one ranked function."""
    definition = function.definition
    data = api_pb2.FunctionData(
        module_name=definition.module_name,
        function_name=definition.function_name,
        function_type=definition.function_type,
        timeout_secs=definition.timeout_secs,
        startup_timeout_secs=definition.startup_timeout_secs,
        web_url=function.handle.web_url,
        is_class=definition.is_class,
        is_method=definition.is_method,
        supported_input_formats=definition.supported_input_formats,
        supported_output_formats=definition.supported_output_formats,
        routing_region=definition.routing_region,
    )
    data.ranked_functions.add(rank=0, function=definition)
    return data


class Lookup:
    """RPCs that read and change nothing."""

    def __init__(self, workspace: Workspace, credentials: Credentials) -> None:
        self._workspace = workspace
        self._credentials = credentials

    async def ClientHello(self, _: Caller, request: Empty) -> object:
        return api_pb2.ClientHelloResponse(image_builder_version=IMAGE_BUILDER_VERSION)

    async def AuthTokenGet(self, caller: Caller, _: api_pb2.AuthTokenGetRequest) -> object:
        return api_pb2.AuthTokenGetResponse(token=self._credentials.auth_token(caller.token_id))

    async def TokenInfoGet(self, caller: Caller, _: api_pb2.TokenInfoGetRequest) -> object:
        answer = api_pb2.TokenInfoGetResponse(
            token_id=caller.token_id,
            workspace_id=self._workspace.workspace_id,
            workspace_name=self._workspace.name,
            token_name="local",
        )
        answer.created_at.FromSeconds(int(self._workspace.default_environment.created_at))
        answer.user_identity.username = "local-user"
        expires_at = expiry(caller.token_id)
        if expires_at is not None:
            answer.expires_at.FromSeconds(expires_at)
        return answer

    async def WorkspaceNameLookup(self, _: Caller, request: Empty) -> object:
        name = self._workspace.name
        return api_pb2.WorkspaceNameLookupResponse(workspace_name=name, username=name)

    async def WorkspaceSettings(self, _: Caller, request: Empty) -> object:
        return api_pb2.WorkspaceSettingsResponse(
            default_environment_name=self._workspace.default_environment.name,
            image_builder_version=IMAGE_BUILDER_VERSION,
        )

    async def EnvironmentList(self, _: Caller, request: Empty) -> object:
        default = self._workspace.default_environment
        return api_pb2.EnvironmentListResponse(
            items=[
                api_pb2.EnvironmentListItem(
                    name=each.name,
                    environment_id=each.environment_id,
                    created_at=each.created_at,
                    default=each is default,
                )
                for each in self._workspace.environments.values()
            ]
        )

    async def EnvironmentGetOrCreate(
        self, _: Caller, request: api_pb2.EnvironmentGetOrCreateRequest
    ) -> object:
        name = request.deployment_name
        if request.object_creation_type != api_pb2.OBJECT_CREATION_TYPE_UNSPECIFIED and name:
            self._workspace.environments.setdefault(name, Environment(name))
        environment = self._workspace.environment(name)
        return api_pb2.EnvironmentGetOrCreateResponse(
            environment_id=environment.environment_id,
            metadata=api_pb2.EnvironmentMetadata(
                name=environment.name,
                settings=api_pb2.EnvironmentSettings(image_builder_version=IMAGE_BUILDER_VERSION),
            ),
        )

    async def AppGetByDeploymentName(
        self, _: Caller, request: api_pb2.AppGetByDeploymentNameRequest
    ) -> object:
        environment = self._workspace.environment(request.environment_name)
        app = environment.apps.get(request.name)
        answer = api_pb2.AppGetByDeploymentNameResponse(environment_name=environment.name)
        if app is not None and app.state == api_pb2.APP_STATE_DEPLOYED:
            answer.app_id = app.app_id
            answer.lifecycle.app_state = app.state
            answer.lifecycle.created_at = app.created_at
            answer.lifecycle.deployed_at = app.deployed_at
            answer.lifecycle.version = app.version
        elif app is not None:
            answer.previous_app_id = app.app_id
        return answer

    async def AppList(self, _: Caller, request: api_pb2.AppListRequest) -> object:
        environment = self._workspace.environment(request.environment_name)
        return api_pb2.AppListResponse(
            apps=[
                api_pb2.AppListResponse.AppListItem(
                    app_id=app.app_id,
                    name=app.name,
                    description=app.name,
                    state=app.state,
                    created_at=app.created_at,
                )
                for app in environment.apps.values()
            ]
        )

    async def AppGetLayout(self, _: Caller, request: api_pb2.AppGetLayoutRequest) -> object:
        app = self._workspace.app(request.app_id)
        return api_pb2.AppGetLayoutResponse(app_layout=layout_of(app, self._workspace))

    async def FunctionGet(self, _: Caller, request: api_pb2.FunctionGetRequest) -> object:
        app = self._workspace.deployed_app(request.environment_name, request.app_name)
        if request.app_version not in (0, app.version):
            raise not_found(f"App '{app.name}' has no version {request.app_version}.")
        tag = request.object_tag
        if tag in app.class_ids:
            reason = api_pb2.FunctionLookupError(
                reason=api_pb2.FunctionLookupError.REASON_CLASS_NAME_USED
            )
            raise not_found(f"'{tag}' is a class of app '{app.name}', not a function.", reason)
        if tag not in app.function_ids:
            raise not_found(
                f"Function '{tag}' not found in app '{app.name}', "
                f"environment '{app.environment.name}'."
            )
        function = self._workspace.functions[app.function_ids[tag]]
        return api_pb2.FunctionGetResponse(
            function_id=function.function_id,
            handle_metadata=function.handle,
            function=function_data(function),
        )

    async def FunctionGetById(self, _: Caller, request: api_pb2.FunctionGetByIdRequest) -> object:
        function = self._workspace.function(request.function_id)
        return api_pb2.FunctionGetByIdResponse(
            handle_metadata=function.handle, function=function_data(function)
        )

    async def ClassGet(self, _: Caller, request: api_pb2.ClassGetRequest) -> object:
        app = self._workspace.deployed_app(request.environment_name, request.app_name)
        if request.object_tag not in app.class_ids:
            raise not_found(f"Class '{request.object_tag}' not found in app '{app.name}'.")
        return api_pb2.ClassGetResponse(
            class_id=app.class_ids[request.object_tag],
            handle_metadata=api_pb2.ClassHandleMetadata(),
        )

    async def FunctionBindParams(
        self, _: Caller, request: api_pb2.FunctionBindParamsRequest
    ) -> object:
        base = self._workspace.function(request.function_id)
        bound = Function(base.app, definition=base.definition)
        bound.handle.CopyFrom(base.handle)
        bound.handle.base_function_id = base.function_id
        bound.serialized_params = request.serialized_params
        self._workspace.functions[bound.function_id] = bound
        return api_pb2.FunctionBindParamsResponse(
            bound_function_id=bound.function_id, handle_metadata=bound.handle
        )


def layout_of(app: App, workspace: Workspace) -> api_pb2.AppLayout:
    """All objects of an app, as a container or a redeploying client wants them."""
    layout = api_pb2.AppLayout(function_ids=app.function_ids, class_ids=app.class_ids)
    seen: set[str] = set()
    for function in workspace.functions_of(app):
        layout.objects.add(
            object_id=function.function_id, function_handle_metadata=function.handle
        )
        seen.update(each.object_id for each in function.definition.object_dependencies)
    for class_id in app.class_ids.values():
        layout.objects.add(
            object_id=class_id, class_handle_metadata=api_pb2.ClassHandleMetadata()
        )
    for object_id in sorted(seen):
        layout.objects.add(object_id=object_id)
    return layout
