"""Who acts in tests, one for each role; and a moment of the campaign of 2019."""

from datetime import datetime

from shared.messages import SYSTEM, Actor

AT = datetime.fromisoformat("2019-12-11T09:00:00+08:00")


def actor(*roles: str, id: str | None = None, organisation: str = "测试单位") -> Actor:
    """An actor with these roles."""
    return Actor(
        id=id or roles[0], name=f"测试{roles[0]}", organisation=organisation, roles=frozenset(roles)
    )


SYSTEM_ACTOR = actor(SYSTEM, id="system:test")
OFFICE = actor("office")
EXPERT = actor("expert")
LEADING_GROUP = actor("leading_group")
COMMITTEE = actor("committee")
INVESTIGATOR = actor("investigator")
AUDITOR = actor("auditor")
OPERATOR = actor("operator")
