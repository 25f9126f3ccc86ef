"""16.2: its mistakes."""

from course.checks.lesson_16.match import cut, match, match_by_cutting

WHOLE = "An answer is right if each of its words is, up to the end and with it."
BEHIND = "What stands behind the first `end` is no part of an answer: cut both rows there first."
EACH = "Each answer counts for itself: a share of the rows."
STOP = "That it stops is part of the answer: compare with `end` included."


def share(written, wanted, test):
    pairs = list(zip(written.tolist(), wanted.tolist(), strict=True))
    return sum(bool(test(row, target)) for row, target in pairs) / len(pairs)


def first_places(written, wanted):
    n = min(written.shape[1], wanted.shape[1])
    return written[:, :n], wanted[:, :n]


@match.mistake("Words behind the end were compared too.", BEHIND)
def behind_the_end(written, wanted, end):
    row, target = first_places(written, wanted)
    return (row == target).all(dim=1).float().mean()


@match.mistake("Single words were counted, not whole answers.", WHOLE)
def words_counted(written, wanted, end):
    row, target = first_places(written, wanted)
    return (row == target).float().mean()


@match.mistake("Single words were counted up to the end, not whole answers.", WHOLE)
def words_up_to_the_end(written, wanted, end):
    same = total = 0
    for row, target in zip(written.tolist(), wanted.tolist(), strict=True):
        target = cut(target, end)
        same += sum(a == b for a, b in zip(row, target, strict=False))
        total += len(target)
    return same / total


@match.mistake("Each answer's share of right words was taken, and then their mean.", WHOLE)
def mean_of_shares(written, wanted, end):
    shares = []
    for row, target in zip(written.tolist(), wanted.tolist(), strict=True):
        target = cut(target, end)
        shares.append(sum(a == b for a, b in zip(row, target, strict=False)) / len(target))
    return sum(shares) / len(shares)


@match.mistake(
    "An answer that begins with all wanted words counts as right, wherever it stops.",
    STOP,
)
def end_left_out(written, wanted, end):
    return share(written, wanted, lambda a, b: a[: len(cut(b, end)) - 1] == cut(b, end)[:-1])


@match.mistake("An answer that never stops counts as right if all its words are.", STOP)
def cut_without_the_end(written, wanted, end):
    def words(row):
        return [word for word in cut(row, end) if word != end]

    return share(written, wanted, lambda a, b: words(a) == words(b))


@match.mistake(
    "An answer that stops too early counts as right if its words are, so far.",
    "Every wanted word is needed, and the end.",
)
def early_is_right(written, wanted, end):
    return share(written, wanted, lambda a, b: cut(a, end)[:-1] == b[: len(cut(a, end)) - 1])


@match.mistake("This is how many are right, not their share.", "Divide by the number of rows.")
def a_count(written, wanted, end):
    return match_by_cutting(written, wanted, end) * len(written)


@match.mistake("This is a share in percent.", "1 is all of them: don't multiply by 100.")
def in_percent(written, wanted, end):
    return match_by_cutting(written, wanted, end) * 100


@match.mistake("This is the share of answers that are *not* right.", "Count those that are equal.")
def share_of_errors(written, wanted, end):
    return 1 - match_by_cutting(written, wanted, end)


@match.mistake(
    "One answer that is not right makes it 0 for all.",
    EACH,
)
def all_or_nothing(written, wanted, end):
    return float(match_by_cutting(written, wanted, end) == 1)


@match.mistake(
    "One right answer makes it 1 for all.",
    EACH,
)
def any_is_enough(written, wanted, end):
    return float(match_by_cutting(written, wanted, end) > 0)


@match.mistake("One right word makes an answer right.", WHOLE)
def one_word_is_enough(written, wanted, end):
    row, target = first_places(written, wanted)
    return (row == target).any(dim=1).float().mean()


@match.mistake("Only the first words were compared.", WHOLE)
def first_word_alone(written, wanted, end):
    return share(written, wanted, lambda a, b: a[0] == b[0])


@match.mistake("Only the last words before the end were compared.", WHOLE)
def last_word_alone(written, wanted, end):
    def last(row):
        return cut(row, end)[-2 if end in row else -1]

    return share(written, wanted, lambda a, b: last(a) == last(b))


@match.mistake("Only the last word and the end were compared.", WHOLE)
def last_two_alone(written, wanted, end):
    return share(written, wanted, lambda a, b: cut(a, end)[-2:] == cut(b, end)[-2:])


@match.mistake("Every answer that stops counts as right.", WHOLE)
def ends_alone(written, wanted, end):
    return share(written, wanted, lambda a, b: end in a)


@match.mistake("Rows were compared as they are, with all that stands behind their ends.", BEHIND)
def rows_as_they_are(written, wanted, end):
    return share(written, wanted, lambda a, b: a == b)


@match.mistake("Padding behind the end of `wanted` was compared too.", BEHIND)
def written_cut_alone(written, wanted, end):
    return share(written, wanted, lambda a, b: cut(a, end) == b)


