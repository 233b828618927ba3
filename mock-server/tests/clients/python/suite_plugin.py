"""pytest plugin: the suite of rocketchat-API always calls the library's default address; this makes ROCKETCHAT_URL the default.

Neither the library nor its tests are edited: the default of one argument is set before the tests start.
"""

import inspect
import os

from rocketchat_API.APISections.base import RocketChatBase


def pytest_configure():
    signature = inspect.signature(RocketChatBase.__init__)
    optional = [name for name, value in signature.parameters.items() if value.default is not inspect.Parameter.empty]
    defaults = list(RocketChatBase.__init__.__defaults__)
    defaults[optional.index("server_url")] = os.environ["ROCKETCHAT_URL"]
    RocketChatBase.__init__.__defaults__ = tuple(defaults)
