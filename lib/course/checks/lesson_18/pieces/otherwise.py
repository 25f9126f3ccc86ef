"""18.2: other ways to cut a word, of which the mistakes are made."""


def cut(word, ids, *, longest=True, mark=lambda start: "##" if start else ""):
    """The pieces' numbers, or None where a piece is missing; other rules for the mistakes."""
    found, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1) if longest else range(start + 1, len(word) + 1)
        for end in ends:
            piece = mark(start) + word[start:end]
            if piece in ids:
                found.append(ids[piece])
                break
        else:
            return None, found
        start = end
    return found, found


def all_that_fit(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                found.append(ids[piece])
        start = end
    return found


def with_or_without_mark(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            names = [name for name in (word[start:end], "##" + word[start:end]) if name in ids]
            if names:
                break
        else:
            return [ids["[UNK]"]]
        found.append(ids[names[0]])
        start = end
    return found


def with_unknown(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                found.append(ids[piece])
                break
        else:
            found.append(ids["[UNK]"])
            end = start + 1
        start = end
    return found


def from_the_right(word, ids):
    found, end = [], len(word)
    while end:
        for start in range(end):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return [ids["[UNK]"]]
        found.insert(0, ids[piece])
        end = start
    return found


def by_letters(word, ids):
    names = [("##" if place else "") + letter for place, letter in enumerate(word)]
    return [ids.get(name, ids["[UNK]"]) for name in names]


def cut_otherwise(word, ids, *, last=0, shortest=1, onwards=lambda start, end: end):
    """Cut; but ends are tried from another letter, or down to another length, or it goes on
    elsewhere."""
    found, start = [], 0
    while start < len(word):
        for end in range(len(word) - last, start + shortest - 1, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return None
        found.append(ids[piece])
        start = onwards(start, end)
    return found


def unknown_passed_over(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                found.append(ids[piece])
                break
        start = end
    return found
