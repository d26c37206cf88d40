"""What the client's `app.deploy()` calls: definitions come in exactly as the client sends them."""

import hashlib
import time

from google.protobuf.empty_pb2 import Empty
from modal_proto import api_pb2

from .blobs import Blobs
from .containers import Containers
from .errors import invalid
from .ids import new_id
from .lookup import IMAGE_BUILDER_VERSION, handle_of
from .rpc import Caller
from .state import App, Function, Workspace


class Deployment:
    """RPCs that create apps, functions and classes, and publish them."""

    def __init__(
        self, workspace: Workspace, containers: Containers, blobs: Blobs, input_plane_url: str
    ) -> None:
        self._workspace = workspace
        self._containers = containers
        self._blobs = blobs
        self._input_plane_url = input_plane_url

    async def AppCreate(self, _: Caller, request: api_pb2.AppCreateRequest) -> object:
        environment = self._workspace.environment(request.environment_name)
        app = App(environment, request.description)
        self._workspace.apps[app.app_id] = app
        return api_pb2.AppCreateResponse(app_id=app.app_id)

    async def AppHeartbeat(self, _: Caller, request: api_pb2.AppHeartbeatRequest) -> object:
        self._workspace.app(request.app_id)
        return Empty()

    async def AppClientDisconnect(
        self, _: Caller, request: api_pb2.AppClientDisconnectRequest
    ) -> object:
        app = self._workspace.app(request.app_id)
        if app.state == api_pb2.APP_STATE_INITIALIZING:
            app.state = api_pb2.APP_STATE_STOPPED
        return Empty()

    async def AppPublish(self, _: Caller, request: api_pb2.AppPublishRequest) -> object:
        app = self._workspace.app(request.app_id)
        app.name = request.name
        app.function_ids = dict(request.function_ids)
        app.class_ids = dict(request.class_ids)
        app.state = request.app_state
        app.version += 1
        app.deployed_at = time.time()
        app.environment.apps[app.name] = app
        for function in self._workspace.functions_of(app):
            self._containers.retire(function)
        return api_pb2.AppPublishResponse(
            url=f"http://127.0.0.1/apps/{app.app_id}", deployed_at=app.deployed_at
        )

    async def FunctionPrecreate(
        self, _: Caller, request: api_pb2.FunctionPrecreateRequest
    ) -> object:
        function = self._function(request.app_id, request.existing_function_id)
        function.definition.function_name = request.function_name
        function.definition.function_type = request.function_type
        function.handle = handle_of(function, self._workspace, self._input_plane_url)
        return api_pb2.FunctionPrecreateResponse(
            function_id=function.function_id, handle_metadata=function.handle
        )

    async def FunctionCreate(self, _: Caller, request: api_pb2.FunctionCreateRequest) -> object:
        if request.HasField("function_data"):
            raise invalid("functions with a list of GPUs are not served here")
        function = self._function(request.app_id, request.existing_function_id)
        function.definition = request.function
        if function.definition.experimental_options.get("local_modal_old_client"):
            # What a client before 1.2 declares: nothing, which means pickle alone.
            for definition in (
                function.definition,
                *function.definition.method_definitions.values(),
            ):
                del definition.supported_input_formats[:]
                definition.supported_output_formats[:] = [api_pb2.DATA_FORMAT_PICKLE]
        function.handle = handle_of(function, self._workspace, self._input_plane_url)
        response = api_pb2.FunctionCreateResponse(
            function_id=function.function_id,
            function=function.definition,
            handle_metadata=function.handle,
        )
        response.function_data.ranked_functions.add(rank=0, function=function.definition)
        return response

    async def ClassCreate(self, _: Caller, request: api_pb2.ClassCreateRequest) -> object:
        self._workspace.app(request.app_id)
        return api_pb2.ClassCreateResponse(
            class_id=request.existing_class_id or new_id("cs"),
            handle_metadata=api_pb2.ClassHandleMetadata(),
        )

    async def ImageGetOrCreate(self, _: Caller, request: api_pb2.ImageGetOrCreateRequest) -> object:
        digest = hashlib.sha256(request.image.SerializeToString(deterministic=True)).hexdigest()
        return api_pb2.ImageGetOrCreateResponse(
            image_id=f"im-{digest[:22]}",
            result=api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS),
            metadata=api_pb2.ImageMetadata(image_builder_version=IMAGE_BUILDER_VERSION),
        )

    async def MountBatchedCheckExistence(
        self, _: Caller, request: api_pb2.MountBatchedCheckExistenceRequest
    ) -> object:
        missing = [name for name in request.sha256_hex_hashes if name not in self._workspace.files]
        return api_pb2.MountBatchedCheckExistenceResponse(missing_sha256_hex_hashes=missing)

    async def MountPutFile(self, _: Caller, request: api_pb2.MountPutFileRequest) -> object:
        if request.WhichOneof("data_oneof") == "data_blob_id":
            content = self._blobs.content(request.data_blob_id)
        else:
            content = request.data
        if hashlib.sha256(content).hexdigest() != request.sha256_hex:
            raise invalid("the file does not have the SHA-256 it was announced with")
        self._workspace.files[request.sha256_hex] = content
        return api_pb2.MountPutFileResponse(exists=True)

    async def MountGetOrCreate(self, _: Caller, request: api_pb2.MountGetOrCreateRequest) -> object:
        # A mount asked for by name is Modal's own, with the client library in it.
        mount_id = new_id("mo")
        files = {item.filename: item.sha256_hex for item in request.files}
        self._workspace.mounts[mount_id] = files
        checksum = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
        return api_pb2.MountGetOrCreateResponse(
            mount_id=mount_id,
            handle_metadata=api_pb2.MountHandleMetadata(content_checksum_sha256_hex=checksum),
        )

    async def SecretGetOrCreate(
        self, _: Caller, request: api_pb2.SecretGetOrCreateRequest
    ) -> object:
        if request.deployment_name:
            raise invalid("named secrets are not served here; use modal.Secret.from_dict")
        secret_id = new_id("st")
        self._workspace.secrets[secret_id] = dict(request.env_dict)
        return api_pb2.SecretGetOrCreateResponse(secret_id=secret_id)

    def _function(self, app_id: str, existing_function_id: str) -> Function:
        app = self._workspace.app(app_id)
        if existing_function_id:
            return self._workspace.function(existing_function_id)
        function = Function(app)
        self._workspace.functions[function.function_id] = function
        return function
