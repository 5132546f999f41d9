"""What may stand in a record that is kept for ever: texts, digests and numbers of documents."""

from typing import Annotated

from pydantic import Field

from shared.formats.personal_numbers import has_personal_number
from shared.messages import Refused

Text = Annotated[str, Field(min_length=2, max_length=1000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DecisionNumber = Annotated[str, Field(pattern=r"^\p{Han}{2,20}〔\d{4}〕[1-9]\d*号$")]


class PersonalNumberInText(Refused):
    """ID and telephone numbers have no place in a text that is kept for ever (P3)."""

    code = "personal_number_in_text"
    rule = "P3"


def check(**texts: str) -> None:
    """Look at each text by the name of its field.

    Raises:
        PersonalNumberInText: one of them holds what may be a number of a person.
    """
    for name, text in texts.items():
        if has_personal_number(text):
            raise PersonalNumberInText("文字中不得写入身份证号或手机号码，请删去。", field=name)
