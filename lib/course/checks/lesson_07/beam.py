"""07.5: one step of beam search."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

beam = Exercise(
    "07.5",
    returns=("parents", "words", "scores"),
    right="All candidates stood in one contest, and the best go on.",
    forbids=("attn.generate",),
)
Step = tuple[Tensor, Tensor, Tensor]


def logs(draw: Draw, *shape: int) -> Tensor:
    """Drawn log probabilities: (..., vocab)."""
    return (1.5 * draw.tensor(*shape)).log_softmax(dim=-1)


@beam.case("the numbers of the text: a beam of 2, three words")
def by_hand(draw: Draw) -> Call:
    return Call(torch.tensor([-0.4, -1.1]), torch.tensor([[-2.0, -0.5, -1.2], [-0.1, -3.0, -3.5]]))


@beam.case("both come from the same beginning")
def same_parent(draw: Draw) -> Call:
    return Call(torch.tensor([-5.0, -0.2]), torch.tensor([[-0.1, -2.5], [-0.6, -0.8]]))


@beam.case("a beam of 4, four words")
def four_words(draw: Draw) -> Call:
    return Call(-draw.tensor(4).abs(), logs(draw, 4, 4))


@beam.case("a beam of 3, seven words")
def seven_words(draw: Draw) -> Call:
    return Call(-draw.tensor(3).abs(), logs(draw, 3, 7))


@beam.case("the first step: only one beginning counts, a beam of 3, eight words")
def first_step(draw: Draw) -> Call:
    return Call(torch.tensor([0.0, -torch.inf, -torch.inf]), logs(draw, 3, 8))


@beam.reference
def by_sorting(scores: Tensor, log_probs: Tensor) -> Step:
    every = [
        (scores[row] + log_probs[row, word], row, word)
        for row in range(log_probs.shape[0])
        for word in range(log_probs.shape[1])
    ]
    best = sorted(every, key=lambda each: float(-each[0]))[: len(scores)]
    parents, words = ([each[k] for each in best] for k in (1, 2))
    return torch.tensor(parents), torch.tensor(words), torch.stack([each[0] for each in best])


@beam.right_way
def beam_by_flattening(scores: Tensor, log_probs: Tensor) -> Step:
    vocab = log_probs.shape[-1]
    best, places = (scores[:, None] + log_probs).flatten().topk(len(scores))
    return places // vocab, places % vocab, best


@beam.right_way
def beam_by_argsort(scores: Tensor, log_probs: Tensor) -> Step:
    size, vocab = log_probs.shape
    flat = (log_probs + scores.view(-1, 1)).reshape(-1)
    order = flat.argsort(descending=True)[:size]
    return order.div(vocab, rounding_mode="floor"), order.remainder(vocab), flat[order]


@beam.right_way
def beam_by_lists(scores: Tensor, log_probs: Tensor) -> Step:
    vocab = log_probs.shape[1]
    best, places = torch.topk((scores.unsqueeze(1) + log_probs).ravel(), k=log_probs.shape[0])
    found = [divmod(place, vocab) for place in places.tolist()]
    return torch.tensor([row for row, _ in found]), torch.tensor([word for _, word in found]), best


def contest(candidates, size):
    best, places = candidates.flatten().topk(size)
    return places // candidates.shape[-1], places % candidates.shape[-1], best


def added(scores, log_probs):
    return scores[:, None] + log_probs


ADD = "Probabilities multiply, so their logarithms add: scores[:, None] + log_probs."
ONE = "All candidates stand in one contest: flatten the table, then topk with the beam's size."
WHERE = "In the flat row each beginning takes vocab places: // vocab is the row, % vocab the word."


@beam.mistake("The scores so far play no part.", ADD)
def no_scores(scores, log_probs):
    return contest(log_probs, len(scores))


@beam.mistake(
    "Logarithms were multiplied.",
    "Two logarithms below 0 make a product above 0, so the worst win. " + ADD,
)
def multiplied(scores, log_probs):
    return contest(scores[:, None] * log_probs, len(scores))


@beam.mistake(
    "Probabilities were added.",
    "A sentence is as probable as the *product* of its parts. " + ADD,
)
def probabilities_added(scores, log_probs):
    return contest(scores.exp()[:, None] + log_probs.exp(), len(scores))


@beam.mistake("The next word's logarithm was subtracted.", ADD)
def subtracted(scores, log_probs):
    return contest(scores[:, None] - log_probs, len(scores))


@beam.mistake(
    "Each beginning goes on with its own best word: there is no contest between them.",
    ONE + " One beginning may have two successors, and another none.",
)
def each_its_own(scores, log_probs):
    best, words = added(scores, log_probs).max(dim=1)
    return torch.arange(len(scores)), words, best


@beam.mistake(
    "Each beginning goes on with its own best word, and these were put in order.",
    ONE + " One beginning may have two successors, and another none.",
)
def each_its_own_in_order(scores, log_probs):
    best, words = added(scores, log_probs).max(dim=1)
    order = best.argsort(descending=True)
    return order, words[order], best[order]


@beam.mistake(
    "Only the first beginning goes on.",
    "It is not always the best one after the next word. " + ONE,
)
def first_alone(scores, log_probs):
    candidates = added(scores, log_probs)
    candidates = torch.cat([candidates[:1], torch.full_like(candidates[1:], -torch.inf)])
    return contest(candidates, len(scores))


@beam.mistake(
    "The best beginning was chosen first, and then its best words.",
    "A weaker beginning may have the better next word. " + ONE,
)
def best_beginning_alone(scores, log_probs):
    row = int(scores.argmax())
    best, words = added(scores, log_probs)[row].topk(min(len(scores), log_probs.shape[1]))
    return torch.full_like(words, row), words, best


@beam.mistake(
    "Rows and words are exchanged: parents holds the words, and words the rows.",
    "// vocab is the row, the beginning; % vocab is the word. Give the parents back first.",
)
def exchanged(scores, log_probs):
    parents, words, best = contest(added(scores, log_probs), len(scores))
    return words, parents, best


@beam.mistake("Places were divided by the beam's size, not by the number of words.", WHERE)
def divided_by_beam(scores, log_probs):
    best, places = added(scores, log_probs).flatten().topk(len(scores))
    return places // len(scores), places % len(scores), best


@beam.mistake("The remainder was taken by the beam's size, not by the number of words.", WHERE)
def remainder_by_beam(scores, log_probs):
    best, places = added(scores, log_probs).flatten().topk(len(scores))
    return places // log_probs.shape[1], places % len(scores), best


@beam.mistake(
    "The words are places of the flat row still.",
    "A word is what is left of its place: the remainder by the number of words. " + WHERE,
)
def flat_places(scores, log_probs):
    best, places = added(scores, log_probs).flatten().topk(len(scores))
    return places // log_probs.shape[1], places, best


@beam.mistake(
    "The places are counted down the columns, and read as if along the rows.",
    "Flattened row by row, the words of a beginning stand side by side. " + WHERE,
)
def turned(scores, log_probs):
    best, places = added(scores, log_probs).T.flatten().topk(len(scores))
    return places // log_probs.shape[1], places % log_probs.shape[1], best


@beam.mistake(
    "The scores lie along the words.",
    "A beginning's score goes to all words of its row: scores[:, None].",
)
def along_the_words(scores, log_probs):
    return contest(scores + log_probs, len(scores))


@beam.mistake(
    "The worst candidates were taken.",
    "The best have the largest scores: topk takes them, and argsort with descending=True.",
)
def worst(scores, log_probs):
    candidates = added(scores, log_probs)
    best, places = candidates.flatten().topk(len(scores), largest=False)
    return places // log_probs.shape[1], places % log_probs.shape[1], best


@beam.mistake(
    "The scores of the new words came back, without those of their beginnings.",
    "A beginning's score is that of all its words. " + ADD,
)
def last_word_alone(scores, log_probs):
    parents, words, _ = contest(added(scores, log_probs), len(scores))
    return parents, words, log_probs[parents, words]


@beam.mistake(
    "The scores of the old beginnings came back.",
    "Each has become one word longer: scores of parent and word, added.",
)
def old_scores(scores, log_probs):
    parents, words, _ = contest(added(scores, log_probs), len(scores))
    return parents, words, scores[parents]


@beam.mistake(
    "Probabilities came back, not logarithms.",
    "The next step adds to them: leave them logarithms.",
)
def as_probabilities(scores, log_probs):
    parents, words, best = contest(added(scores, log_probs), len(scores))
    return parents, words, best.exp()


@beam.mistake(
    "The probabilities of all candidates were made to sum to 1.",
    "A beginning's score is the logarithm of its own probability. Nothing is shared out anew.",
)
def renormalised(scores, log_probs):
    candidates = added(scores, log_probs)
    return contest(candidates.flatten().log_softmax(0).view_as(candidates), len(scores))


@beam.mistake(
    "The successors are ordered by their beginning, not the best first.",
    "topk hands them on with the best first: keep that order.",
)
def by_beginning(scores, log_probs):
    parents, words, best = contest(added(scores, log_probs), len(scores))
    order = parents.argsort(stable=True)
    return parents[order], words[order], best[order]


@beam.mistake(
    "There are as many successors as words.",
    "The beam keeps its size: topk of len(scores).",
)
def as_many_as_words(scores, log_probs):
    return contest(added(scores, log_probs), log_probs.shape[1])


@beam.mistake(
    "Only the best candidate came back.",
    "The beam keeps its size: topk of len(scores), not argmax.",
)
def best_alone(scores, log_probs):
    return contest(added(scores, log_probs), 1)


@beam.mistake("Each beginning got a topk of its own, and no contest is held.", ONE)
def a_contest_for_each(scores, log_probs):
    best, words = added(scores, log_probs).topk(len(scores))
    return torch.arange(len(scores))[:, None].expand_as(words), words, best


@beam.mistake(
    "Parents are no whole numbers: what the division leaves over is still in them.",
    "`//` divides and drops what is left over.",
)
def true_division(scores, log_probs):
    best, places = added(scores, log_probs).flatten().topk(len(scores))
    return places / log_probs.shape[1], places % log_probs.shape[1], best


@beam.mistake(
    "There are always two successors.",
    "The beam keeps its size, whatever it is: topk of len(scores).",
)
def always_two(scores, log_probs):
    return contest(added(scores, log_probs), 2)