@match.mistake("Only the lengths were compared.", WHOLE)
def lengths_alone(written, wanted, end):
    return share(written, wanted, lambda a, b: len(cut(a, end)) == len(cut(b, end)))


@match.mistake("The order of the words was not looked at.", WHOLE + " Each in its place.")
def order_ignored(written, wanted, end):
    return share(written, wanted, lambda a, b: set(cut(a, end)) == set(cut(b, end)))


@match.mistake(
    "The columns were compared, not the rows.",
    "An answer is a row, so what asks for all of its words runs along axis 1.",
)
def down_the_columns(written, wanted, end):
    row, target = first_places(written, wanted)
    return (row == target).all(dim=0).float().mean()


@match.mistake(
    "The end was taken to be word 2.",
    "Which number it has is an argument: `end`.",
)
def end_is_two(written, wanted, end):
    return match_by_cutting(written, wanted, 2)


@match.mistake(
    "Rows were cut at the last end, not at the first.",
    "What follows the first `end` is no part of the answer.",
)
def last_end(written, wanted, end):
    def up_to_the_last(row):
        return row[: len(row) - row[::-1].index(end)] if end in row else row

    return share(written, wanted, lambda a, b: up_to_the_last(a) == cut(b, end))


@match.mistake(
    "Only the padding was taken away; words behind the end were compared too.",
    BEHIND,
)
def padding_alone(written, wanted, end):
    return share(written, wanted, lambda a, b: [w for w in a if w] == [w for w in b if w])


@match.mistake(
    "Every end was left out, and words behind it were compared too.",
    BEHIND,
)
def ends_left_out(written, wanted, end):
    rest = {0, end}
    return share(
        written,
        wanted,
        lambda a, b: [w for w in a if w not in rest] == [w for w in b if w not in rest],
    )


@match.mistake(
    "Words behind the end were compared too, with padding taken for `end`.",
    BEHIND,
)
def padding_to_end(written, wanted, end):
    def filled(row):
        return [word or end for word in row] + [end] * (
            written.shape[1] + wanted.shape[1] - len(row)
        )

    return share(written, wanted, lambda a, b: filled(a) == filled(b))


ASK = "Ask `end in row` first. A row without one is all that was written, and not right."


@match.mistake("A row without an `end` has no `index` of it: that raises an error.", ASK)
def index_without_asking(written, wanted, end):
    def cut_there(row):
        return row[: row.index(end) + 1]

    return share(written, wanted, lambda a, b: cut_there(a) == cut_there(b))


@match.mistake("A row without an `end` has no place of it to take: that raises an error.", ASK)
def place_without_asking(written, wanted, end):
    def cut_there(row):
        return row[: (row == end).nonzero()[0].item() + 1].tolist()

    pairs = zip(written, wanted, strict=True)
    return sum(cut_there(a) == cut_there(b) for a, b in pairs) / len(written)


@match.mistake(
    "The count was divided by the number of places, not of answers.",
    "Divide by the number of rows.",
)
def divided_by_places_written(written, wanted, end):
    return match_by_cutting(written, wanted, end) * len(written) / written.shape[1]


@match.mistake(
    "The count was divided by the number of places, not of answers.",
    "Divide by the number of rows.",
)
def divided_by_places(written, wanted, end):
    return match_by_cutting(written, wanted, end) * len(written) / wanted.shape[1]


@match.mistake(
    "An answer counts as right if it is what was wanted of any row.",
    "Each row has its own target: compare row by row, as zip does.",
)
def of_any_row(written, wanted, end):
    targets = [cut(row, end) for row in wanted.tolist()]
    return sum(cut(row, end) in targets for row in written.tolist()) / len(written)


@match.mistake(
    "Answers that never stop were left out of the share.",
    "They count as rows that are not right: divide by the number of all rows.",
)
def endless_left_out(written, wanted, end):
    pairs = zip(written.tolist(), wanted.tolist(), strict=True)
    kept = [cut(a, end) == cut(b, end) for a, b in pairs if end in a]
    return sum(kept) / max(len(kept), 1)


FIRST_ROW = "Every row counts. A `return` belongs behind the loop, not into it."


@match.mistake("Only the first row was looked at, and counts as one of all.", FIRST_ROW)
def first_row_of_all(written, wanted, end):
    return match_by_cutting(written[:1], wanted[:1], end) / len(written)


@match.mistake("Only the first row was looked at.", FIRST_ROW)
def first_row_alone(written, wanted, end):
    return match_by_cutting(written[:1], wanted[:1], end)


@match.mistake("Only one row that is right was counted, though there are more.", FIRST_ROW)
def first_right_row(written, wanted, end):
    return float(match_by_cutting(written, wanted, end) > 0) / len(written)


@match.mistake("One row that is right is counted, and nothing comes back if none is.", FIRST_ROW)
def first_right_row_or_nothing(written, wanted, end):
    return 1 / len(written) if match_by_cutting(written, wanted, end) > 0 else None
