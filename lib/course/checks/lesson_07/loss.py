"""07.4: a loss that leaves padding out."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise

loss = Exercise(
    "07.4",
    returns="loss",
    right="Only real words count, each of them alike.",
)


def table(draw: Draw, vocab: int, pad: int, n: int, *lengths: int) -> Call:
    """Drawn scores and words; each row has a length of its own, `pad` behind."""
    words = [word for word in range(vocab) if word != pad]
    labels = torch.full((len(lengths), n), pad)
    for row, length in enumerate(lengths):
        drawn = [words[draw.integer(0, len(words) - 1)] for _ in range(length)]
        labels[row, :length] = torch.tensor(drawn)
    return Call(draw.tensor(len(lengths), n, vocab), labels, pad)


@loss.case("one word and one place of padding, three words")
def one_word(draw: Draw) -> Call:
    return Call(torch.tensor([[[0.0, 1.0, 3.0], [2.0, 0.0, 0.0]]]), torch.tensor([[1, 0]]), 0)


@loss.case("four sentences, four places, four words")
def four_of_everything(draw: Draw) -> Call:
    return table(draw, 4, 0, 4, 4, 2, 3, 1)


@loss.case("no padding at all")
def no_padding(draw: Draw) -> Call:
    return table(draw, 5, 0, 4, 4, 4, 4)


@loss.case("padding is word 3, and word 0 is a word like others")
def another_padding(draw: Draw) -> Call:
    scores, labels, pad = table(draw, 6, 3, 5, 5, 1).arguments
    assert isinstance(labels, Tensor)
    labels[0, 1] = 0
    return Call(scores, labels, pad)


@loss.case("three sentences of 6, 2 and 3 words, seven words in all")
def three_sentences(draw: Draw) -> Call:
    return table(draw, 7, 0, 6, 6, 2, 3)


@loss.reference
def by_cross_entropy(logits: Tensor, labels: Tensor, pad: int) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=pad)


@loss.right_way
def loss_by_gather(logits: Tensor, labels: Tensor, pad: int) -> Tensor:
    each = -logits.log_softmax(dim=-1).gather(-1, labels[..., None])[..., 0]
    return each[labels != pad].mean()


@loss.right_way
def loss_by_weights(logits: Tensor, labels: Tensor, pad: int) -> Tensor:
    each = F.cross_entropy(logits.mT, labels, reduction="none")
    real = (labels != pad).to(each.dtype)
    return (each * real).sum() / real.sum()


@loss.right_way
def loss_by_choosing_first(logits: Tensor, labels: Tensor, pad: int) -> Tensor:
    real = labels != pad
    return F.cross_entropy(logits[real], labels[real])


def each_place(logits, labels, dim=-1):
    return -logits.log_softmax(dim=dim).gather(-1, labels[..., None])[..., 0]


@loss.mistake(
    "Padding counts like words.",
    "Take only the places where labels differ from pad: each[labels != pad].",
)
def padding_counts(logits, labels, pad):
    return each_place(logits, labels).mean()


@loss.mistake(
    "Padding adds nothing, but the sum is divided by all places, padding too.",
    "A mean over real words divides by the number of real words.",
)
def divided_by_all_places(logits, labels, pad):
    return (each_place(logits, labels) * (labels != pad)).mean()


@loss.mistake(
    "Each sentence got its own mean, and then the mean of those was taken.",
    "A word of a long sentence counts less there. One mean over all real words is asked for.",
)
def mean_of_means(logits, labels, pad):
    real = labels != pad
    return ((each_place(logits, labels) * real).sum(1) / real.sum(1)).mean()


@loss.mistake("This is the sum, not the mean.", "Divide by the number of real words.")
def summed(logits, labels, pad):
    return each_place(logits, labels)[labels != pad].sum()


@loss.mistake(
    "The sum was divided by the number of sentences.",
    "Divide by the number of real words.",
)
def divided_by_sentences(logits, labels, pad):
    return each_place(logits, labels)[labels != pad].sum() / len(labels)


@loss.mistake(
    "The sum was divided by the length of a row, padding too.",
    "Divide by the number of real words of the whole batch.",
)
def divided_by_length(logits, labels, pad):
    return each_place(logits, labels)[labels != pad].sum() / labels.shape[1]


@loss.mistake(
    "There is a softmax too many: one was taken of another.",
    "Hand on the scores themselves. After two softmaxes the loss can't come near 0.",
)
def two_softmaxes(logits, labels, pad):
    return each_place(logits.softmax(-1), labels)[labels != pad].mean()


@loss.mistake(
    "The logarithm is missing: this is minus the mean probability.",
    "The loss of a word is minus the *logarithm* of its probability: log_softmax.",
)
def no_logarithm(logits, labels, pad):
    each = -logits.softmax(-1).gather(-1, labels[..., None])[..., 0]
    return each[labels != pad].mean()


@loss.mistake(
    "The softmax is missing: the scores themselves were taken as logarithms.",
    "Scores become log probabilities by log_softmax along the last axis.",
)
def no_softmax(logits, labels, pad):
    return -logits.gather(-1, labels[..., None])[..., 0][labels != pad].mean()


@loss.mistake(
    "The sign is missing.",
    "Logarithms of probabilities are never above 0. The loss is minus their mean.",
)
def no_sign(logits, labels, pad):
    return -each_place(logits, labels)[labels != pad].mean()


@loss.mistake(
    "The mask is turned around: only padding counts.",
    "labels != pad is true at real words.",
)
def only_padding(logits, labels, pad):
    padding = labels == pad
    return (each_place(logits, labels) * padding).sum() / padding.sum().clamp(min=1)


@loss.mistake(
    "Word 0 was taken to be the padding.",
    "Which number padding has is an argument: compare with pad.",
)
def padding_is_zero(logits, labels, pad):
    return each_place(logits, labels)[labels != 0].mean()


@loss.mistake(
    "The softmax runs over the places, not over the words.",
    "At each place the probabilities of all words sum to 1: along the last axis.",
)
def softmax_over_places(logits, labels, pad):
    return each_place(logits, labels, dim=1)[labels != pad].mean()


@loss.mistake(
    "The softmax runs over the batch, not over the words.",
    "At each place the probabilities of all words sum to 1: along the last axis.",
)
def softmax_over_batch(logits, labels, pad):
    return each_place(logits, labels, dim=0)[labels != pad].mean()


@loss.mistake(
    "The probability of the likeliest word was taken, not of the right one.",
    "The label says which word is right: gather takes its entry.",
)
def likeliest_word(logits, labels, pad):
    return -logits.log_softmax(-1).max(-1).values[labels != pad].mean()


@loss.mistake(
    "The logits at places of padding were set to 0, and these places still count.",
    "A guess at random has a loss, too. Leave those places out of the mean.",
)
def logits_to_zero(logits, labels, pad):
    return each_place(logits * (labels != pad)[..., None], labels).mean()


@loss.mistake(
    "The padding's score was hidden from the softmax.",
    "Among the guesses it is a word like others. That it is left out as an answer is enough.",
)
def padding_no_guess(logits, labels, pad):
    hidden = torch.arange(logits.shape[-1]) == pad
    each = each_place(logits.masked_fill(hidden, -1e9), labels)
    return each[labels != pad].mean()


@loss.mistake(
    "Sentences with padding were left out as a whole.",
    "Their real words count. Choose places, not rows.",
)
def whole_sentences(logits, labels, pad):
    full = (labels != pad).all(1)
    return (each_place(logits, labels) * full[:, None]).sum() / (
        full.sum().clamp(min=1) * labels.shape[1]
    )


@loss.mistake(
    "The losses of the words came back one by one.",
    "One number is asked for: their mean.",
)
def one_by_one(logits, labels, pad):
    return each_place(logits, labels)[labels != pad]


@loss.mistake(
    "Scores meet labels of other places: batch and places are exchanged in one of the two.",
    "Both are to be flattened in the same order.",
)
def flattened_differently(logits, labels, pad):
    return F.cross_entropy(logits.transpose(0, 1).flatten(0, 1), labels.flatten(), ignore_index=pad)


@loss.mistake(
    "Scores and labels are shifted against each other by one more place.",
    "They fit already: the score at a place is for the label at the same place.",
)
def shifted_again(logits, labels, pad):
    return by_cross_entropy(logits[:, :-1], labels[:, 1:], pad)


@loss.mistake(
    "This is e to the power of the loss, the perplexity.",
    "The mean itself is asked for.",
)
def perplexity(logits, labels, pad):
    return by_cross_entropy(logits, labels, pad).exp()


@loss.mistake(
    "Places were left out where the model *guesses* padding.",
    "Where there is a word is said by the labels, not by the guesses: labels != pad.",
)
def mask_of_guesses(logits, labels, pad):
    real = logits.argmax(-1) != pad
    return (each_place(logits, labels) * real).sum() / real.sum()


@loss.mistake(
    "The mean runs over all words of the vocabulary, not over the right ones.",
    "At each place one word is right. `gather` takes the entry that the label names.",
)
def all_of_the_vocabulary(logits, labels, pad):
    return -logits.log_softmax(-1)[labels != pad].mean()


@loss.mistake(
    "The logarithm is missing: this is the mean of 1 - p.",
    "The loss of a word is minus the *logarithm* of its probability: log_softmax.",
)
def one_minus_p(logits, labels, pad):
    each = 1 - logits.softmax(-1).gather(-1, labels[..., None])[..., 0]
    return each[labels != pad].mean()


@loss.mistake(
    "The logarithm was taken of the mean probability.",
    "First the logarithm of each word's probability, then the mean.",
)
def log_of_the_mean(logits, labels, pad):
    each = logits.softmax(-1).gather(-1, labels[..., None])[..., 0]
    return -each[labels != pad].mean().log()


@loss.mistake("This is the median, not the mean.", "The sum, divided by how many there are.")
def median(logits, labels, pad):
    return each_place(logits, labels)[labels != pad].median()
