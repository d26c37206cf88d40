"""A local program that finds the provider's socket and has no business there.

    python stranger.py SOCKET CERTIFICATE

prints how each of three attempts to speak to it ended; the certificate, with its key, is for the last.
"""

from __future__ import annotations

import socket
import ssl
import sys

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"


def main() -> None:
    path, certificate = sys.argv[1:]
    print("without TLS:", _ask(path, None))
    print("without a certificate:", _ask(path, _context()))
    print("with another certificate:", _ask(path, _context(certificate)))


def _ask(path: str, context: ssl.SSLContext | None) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        try:
            channel = context.wrap_socket(connection) if context else connection
            # In TLS 1.3 the client is done before the server has seen its certificate.
            channel.sendall(_PREFACE)
            answer = channel.recv(1024)
        except ssl.SSLError:
            return "refused"
        except ConnectionError:
            return "closed without an answer"
    # A TLS server may say what it expected, in an alert.
    if not answer or (not context and answer[0] == 0x15):
        return "closed without an answer"
    return f"answered {answer!r}"


def _context(certificate: str | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if certificate:
        context.load_cert_chain(certificate)
    return context


if __name__ == "__main__":
    main()
