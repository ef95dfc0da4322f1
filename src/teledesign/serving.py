"""Serving a course's site while its author works on it: MkDocs in a process of its own, on a staged folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import importlib.util
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from teledesign.course import CourseLocation, scenario_ids
from teledesign.findings import MissingExtra, Refusal, nearest
from teledesign.outputs.handing import SiteSource
from teledesign.outputs.made import Made
from teledesign.outputs.pages import assets_of
from teledesign.outputs.reference import CommandHelp
from teledesign.outputs.site import mkdocs_configuration, mkdocs_environment
from teledesign.resources import packaged_course

__all__ = ["PORT_TAKEN", "free_port", "is_free", "mistaken_site", "serve"]

PORT_TAKEN = 98
"""With this exit code the process says that another one was faster."""
PATIENCE_S = 5.0
NO_DATE = dt.date(2000, 1, 1)
"""A preview stamps nothing that anybody keeps."""


def serve(
    location: CourseLocation,
    topics: Sequence[str],
    host: str,
    port: int,
    commands: tuple[CommandHelp, ...],
    *,
    open_browser: bool = False,
) -> int:
    """Serve the site until Ctrl-C (or the end of the process that serves); the exit code.

    Raises Refusal where it cannot begin.  Nothing is left behind: no process, no file.
    """
    _check_topics(location, topics)
    if importlib.util.find_spec("mkdocs") is None:
        raise MissingExtra("mkdocs", "course")
    port = free_port(host, port)
    with tempfile.TemporaryDirectory(prefix="teledesign-serve-") as folder:
        stage = Path(folder)
        for name in ("docs", "work", "tmp"):
            (stage / name).mkdir()
        (stage / "work" / "made.json").write_text(Made(commands=commands).as_json(), "utf-8")
        plugin = {"course": str(location.root.resolve()), "topics": list(topics), "work": str(stage / "work")}
        configuration = mkdocs_configuration(stage / "site", plugin) | {"dev_addr": f"{host}:{port}"}
        (stage / "mkdocs.yml").write_text(json.dumps(configuration, indent=1), "utf-8")
        code = _ran(stage, open_browser=open_browser)
    if code == PORT_TAKEN:
        raise Refusal(_taken(host, port))
    if code:
        raise Refusal(f"the preview ended by itself (exit code {code}). Look at what it says above")
    return 0


def _ran(stage: Path, *, open_browser: bool) -> int:
    """MkDocs, until it ends or is to end; its exit code, 0 where it was asked to."""
    command = [sys.executable, "-m", "mkdocs", "serve", "--dirty", "--config-file", str(stage / "mkdocs.yml")]
    # Its temporary files lie in the stage, so that they go with it however the process ends.
    environment = mkdocs_environment(NO_DATE) | {"TMPDIR": str(stage / "tmp")}
    process = subprocess.Popen(
        [*command, *(["--open"] if open_browser else [])],
        env=environment,
        stdin=subprocess.PIPE,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process ends when its standard input does; one that does not is made to."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    for insist in (None, process.terminate, process.kill):
        if insist is not None:
            insist()
        try:
            process.wait(PATIENCE_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue
        return


def _check_topics(location: CourseLocation, topics: Sequence[str]) -> None:
    known = scenario_ids(location.root)
    for name in topics:
        if name not in known:
            close = nearest(name, known)
            remedy = f"Did you mean {close}?" if close else f"Known: {', '.join(known) or 'none'}"
            raise Refusal(f"there is no topic {name!r}. {remedy}")


def free_port(host: str, port: int) -> int:
    """The port, or one that is free where it is 0.  Raises Refusal where it cannot be had."""
    try:
        socket.getaddrinfo(host, port)
        with _bound(host, port) as listening:
            return int(listening.getsockname()[1])
    except (socket.gaierror, UnicodeError):
        raise Refusal(f"{host} is no address. Name one of this machine with --address, such as 127.0.0.1") from None
    except OSError as error:
        raise Refusal(_why_not(host, port, error)) from None


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    try:
        _bound(host, port).close()
    except OSError:
        return False
    return True


def _bound(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _taken(host, port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} of {host} is not for everybody. Choose one above 1023 with --port"
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return f"{host} is no address of this machine. Name one with --address, such as 127.0.0.1"
    return f"port {port} of {host} cannot be used ({error.strerror}). Choose another with --port"


def _taken(host: str, port: int) -> str:
    free = next((other for other in range(port + 1, min(port + 100, 65536)) if is_free(host, other)), 0)
    return f"port {port} of {host} is taken by another program. Choose another, for example --port {free}"


def mistaken_site() -> SiteSource:
    """What is served while there is no good site yet."""
    page = (
        "# The course has mistakes\n\nThey stand in the terminal where `teledesign serve` runs. "
        "Correct them and save: the site then appears here by itself.\n"
    )
    return SiteSource("Not yet", [{"Not yet": "index.md"}], {"index.md": page, **assets_of([packaged_course()])})
