"""Levels of education 学历 (GB/T 4658-2006) that a graduation certificate can prove (S50)."""

GRADUATED = {
    "11": "博士研究生毕业",
    "14": "硕士研究生毕业",
    "17": "研究生班毕业",
    "21": "大学本科毕业",
    "28": "大学普通班毕业",
    "31": "大学专科毕业",
    "41": "中等专科毕业",
    "44": "职业高中毕业",
    "47": "技工学校毕业",
    "61": "普通高中毕业",
    "71": "初中毕业",
    "81": "小学毕业",
}
"""By code, without those who completed 结业 or left 肄业."""


def is_graduation(text: str) -> bool:
    """Whether it names a level of education that ended with graduation, by name or by code."""
    return text in GRADUATED or text in GRADUATED.values()
