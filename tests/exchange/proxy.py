"""A TCP proxy that cuts the line where the test says."""

import socket
import struct
import threading

from attrs import define, field


@define
class Proxy:
    """Forwards to `port`; cuts after `up` bytes to the server or `down` bytes from it.

    Only the first connection is cut; with `reset` by RST, else by FIN.
    """

    target: int
    up: int | None = None
    down: int | None = None
    reset: bool = False
    passed_up: int = 0
    passed_down: int = 0
    _listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _connections: int = 0

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *gone: object) -> None:
        self._listener.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            for sock in (near, far):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first = self._connections == 0
            self._connections += 1
            limits = (self.up, self.down) if first else (None, None)
            for source, sink, limit, name in (
                (near, far, limits[0], "passed_up"),
                (far, near, limits[1], "passed_down"),
            ):
                work = (source, sink, limit, name if first else "")
                threading.Thread(target=self._pump, args=work, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, limit: int | None, name: str):
        passed = 0
        try:
            while data := source.recv(65536):
                cut = limit is not None and passed + len(data) >= limit
                if cut and limit is not None:
                    data = data[: limit - passed]
                sink.sendall(data)
                passed += len(data)
                if name:
                    setattr(self, name, passed)
                if cut:
                    break
        except OSError:
            pass
        for sock in (source, sink):
            self._cut(sock)

    def _cut(self, sock: socket.socket) -> None:
        try:
            if self.reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        sock.close()
