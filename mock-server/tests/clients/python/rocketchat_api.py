"""rocketchat-API from PyPI, as its users use it: log in, read statistics, page, sort, filter, get refused, log out."""

import json
from datetime import datetime
from importlib.metadata import version

from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
    RocketBadStatusCodeException,
)
from rocketchat_API.rocketchat import RocketChat

from steps import (
    ADMIN_ID,
    ADMIN_TOKEN,
    HONOURS_QUERY,
    LOGOUT_IS_EMPTY,
    PROFILE,
    STATS_ID,
    STATS_TOKEN,
    URL,
    Steps,
    raised,
)

# Without credentials a 7.5 or later server says "success": false, which this client tells apart.
NotLoggedIn = RocketApiException if PROFILE == "8" else RocketBadStatusCodeException

steps = Steps(f"rocketchat-API {version('rocketchat-API')}")
step = steps.step


def pairs(records):
    return sorted((record["_id"], record["totalUsers"]) for record in records)


def moment(record):
    return datetime.fromisoformat(record["createdAt"].replace("Z", "+00:00"))


admin = None
with step("log in by name"):
    admin = RocketChat("admin", "admin", server_url=URL)
    assert admin.headers["X-User-Id"] == ADMIN_ID
with step("log in by address"):
    assert RocketChat("admin@example.org", "admin", server_url=URL).me()["username"] == "admin"
with step("log in with the ready-made token"):
    assert RocketChat(user_id=ADMIN_ID, auth_token=ADMIN_TOKEN, server_url=URL).me()["_id"] == ADMIN_ID
with step("a bad password is refused"):
    raised(RocketAuthenticationException, lambda: RocketChat("admin", "wrong", server_url=URL))
with step("an unknown user is refused"):
    raised(RocketAuthenticationException, lambda: RocketChat("nobody", "nobody", server_url=URL))
if admin is None:
    steps.end()

with step("me"):
    me = admin.me()
    assert (me["username"], me["roles"], me["success"]) == ("admin", ["admin"], True), me
with step("server information"):
    assert admin.info()["info"]["version"].count(".") == 2
with step("permissions, roles, users and settings"):
    assert any(one["_id"] == "view-statistics" for one in admin.permissions_list_all()["update"])
    assert any(role["_id"] == "admin" for role in admin.roles_list()["roles"])
    assert {"admin", "user", "stats"} <= {user["username"] for user in admin.users_list()}
    assert admin.users_info(username="stats")["user"]["_id"] == STATS_ID
    assert admin.settings_get("API_Default_Count")["value"] == 50
    assert len(list(admin.settings())) > 5

with step("statistics"):
    assert admin.statistics()["success"] is True
    assert len(admin.statistics()["_id"]) >= 17
with step("statistics computed anew"):
    before = admin.call_api_get("statistics.list", count=1)["total"]
    fresh = admin.statistics(refresh="true")
    assert fresh["_id"] != next(admin.statistics_list(sort='{"createdAt":1}', max_count=1))["_id"]
    assert admin.call_api_get("statistics.list", count=1)["total"] == before + 1
    assert admin.statistics()["_id"] == fresh["_id"]

everything = []
with step("statistics.list page by page to the end"):
    total = admin.call_api_get("statistics.list", count=1)["total"]
    everything = list(admin.statistics_list())
    assert len(everything) == total == len({record["_id"] for record in everything}), (len(everything), total)
with step("pages of every length tile the list"):
    ids = [record["_id"] for record in everything]
    for count in (1, 7, 80, 100):
        pages = [record["_id"] for record in admin.statistics_list(sort='{"createdAt":1}', count=count)]
        assert sorted(pages) == sorted(ids), count
with step("a page of more than the upper limit is cut"):
    page = admin.call_api_get("statistics.list", count=1000)
    assert page["count"] == len(page["statistics"]) == min(100, len(everything)), page["count"]
with step("an offset past the end gives an empty page"):
    page = admin.call_api_get("statistics.list", offset=100000)
    assert (page["statistics"], page["count"], page["offset"], page["total"]) == ([], 0, 100000, len(everything))

with step("sort"):
    newest_first = list(admin.statistics_list(sort='{"createdAt":-1}'))
    times = [moment(record) for record in newest_first]
    assert times == sorted(times, reverse=True) and pairs(newest_first) == pairs(everything)
    counts = [record["totalUsers"] for record in admin.statistics_list(sort='{"totalUsers":1,"createdAt":-1}')]
    assert counts == sorted(counts) and len(set(counts)) > 1
