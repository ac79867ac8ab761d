"""The words by which a headline or lead denies, confirms or corrects what was reported, by language."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.messages import ChangeKind

STANCES: Mapping[ChangeKind, Mapping[str, tuple[str, ...]]] = {
    "denial": {
        "en": ("denies", "denied", "deny", "denial", "refutes", "refuted", "dismissed reports", "rejects claims"),
        "ru": ("опроверг*", "отрица*", "не подтвердил*", "опровержени*"),
        "id": ("membantah", "bantah", "bantahan", "menyangkal"),
        "ms": ("menafikan", "nafi", "dinafikan", "penafian"),
        "vi": ("bác bỏ", "phủ nhận", "bác tin"),
        "th": ("ปฏิเสธ", "โต้ข่าว", "ไม่เป็นความจริง"),
        "zh": ("否认", "辟谣", "驳斥"),
        "km": ("បដិសេធ", "ច្រានចោល"),
        "lo": ("ປະຕິເສດ",),
        "my": ("ငြင်းဆို*", "ငြင်းပယ်*", "ငြင်း"),
        "tl": ("itinanggi", "pinabulaanan", "itinatanggi", "tinanggihan"),
        "pt": ("nega", "negou", "desmente", "desmentiu", "desmentido"),
    },
    "confirmation": {
        "en": ("confirms", "confirmed", "confirmation"),
        "ru": ("подтверди*", "подтвержда*", "подтвержден*"),
        "id": ("mengonfirmasi", "membenarkan", "dikonfirmasi", "konfirmasi", "memastikan"),
        "ms": ("mengesahkan", "disahkan", "sahkan"),
        "vi": ("xác nhận", "khẳng định"),
        "th": ("ยืนยัน",),
        "zh": ("证实", "确认"),
        "km": ("បញ្ជាក់",),
        "lo": ("ຢືນຢັນ",),
        "my": ("အတည်ပြု*",),
        "tl": ("kinumpirma", "nakumpirma", "pinatunayan"),
        "pt": ("confirma", "confirmou", "confirmado"),
    },
    "correction": {
        "en": ("corrects", "corrected", "correction", "corrigendum", "clarification", "an earlier version"),
        "ru": ("исправлен*", "уточнени*", "в более ранней версии"),
        "id": ("ralat", "koreksi", "diralat"),
        "ms": ("pembetulan", "ralat", "diperbetulkan"),
        "vi": ("đính chính", "cải chính"),
        "th": ("แก้ไขข่าว", "ขออภัยในความผิดพลาด", "แก้ข่าว"),
        "zh": ("更正", "勘误"),
        "km": ("កែតម្រូវ", "ការកែតម្រូវ"),
        "lo": ("ແກ້ໄຂຂ່າວ",),
        "my": ("ပြင်ဆင်ချက်",),
        "tl": ("pagtatama", "itinama", "erratum"),
        "pt": ("correcao", "corrigido", "errata"),
    },
}
"""Words by kind of change and language; one that ends in * may go on."""
