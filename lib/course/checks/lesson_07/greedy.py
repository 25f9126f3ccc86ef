"""07.3: one greedy step for a batch."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

greedy = Exercise(
    "07.3",
    returns=("tokens", "over"),
    right="The newest guess was appended, and what is over stays over.",
    forbids=("attn.generate",),
)
Step = tuple[Tensor, Tensor]


def step(draw: Draw, batch: int, n: int, vocab: int, end: int, over: list[bool]) -> Call:
    """Drawn scores; the last row that goes on ends now, and a row that is over would go on."""
    logits = draw.tensor(batch, n, vocab)
    going = [row for row in range(batch) if not over[row]]
    for row in range(batch):
        logits[row, -1, end] += 20.0 if row == going[-1] else -20.0
    words = [word for word in range(1, vocab) if word != end]
    drawn = [[words[draw.integer(0, len(words) - 1)] for _ in range(n)] for _ in range(batch)]
    tokens = torch.tensor(drawn)
    tokens[torch.tensor(over), -1] = end
    return Call(logits, tokens, torch.tensor(over), end)


@greedy.case("one row, two places, three words")
def one_row(draw: Draw) -> Call:
    logits = torch.tensor([[[0.0, 5.0, 1.0], [4.0, 2.0, 1.0]]])
    return Call(logits, torch.tensor([[1, 1]]), torch.tensor([False]), 2)


@greedy.case("two rows, the first is over and the second ends now")
def two_rows(draw: Draw) -> Call:
    logits = torch.tensor([[[0.0, 3.0, 1.0]], [[0.0, 1.0, 3.0]]])
    return Call(logits, torch.tensor([[2], [1]]), torch.tensor([True, False]), 2)


@greedy.case("three rows, three places, three words")
def all_three(draw: Draw) -> Call:
    return step(draw, 3, 3, 3, 2, [False, True, False])


@greedy.case("four rows, three places, six words, the end is word 4")
def four_rows(draw: Draw) -> Call:
    return step(draw, 4, 3, 6, 4, [False, True, False, False])


@greedy.case("nobody ends, five rows, two places, seven words")
def nobody_ends(draw: Draw) -> Call:
    call = step(draw, 5, 2, 7, 2, [False] * 5)
    logits, tokens, over, end = call.arguments
    assert isinstance(logits, Tensor)
    logits[:, :, 2] -= 60.0
    return Call(logits, tokens, over, end)


@greedy.reference
def row_by_row(logits: Tensor, tokens: Tensor, over: Tensor, end: int) -> Step:
    rows, ended = [], []
    for scores, row, done in zip(logits.tolist(), tokens.tolist(), over.tolist(), strict=True):
        newest = scores[-1]
        word = end if done else newest.index(max(newest))
        rows.append([*row, word])
        ended.append(done or word == end)
    return torch.tensor(rows), torch.tensor(ended)


@greedy.right_way
def greedy_by_masked_fill(logits: Tensor, tokens: Tensor, over: Tensor, end: int) -> Step:
    best = logits[:, -1].argmax(dim=-1).masked_fill(over, end)
    return torch.cat([tokens, best[:, None]], dim=1), over | (best == end)


@greedy.right_way
def greedy_by_where(logits: Tensor, tokens: Tensor, over: Tensor, end: int) -> Step:
    best = torch.where(over, end, logits[:, -1, :].argmax(-1))
    return torch.hstack([tokens, best.unsqueeze(1)]), best == end


@greedy.right_way
def greedy_by_a_loop(logits: Tensor, tokens: Tensor, over: Tensor, end: int) -> Step:
    new = torch.full((len(tokens), 1), end)
    for row in range(len(tokens)):
        if not over[row]:
            new[row, 0] = logits[row, -1].softmax(-1).argmax()
    return torch.cat((tokens, new), 1), torch.logical_or(over, new[:, 0] == end)


def stepped(tokens, best, over, end):
    """The end of a right answer, for mistakes made before it."""
    best = best.masked_fill(over, end)
    return torch.cat([tokens, best[:, None]], dim=1), over | (best == end)


OTHERS = (
    "`end` belongs where `over` is true. masked_fill writes where its mask is true, torch.where "
    "takes its first value there."
)


def newest(logits):
    return logits[:, -1].argmax(dim=-1)


@greedy.mistake(
    "The guess of the first place was taken: it says what follows the first word.",
    "The word that is new follows the newest: logits[:, -1].",
)
def first_place(logits, tokens, over, end):
    return stepped(tokens, logits[:, 0].argmax(-1), over, end)


@greedy.mistake(
    "The last sentence was taken, not the last place.",
    "logits is (batch, n, vocab): the places are axis 1, so logits[:, -1].",
)
def last_sentence(logits, tokens, over, end):
    return stepped(tokens, logits[-1].argmax(-1), over, end)


@greedy.mistake(
    "The argmax runs over the batch: for each word, the row that likes it most.",
    "logits[:, -1] is (batch, vocab). The best word of each row is along the last axis.",
)
def over_the_batch(logits, tokens, over, end):
    return stepped(tokens, logits[:, -1].argmax(0), over, end)


@greedy.mistake(
    "The argmax runs over the places: for each word, the place that likes it most.",
    "Only the newest place counts: logits[:, -1]. Its best word is along the last axis.",
)
def over_the_places(logits, tokens, over, end):
    return stepped(tokens, logits.argmax(1)[:, -1], over, end)


@greedy.mistake(
    "Rows that are over go on writing.",
    "Where `over` is true, the word is to be `end`. best.masked_fill(over, …) and torch.where "
    "give a new tensor back: keep it.",
)
def writes_on(logits, tokens, over, end):
    best = newest(logits)
    return torch.cat([tokens, best[:, None]], dim=1), over | (best == end)


@greedy.mistake(
    "Rows that are over go on writing, and are no longer over.",
    "Their word is to be `end`. And a row is over if it was, *or* if its new word is `end`.",
)
def forgets_who_is_over(logits, tokens, over, end):
    best = newest(logits)
    return torch.cat([tokens, best[:, None]], dim=1), best == end


@greedy.mistake(
    "`over` is given back as it came: rows that end now are missing.",
    "A row is over if it was, *or* if its new word is `end`: `|`. (With `&` nothing new comes in.)",
)
def over_as_it_came(logits, tokens, over, end):
    return stepped(tokens, newest(logits), over, end)[0], over


@greedy.mistake(
    "`over` is turned around: true says here that a row goes on.",
    "True stands at rows that have ended.",
)
def goes_on(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return words, ~done


@greedy.mistake(
    "The rows that go on were filled with `end`, and those that are over write on.",
    OTHERS,
)
def filled_the_others(logits, tokens, over, end):
    return stepped(tokens, newest(logits), ~over, end)[0], over | (newest(logits) == end)


@greedy.mistake(
    "The rows that go on were filled with `end`, so all rows are over now.",
    OTHERS,
)
def filled_the_others_and_stopped(logits, tokens, over, end):
    best = newest(logits).masked_fill(~over, end)
    return torch.cat([tokens, best[:, None]], dim=1), over | (best == end)


@greedy.mistake(
    "Rows that are over get 0, not `end`.",
    "What is over repeats `end`. Its number is an argument, since vocabularies differ.",
)
def filled_with_zero(logits, tokens, over, end):
    best = newest(logits).masked_fill(over, 0)
    return torch.cat([tokens, best[:, None]], dim=1), over | (best == end)


@greedy.mistake(
    "`end` was taken to be word 2.",
    "Its number is an argument, since vocabularies differ.",
)
def end_is_two(logits, tokens, over, end):
    return stepped(tokens, newest(logits), over, 2)


@greedy.mistake(
    "One row that is over stops all.",
    "Each row ends at its own time: `over` counts row by row.",
)
def any_stops_all(logits, tokens, over, end):
    return stepped(tokens, newest(logits), over | over.any(), end)


@greedy.mistake(
    "The least probable word was taken.",
    "The best word has the largest score: argmax.",
)
def least_probable(logits, tokens, over, end):
    return stepped(tokens, logits[:, -1].argmin(-1), over, end)


@greedy.mistake(
    "Scores were appended, not words.",
    "`max` gives the score itself. Which word it is, its number, is what `argmax` gives.",
)
def scores_appended(logits, tokens, over, end):
    best = logits[:, -1].max(-1).values.masked_fill(over, end)
    return torch.cat([tokens, best[:, None]], dim=1), over | (newest(logits) == end)


@greedy.mistake(
    "The new word stands before the old ones.",
    "It follows them: tokens first, then the new column, along axis 1.",
)
def put_in_front(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return words.roll(1, 1), done


@greedy.mistake(
    "The newest word was overwritten, not followed.",
    "tokens grows by one column: torch.cat along axis 1.",
)
def overwritten(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return torch.cat([tokens[:, :-1], words[:, -1:]], dim=1), done


@greedy.mistake(
    "Only the new words came back, without those before.",
    "Give back all tokens, one column longer: torch.cat([tokens, …], dim=1).",
)
def new_words_alone(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return words[:, -1:], done


@greedy.mistake(
    "The guesses of all places were appended.",
    "All but the newest guess words that are there already. Append one column: logits[:, -1].",
)
def all_guesses(logits, tokens, over, end):
    best = logits.argmax(-1).masked_fill(over[:, None], end)
    return torch.cat([tokens, best], dim=1), over | (best[:, -1] == end)


@greedy.mistake(
    "Each old word was replaced by the model's guess.",
    "What is written stays. Only the guess after the newest word is appended.",
)
def old_words_replaced(logits, tokens, over, end):
    words, done = stepped(tokens, newest(logits), over, end)
    return torch.cat([logits.argmax(-1), words[:, -1:]], dim=1), done


@greedy.mistake(
    "The guess of the last place but one was taken.",
    "At the newest place stands the guess of what follows it: logits[:, -1].",
)
def last_place_but_one(logits, tokens, over, end):
    place = max(logits.shape[1] - 2, 0)
    return stepped(tokens, logits[:, place].argmax(-1), over, end)


@greedy.mistake(
    "Rows that are over, and those that end now, get 0 and not `end`.",
    "A row that is over repeats `end`, and a row that ends now says it.",
)
def zero_for_all_that_ended(logits, tokens, over, end):
    done = over | (newest(logits) == end)
    return torch.cat([tokens, newest(logits).masked_fill(done, 0)[:, None]], dim=1), done
