"""The personal data of a nomination in three parts, each to be sealed for its own purpose.

Who opens a part gets it back through the same class: `Identity.model_validate_json(opened)`.
"""

from collections.abc import Iterable, Mapping

from services.intake.record import Material, NominationReceived
from shared.contracts.intake import Entry, Organisation
from shared.contracts.opened import ContactDetails, Dossier, Identity
from shared.contracts.submission import Form, NominationSubmitted, Post, Unit
from shared.contracts.submission import Material as SubmittedMaterial
from shared.formats import written
from shared.formats.qualifications import LEVELS

SEALED_APART = (*Identity.model_fields, *ContactDetails.model_fields)


def identity_of(form: Form) -> str:
    """The identity as it is sealed."""
    return Identity.model_construct(
        **{name: getattr(form, name) for name in Identity.model_fields}
    ).model_dump_json()


def contact_of(form: Form) -> str:
    """The contact details as they are sealed."""
    return ContactDetails.model_construct(
        **{name: getattr(form, name) for name in ContactDetails.model_fields}
    ).model_dump_json()


def dossier_of(data: NominationSubmitted) -> str:
    """Everything else as it is sealed."""
    form = data.form.model_copy(update=dict.fromkeys(SEALED_APART, ""))
    titles = {material.id: material.title for material in data.materials}
    return Dossier.model_construct(form=form, titles=titles).model_dump_json(
        by_alias=True, exclude_defaults=True
    )


def rebuilt(
    received: NominationReceived, materials: Iterable[Material], parts: Mapping[str, str]
) -> NominationSubmitted:
    """The nomination as it was sent, from its opened parts and what was never sealed.

    The number of its campaign is not kept in it: `received` knows the campaign.
    """
    dossier = Dossier.model_validate_json(parts["dossier"])
    apart = {
        **dict(Identity.model_validate_json(parts["identity"])),
        **dict(ContactDetails.model_validate_json(parts["contact"])),
    }
    return NominationSubmitted(
        channel=received.channel,
        recommender=Unit(name=received.recommender.name, uscc=received.recommender.uscc),
        claimed_conditions=received.claimed_conditions,
        form=dossier.form.model_copy(update=apart),
        materials=tuple(
            SubmittedMaterial(**dict(material), title=dossier.titles.get(material.id, ""))
            for material in materials
        ),
        paper_received_at=received.paper_received_at,
    )


def entry_of(identity: Identity, dossier: Dossier, recommender: Organisation) -> Entry:
    """What the public may see of it (P3), to be released by the office."""
    form = dossier.form
    qualification = form.vocational_qualification
    return Entry(
        name=written.name(identity.name),
        sex="男" if identity.sex == "男" else "女",
        employer=form.employer.name,
        post=_present_post(form.career),
        qualification=None
        if qualification is None or qualification.level is None
        else f"{qualification.occupation}（{LEVELS[qualification.level]}）",
        achievements=form.achievements,
        recommender=recommender.name,
    )


def _present_post(career: tuple[Post, ...]) -> str:
    latest = max(career, key=lambda post: (post.until is None, post.since), default=None)
    return latest.post if latest is not None else ""
