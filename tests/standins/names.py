"""Name servers that say what they are told to."""

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class Names(AbstractResolver):
    """Answers for ``NAME.example`` what it was told for ``NAME``, in turn; the last answer stands."""

    def __init__(self, **answers: list[tuple[str, int]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self._answers[host.removesuffix(".").removesuffix(".example")]
        address, at = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_result(host, address, at)]

    async def close(self) -> None:
        pass


class OneServer(AbstractResolver):
    """Every name leads to one port on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [_result(host, "127.0.0.1", self._port)]

    async def close(self) -> None:
        pass


class Silence(AbstractResolver):
    """Never answers."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return await asyncio.Future()

    async def close(self) -> None:
        pass


class NoSuchName(AbstractResolver):
    """Knows nobody."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        raise OSError(socket.EAI_NONAME, "Name or service not known")

    async def close(self) -> None:
        pass


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
