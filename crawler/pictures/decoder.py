"""Decodes pictures in processes of their own, bounded in memory and time.

A hostile file may blow up a decoder, hang it or crash it. Here that ends one small process and
refuses one picture: the run goes on with a new process. Each process holds one body at a time, so
there is never a doubt whose fault a crash was (`concurrent.futures` takes a whole pool down with
one). Two of them keep two cores busy; Pillow's encoders hold the interpreter's lock, so threads
would not.

The other side is this module, run as a program: it reads a body from its standard input and answers
with what `decode` made of it, until its input ends, which it also does when the run is killed.
"""

import asyncio
import json
import os
import resource
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from crawler.pictures.decode import Decoded, Limits, Unusable, decode

__all__ = ["Decoders", "DecodingFailed"]

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space that a decoding process may have: several copies of the largest picture
that is allowed."""
CPU_SECONDS = 20
"""Of processor time for one picture. A clock on the wall would refuse pictures on busy machines."""
WALL_SECONDS = 180.0
"""After which a process is given up whatever it waits for."""
PICTURES_PER_PROCESS = 500
"""After which a process is replaced, so that leaks of decoders stay small."""

HEAD = struct.Struct(">II")
"""The lengths of the JSON and of the bytes that follow, in both directions."""


class DecodingFailed(Exception):
    """Raised where a picture could not be decoded now, which says nothing about the picture."""


@dataclass
class Decoders:
    """Up to ``count`` decoding processes, started when they are needed."""

    count: int = 2
    cpu_seconds: float = CPU_SECONDS
    wall_seconds: float = WALL_SECONDS
    memory: int = MEMORY
    _idle: list[tuple[Process, int]] = field(default_factory=list)
    _slots: asyncio.Semaphore | None = None

    async def decode(self, body: bytes, purpose: str, limits: Limits) -> Decoded:
        """Make a picture of our own from a body.

        Raises Unusable with the reason, `decoder_timeout` and `decoder_crashed` among them, and
        DecodingFailed where the machine was too busy to tell.
        """
        if self._slots is None:
            self._slots = asyncio.Semaphore(self.count)
        async with self._slots:
            process, used = self._idle.pop() if self._idle else (await self._start(), 0)
            try:
                answer = await asyncio.wait_for(
                    _ask(process, body, purpose, limits), self.wall_seconds
                )
            except TimeoutError:
                await _end(process)
                raise DecodingFailed(f"no answer in {self.wall_seconds:.0f} s") from None
            except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError):
                await _end(process)
                raise _verdict(process.returncode or 0) from None
            except BaseException:
                await _end(process)
                raise
            if used + 1 < PICTURES_PER_PROCESS:
                self._idle.append((process, used + 1))
            else:
                await _end(process)
        if isinstance(answer, Unusable):
            raise answer
        return answer

    async def close(self) -> None:
        """End the processes."""
        while self._idle:
            await _end(self._idle.pop()[0])

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, str(self.cpu_seconds), str(self.memory)),
            stdin=PIPE,
            stdout=PIPE,
            env=_environment(),
            # A terminal's Ctrl-C is the run's to handle.
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """What finds Python and this package, and none of the run's secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    # The checkout need not be installed, nor be the working directory.
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", ""))
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _verdict(returncode: int) -> Exception:
    """What the end of a process says about the picture that it held."""
    if returncode == -signal.SIGPROF:
        return Unusable("decoder_timeout")
    if returncode in (-signal.SIGKILL, -signal.SIGTERM):
        # Somebody else ended it: an operator, or a kernel that is short of memory.
        return DecodingFailed("its process was killed")
    return Unusable("decoder_crashed")


async def _ask(process: Process, body: bytes, purpose: str, limits: Limits) -> Decoded | Unusable:
    assert process.stdin is not None
    assert process.stdout is not None
    question = json.dumps({"purpose": purpose, "limits": asdict(limits)}).encode()
    process.stdin.write(HEAD.pack(len(question), len(body)) + question)
    process.stdin.write(body)
    await process.stdin.drain()
    sizes = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    answer = json.loads(await process.stdout.readexactly(sizes[0]))
    picture = await process.stdout.readexactly(sizes[1])
    if "reason" in answer:
        return Unusable(answer["reason"])
    return Decoded(body=picture, **answer)


async def _end(process: Process) -> None:
    if process.returncode is None:
        # Its input ends first: a process that crashed has a verdict of its own to leave.
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 2.0)
        except TimeoutError:
            process.kill()
            await process.wait()
    # The transport of the pipes is closed with the process, but not before the loop gets to run.
    await asyncio.sleep(0)


def serve(questions: BinaryIO, answers: BinaryIO, cpu_seconds: float) -> None:
    """Answer questions until there are no more."""
    while len(head := questions.read(HEAD.size)) == HEAD.size:
        sizes = HEAD.unpack(head)
        question = json.loads(questions.read(sizes[0]))
        body = questions.read(sizes[1])
        # Counts processor time of this process; the signal ends it wherever a decoder hangs.
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        try:
            decoded = decode(body, question["purpose"], Limits(**question["limits"]))
        except Unusable as refusal:
            answer, picture = {"reason": refusal.reason}, b""
        else:
            facts = asdict(decoded)
            picture = facts.pop("body")
            answer = facts
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        told = json.dumps(answer).encode()
        answers.write(HEAD.pack(len(told), len(picture)) + told + picture)
        answers.flush()


def main() -> None:
    """Bound this process and serve."""
    if sys.platform == "linux":  # Elsewhere address space says little about memory.
        resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, float(sys.argv[1]))


if __name__ == "__main__":
    main()
