"""07.3: more mistakes: who is over, and an argmax of too much."""

from course.checks.lesson_07.greedy import greedy, newest, stepped


@greedy.mistake(
    "Scores were appended, not words, and `over` does not see who ends now.",
    "`max` gives the score itself. Which word it is, its number, is what `argmax` gives.",
)
def scores_compared(logits, tokens, over, end):
    return stepped(tokens, logits[:, -1].max(-1).values, over, end)


@greedy.mistake(
    "Rows that were over got `end`, but count as going on.",
    "A row is over if it was, *or* if its new word is `end`.",
)
def asked_before_filling(logits, tokens, over, end):
    best = newest(logits)
    return stepped(tokens, best, over, end)[0], best == end


@greedy.mistake(
    "`over` says the same of every row: whether all have ended.",
    "Each row ends at its own time. Give back one True or False for each: no `all`.",
)
def all_for_every_row(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return words, done.all().expand_as(done)


@greedy.mistake(
    "Only one truth value came back for all rows.",
    "Each row ends at its own time. Give back one True or False for each: no `all`.",
)
def all_for_the_batch(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return words, done.all()


@greedy.mistake(
    "The argmax runs over the last sentence as a whole, places and words in one row.",
    "logits is (batch, n, vocab): logits[:, -1] takes the newest place of every sentence.",
)
def one_argmax_for_the_last_sentence(logits, tokens, over, end):
    return stepped(tokens, logits[-1].argmax().expand(len(tokens)), over, end)


@greedy.mistake(
    "The argmax runs over the whole table, and gives one number.",
    "Each row has a best word of its own: logits[:, -1].argmax(dim=-1).",
)
def one_argmax_for_all(logits, tokens, over, end):
    return stepped(tokens, logits.argmax().expand(len(tokens)), over, end)
