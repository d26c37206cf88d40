"""Tokens that end."""

import time
import unittest

from grpclib.exceptions import GRPCError
from modal_proto import api_pb2

from .support import HEADERS, Wire, shared


class Tokens(unittest.TestCase):
    """Beside the one that never does."""

    def info(self, token_id: str, token_secret: str) -> api_pb2.TokenInfoGetResponse:
        headers = {**HEADERS, "x-modal-token-id": token_id, "x-modal-token-secret": token_secret}
        wire = Wire(shared().server_url, headers)
        return wire.call("TokenInfoGet", api_pb2.TokenInfoGetRequest())

    def test_a_token_tells_when_it_ends(self) -> None:
        ends = int(time.time()) + 3600
        info = self.info(f"ak-until-{ends}", "as-until")
        self.assertEqual((info.token_id, info.expires_at.seconds), (f"ak-until-{ends}", ends))
        self.assertFalse(self.info("ak-demo", "as-demo").HasField("expires_at"))

    def test_a_token_that_has_ended_is_refused(self) -> None:
        with self.assertRaisesRegex(GRPCError, "Token has expired"):
            self.info(f"ak-until-{int(time.time()) - 1}", "as-until")


if __name__ == "__main__":
    unittest.main()
