"""What the person and the unit state: the summary and the two commitments (S66–S68)."""

from collections.abc import Iterator

from services.intake.rules.case import Case, error, warning
from shared.contracts.intake import Finding
from shared.contracts.submission import COMMITMENT, OPINION
from shared.formats import han, written
from shared.formats.personal_numbers import has_personal_number

LONGEST = 300
LONGEST_TEXT = 450
ASPECTS = {
    "工匠精神": "精益求精 一丝不苟 精雕细琢 追求 专注 执着 坚守 坚持 钻研 刻苦 敬业 奉献 匠心"
    " 勤学 扎根 极致 严谨",
    "技能技艺": "技能 技艺 技术 绝技 绝活 操作 工艺 诊断 本领 技师",
    "带徒传技": "徒 传授 传艺 传技 传帮带 传承 培养 结对 工作室 带教 培训",
    "业绩成果": "业绩 成果 成绩 完成 获 效率 改造 攻克 攻关 解决 提高 提升 节约 创效 贡献 推广",
}
WORDS = {aspect: tuple(words.split()) for aspect, words in ASPECTS.items()}


def achievements(case: Case) -> Iterator[Finding]:
    """S66: three hundred Han characters pass, one more does not; four aspects are advice."""
    text = case.form.achievements
    if not text.strip():
        yield error("S66", "须填写主要业绩、成果和贡献。")
        return
    # there are no more Han characters than characters: most texts need not be counted
    if len(text) > LONGEST and (length := han.count(text)) > LONGEST:
        yield error("S66", f"主要业绩、成果和贡献限{LONGEST}个汉字，现有{length}个。")
    if len(text) > LONGEST_TEXT:
        yield error("S66", f"主要业绩、成果和贡献连同标点等共限{LONGEST_TEXT}个字符。")
    # published, where a personal number never stands (P3)
    if has_personal_number(text):
        yield error("S66", "主要业绩、成果和贡献将向社会公开，不得写入身份证号或手机号码。")
    if missing := [
        aspect for aspect, words in WORDS.items() if not any(word in text for word in words)
    ]:
        yield warning("S66", f"主要业绩、成果和贡献中未见以下方面：{'、'.join(missing)}。")


def commitment(case: Case) -> Iterator[Finding]:
    """S67: the very words, the person's own signature, no later than the unit's date."""
    stated = case.form.applicant_commitment
    opinion = case.form.recommender_opinion
    if stated.text != COMMITMENT:
        yield error("S67", "申报人自荐承诺的文字须与推荐表一致。")
    if not stated.signed_by.strip() or stated.date is None:
        yield error("S67", "申报人自荐承诺须签名并注明日期。")
    elif written.name(stated.signed_by) != written.name(case.form.name):
        yield error("S67", "申报人自荐承诺的签名须与姓名一致。")
    if stated.date is not None and stated.date > (opinion.date or case.signed_by):
        yield error("S67", "申报人自荐承诺的日期须不晚于推荐单位意见的日期。")


def opinion(case: Case) -> Iterator[Finding]:
    """S68: the very words with the person's name, seal, signature and date."""
    stated = case.form.recommender_opinion
    expected = OPINION.format(name=written.name(case.form.name))
    if written.name(stated.text) != written.name(expected):
        yield error("S68", "推荐单位意见的文字须与推荐表一致，并填写申报人姓名。")
    if not stated.sealed or not stated.signed_by.strip() or stated.date is None:
        yield error("S68", "推荐单位意见须加盖公章、由负责人签名并注明日期。")
    elif stated.date > case.signed_by:
        yield error("S68", "推荐单位意见的日期须不晚于收到日期。")


RULES = (achievements, commitment, opinion)
