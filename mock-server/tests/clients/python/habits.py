"""What clients that are not run here send, byte for byte: forms, bodies on GET, bare question marks, headers on every call."""

import hashlib
import json
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from steps import ADMIN_ID, ADMIN_TOKEN, HONOURS_QUERY, LOGOUT_IS_EMPTY, PROFILE, URL, Steps

steps = Steps("habits of other clients")
step = steps.step

connection = HTTPConnection(urlsplit(URL).netloc, timeout=30)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
AUTH = {"X-Auth-Token": ADMIN_TOKEN, "X-User-Id": ADMIN_ID}


def call(method, path, headers=None, body=None):
    """Status and parsed body, over one kept connection; every API answer must say `application/json` and no more."""
    if isinstance(body, dict):
        body = json.dumps(body)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    text = response.read().decode()
    assert response.headers["Content-Type"] == "application/json", response.headers["Content-Type"]
    return response.status, json.loads(text) if text else None


def logged_in(answer):
    """The session's headers out of the answer of a login."""
    status, body = answer
    assert (status, body["status"]) == (200, "success"), answer
    assert body["data"]["me"]["username"] == "admin", body
    return {"X-Auth-Token": body["data"]["authToken"], "X-User-Id": body["data"]["userId"]}


def form_login(fields, headers=FORM):
    return logged_in(call("POST", "/api/v1/login", headers, urlencode(fields)))


with step("Go SDK: form login with user, statistics, logout by GET"):
    session = form_login({"user": "admin", "password": "admin"})
    assert call("GET", "/api/v1/statistics", session)[1]["success"] is True
    status, body = call("GET", "/api/v1/logout", session)
    assert status == 200 and (body is None if LOGOUT_IS_EMPTY else body["status"] == "success"), body
    assert call("GET", "/api/v1/me", session)[0] == 401
with step("Go SDK: form login with an address"):
    form_login({"user": "admin@example.org", "password": "admin"})
with step("zabbix-rocketchat-stats: form login with username"):
    form_login({"username": "admin", "password": "admin"})
with step("a form that names its character set"):
    form_login({"user": "admin", "password": "admin"}, {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"})
with step("JSON that names its character set"):
    body = {"user": "admin", "password": "admin"}
    logged_in(call("POST", "/api/v1/login", {"Content-Type": "application/json;charset=utf-8"}, body))
with step("a form with a bad password: 401"):
    assert call("POST", "/api/v1/login", FORM, "user=admin&password=wrong")[0] == 401

with step("Java client: a second factor on every call, logout without credentials"):
    factor = {"x-2fa-method": "password", "x-2fa-code": hashlib.sha256(b"admin").hexdigest()}
    session = form_login({"username": "admin", "password": "admin"}, FORM | factor) | factor
    assert call("GET", "/api/v1/statistics", session)[0] == 200
    assert call("POST", "/api/v1/settings/API_Default_Count", session | JSON, {"value": 50})[0] == 200
    assert call("POST", "/api/v1/logout", FORM | factor, "")[0] == 401
    assert call("GET", "/api/v1/me", session)[0] == 200, "only the presented token is logged out"

with step("Rust crate and rocket-python: a JSON body on GET is not read"):
    body = {"user": "admin", "password": "admin", "count": 1, "query": "{bad", "sort": "{bad"}
    status, page = call("GET", "/api/v1/statistics.list?count=2", AUTH | JSON, body)
    assert (status, page["count"]) == (200, 2), page
    status, page = call("GET", "/api/v1/statistics.list?count=2", AUTH | JSON, "{this is not JSON")
    assert (status, page["count"]) == (200, 2), page
    assert call("GET", "/api/v1/me", AUTH | FORM, "count=1")[0] == 200
with step("SDK: Content-Type on a GET without a body"):
    assert call("GET", "/api/v1/statistics", AUTH | JSON)[0] == 200
with step("SDK: a bare question mark at the end"):
    assert call("GET", "/api/v1/statistics?", AUTH)[0] == 200
    assert call("GET", "/api/v1/statistics.list?", AUTH)[1]["count"] == 50
    assert call("GET", "/api/v1/statistics.list?&", AUTH)[1]["count"] == 50
with step("header names in any case"):
    assert call("GET", "/api/v1/me", {"x-auth-token": ADMIN_TOKEN, "X-USER-ID": ADMIN_ID})[0] == 200
with step("curl -g: quotes and braces as they are"):
    status, page = call("GET", '/api/v1/statistics.list?count=3&sort={"createdAt":-1}', AUTH)
    assert (status, page["count"]) == (200, 3), page
    everything = page["total"]
    wanted = page["statistics"][0]["_id"]
    status, page = call("GET", f'/api/v1/statistics.list?query={{"_id":"{wanted}"}}', AUTH)
    assert (status, page["total"]) == (200, 1 if HONOURS_QUERY else everything), page["total"]
with step("Airbyte: one record a page of users and roles, to a page that is short"):
    for path in ("users.list", "roles.list"):
        key = path.split(".")[0]
        seen = []
        for offset in range(50):
            status, page = call("GET", f"/api/v1/{path}?count=1&offset={offset}", AUTH)
            assert status == 200, page
            if key == "roles":
                # Roles come all at once.
                assert len(page["roles"]) > 1
                break
            if not page["users"]:
                break
            seen += [user["_id"] for user in page["users"]]
        if key == "users":
            assert len(seen) == len(set(seen)) == 5, seen
with step("Matrix bridge: the version first, without credentials"):
    status, body = call("GET", "/api/info")
    assert status == 200 and body["version"], body
    assert ("info" in body) is False, body
if PROFILE == "documented":
    with step("Ruby gem: information under v1"):
        assert call("GET", "/api/v1/info")[1]["info"]["version"] == "0.61.0"
with step("PyPI rocketchat: every 400 of an action carries its type or a plain error"):
    status, body = call("GET", "/api/v1/statistics.list?sort=%7Bbad", AUTH)
    assert (status, body["errorType"], body["success"]) == (400, "error-invalid-sort", False), body

steps.end()
