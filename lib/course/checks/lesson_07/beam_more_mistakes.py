"""07.5: more mistakes: sums of what does not add up, and parts in the wrong place."""

from course.checks.lesson_07.beam import ADD, WHERE, added, beam, contest


@beam.mistake(
    "The scores of the beginnings were subtracted.",
    "Less probable beginnings would gain by it. " + ADD,
)
def scores_subtracted(scores, log_probs):
    return contest(log_probs - scores[:, None], len(scores))


@beam.mistake("The logarithms of the words were added to probabilities of the beginnings.", ADD)
def probability_and_logarithm(scores, log_probs):
    return contest(scores.exp()[:, None] + log_probs, len(scores))


@beam.mistake("Probabilities of the words were added to logarithms of the beginnings.", ADD)
def logarithm_and_probability(scores, log_probs):
    return contest(scores[:, None] + log_probs.exp(), len(scores))


@beam.mistake(
    "The scores came back first.",
    "The order is parents, words, scores: topk gives the scores first, so name its results.",
)
def scores_first(scores, log_probs):
    parents, words, best = contest(added(scores, log_probs), len(scores))
    return best, parents, words


@beam.mistake(
    "The scores meet the beginnings in reverse order.",
    "Score 0 belongs to row 0: scores[:, None], in the order that came.",
)
def scores_flipped(scores, log_probs):
    return contest(added(scores.flip(0), log_probs), len(scores))


@beam.mistake("The number of words was taken to be 3.", "It is log_probs.shape[1]. " + WHERE)
def always_three_words(scores, log_probs):
    best, places = added(scores, log_probs).flatten().topk(len(scores))
    return places // 3, places % 3, best
