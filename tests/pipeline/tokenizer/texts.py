"""Texts in many scripts with what normalisers stumble over."""

TEXTS = [
    "The Tiber flows through Rome, 405 km long.",
    "Der Fluß heißt Straße – „Österreich“ …",
    "Река Тибр протекает через Рим.",
    "اَلْعَرَبِيَّةُ لُغَةٌ، ﷺ في ﻻ.",
    "東京は日本の首都です。ｶﾞﾊﾟ ㍿ ㎞",
    "中华人民共和国，成立于１９４９年。",
    "ภาษาไทย กรุงเทพมหานคร",
    "हिन्दी क्षेत्र में है।",
    "한국어 각 가",
    "ﬁne ﬂow ½ ™ ² Ⅷ ℃",
    "e\u0301tude cafe\u0301 Å",
    "  two   spaces\tand\u00a0others\u3000here \n",
    "zero\u200bwidth \u200eleft\u200f right\ufeff bom soft\u00adhyphen",
    "👩‍👩‍👧 🇮🇹 emoji",
    "",
    " ",
]
