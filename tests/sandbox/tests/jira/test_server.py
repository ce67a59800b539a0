import asyncio
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

import httpx
import pytest
from starlette.responses import PlainTextResponse

from steward_sandbox import serving

FOREGROUND = """
from starlette.responses import PlainTextResponse
from steward_sandbox import serve_forever
serve_forever(PlainTextResponse("here"), 0, ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def test_it_listens_on_loopback_only():
    with serving(PlainTextResponse("here")) as url:
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(url).text == "here"


def test_nothing_listens_once_the_block_is_left():
    with serving(PlainTextResponse("here")) as url:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_two_servers_run_side_by_side():
    with serving(PlainTextResponse("one")) as one, serving(PlainTextResponse("two")) as two:
        assert (httpx.get(one).text, httpx.get(two).text) == ("one", "two")


def test_small_answers_do_not_wait_for_an_acknowledgement():
    with serving(PlainTextResponse("here")) as url, httpx.Client(base_url=url) as client:

        def usual_seconds():
            times = []
            for _ in range(15):
                started = time.perf_counter()
                client.post("/", content=b"x" * 500)
                times.append(time.perf_counter() - started)
            return statistics.median(times)

        # A busy machine is slow now and then; a wait for an acknowledgement is there each time.
        assert any(usual_seconds() < 0.03 for _ in range(10))


def test_a_request_that_never_ends_does_not_keep_the_server_from_stopping():
    begun = threading.Event()

    async def stuck(scope, receive, send):
        begun.set()
        await asyncio.sleep(3600)

    def ask():
        with pytest.raises(httpx.TransportError):
            httpx.get(url, timeout=30)

    with serving(stuck) as url:
        caller = threading.Thread(target=ask)
        caller.start()
        assert begun.wait(30)
        started = time.monotonic()
    assert time.monotonic() - started < 15
    caller.join(30)
    assert not caller.is_alive()


def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"), serving(PlainTextResponse(""), port):
            pass


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_runs_until_it_is_told_to_stop_and_says_nothing(sent):
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            url = process.stdout.readline().strip()
            assert httpx.get(url).text == "here"
            process.send_signal(sent)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert err == ""
    if sent == signal.SIGINT:
        assert (process.returncode, out) == (0, "stopped\n")
