"""What may stand in a text that is kept for ever (P3)."""

from shared.formats.personal_numbers import has_personal_number
from shared.messages import Refused


class PersonalNumberInText(Refused):
    """ID and telephone numbers have no place in a text that is kept for ever."""

    code = "personal_number_in_text"
    rule = "P3"


def check(**texts: str) -> None:
    """Look at each text by the name of its field.

    Raises:
        PersonalNumberInText: one of them holds what may be a number of a person.
    """
    for name, text in texts.items():
        if has_personal_number(text):
            raise PersonalNumberInText("文字中不得写入身份证号或手机号码", field=name)
