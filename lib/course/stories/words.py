"""The words of the stories: each with its Japanese in script and in Latin letters (Hepburn's)."""

Table = dict[str, tuple[str, str]]

NAMES: Table = {
    "Ken": ("ケン", "Ken"),
    "Yuki": ("ユキ", "Yuki"),
    "Mary": ("メアリー", "Mearī"),
    "John": ("ジョン", "Jon"),
    "Anna": ("アンナ", "Anna"),
    "Taro": ("タロウ", "Tarō"),
}
LOVED: Table = {
    "Tokyo": ("東京", "Tōkyō"),
    "Kyoto": ("京都", "Kyōto"),
    "tea": ("お茶", "ocha"),
    "music": ("音楽", "ongaku"),
    "fish": ("魚", "sakana"),
    "books": ("本", "hon"),
}
THINGS: Table = {
    "ball": ("ボール", "bōru"),
    "letter": ("手紙", "tegami"),
    "key": ("カギ", "kagi"),
    "cup": ("カップ", "kappu"),
    "bag": ("かばん", "kaban"),
    "lamp": ("ランプ", "ranpu"),
}
VERBS: Table = {
    "found": ("見つけ", "mitsuke"),
    "lost": ("なくし", "nakushi"),
    "broke": ("こわし", "kowashi"),
    "sold": ("うり", "uri"),
}
LITTLE_WORDS = {
    "は": "wa", "を": "o", "が": "ga", "。": ".", "です": "desu", "ました": "mashita",
}  # fmt: skip
LATIN = {
    **LITTLE_WORDS,
    "好き": "suki",
    "とつぜん": "totsuzen",
    **{
        script: latin for table in (NAMES, LOVED, THINGS, VERBS) for script, latin in table.values()
    },
}


def in_latin(words: list[str]) -> list[str]:
    """The same words in Latin letters: ["東京", "が"] -> ["Tōkyō", "ga"]. Others stay."""
    return [LATIN.get(word, word) for word in words]
