"""Runs the steps of a client program and prints one line for each: `pass | client | server | step`."""

import os
import sys
import traceback
from contextlib import contextmanager

URL = os.environ["ROCKETCHAT_URL"]
SERVER = os.environ["MOCK_SERVER_LABEL"]
PROFILE = os.environ["MOCK_SERVER_PROFILE"]
HONOURS_QUERY = os.environ["MOCK_HONOURS_QUERY"] == "yes"
#: From 7.5 on, logging out answers an empty body.
LOGOUT_IS_EMPTY = PROFILE == "8"

#: The accounts of fixtures/workspace/identities.json; the password is the name.
ADMIN_ID, ADMIN_TOKEN = "adminXXaccount222", "admin-ready-made-token-of-the-mock-server-0"
STATS_ID, STATS_TOKEN = "statsXXaccount222", "stats-ready-made-token-of-the-mock-server-0"
USER_ID, USER_TOKEN = "usersXXaccount222", "user-ready-made-token-of-the-mock-server-00"


class Steps:
    """The steps of one client."""

    def __init__(self, client):
        self.client = client
        self.failed = 0

    @contextmanager
    def step(self, name):
        """A step passes when its block raises nothing; the next ones run either way."""
        try:
            yield
        except Exception:  # noqa: BLE001, any failure of a step is its result
            self.failed += 1
            print(f"fail | {self.client} | {SERVER} | {name}", flush=True)
            traceback.print_exc()
        else:
            print(f"pass | {self.client} | {SERVER} | {name}", flush=True)

    def end(self):
        """Exits with 1 when a step failed."""
        sys.exit(1 if self.failed else 0)


def raised(kind, call):
    """The exception of this kind that `call` raises; anything else is a failure."""
    try:
        answer = call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got {answer!r}")
