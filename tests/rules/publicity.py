"""Examples of what publicity owns."""

from services.publicity import PLAN
from services.publicity.certificate import CERTIFICATE, CertificateIssued, IssueCertificate
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from tests.actors import AT, SYSTEM_ACTOR
from tests.publicity import stories
from tests.publicity.stories import JIA, YI
from tests.rules.situations import Examples, Service

READY = (stories.prepared(), stories.list_noted(JIA), stories.entry_noted(JIA))
PUBLISHED = (*READY, stories.published(JIA))

NOTICES = Examples(
    NOTICE,
    {
        "活动未开启": (),
        "名单待审定": (stories.prepared(),),
        "内容待放行": (stories.prepared(), stories.list_noted(JIA)),
        "可以公示": READY,
        "人选已被取消资格": (*READY, stories.barred(JIA)),
        "公示中": PUBLISHED,
        "公示期满": (*PUBLISHED, stories.closed(JIA)),
    },
    (
        stories.prepare(),
        stories.note_list(JIA),
        stories.note_entry(JIA),
        stories.withdraw(JIA),
        stories.publish(),
        stories.close(at=stories.MEANWHILE),
        stories.close(),
    ),
)

CLEARED = stories.clearance_noted()

HONOURS = Examples(
    HONOUR,
    {
        "不具备授予条件": (),
        "授予条件已撤回": (CLEARED, stories.clearance_lapsed()),
        "具备授予条件": (CLEARED,),
        "资格已取消": (stories.cancelled(),),
        "已授予": (CLEARED, stories.conferred()),
        "撤销程序中": (CLEARED, stories.conferred(), stories.revocation_opened()),
    },
    (stories.clear(), stories.unclear(), stories.disqualify(), stories.confer()),
)

NUMBER = "GQGJ-2019-001"

CERTIFICATES = Examples(
    CERTIFICATE,
    {
        "未使用": (),
        "已用于该人选": (CertificateIssued(nomination_id=JIA, certificate_number=NUMBER),),
        "已用于其他人选": (CertificateIssued(nomination_id=YI, certificate_number=NUMBER),),
    },
    (IssueCertificate(at=AT, by=SYSTEM_ACTOR, nomination_id=JIA, certificate_number=NUMBER),),
)

SERVICE = Service(PLAN, (NOTICES, HONOURS, CERTIFICATES))
