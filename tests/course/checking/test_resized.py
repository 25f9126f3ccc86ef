"""The same axis is made longer or shorter wherever it stands."""

import numpy as np
import torch

from course.checking.resized import groups, groups_of_places, length, resized

ARGUMENTS = (torch.arange(6.0).view(2, 3), np.ones((3, 4)), 5, 1)


def test_equal_sizes_stand_together_and_each_number_alone():
    found = groups(ARGUMENTS)
    assert found == [((0, -2),), ((0, -1), (1, -2)), ((1, -1),), ((2, None),)]
    assert [length(ARGUMENTS, group) for group in found] == [2, 3, 4, 5]


def test_what_was_there_stays_and_the_rest_is_drawn_or_repeated():
    longer = resized(ARGUMENTS, ((0, -1), (1, -2)), 7)
    assert [x.shape for x in longer[:2]] == [(2, 7), (7, 4)]
    assert torch.equal(longer[0][:, :3], ARGUMENTS[0])
    assert len(torch.unique(longer[0][:, 3:])) == 8
    assert torch.equal(resized(longer, ((0, -1),), 3)[0], ARGUMENTS[0])
    assert resized(ARGUMENTS, ((2, None),), 9)[2] == 9
    mask = torch.tensor([True, False, False])
    assert resized((mask,), ((0, -1),), 5)[0].tolist() == [True, False, False, True, False]


def test_an_order_of_places_stays_one():
    order = torch.tensor([2, 0, 1])
    longer = resized((order,), ((0, -1),), 5)[0]
    assert longer.tolist() == [2, 0, 1, 3, 4]
    assert resized((longer,), ((0, -1),), 2)[0].tolist() == [0, 1]
    flags = np.array([False, True])
    assert resized((flags,), ((0, -1),), 3)[0].tolist() == [False, True, False]


def test_batches_and_numbers_that_are_no_size_of_the_answer_do_not_grow():
    arguments = (torch.zeros(7, 2, 3), 5, 6, torch.zeros(50))
    assert groups_of_places(arguments, torch.zeros(2, 5), 40) == [
        ((0, -2),), ((0, -1),), ((1, None),),
    ]  # fmt: skip
