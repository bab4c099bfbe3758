"""Decoding happens in bounded processes: what a picture does to its decoder ends with it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from crawler.pictures import decoder
from crawler.pictures.decode import Limits, Unusable
from crawler.pictures.decoder import Decoders, DecodingFailed
from tests.crawler.hostile_pictures import encoded, photo

LIMITS = Limits(max_bytes=20 * 1024 * 1024, max_pixels=50_000_000)
FINE = encoded(photo())


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    decoders = Decoders(cpu_seconds=2)
    yield decoders
    await decoders.close()


async def is_fine(decoders: Decoders) -> bool:
    return (await decoders.decode(FINE, "vehicle", LIMITS)).width == 64


def process_of(decoders: Decoders) -> asyncio.subprocess.Process:
    (process, _), *_ = decoders._idle
    return process


async def test_a_refused_picture_costs_no_process(decoders: Decoders) -> None:
    assert await is_fine(decoders)
    before = process_of(decoders).pid
    with pytest.raises(Unusable, match="svg"):
        await decoders.decode(b"<svg/>", "vehicle", LIMITS)
    assert await is_fine(decoders)
    assert [process.pid for process, _ in decoders._idle] == [before]


async def test_a_crash_refuses_one_picture_and_no_other(decoders: Decoders) -> None:
    assert await is_fine(decoders)
    hurt = process_of(decoders)
    # The process stops where it stands, so the crash comes while it holds the picture.
    os.kill(hurt.pid, signal.SIGSTOP)
    held = asyncio.create_task(decoders.decode(encoded(photo(9, 9)), "vehicle", LIMITS))
    others = [asyncio.create_task(is_fine(decoders)) for _ in range(5)]
    assert all(await asyncio.gather(*others))
    os.kill(hurt.pid, signal.SIGSEGV)
    os.kill(hurt.pid, signal.SIGCONT)
    with pytest.raises(Unusable, match="decoder_crashed"):
        await held
    assert await is_fine(decoders)


async def test_a_process_that_somebody_killed_accuses_no_picture(decoders: Decoders) -> None:
    assert await is_fine(decoders)
    os.kill(process_of(decoders).pid, signal.SIGSTOP)
    held = asyncio.create_task(decoders.decode(FINE, "vehicle", LIMITS))
    pid = process_of(decoders).pid
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(DecodingFailed):
        await held
    assert await is_fine(decoders)


async def test_processor_time_is_bounded() -> None:
    decoders = Decoders(cpu_seconds=0.1)
    # Noise is what compresses worst: next to nothing to decode, seconds to encode.
    tile = Image.effect_noise((1_000, 1_000), 90)
    noise = Image.new("L", (4_000, 4_000))
    for number in range(16):
        noise.paste(tile, (number % 4 * 1_000, number // 4 * 1_000))
    with pytest.raises(Unusable, match="decoder_timeout"):
        await decoders.decode(encoded(noise, "PNG", compress_level=0), "vehicle", LIMITS)
    decoders.cpu_seconds = 20
    assert await is_fine(decoders)
    await decoders.close()


async def test_memory_is_bounded() -> None:
    decoders = Decoders(memory=200 * 1024 * 1024)
    body = encoded(Image.new("RGB", (7_000, 7_000)), "PNG", compress_level=1)
    with pytest.raises(Unusable, match="too_much_memory"):
        await decoders.decode(body, "vehicle", LIMITS)
    assert await is_fine(decoders)
    await decoders.close()


async def test_silence_is_bounded(decoders: Decoders) -> None:
    assert await is_fine(decoders)
    os.kill(process_of(decoders).pid, signal.SIGSTOP)
    decoders.wall_seconds = 0.2
    with pytest.raises(DecodingFailed, match="no answer"):
        await decoders.decode(FINE, "vehicle", LIMITS)
    decoders.wall_seconds = 60
    assert await is_fine(decoders)


async def test_a_process_is_replaced_in_time(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "PICTURES_PER_PROCESS", 2)
    assert await is_fine(decoders)
    first = process_of(decoders)
    assert await is_fine(decoders)
    assert first.returncode is not None
    assert await is_fine(decoders)


async def test_processes_know_no_secrets(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://planted")
    assert "DATABASE_URL" not in decoder._environment()


async def test_processes_end_with_their_input(decoders: Decoders) -> None:
    assert await is_fine(decoders)
    process = process_of(decoders)
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    decoders._idle.clear()
