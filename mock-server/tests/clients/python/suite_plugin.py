"""pytest plugin for the test suite in rocketchat-API's source package, run as it is against the mock.

* The suite always calls the library's default address: ROCKETCHAT_URL becomes that default. Neither library nor tests are edited.
* suite.json lists what is not run and which endpoints it needs that the mock does not serve. All else runs; an entry that fits no
  test ends the run, so that the list stays true.
* Each test prints a line: `pass | client | server | test`.
"""

import inspect
import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest
from rocketchat_API.APISections.base import RocketChatBase

SERVER = os.environ["MOCK_SERVER_LABEL"]
PROFILE = os.environ["MOCK_SERVER_PROFILE"]
CLIENT = f"rocketchat-API {version('rocketchat-API')} suite"


def left_out():
    """What is not run against this profile: files, and single tests."""
    entries = json.loads(Path(__file__).with_name("suite.json").read_text())["not_run"]
    tests = {entry["tests"] for entry in entries if PROFILE in entry.get("profiles", [PROFILE])}
    return {test for test in tests if "::" not in test}, {test for test in tests if "::" in test}


FILES, TESTS = left_out()
met = set()


def pytest_configure():
    signature = inspect.signature(RocketChatBase.__init__)
    optional = [name for name, value in signature.parameters.items() if value.default is not inspect.Parameter.empty]
    defaults = list(RocketChatBase.__init__.__defaults__)
    defaults[optional.index("server_url")] = os.environ["ROCKETCHAT_URL"]
    RocketChatBase.__init__.__defaults__ = tuple(defaults)


def pytest_ignore_collect(collection_path, config):
    path = collection_path.relative_to(config.rootpath).as_posix()
    if path in FILES:
        met.add(path)
        return True
    return None


def pytest_collection_modifyitems(items):
    met.update(item.nodeid for item in items if item.nodeid in TESTS)
    unknown = (FILES | TESTS) - met
    if unknown:
        raise pytest.UsageError(f"suite.json names what the suite does not have: {', '.join(sorted(unknown))}")
    items[:] = [item for item in items if item.nodeid not in TESTS]


def pytest_runtest_logreport(report):
    if report.failed:
        word = "fail"
    elif report.skipped:
        word = "skip"
    elif report.when == "call":
        word = "pass"
    else:
        return
    print(f"\n{word} | {CLIENT} | {SERVER} | {report.nodeid.removeprefix('tests/')}", flush=True)
