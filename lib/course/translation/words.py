"""The words of a small English and Japanese: each with its Japanese in script and in Latin letters.

The Latin letters are Hepburn's, with a line over long vowels. は as a particle is said *wa*.
"""

# English -> (script, Latin letters)
Table = dict[str, tuple[str, str]]

SUBJECTS: Table = {
    "I": ("私", "watashi"),
    "you": ("あなた", "anata"),
    "we": ("私たち", "watashitachi"),
    "they": ("彼ら", "karera"),
    "he": ("彼", "kare"),
    "she": ("彼女", "kanojo"),
    "Ken": ("ケン", "Ken"),
    "Yuki": ("ユキ", "Yuki"),
    "the teacher": ("先生", "sensei"),
    "the cat": ("猫", "neko"),
    "the dog": ("犬", "inu"),
    "the child": ("子ども", "kodomo"),
}
PLURAL = ("I", "you", "we", "they")  # the verb takes no -s
OBJECTS: Table = {
    "fish": ("魚", "sakana"),
    "bread": ("パン", "pan"),
    "rice": ("ご飯", "gohan"),
    "apples": ("りんご", "ringo"),
    "sushi": ("寿司", "sushi"),
    "tea": ("お茶", "ocha"),
    "water": ("水", "mizu"),
    "coffee": ("コーヒー", "kōhī"),
    "milk": ("牛乳", "gyūnyū"),
    "books": ("本", "hon"),
    "letters": ("手紙", "tegami"),
    "flowers": ("花", "hana"),
    "music": ("音楽", "ongaku"),
    "Japanese": ("日本語", "nihongo"),
    "Tokyo": ("東京", "Tōkyō"),
    "Kyoto": ("京都", "Kyōto"),
    "the sea": ("海", "umi"),
    "the mountain": ("山", "yama"),
    "the station": ("駅", "eki"),
    "the school": ("学校", "gakkō"),
}
# English -> (third person, past, the object's particle, script, Latin letters)
VERBS = {
    "eat": ("eats", "ate", "を", "食べ", "tabe"),
    "drink": ("drinks", "drank", "を", "飲み", "nomi"),
    "buy": ("buys", "bought", "を", "買い", "kai"),
    "make": ("makes", "made", "を", "作り", "tsukuri"),
    "read": ("reads", "read", "を", "読み", "yomi"),
    "write": ("writes", "wrote", "を", "書き", "kaki"),
    "see": ("sees", "saw", "を", "見", "mi"),
    "find": ("finds", "found", "を", "見つけ", "mitsuke"),
    "forget": ("forgets", "forgot", "を", "忘れ", "wasure"),
    "go to": ("goes to", "went to", "に", "行き", "iki"),
    "love": ("loves", "loved", "が", "好き", "suki"),
}
ADJECTIVES: Table = {
    "red": ("赤い", "akai"),
    "big": ("大きい", "ōkii"),
    "old": ("古い", "furui"),
    "good": ("いい", "ii"),
    "new": ("新しい", "atarashii"),
}
NO_ADJECTIVE = ("Tokyo", "Kyoto", "music", "Japanese")
PLACES: Table = {
    "at home": ("家", "uchi"),
    "at school": ("学校", "gakkō"),
    "at the station": ("駅", "eki"),
}
TIMES: Table = {
    "today": ("今日", "kyō"),
    "yesterday": ("昨日", "kinō"),
    "tomorrow": ("明日", "ashita"),
    "every day": ("毎日", "mainichi"),
}
# (past, negative) -> what stands behind the verb; "love" is no verb in Japanese, and has its own
ENDINGS = {
    (False, False): "ます",
    (False, True): "ません",
    (True, False): "ました",
    (True, True): "ません でした",
}
ENDINGS_OF_LOVE = {
    (False, False): "です",
    (False, True): "では ありません",
    (True, False): "でした",
    (True, True): "では ありません でした",
}
LITTLE_WORDS = {
    "は": "wa", "を": "o", "に": "ni", "が": "ga", "で": "de", "。": ".",
    "ます": "masu", "ません": "masen", "ました": "mashita", "です": "desu", "でした": "deshita",
    "では": "dewa", "ありません": "arimasen",
}  # fmt: skip
LATIN = {
    **LITTLE_WORDS,
    **{script: latin for *_, script, latin in VERBS.values()},
    **{
        script: latin
        for table in (SUBJECTS, OBJECTS, ADJECTIVES, PLACES, TIMES)
        for script, latin in table.values()
    },
}


def in_latin(japanese: list[str]) -> list[str]:
    """The same words in Latin letters: ["東京", "が"] -> ["Tōkyō", "ga"]. Others stay."""
    return [LATIN.get(word, word) for word in japanese]