with step("a malformed sort is told"):
    error = raised(RocketApiException, lambda: admin.statistics_list(sort="{createdAt"))
    assert (error.status_code, error.error_type) == (400, "error-invalid-sort"), error

filters = {
    "filter by value": ({"version": everything[0]["version"]}, lambda r: r["version"] == everything[0]["version"]),
    "filter by id": ({"_id": everything[5]["_id"]}, lambda r: r["_id"] == everything[5]["_id"]),
    "filter by range": ({"totalUsers": {"$gt": everything[99]["totalUsers"]}}, lambda r: r["totalUsers"] > everything[99]["totalUsers"]),
    "filter by date": (
        {"createdAt": {"$gte": {"$date": round(moment(everything[120]).timestamp() * 1000)}}},
        lambda r: moment(r) >= moment(everything[120]),
    ),
    "filter by either": (
        {"$or": [{"_id": everything[1]["_id"]}, {"totalUsers": everything[2]["totalUsers"]}]},
        lambda r: r["_id"] == everything[1]["_id"] or r["totalUsers"] == everything[2]["totalUsers"],
    ),
    "filter by expression": (
        {"version": {"$regex": f"^{everything[0]['version'].split('.')[0]}\\."}},
        lambda r: r["version"].split(".")[0] == everything[0]["version"].split(".")[0],
    ),
}
for name, (query, matches) in filters.items():
    with step(name if HONOURS_QUERY else f"{name}: ignored"):
        found = list(admin.statistics_list(query=json.dumps(query)))
        wanted = [record for record in everything if matches(record)] if HONOURS_QUERY else everything
        assert found and pairs(found) == pairs(wanted), (len(found), len(wanted))
with step("a malformed query is told" if HONOURS_QUERY else "a malformed query: ignored"):
    if HONOURS_QUERY:
        error = raised(RocketApiException, lambda: admin.statistics_list(query="{totalUsers"))
        assert (error.status_code, error.error_type) == (400, "error-invalid-query"), error
    else:
        assert len(list(admin.statistics_list(query="{totalUsers"))) == len(everything)
with step("projection" if HONOURS_QUERY else "projection: ignored"):
    only = list(admin.statistics_list(fields='{"totalUsers":1}', max_count=60))
    without = list(admin.statistics_list(fields='{"totalUsers":0,"os":0}', max_count=60))
    if HONOURS_QUERY:
        assert all(record.keys() == {"_id", "totalUsers"} for record in only)
        assert all("os" not in record and "totalUsers" not in record and "version" in record for record in without)
    else:
        assert only == without == everything[:60]

with step("without credentials: 401"):
    nobody = RocketChat(server_url=URL)
    assert raised(NotLoggedIn, nobody.statistics).status_code == 401
    assert raised(NotLoggedIn, nobody.statistics_list).status_code == 401
with step("a plain user is refused: 400 error-not-allowed"):
    plain = RocketChat("user", "user", server_url=URL)
    for call in (plain.statistics, plain.statistics_list):
        error = raised(RocketApiException, call)
        assert (error.status_code, error.error, error.error_type) == (400, "error-not-allowed", None), error
with step("a permission taken away and given back acts at once"):
    admin.permissions_update([{"_id": "view-statistics", "roles": []}])
    assert raised(RocketApiException, admin.statistics).error == "error-not-allowed"
    admin.permissions_update([{"_id": "view-statistics", "roles": ["admin", "user"]}])
    assert plain.statistics()["success"] is True
    admin.permissions_update([{"_id": "view-statistics", "roles": ["admin", "statistics-viewer"]}])
    assert admin.statistics()["success"] is True
with step("fifty calls in a row meet no rate limit"):
    # Not as admin, whom the real server never limits.
    stats = RocketChat(user_id=STATS_ID, auth_token=STATS_TOKEN, server_url=URL)
    assert all(stats.statistics()["success"] for _ in range(50))

with step("log out: the token is dead, another one lives"):
    other = RocketChat("admin", "admin", server_url=URL)
    answer = admin.logout()
    assert answer == ("" if LOGOUT_IS_EMPTY else {"status": "success", "data": {"message": "You've been logged out!"}}), answer
    assert raised(NotLoggedIn, admin.me).status_code == 401
    assert raised(NotLoggedIn, admin.logout).status_code == 401
    assert other.me()["username"] == "admin"

steps.end()
