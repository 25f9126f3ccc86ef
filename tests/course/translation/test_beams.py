"""The probability of a sentence is the product of its words', <end> included and no further."""

import torch

from course.translation.beams import log_probability
from course.translation.grammar import corpus
from course.translation.training import as_task, new_translator, real
from course.translation.vocabulary import END, START


def test_it_is_the_product_word_by_word_up_to_the_first_end():
    learnt = corpus(train=20, test=2)
    task = as_task(learnt.train)
    model = new_translator(task)
    source = task.source[:2]
    written = torch.tensor([[5, 7, END, END, END], [6, 4, 8, 9, END]])
    found = log_probability(model, source, written)
    for row, words in enumerate(([5, 7, END], [6, 4, 8, 9, END])):
        probability, tokens = 1.0, [START]
        for word in words:
            scores = model(source[row : row + 1], torch.tensor([tokens]), real(source[row][None]))
            probability *= scores[0, -1].softmax(dim=-1)[word].item()
            tokens.append(word)
        torch.testing.assert_close(found[row].exp().item(), probability, rtol=1e-4, atol=0.0)
