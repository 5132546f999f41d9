"""The web side that the three services share: login, commands, pages, faults in words.

    app = create_app(application, router, checks=[queue_is_reachable])

A service brings routers of its own (its desk and its JSON). Everybody who acts is known by a
token: `Authorization: Bearer …`, or a cookie for people, whose forms carry a second proof.
Nothing here needs JavaScript, and no page asks anything of a third party.
"""

from shared.web.app import create_app
from shared.web.context import ForeignForm, Web, web_of
from shared.web.login import current_actor
from shared.web.pages import Pages, attempt
from shared.web.problems import Problem

__all__ = [
    "ForeignForm",
    "Pages",
    "Problem",
    "Web",
    "attempt",
    "create_app",
    "current_actor",
    "web_of",
]
